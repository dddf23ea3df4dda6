//! Files of the log: missing, swapped, cut, grown.

use super::site::*;

#[test]
fn a_missing_segment_is_found() {
    let site = Site::of(20);
    let all = segments(site.folder());
    assert!(all.len() > 2);
    std::fs::remove_file(&all[1]).expect("removed");
    let judged = site.judged(&[]);
    let n = judged["records"].as_u64().expect("a count");
    assert_eq!(
        faults(&judged),
        [format!("broken {n}-"), format!("cut {n}-120")]
    );
    assert!(
        judged["signed"]
            .as_u64()
            .is_some_and(|signed| signed > 0 && signed < n)
    );
}

#[test]
fn swapped_segments_are_found() {
    let site = Site::of(20);
    let all = segments(site.folder());
    assert!(all.len() > 3);
    let swap = |one: usize, other: usize| {
        let aside = site.folder().join("aside");
        std::fs::rename(&all[one], &aside).expect("renamed");
        std::fs::rename(&all[other], &all[one]).expect("renamed");
        std::fs::rename(&aside, &all[other]).expect("renamed");
    };
    let first = |place: usize| -> u64 {
        let name = all[place].file_stem().expect("a name").to_string_lossy();
        name.parse().expect("a number")
    };
    swap(1, 2);
    let found = faults(&site.judged(&[]));
    assert!(
        found.contains(&format!("missing {}-", first(1))),
        "{found:?}"
    );
    swap(1, 2);
    site.finds(&[], &[]);
    swap(0, 1);
    let found = faults(&site.judged(&[]));
    assert!(found.contains(&"missing 0-".to_owned()), "{found:?}");
    swap(0, 1);
    // One that stands under two numbers.
    let twice = site.folder().join(format!("{:020}.seg", first(3) + 1));
    std::fs::copy(&all[2], &twice).expect("copied");
    let found = faults(&site.judged(&[]));
    assert!(
        found.iter().any(|one| one.starts_with("broken ")),
        "{found:?}"
    );
}

#[test]
fn a_truncated_segment_is_found_where_records_are_lost() {
    let site = Site::of(20);
    let all = segments(site.folder());
    let kept: Vec<&str> = site.checkpoints.iter().map(String::as_str).collect();
    let cut = |place: usize, to: u64| {
        let whole = std::fs::read(&all[place]).expect("a segment");
        let file = std::fs::OpenOptions::new().write(true).open(&all[place]);
        file.expect("a segment").set_len(to).expect("cut");
        whole
    };
    let used = |place: usize| {
        let bytes = std::fs::read(&all[place]).expect("a segment");
        bytes.iter().rposition(|byte| *byte != 0).expect("records") as u64 + 1
    };
    let last = all.len() - 1;
    // Zeros that were made beforehand are no part of the log.
    for place in [0, last] {
        let whole = cut(place, used(place));
        site.finds(&kept, &[]);
        std::fs::write(&all[place], whole).expect("put back");
    }
    // In the middle of a record, of which nothing is left at the end of the log: what is missing the checkpoints know.
    let whole = cut(last, used(last) - 10);
    let judged = site.judged(&kept);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["torn-tail 121-"]);
    // The last two are gone without a trace of them in the log.
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    assert!(ends.len() > 2, "{}", ends.len());
    cut(last, ends[ends.len() - 3] as u64 + 1);
    let found = faults(&site.judged(&kept));
    assert!(found.iter().any(|one| one.starts_with("cut ")), "{found:?}");
    std::fs::write(&all[last], whole).expect("put back");
    // In the middle of the log.
    let whole = cut(1, used(1) - 10);
    let found = faults(&site.judged(&kept));
    assert!(
        found.iter().any(|one| one.starts_with("broken ")),
        "{found:?}"
    );
    std::fs::write(&all[1], whole).expect("put back");
    // One that is empty.
    let whole = cut(1, 0);
    let found = faults(&site.judged(&[]));
    assert!(
        found.iter().any(|one| one.starts_with("broken ")),
        "{found:?}"
    );
    std::fs::write(&all[1], whole).expect("put back");
    site.finds(&kept, &[]);
}
