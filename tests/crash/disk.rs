//! What a full or a failing disk does to a run and to a daemon; and that recovery comes before everything else.

use retentiond::state::{Record, Store, Use};

use super::claims::{Digests, at_any_moment, at_the_end};
use super::scene::dump;
use super::stage::{Past, Stage};
use crate::support::Server;

async fn open_intents(stage: &Stage) -> Vec<String> {
    let mut store = Store::open(&stage.state(), Use::Read)
        .await
        .expect("a store");
    let mut open = Vec::new();
    for entry in store
        .records(&["intent", "done", "not-applied"])
        .await
        .expect("the log")
    {
        match entry.record {
            Record::Intent { batch, .. } => open.push(batch),
            Record::Done { batch, .. } | Record::NotApplied { batch, .. } => {
                open.retain(|one| *one != batch)
            }
            _ => {}
        }
    }
    open
}

/// Nothing is begun without room for its end, and nothing that was begun stays without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_a_refusal_before_the_target_is_touched() {
    let mut stage = Stage::of(Server::Sqlite).await;
    stage.reset(Past::Nothing).await;
    let full: Vec<String> = (1..1500)
        .map(|nth| format!("SpareFilled:{nth}:full"))
        .collect();
    let full = full.join(",");
    let ran = stage.run(&full);
    assert_eq!(ran.code, Some(1), "{}", ran.told);
    assert!(
        ran.told
            .contains("the log cannot grow, so nothing new is begun"),
        "{}",
        ran.told
    );
    assert!(ran.told.contains("No space left on device"), "{}", ran.told);
    assert!(
        !ran.passed
            .iter()
            .any(|one| one == "Claimed" || one == "Begun"),
        "{:?}",
        ran.passed
    );
    assert_eq!(dump(&mut stage.scratch).await, stage.before);
    // The disk is full in the middle of a run: it ends in order, each batch with its receipt, and nobody must recover.
    stage.reset(Past::AMonth).await;
    let ran = stage.run(&full);
    assert_eq!(ran.code, Some(1), "{}", ran.told);
    assert!(
        ran.told
            .contains("the log cannot grow, so nothing new is begun"),
        "{}",
        ran.told
    );
    assert!(
        ran.passed.iter().any(|one| one == "Committed"),
        "{:?}",
        ran.passed
    );
    at_any_moment(&mut stage, "a full disk").await;
    assert_eq!(open_intents(&stage).await, Vec::<String>::new());
    let ran = stage.run("");
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    at_the_end(&mut stage, "a full disk", Digests::All).await;
    stage.finish().await;
}

/// It ends, with an exit code that has it started again: only a new start knows what is on the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_ends_when_an_fsync_fails() {
    let mut stage = Stage::of(Server::Sqlite).await;
    let path = stage.scratch.dir().join("retentiond.toml");
    let text = std::fs::read_to_string(&path).expect("the schedule");
    let text = text.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = ");
    std::fs::write(&path, text).expect("the schedule");
    for fault in [
        "RecordsSynced:9:io",
        "DigestsSynced:2:io-lost",
        "NoteNameSynced:2:io",
    ] {
        stage.reset(Past::AMonth).await;
        let approved = stage.program(&["approve", "--all"], "");
        assert_eq!(approved.code, Some(0), "{}", approved.told);
        let ran = stage.program(&["daemon"], fault);
        assert_eq!(ran.code, Some(1), "{fault}\n{}", ran.told);
        assert!(
            ran.told.contains("the log could not be written"),
            "{fault}\n{}",
            ran.told
        );
        at_any_moment(&mut stage, fault).await;
        let ran = stage.run("");
        assert_eq!(ran.code, Some(0), "{}", ran.told);
        at_the_end(&mut stage, fault, Digests::OfRecoveredLost).await;
    }
    stage.finish().await;
}

/// A limit that stops the next run does not keep the receipts of a run that died from being written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_comes_before_the_limits() {
    let mut stage = Stage::of(Server::Sqlite).await;
    stage.reset(Past::AMonth).await;
    let ran = stage.run("Committed:3:kill");
    assert_eq!(ran.code, None, "{}", ran.told);
    assert_eq!(open_intents(&stage).await.len(), 1);
    let path = stage.scratch.dir().join("retentiond.toml");
    let text = std::fs::read_to_string(&path).expect("the schedule");
    std::fs::write(
        &path,
        text.replace("share-per-run = \"100 %\"", "rows-per-run = 1"),
    )
    .expect("the schedule");
    let ran = stage.run("");
    assert!(ran.told.contains("a limit was exceeded"), "{}", ran.told);
    assert!(
        !ran.passed.iter().any(|one| one == "Begun"),
        "{:?}",
        ran.passed
    );
    assert_eq!(open_intents(&stage).await, Vec::<String>::new());
    at_any_moment(&mut stage, "a limit").await;
    stage.finish().await;
}
