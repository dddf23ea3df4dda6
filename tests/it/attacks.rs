//! Attacks on the log, each judged by the program and by the second verifier, which must say the same.

mod expired;
mod files;
mod histories;
mod keys;
mod site;

use site::*;

#[test]
fn a_log_that_nobody_touched_is_verified() {
    let mut site = Site::of(12);
    assert!(segments(site.folder()).len() > 1);
    let all: Vec<String> = site.checkpoints.clone();
    let outside: Vec<&str> = all.iter().map(String::as_str).collect();
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), [""; 0]);
    assert_eq!(
        (&judged["records"], &judged["signed"]),
        (&74.into(), &73.into())
    );
    let mut log = site.open();
    assert_eq!(judged["root"], log.root().to_string());
    // A run is under way.
    let started = run(13)[0].clone();
    log.append(at(), &[started]).expect("appended");
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["unsigned 74-74"]);
    // A crash cut a write short.
    let last = segments(site.folder()).pop().expect("a segment");
    let mut bytes = std::fs::read(&last).expect("a segment");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("records");
    bytes[end - 20..].fill(0);
    std::fs::write(&last, bytes).expect("written");
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["torn-tail 74-"]);
    drop(log);
    let mut log = site.open();
    site.run(&mut log);
    site.finds(&outside, &[]);
}

#[test]
fn the_record_of_a_changed_byte_is_named() {
    let site = Site::of(3);
    let path = segments(site.folder()).remove(0);
    let whole = std::fs::read(&path).expect("a segment");
    // Nothing tells of the last checkpoint when it was written; what it says is signed.
    let last = lines(site.folder()).pop().expect("a record").len() + 1;
    let used = whole.iter().rposition(|byte| *byte != 0).expect("records") + 1 - last;
    let mut seen = 0;
    for place in (0..used).step_by(139) {
        let record = whole[..place].iter().filter(|byte| **byte == b'\n').count();
        for changed in [whole[place] ^ 0x01, whole[place] ^ 0x80] {
            let mut bytes = whole.clone();
            bytes[place] = changed;
            std::fs::write(&path, bytes).expect("written");
            let found = faults(&site.judged(&[]));
            let named = format!("altered {record}-{record}");
            assert!(
                found.contains(&named),
                "byte {place} of record {record}: {found:?}"
            );
            seen += 1;
        }
    }
    println!("{seen} changed bytes were named");
}

#[test]
fn a_lost_line_end_or_byte_is_named() {
    let site = Site::of(3);
    let all = lines(site.folder());
    let mut bytes = all.join(&b'\n');
    bytes.push(b'\n');
    let path = segments(site.folder()).remove(0);
    let end_of = |n: usize| all[..=n].iter().map(|line| line.len() + 1).sum::<usize>() - 1;
    let mut joined = bytes.clone();
    joined[end_of(5)] = b' ';
    std::fs::write(&path, &joined).expect("written");
    site.finds(
        &[],
        &["unsigned 0-", "altered 5-5", "missing 6-", "cut 6-18"],
    );
    let mut zeroed = bytes.clone();
    zeroed[end_of(5) - 9] = 0;
    std::fs::write(&path, &zeroed).expect("written");
    site.finds(&[], &["unsigned 0-", "broken 5-", "cut 5-18"]);
    bytes.remove(end_of(9) - 30);
    std::fs::write(&path, &bytes).expect("written");
    site.finds(&[], &["altered 9-9"]);
}

#[test]
fn a_cut_tail_is_found_by_a_checkpoint_from_elsewhere() {
    let site = Site::of(4);
    let all = lines(site.folder());
    let kept: Vec<&str> = site.checkpoints.iter().map(String::as_str).collect();
    put(site.folder(), &all[..14]);
    // The last checkpoint lies beside the log still.
    site.finds(&[], &["cut 14-24"]);
    site.forget_the_last();
    site.finds(&[], &[]);
    site.finds(&kept[..2], &[]);
    site.finds(&kept[3..], &["cut 14-24"]);
    // An old copy of the whole folder, with its own last checkpoint.
    std::fs::write(site.folder().join("checkpoint"), kept[1]).expect("written");
    site.finds(&[], &[]);
    site.finds(&kept, &["cut 14-18", "cut 14-24"]);
    // Nothing is left.
    put(site.folder(), &[]);
    let found = faults(&site.judged(&kept[3..]));
    assert!(found.contains(&"unsigned 0-".to_owned()), "{found:?}");
}

#[test]
fn a_changed_and_rechained_log_does_not_fit_its_checkpoints() {
    let site = Site::of(3);
    site.forget_the_last();
    let all = lines(site.folder());
    let mut edited = all.clone();
    edit(&mut edited[5], "\"hr\"", "\"hs\"");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 0-6", "root 0-12", "root 0-18", "unsigned 0-"]);
    // From the second run on.
    let mut edited = all.clone();
    edit(&mut edited[11], "\"hr\"", "\"hs\"");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 8-12", "root 8-18"]);
    // One record less, and one more.
    let mut edited = all.clone();
    edited.remove(10);
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["signature 12-12", "signature 18-18"]);
    let mut edited = all.clone();
    edited.swap(10, 11);
    put(site.folder(), &edited);
    site.finds(&[], &["missing 10-"]);
    // A checkpoint says something else.
    let mut edited = all;
    edit(&mut edited[13], "\\n13\\n", "\\n12\\n");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 8-18", "signature 13-13"]);
}
