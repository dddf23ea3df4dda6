//! One fault, or two, and what must be true after them.

use super::claims::{Digests, at_any_moment, at_the_end};
use super::stage::{Past, Ran, Stage};
use super::sweep::loses;

/// What a program may say of its end, after a fault.
fn must_have_ended(fault: &str, ran: &Ran) {
    let mut parts = fault.split(':');
    let point = parts.next().unwrap_or_default();
    let nth: usize = parts
        .next()
        .and_then(|nth| nth.parse().ok())
        .expect("a number");
    if ran.passed.iter().filter(|one| *one == point).count() < nth {
        // Batches are as long as the last one took, so not every run has as many.
        assert_eq!(ran.code, Some(0), "{fault} was not reached\n{}", ran.told);
        return;
    }
    let kind = parts.next().unwrap_or_default();
    let told = &ran.told;
    match kind {
        "kill" | "power" | "torn-front" | "torn-rear" => {
            assert_eq!(ran.code, None, "{fault}: it did not die\n{told}");
        }
        // A checkpoint goes to other places on a thread of its own; the run and its evidence are whole without.
        "panic" if told.contains("the thread that publishes ended") => {
            assert_eq!(ran.code, Some(0), "{fault}\n{told}");
        }
        "panic" => assert_eq!(ran.code, Some(101), "{fault}\n{told}"),
        _ => {
            // What a place elsewhere does not take is made good by the next checkpoint.
            if point.starts_with("Copy") {
                assert_eq!(ran.code, Some(0), "{fault}\n{told}");
            } else if point.ends_with("Synced") {
                assert_eq!(ran.code, Some(1), "{fault}: an fsync failed\n{told}");
                nothing_is_written_after(fault, (point, nth), ran);
            }
            assert!(!told.contains("panicked"), "{fault}\n{told}");
        }
    }
}

/// After an fsync that failed no other is tried, and nothing is written.
fn nothing_is_written_after(fault: &str, (point, nth): (&str, usize), ran: &Ran) {
    let mut places = ran
        .passed
        .iter()
        .enumerate()
        .filter(|(_, one)| *one == point);
    let (at, _) = places.nth(nth - 1).expect("it was passed");
    let later = ["Records", "Spare", "Segment", "Digests", "Note", "Tail"];
    let written: Vec<&String> = ran.passed[at + 1..]
        .iter()
        .filter(|one| later.iter().any(|word| one.starts_with(word)))
        .collect();
    assert!(
        written.iter().all(|one| *one == "DigestsKept"),
        "{fault}: {written:?} after an fsync that failed\n{}",
        ran.told
    );
}

/// Plays faults one after the other, each in a run of its own, then lets a run come to its end, and another one that
/// has nothing to do. Gives what the last disturbed run passed.
pub async fn play(stage: &mut Stage, past: Past, faults: &[&str]) -> Option<Ran> {
    stage.reset(past).await;
    let what = format!(
        "{} after {past:?}: {}",
        stage.scratch.server(),
        faults.join(", then ")
    );
    let mut last = None;
    for fault in faults {
        let ran = stage.run(fault);
        must_have_ended(fault, &ran);
        last = Some(ran);
    }
    // The further run has nothing to do: one in eight shows it.
    stage.played += 1;
    for _ in 0..=usize::from(stage.played.is_multiple_of(8)) {
        let ran = stage.run("");
        assert_eq!(ran.code, Some(0), "{what}\n{}", ran.told);
        at_any_moment(stage, &what).await;
    }
    let digests = if faults.iter().any(|fault| loses(fault)) {
        Digests::OfRecoveredLost
    } else {
        Digests::All
    };
    at_the_end(stage, &what, digests).await;
    last
}
