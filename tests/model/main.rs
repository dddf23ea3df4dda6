//! The protocol of a batch as a model: every interleaving of daemons, servers, the application and faults, within small
//! bounds. Change it first, then the code; the steps of both are `retentiond::fault::Point`.
//!
//! What must hold:
//! - S1 a receipt in the log tells what was committed, with exactly these keys;
//! - S2 what the log denies is not committed afterwards;
//! - S3 no row goes that was not due in the statement that removed it;
//! - S4 the log has no hole after a loss of power, whatever was durable;
//! - S5 a receipt whose digests nobody has was found in the ledger after a loss of power;
//! - S6 nobody is called for nothing: a daemon halts only where its state directory was put back;
//! - S7 a run that ends in order leaves no intent open;
//! - S8 what nobody knows is called so, and nothing else: where the server can tell it is asked;
//! - Q  when nothing more happens: the log's receipts are the target's ledger, every intent is resolved once, and
//!   nothing due is left.
//!
//! Every mutant (a protocol with one care less) must break one of them. `RETENTIOND_MODEL=all` explores wider bounds.

mod again;
mod batch;
mod explore;
mod moves;
mod starting;
mod state;
mod weak;

use std::collections::BTreeSet;
use std::io::Write;

use explore::{Found, explore};
use moves::{Care, Class, Protocol, first};
use retentiond::fault::{Nature, Point};
use state::Left;

const WHOLE: Protocol = Protocol {
    without: None,
    class: Class::Ledger,
};

