//! A database that comes back as it was: a restored copy that a wire leads to, a read-only server.

use super::accounts::{agree, records, table, verifies};
use super::backup::Backup;
use super::cuts::{DUE, refill, wired};
use super::proxy::Fault;
use super::wire::Way;
use crate::cli::site::Site;
use crate::support::{Server, every_database};

every_database!(
    async fn a_restore_is_noticed_though_nothing_may_run(server) {
        let mut site = Site::approved(server, "restored").await;
        site.go(&["run", "--rule", "people"]).exits(0);
        let kept = Backup::of(&mut site).await;
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        kept.put_back(&mut site).await;
        assert_eq!(site.count("visit").await, 40);
        // A limit stops the run before the first row; that the database went back is recorded all the same.
        let text = site.parts().text();
        site.write(&text.replace("share-per-run = \"100 %\"", "rows-per-run = 5"));
        let json = site.go(&["--output", "json", "run"]).exits(6).json();
        assert_eq!(json[0]["regression"]["rows"], 45, "{json}");
        assert!(json[0]["regression"]["since"].is_string(), "{json}");
        let regressed = |site: &Site| {
            let all = records(site);
            all.iter().filter(|record| record["kind"] == "regressed").count()
        };
        assert_eq!(regressed(&site), 1);
        assert_eq!(site.count("visit").await, 40);
        site.write(&text);
        // Under its own approval (a dump that was loaded may have other tables) and its own limits, and told once.
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        assert_eq!(regressed(&site), 1);
        verifies(&site);
        site.go(&["audit", "show"]).exits(0).says("was put back to an earlier state");
        site.finish().await;
    }
);

/// The way leads to a copy of the server, taken before the last run: the standby that was promoted while it lagged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lags_is_promoted() {
    let (mut site, proxy) = wired(Server::Postgres, "standby").await;
    site.go(&["run"]).exits(0);
    refill(&mut site).await;
    let standby = crate::support::Standby::of_postgres(site.scratch.port());
    standby.sleep().await;
    site.go(&["run"]).exits(0);
    assert_eq!(agree(&mut site).await, 2 * DUE);
    // As it is, it takes no writes, and is told from the server that does.
    proxy.swap(standby.port());
    site.go(&["run"])
        .exits(4)
        .warns("takes no writes")
        .warns("not a standby");
    standby.promote().await;
    let messages = proxy.passed(Way::ToServer);
    let json = site.json(&["run"]);
    assert!(proxy.passed(Way::ToServer) > messages);
    let lost = &json[0]["regression"];
    assert_eq!(lost["rows"], DUE, "{json}");
    assert!(
        lost["since"].is_string() && lost["until"].is_string(),
        "{json}"
    );
    // What came back is gone again, there.
    let database = site.scratch.database().to_owned();
    let mut there = standby.session(&database).await;
    for (table, left) in [
        ("visit", 10),
        ("note", 5),
        ("person WHERE name <> 'ANON'", 8),
    ] {
        let rows = there.rows(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(
            rows[0][0].as_deref(),
            Some(left.to_string().as_str()),
            "{table}"
        );
    }
    there.close().await;
    verifies(&site);
    // The old server is back in its place: it has a history that the log calls lost.
    proxy.swap(site.scratch.port());
    proxy.arm(Fault::None);
    site.go(&["run"])
        .exits(1)
        .warns("tells of other batches than this log");
    let head = table(&site, "head");
    assert_eq!(site.count(&head).await, 1);
    standby.stop();
    site.finish().await;
}
