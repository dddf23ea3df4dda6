//! Checkpoints in places that this host cannot change: sent, sent again, refused, and how far each place is behind.

mod server;

use std::path::Path;

use crate::support::Server;

use super::site::{Ran, Site, go};
use server::{Answer, Evidence};

/// Publishes to these places, with nothing else changed.
fn publish(site: &Site, places: &str) {
    let text = site.parts().text();
    site.write(&text.replace("[state]\n", &format!("[state]\n{places}\n")));
}

fn ca() -> String {
    std::env::var("RETENTIOND_TEST_TLS_CA").expect("the servers of tests/run")
}

fn webhook(port: u16, ca: &str) -> String {
    format!(
        "publish = [{{ webhook = \"https://127.0.0.1:{port}/a/secret/path\", secret = {{ file = \"token\" }}, \
         tls-ca = \"{ca}\" }}]"
    )
}

/// Verifies the log with a note as the checkpoint from elsewhere.
fn verified_with(site: &Site, note: &str) -> Ran {
    let kept = site.dir().join("kept");
    std::fs::write(&kept, note).expect("written");
    let key = site.go(&["audit", "key"]).exits(0).out;
    let state = site.state();
    let (state, kept) = (
        state.to_str().expect("UTF-8"),
        kept.to_str().expect("UTF-8"),
    );
    go(
        &[
            "audit",
            "verify",
            state,
            "--key",
            key.trim(),
            "--checkpoint",
            kept,
        ],
        &[],
    )
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|one| one.path())
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_takes_checkpoints_over_tls_and_is_tried_again() {
    let mut site = Site::migrated(Server::Sqlite, "webhook").await;
    std::fs::write(site.dir().join("token"), "Bearer geheim\n").expect("written");
    let (evidence, elsewhere) = (Evidence::secure(), Evidence::plain());
    publish(&site, &webhook(evidence.port(), &ca()));
    let unsent = |ran: Ran, why: &str| {
        let ran = ran
            .warns("was not published to the webhook at 127.0.0.1")
            .warns(why);
        assert!(
            !ran.err.contains("secret/path") && !ran.err.contains("geheim"),
            "{ran}"
        );
    };
    // Refused.
    evidence.answers(&[Answer::Status(503)]);
    unsent(
        site.go(&["approve", "--all"]).exits(0),
        "the answer was 503",
    );
    assert_eq!(evidence.came().len(), 1);
    let told = site.go(&["audit", "sinks"]).exits(5);
    told.says("has   nothing yet")
        .says("waits for ")
        .says("1 times: the answer was 503");
    // Sent elsewhere, which is not gone after: nobody else learns the secret.
    let plain = format!("http://127.0.0.1:{}/", elsewhere.port());
    evidence.answers(&[Answer::Elsewhere(plain)]);
    unsent(site.go(&["run"]).exits(0), "a redirect is not followed");
    site.assert_enforced().await;
    assert_eq!((evidence.came().len(), elsewhere.came().len()), (1, 0));
    // Taken, in another process.
    site.go(&["audit", "sinks", "--send"])
        .exits(0)
        .says("has   the first ");
    let came = evidence.came();
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].line, "POST /a/secret/path HTTP/1.1");
    assert_eq!(came[0].headers["authorization"], "Bearer geheim");
    assert_eq!(came[0].headers["content-type"], "text/plain; charset=utf-8");
    assert!(came[0].headers["idempotency-key"].ends_with(".checkpoint"));
    verified_with(&site, &came[0].body).exits(0);
    let standing = site.json(&["audit", "sinks"]);
    assert_eq!(
        (&standing[0]["waits"], &standing[0]["behind"]),
        (&false.into(), &0.into()),
        "{standing}"
    );
    // What was taken is not sent again, unless what is known of it is lost.
    site.go(&["audit", "sinks", "--send"]).exits(0);
    assert_eq!(evidence.came().len(), 0);
    std::fs::remove_file(site.state().join("published")).expect("removed");
    site.go(&["audit", "sinks"]).exits(5);
    site.go(&["audit", "sinks", "--send"]).exits(0);
    assert_eq!(evidence.came().len(), 1);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_posted_to_a_stranger_or_without_the_secret() {
    let site = Site::approved(Server::Sqlite, "stranger").await;
    std::fs::write(site.dir().join("token"), "Bearer geheim\n").expect("written");
    let evidence = Evidence::secure();
    let unsent = |why: &str| {
        let ran = site.go(&["audit", "sinks", "--send"]).exits(5).warns(why);
        assert!(
            !ran.err.contains("secret/path") && !ran.err.contains("geheim"),
            "{ran}"
        );
        assert_eq!(evidence.came().len(), 0);
    };
    // Somebody else answers there.
    let stranger = site.dir().join("ca.pem");
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
        ])
        .args(["/CN=somebody else", "-keyout", "/dev/null", "-out"])
        .arg(&stranger)
        .output();
    assert!(made.expect("openssl runs").status.success());
    publish(&site, &webhook(evidence.port(), "ca.pem"));
    unsent("TLS: invalid peer certificate");
    // No secret, no request.
    publish(&site, &webhook(evidence.port(), &ca()));
    std::fs::remove_file(site.dir().join("token")).expect("removed");
    unsent("the file does not exist");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_does_not_answer_holds_no_removal_up() {
    let mut site = Site::approved(Server::Sqlite, "silent").await;
    let silent = Evidence::plain();
    silent.answers(&[Answer::Nothing]);
    let hook = format!("{{ webhook = \"http://127.0.0.1:{}/\" }}", silent.port());
    publish(
        &site,
        &format!("publish = [{{ directory = \"evidence\" }}, {hook}]"),
    );
    std::fs::create_dir(site.dir().join("evidence")).expect("a directory");
    let began = std::time::Instant::now();
    site.go(&["run"])
        .exits(0)
        .warns("no answer within 10 seconds");
    assert!(
        began.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    site.assert_enforced().await;
    assert_eq!(files(&site.dir().join("evidence")).len(), 1);
    let standing = site.json(&["audit", "sinks"]);
    assert_eq!(
        (&standing[0]["waits"], &standing[1]["waits"]),
        (&false.into(), &true.into()),
        "{standing}"
    );
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_begins_where_the_evidence_stays_here_for_too_long() {
    let mut site = Site::approved(Server::Sqlite, "required").await;
    publish(
        &site,
        "publish = [{ directory = \"evidence\" }]\nrequire-published = \"2 hours\"",
    );
    let evidence = site.dir().join("evidence");
    site.go(&["run"])
        .exits(6)
        .warns("`require-published` permits")
        .warns("audit sinks");
    site.assert_untouched().await;
    let halted = site.go(&["--output", "json", "run"]).exits(6);
    assert!(halted.out.contains("require-published"), "{halted}");
    // A rehearsal removes nothing.
    site.go(&["run", "--dry-run"]).exits(0);
    std::fs::create_dir(&evidence).expect("a directory");
    site.go(&["run", "--rule", "people"]).exits(0);
    // One before the run, one after it.
    assert_eq!(files(&evidence).len(), 2);
    std::fs::remove_dir_all(&evidence).expect("removed");
    site.go(&["run", "--rule", "people"]).exits(0);
    // Three hours later.
    let kept = site.state().join("published");
    let text = std::fs::read_to_string(&kept).expect("what was published");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let (_, place) = value["places"]
        .as_object()
        .expect("places")
        .iter()
        .next()
        .expect("a place");
    let at = place["published"].as_str().expect("a time");
    let moved: chrono::DateTime<chrono::Utc> = at.parse().expect("a time");
    for moved in [
        moved - chrono::TimeDelta::hours(3),
        moved + chrono::TimeDelta::hours(3),
    ] {
        std::fs::write(&kept, text.replace(at, &moved.to_rfc3339())).expect("written");
        site.go(&["run"])
            .exits(6)
            .warns("`require-published` permits");
    }
    std::fs::create_dir(&evidence).expect("a directory");
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_tells_of_a_log_that_was_put_back_and_of_another_one() {
    let site = Site::approved(Server::Sqlite, "rolled_back").await;
    publish(&site, "publish = [{ directory = \"evidence\" }]");
    let evidence = site.dir().join("evidence");
    std::fs::create_dir(&evidence).expect("a directory");
    let old = site.dir().join("old");
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(site.state())
        .arg(&old)
        .status();
    assert!(copied.expect("cp runs").success());
    site.go(&["run", "--rule", "people"]).exits(0);
    let signed = files(&evidence);
    // A file that a crash cut short is made whole.
    let whole = std::fs::read(&signed[0]).expect("a checkpoint");
    std::fs::write(&signed[0], &whole[..30]).expect("cut");
    std::fs::remove_file(site.state().join("published")).expect("removed");
    site.go(&["audit", "sinks", "--send"]).exits(0);
    assert_eq!(std::fs::read(&signed[0]).expect("a checkpoint"), whole);
    // The state directory is put back from an old copy: what it signs then, the directory knows better.
    std::fs::remove_dir_all(site.state()).expect("removed");
    std::fs::rename(&old, site.state()).expect("put back");
    let told = site.go(&["audit", "rotate-key"]);
    told.exits(0)
        .warns("it was cut, or put back from an old copy");
    // Another history that has grown to the same size.
    for _ in 0..20 {
        let told = site.go(&["audit", "rotate-key"]).exits(0);
        if told
            .err
            .contains("holds another checkpoint of the same size")
        {
            break;
        }
    }
    assert_eq!(std::fs::read(&signed[0]).expect("a checkpoint"), whole);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_log_of_another_host_is_told() {
    let site = Site::approved(Server::Sqlite, "syslog").await;
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = |address: std::io::Result<std::net::SocketAddr>| address.expect("an address").port();
    let (first, second) = (port(udp.local_addr()), port(tcp.local_addr()));
    publish(
        &site,
        &format!(
            "publish = [{{ syslog = \"udp://127.0.0.1:{first}\" }}, {{ syslog = \"tcp://localhost:{second}\" }}]"
        ),
    );
    let heard = std::thread::spawn(move || {
        use std::io::Read;
        let mut text = String::new();
        let (mut stream, _) = tcp.accept().expect("a connection");
        stream.read_to_string(&mut text).expect("a message");
        text
    });
    site.go(&["run"]).exits(0);
    let mut message = [0; 2000];
    let length = udp.recv(&mut message).expect("a message");
    let message = String::from_utf8_lossy(&message[..length]).into_owned();
    assert!(message.starts_with("<37>1 20"), "{message}");
    let framed = heard.join().expect("a message");
    let (length, rest) = framed.split_once(' ').expect("a length");
    assert_eq!(length.parse::<usize>().expect("a length"), rest.len());
    // The note can be had again from the message.
    use base64::Engine;
    let note = rest.rsplit(' ').next().expect("a note");
    let note = base64::engine::general_purpose::STANDARD
        .decode(note)
        .expect("base64");
    verified_with(&site, std::str::from_utf8(&note).expect("UTF-8")).exits(0);
    // Nobody listens there any more.
    site.go(&["audit", "rotate-key"])
        .exits(0)
        .warns("was not published to the system log at tcp://localhost");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_sends_what_was_not_taken() {
    let site = Site::approved(Server::Sqlite, "again").await;
    let text = site.parts().text();
    let text = text.replace("time-zone = ", "cadence = \"0 0 1 1 *\"\ntime-zone = ");
    site.write(&text.replace(
        "[state]\n",
        "[state]\npublish = [{ directory = \"evidence\" }]\n",
    ));
    let evidence = site.dir().join("evidence");
    // It fails here for the first time, and after a restart it is not forgotten.
    site.go(&["run", "--rule", "people"])
        .exits(0)
        .warns("was not published");
    let child = site.start_process(&["daemon"]);
    std::fs::create_dir(&evidence).expect("a directory");
    let began = std::time::Instant::now();
    while files(&evidence).is_empty() {
        assert!(
            began.elapsed() < std::time::Duration::from_secs(40),
            "it never sends"
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    super::daemon::stop(child);
    site.go(&["audit", "sinks"]).exits(0);
    site.finish().await;
}

#[cfg(feature = "object-store")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_keeps_each_checkpoint_once() {
    let site = Site::migrated(Server::Sqlite, "bucket").await;
    let store = Evidence::secure();
    for (name, secret) in [
        ("access", "AKIDEXAMPLE"),
        ("secret", "wJalrXUtnFEMI/geheim"),
    ] {
        std::fs::write(site.dir().join(name), secret).expect("written");
    }
    let places = format!(
        "publish = [{{ bucket = \"evidence\", endpoint = \"https://localhost:{}\", region = \"eu-central-1\", \
         prefix = \"hr/\", access-key = {{ file = \"access\" }}, secret-key = {{ file = \"secret\" }}, tls-ca = \"{}\" }}]",
        store.port(),
        ca()
    );
    publish(&site, &places);
    let object = [Answer::Object, Answer::Object, Answer::Object];
    store.answers(&object);
    site.go(&["approve", "--all"]).exits(0);
    site.go(&["audit", "sinks"])
        .exits(0)
        .says("the bucket evidence at localhost:");
    let kept = store.objects();
    let (name, note) = kept.iter().next().expect("an object");
    assert!(
        name.starts_with("/evidence/hr/") && name.ends_with(".checkpoint"),
        "{name}"
    );
    verified_with(&site, note).exits(0);
    // Sent once more it is found to be the same.
    std::fs::remove_file(site.state().join("published")).expect("removed");
    store.answers(&object);
    site.go(&["audit", "sinks", "--send"]).exits(0);
    assert_eq!(store.objects(), kept);
    // Somebody else was there before.
    store.put(name, "another");
    std::fs::remove_file(site.state().join("published")).expect("removed");
    store.answers(&object);
    let told = site.go(&["audit", "sinks", "--send"]).exits(5);
    let told = told.warns("it holds another checkpoint of the same size");
    assert!(!told.err.contains("geheim"), "{told}");
    assert_eq!(store.objects()[name], "another");
    // The store does not know us.
    std::fs::write(site.dir().join("access"), "NOBODY").expect("written");
    store.answers(&object);
    site.go(&["audit", "sinks", "--send"])
        .exits(5)
        .warns("the answer was 403");
    site.finish().await;
}