/// A world: how many daemons, how many workers each of them has, the faults in it, and whether it is small enough for
/// every run of the tests.
type World = (usize, usize, &'static str, bool);

const WORLDS: [World; 18] = [
    (1, 1, "crash crash answer application", true),
    (1, 1, "crash power application", true),
    (1, 1, "fsync crash power", true),
    (1, 1, "full crash answer", true),
    (1, 1, "restore crash answer", true),
    (1, 1, "rollback crash", true),
    (2, 1, "crash answer application", true),
    (2, 1, "crash crash answer application", false),
    (2, 1, "restore crash", false),
    (1, 1, "restore restore crash answer", false),
    (2, 1, "power crash fsync", false),
    (1, 2, "crash answer application", true),
    (1, 2, "restore", true),
    (1, 2, "full crash", true),
    (1, 2, "fsync power", true),
    (1, 2, "crash crash application", false),
    (1, 2, "crash power application", false),
    (2, 2, "crash", false),
];

/// Where the target has no ledger.
const WEAK_WORLDS: [(Class, World); 10] = [
    (
        Class::Status,
        (1, 1, "crash crash answer application", true),
    ),
    (Class::Status, (1, 1, "restore crash answer", true)),
    (Class::Status, (1, 1, "forgotten crash answer", true)),
    (Class::Status, (1, 1, "fsync crash power", true)),
    (Class::Status, (1, 1, "full crash answer removal", true)),
    (Class::Status, (2, 1, "crash answer application", false)),
    (
        Class::Inferred,
        (1, 1, "crash crash answer application removal", true),
    ),
    (Class::Inferred, (1, 1, "restore crash answer", true)),
    (Class::Inferred, (1, 1, "fsync crash power", true)),
    (Class::Inferred, (2, 1, "crash answer application", false)),
];

fn all() -> bool {
    std::env::var("RETENTIOND_MODEL").as_deref() == Ok("all")
}

fn say(line: &str) {
    // Not what the test runner keeps to itself.
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn the_protocol_holds() {
    let mut passed = BTreeSet::new();
    let mut states = 0;
    for (daemons, workers, faults, _) in WORLDS.into_iter().filter(|(.., small)| *small || all()) {
        let found = explore(WHOLE, first(daemons, workers, Left::of(faults)));
        assert_eq!(
            found.broken, None,
            "{daemons} daemons, {workers} workers: {faults}"
        );
        say(&format!(
            "{daemons} daemons, {workers} workers, {faults}: {} states, {} of them quiet",
            found.states, found.quiet
        ));
        states += found.states;
        passed.extend(found.passed);
    }
    for (class, (daemons, workers, faults, small)) in WEAK_WORLDS {
        if !small && !all() {
            continue;
        }
        let weak = Protocol {
            without: None,
            class,
        };
        let found = explore(weak, first(daemons, workers, Left::of(faults)));
        assert_eq!(found.broken, None, "{class:?}, {daemons} daemons: {faults}");
        say(&format!(
            "{class:?}, {daemons} daemons, {faults}: {} states, {} of them quiet",
            found.states, found.quiet
        ));
        states += found.states;
    }
    say(&format!("{states} in all"));
    // The steps of the code are those of the model.
    for point in Point::ALL
        .into_iter()
        .filter(|point| point.nature() == Nature::Step)
    {
        assert!(passed.contains(&point), "the model never passes {point:?}");
    }
}

/// Each mutant, and faults that show it.
const MUTANTS: [(Care, usize, &str); 12] = [
    (Care::Lock, 2, ""),
    (Care::Fence, 1, "crash"),
    (Care::Recheck, 1, "application"),
    (Care::IntentFirst, 1, "crash"),
    (Care::DoneAfter, 1, "crash"),
    (Care::SeqCheck, 1, "restore"),
    (Care::StopOnFsync, 1, "fsync power"),
    (Care::Reaffirm, 1, "fsync power"),
    (Care::DigestsFirst, 1, "power"),
    (Care::ReceiptKept, 1, "full"),
    (Care::HaltAhead, 1, "rollback"),
    (Care::Recover, 1, "crash"),
];

const WEAK_MUTANTS: [(Class, Care, usize, &str); 9] = [
    (Class::Status, Care::CommittingFirst, 1, "crash"),
    (Class::Status, Care::Fence, 1, "crash"),
    (Class::Status, Care::Place, 1, "crash restore"),
    (Class::Status, Care::Recover, 1, "crash"),
    (Class::Status, Care::StopOnFsync, 1, "fsync power"),
    (Class::Inferred, Care::NotGuessed, 1, "crash removal"),
    (Class::Inferred, Care::CommittingFirst, 1, "crash"),
    (Class::Inferred, Care::IntentFirst, 1, "crash"),
    (Class::Inferred, Care::Recheck, 1, "application"),
];

#[test]
fn every_mutant_is_caught() {
    let mut survivors = Vec::new();
    let whole = MUTANTS.map(|(care, daemons, faults)| (Class::Ledger, care, daemons, 1, faults));
    let side_by_side =
        MUTANTS.map(|(care, daemons, faults)| (Class::Ledger, care, daemons, 2, faults));
    let weak = WEAK_MUTANTS.map(|(class, care, daemons, faults)| (class, care, daemons, 1, faults));
    for (class, care, daemons, workers, faults) in whole.into_iter().chain(side_by_side).chain(weak)
    {
        let mutant = Protocol {
            without: Some(care),
            class,
        };
        let Found { states, broken, .. } =
            explore(mutant, first(daemons, workers, Left::of(faults)));
        match broken {
            Some((why, way)) => say(&format!(
                "{class:?}, {workers} workers, without {care:?}: {why} after {states} states, {} steps",
                way.len()
            )),
            None => survivors.push((class, workers, care)),
        }
    }
    assert!(survivors.is_empty(), "{survivors:?}");
}

/// Each step is named where the code takes it, once, and nowhere is one named that does not exist (that would not
/// compile).
#[test]
fn every_step_stands_in_the_code() {
    let mut text = String::new();
    let mut folders = vec![std::path::PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("fault") {
                folders.push(path);
            } else if path.is_file() {
                text.push_str(&std::fs::read_to_string(&path).expect("a file"));
            }
        }
    }
    for point in Point::ALL {
        assert!(
            text.contains(&format!("Point::{point:?}")),
            "no code names {point:?}"
        );
    }
}
