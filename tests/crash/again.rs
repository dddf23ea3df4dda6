//! What came back with a restored backup goes again, as somebody approved: every fault while it does.

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures_util::FutureExt;
use retentiond::state::{Record, Store, Use};

use super::claims::{Digests, at_the_end};
use super::scene::dump;
use super::stage::{Past, Stage, counts};
use super::sweep::{Share, faults, loses};
use super::{share, support};

use support::Server;

/// Rows that came back: the traces but for the one that was never due.
const BACK: &str = "trace WHERE made_on < '2005-01-01'";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let there = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &there),
            false => drop(std::fs::copy(entry.path(), there)),
        }
    }
}

/// The stage as it is, to be put back before each fault.
struct Kept;

impl Kept {
    const FOLDERS: [&'static str; 2] = ["state", "elsewhere"];

    async fn of(stage: &mut Stage) -> Kept {
        let dir = stage.scratch.dir().to_owned();
        for folder in Self::FOLDERS {
            copy(&dir.join(folder), &dir.join("kept").join(folder));
        }
        backup(stage, "kept.sqlite").await;
        Kept
    }

    async fn put_back(&self, stage: &mut Stage) {
        let dir = stage.scratch.dir().to_owned();
        for folder in Self::FOLDERS {
            std::fs::remove_dir_all(dir.join(folder)).expect("removed");
            copy(&dir.join("kept").join(folder), &dir.join(folder));
        }
        stage.scratch.replace_file(&dir.join("kept.sqlite")).await;
    }
}

async fn backup(stage: &mut Stage, name: &str) {
    let file = stage.scratch.dir().join(name);
    let sql = format!("VACUUM INTO '{}'", file.display());
    stage.scratch.exec(&sql).await;
}

async fn count(stage: &mut Stage, rows: &str) -> Option<String> {
    stage
        .scratch
        .value(&format!("SELECT count(*) FROM {rows}"))
        .await
}

/// Run, put back under a schedule that keeps the traces for longer, found, and approved to go again.
async fn approved() -> (Stage, Kept) {
    let mut stage = Stage::of(Server::Sqlite).await;
    stage.reset(Past::AMonth).await;
    let first = ["run", "--unsafe-without-approval", "--rule", "people"];
    assert_eq!(stage.program(&first, "").code, Some(0));
    backup(&mut stage, "backup.sqlite").await;
    assert_eq!(stage.run("").code, Some(0));
    assert_eq!(count(&mut stage, BACK).await.as_deref(), Some("0"));
    let file = stage.scratch.dir().join("backup.sqlite");
    stage.scratch.replace_file(&file).await;
    let name = stage.scratch.dir().join("retentiond.toml");
    let text = std::fs::read_to_string(&name).expect("the schedule");
    let longer = text.replacen("keep = \"1 year\"", "keep = \"50 years\"", 1);
    std::fs::write(&name, longer).expect("the schedule");
    let ran = stage.run("");
    assert!(ran.told.contains("are known again"), "{}", ran.told);
    assert_eq!(count(&mut stage, BACK).await.as_deref(), Some("4"));
    let ran = stage.program(&["approve", "--returned", "traces"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    let kept = Kept::of(&mut stage).await;
    (stage, kept)
}

/// The approval has one end, and its runs have removed what it says.
async fn ended_once(stage: &Stage, what: &str) {
    let mut store = Store::open(&stage.state(), Use::Read)
        .await
        .expect("a store");
    let (mut ends, mut gone) = (Vec::new(), 0);
    for entry in store
        .records(&["return-erased", "done"])
        .await
        .expect("the log")
    {
        match entry.record {
            Record::ReturnErased { rows, stays, .. } => ends.push((rows, stays)),
            Record::Done { step, effects, .. } if step == "returned" => {
                gone += effects.iter().map(|effect| effect.rows).sum::<u64>();
            }
            _ => {}
        }
    }
    assert_eq!((ends, gone), (vec![(4, 0)], 4), "{what}");
}

async fn plays(stage: &mut Stage, kept: &Kept, fault: &str) {
    kept.put_back(stage).await;
    stage.run(fault);
    for _ in 0..2 {
        let ran = stage.run("");
        assert_eq!(ran.code, Some(0), "{fault}\n{}", ran.told);
    }
    let digests = if loses(fault) {
        Digests::OfRecoveredLost
    } else {
        Digests::All
    };
    at_the_end(stage, fault, digests).await;
    ended_once(stage, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_while_what_came_back_goes_again() {
    let (mut stage, kept) = approved().await;
    let ran = stage.run("");
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    stage.after = dump(&mut stage.scratch).await;
    assert_eq!(count(&mut stage, BACK).await.as_deref(), Some("0"));
    ended_once(&stage, "undisturbed").await;
    let (mut failures, mut played) = (Vec::new(), 0);
    for fault in faults(&counts(&ran), share(Share::EveryPoint)) {
        played += 1;
        let told = AssertUnwindSafe(plays(&mut stage, &kept, &fault))
            .catch_unwind()
            .await;
        failures.extend(told.err().map(|_| fault));
    }
    stage.finish().await;
    assert!(failures.is_empty(), "{failures:?}");
    let _ = writeln!(
        std::io::stderr(),
        "{played} faults while what came back goes again"
    );
}
