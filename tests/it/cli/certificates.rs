//! When certificates end, as the metrics tell it.

use std::process::Command;

use crate::support::Server;

use super::daemon::stop;
use super::desk::serving;
use super::service::{get, until, with};
use super::site::Site;

/// When the server's certificate ends is a metric, and so is the end of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ends_of_certificates_are_told() {
    let ca = std::env::var("RETENTIOND_TEST_TLS_CA").expect("the servers of tests/run");
    let folder = std::path::Path::new(&ca).parent().expect("a folder");
    for (server, name) in [(Server::Postgres, "postgres"), (Server::Mariadb, "mariadb")] {
        let site = Site::approved(server, "certificates").await;
        let shown = folder.join(name).join("server.pem");
        let ours = site.dir().join("ours.pem");
        std::fs::copy(&ca, &ours).expect("a certificate");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let tls = format!(
            "tls = \"verify-ca\"\ntls-ca = {ca:?}\ntls-certificate = {ours:?}\ntls-key = {ours:?}"
        );
        let text =
            with(&site, "cadence = \"0 0 29 2 *\"").replace("tls = \"disable-on-loopback\"", &tls);
        site.write(&format!(
            "{text}\n[daemon]\nlisten = \"127.0.0.1:{port}\"\n"
        ));
        let child = serving(&site);
        let metric = "retentiond_certificate_expiry_timestamp_seconds{database=\"hr\"";
        let page = || get(port, "GET /metrics HTTP/1.0\r\n\r\n");
        until("a certificate", || page().contains(metric));
        let page = page();
        for (of, file) in [("server", &shown), ("client", &ours)] {
            let line = format!("{metric},of=\"{of}\"}} ");
            let told = page
                .lines()
                .find_map(|one| one.strip_prefix(&line))
                .expect(of);
            assert_eq!(
                told.parse::<f64>().expect("a number") as i64,
                end_of(file),
                "{of}"
            );
        }
        stop(child);
        site.finish().await;
    }
}

/// The same by another program.
fn end_of(certificate: &std::path::Path) -> i64 {
    let ran = Command::new("openssl")
        .args(["x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in"])
        .arg(certificate)
        .output()
        .expect("openssl");
    let told = String::from_utf8(ran.stdout).expect("UTF-8");
    let (_, end) = told.trim().split_once('=').expect("an end");
    let end = end
        .replace(' ', "T")
        .parse::<chrono::DateTime<chrono::Utc>>();
    end.expect("a moment").timestamp()
}
