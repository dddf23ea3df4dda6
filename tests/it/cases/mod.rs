//! The cases: each folder of `tests/cases` is a small database, a schedule, and what must be left of the rows.
//!
//! How a folder is written stands in `tests/cases/README.md`; a new case needs no code here. Every case is rehearsed,
//! run and run again, on every database it has a schema for, once with batches as they come and once with batches of
//! two rows. What must be left was written down by hand.

pub(crate) mod expected;
mod folder;
mod play;
mod reports;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use futures_util::FutureExt;

use crate::support::{Server, every_database};

use folder::Folder;

/// How a case is cut into batches.
#[derive(Clone, Copy, Debug)]
enum Batches {
    AsTheyCome,
    OfTwoRows,
    /// As they come, with roles that have what `grants` prints, and nothing else.
    LeastRights,
}

impl Batches {
    /// Making a role for a case takes longer than the case: one in three is played so, and all of them with
    /// `RETENTIOND_LEAST_RIGHTS=all`.
    fn plays(self, place: usize) -> bool {
        let all = || std::env::var("RETENTIOND_LEAST_RIGHTS").is_ok_and(|which| which == "all");
        !matches!(self, Self::LeastRights) || place.is_multiple_of(3) || all()
    }
}

every_database! {
    async fn every_case(server) {
        play_all(server, Batches::AsTheyCome).await;
    }
}

every_database! {
    async fn every_case_in_small_batches(server) {
        play_all(server, Batches::OfTwoRows).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_with_the_least_rights_on_postgres() {
    play_all(Server::Postgres, Batches::LeastRights).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_with_the_least_rights_on_mariadb() {
    play_all(Server::Mariadb, Batches::LeastRights).await;
}

#[test]
fn no_case_is_forgotten() {
    let mut faults = Vec::new();
    for folder in all() {
        if folder.why().is_none() {
            faults.push(format!("{}: its schedule does not say why", folder.name()));
        }
        let servers = [Server::Postgres, Server::Mariadb, Server::Sqlite];
        if !servers.iter().any(|server| folder.applies_to(*server)) {
            faults.push(format!("{}: no database plays it", folder.name()));
        }
        faults.extend(folder.strangers());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `TRAPS.md` names folders and tests that are there.
#[test]
fn the_traps_name_what_is_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("tests/cases/TRAPS.md")).expect("the page");
    let mut sources = Vec::new();
    for folder in ["src", "tests/it", "tests/calendar"] {
        sources_below(&root.join(folder), &mut sources);
    }
    let names = page.split('`').skip(1).step_by(2);
    let missing: Vec<&str> = names
        .filter(|name| match name.split_once("::") {
            Some((file, test)) => !sources
                .iter()
                .any(|(path, text)| path.ends_with(file) && text.contains(&format!("fn {test}("))),
            None => name.contains('-') && !root.join("tests/cases").join(name).is_dir(),
        })
        .collect();
    assert!(missing.is_empty(), "TRAPS.md names {missing:?}");
}

fn sources_below(folder: &std::path::Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
}

fn all() -> Vec<Folder> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<Folder> = std::fs::read_dir(&root)
        .expect("the cases are there")
        .map(|entry| entry.expect("an entry of the cases").path())
        .filter(|path| path.is_dir())
        .map(Folder::new)
        .collect();
    folders.sort_by_key(|folder| folder.name().to_owned());
    assert!(!folders.is_empty(), "there is no case");
    folders
}

/// Plays every case that a database has a schema for and tells all failures at once. `RETENTIOND_CASE` names parts of
/// the names of those to play, with commas between.
async fn play_all(server: Server, batches: Batches) {
    let only = std::env::var("RETENTIOND_CASE").ok();
    let mut failed = Vec::new();
    let mut played = 0;
    for (place, folder) in all().into_iter().enumerate() {
        let asked = match &only {
            Some(only) => only.split(',').any(|part| folder.name().contains(part)),
            None => batches.plays(place),
        };
        if !asked || !folder.applies_to(server) {
            continue;
        }
        played += 1;
        let name = folder.name().to_owned();
        // A panic ends this case only.
        let played = AssertUnwindSafe(play::play(&folder, server, batches));
        let outcome = played.catch_unwind().await;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(why)) => failed.push(format!("== {name}\n{why}")),
            Err(panic) => failed.push(format!("== {name}\n{}", message(panic.as_ref()))),
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {played} cases failed on {server}, batches {batches:?}:\n\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}
