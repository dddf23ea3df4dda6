//! An erase that dies on the way, at whichever step: the next run knows that it was for the request, and ends it.

use serde_json::Value;

use crate::support::{Server, every_database};

use super::erase::{NOW, place};
use super::evidence::{key, verify};
use super::site::{Ran, Site};

/// Erases somebody, and dies of a fault.
fn dies(site: &Site, who: &str, rows: &str, fault: &str) -> Ran {
    let base = [
        "erase",
        "--rule",
        "customers",
        "--key",
        "-",
        "--confirm",
        rows,
    ];
    let all: Vec<&str> = base.iter().chain(&NOW).copied().collect();
    site.fed_with(&all, &format!("{who}\n"), &[("RETENTIOND_FAULT", fault)])
}

/// The one request, after a run that was not disturbed.
fn after_a_run(site: &Site) -> Value {
    let run = [&["run"], &NOW[..]].concat();
    // Nobody has approved what the schedule itself would take.
    site.go(&run).exits(6);
    let listed = site.json(&["erase", "list", "--all"]);
    assert!(
        listed.as_array().is_some_and(|all| all.len() < 2),
        "{listed}"
    );
    verify(site, &key(site)).exits(0);
    listed[0].clone()
}

fn key_is_kept(site: &Site) -> bool {
    let files = std::fs::read_dir(site.state().join("erasures")).expect("a folder");
    files.flatten().any(|file| {
        let text = std::fs::read_to_string(file.path()).expect("a file");
        !text.contains("\"key\": null")
    })
}

every_database!(
    async fn after_its_last_commit(server) {
        let mut site = place(server, "erase_died").await;
        dies(&site, "3", "3", "Committed:2:kill");
        assert_eq!(site.count("customer WHERE id = 3").await, 0);
        site.go(&["erase", "list"]).exits(0).says("begun");
        let request = after_a_run(&site);
        assert_eq!((&request["state"], &request["rows"]), (&"done".into(), &3.into()), "{request}");
        assert!(!key_is_kept(&site));
        site.finish().await;
    }
);

every_database!(
    async fn between_two_batches(server) {
        let mut site = place(server, "erase_died").await;
        dies(&site, "1", "7", "Committed:2:kill");
        let request = after_a_run(&site);
        assert_eq!((&request["state"], &request["rows"]), (&"waits".into(), &7.into()), "{request}");
        assert_eq!(request["stays"], 3, "{request}");
        assert_eq!(site.count("rental WHERE customer_id = 1").await, 0);
        assert_eq!(site.count("customer WHERE name = 'ANON'").await, 1);
        // What waits goes later, as if nothing had happened.
        site.go(&["run", "--now", "2032-01-01"]).warns("rows were erased for the request");
        assert_eq!(site.count("invoice").await, 1);
        site.finish().await;
    }
);

/// Every hit of a point: what a run that was not disturbed leaves is left, and the request is ended or was not taken in.
async fn at_every(point: &str) {
    for nth in 1.. {
        let mut site = place(Server::Sqlite, "erase_died").await;
        let fault = format!("{point}:{nth}:kill");
        let ran = dies(&site, "1", "7", &fault);
        let request = after_a_run(&site);
        if request["state"] == "open" || request.is_null() {
            // It died before anything was done for it.
            assert_eq!(site.count("rental").await, 4, "{fault}");
        } else {
            assert_eq!(request["state"], "waits", "{fault}: {request}");
            assert_eq!(
                (&request["rows"], &request["stays"]),
                (&7.into(), &3.into()),
                "{fault}: {request}"
            );
            assert_eq!(site.count("rental").await, 2, "{fault}");
            assert_eq!(
                site.count("customer WHERE name = 'ANON'").await,
                1,
                "{fault}"
            );
        }
        site.finish().await;
        if ran.code == Some(0) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_record() {
    at_every("RecordsSynced").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_receipt() {
    at_every("Receipted").await;
    at_every("Committed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_small_file() {
    at_every("NoteNamed").await;
}
