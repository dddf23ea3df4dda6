//! A log whose first records were dropped, by its own record and otherwise.

use retentiond::audit::{Log, Record, tree};
use serde_json::Value;

use super::site::*;

/// Drops what can be dropped of the first records, as the program does; gives the number of the first that is left.
fn drop_up_to(site: &mut Site, log: &mut Log, up_to: u64) -> u64 {
    let size = log.droppable(|entry| entry.seq < up_to).expect("readable");
    assert!(size > log.first() && size <= up_to, "{size} of {up_to}");
    log.expire(size, "somebody", at()).expect("recorded");
    // A crash may come here: everything is there still.
    site.finds(&[], &[]);
    let early = log.drop_before(size).expect_err("it is not signed");
    assert!(early.to_string().contains("not signed"), "{early}");
    site.checkpoints
        .push(log.checkpoint(at(), &site.key).expect("signed"));
    let before = (log.size(), log.root());
    assert!(log.drop_before(size).expect("dropped") > 0);
    assert_eq!((log.size(), log.root()), before);
    size
}

fn remarks(judged: &Value) -> Vec<String> {
    findings(&judged["remarks"])
}

#[test]
fn what_is_left_is_verified_from_the_record_of_what_went() {
    let mut site = Site::of(20);
    let mut log = site.open();
    let (root, id) = (log.root(), log.id().to_owned());
    assert_eq!(log.size(), 122);
    let first = drop_up_to(&mut site, &mut log, 70);
    let expected = format!("expired 0-{}", first - 1);
    let kept = site.checkpoints.clone();
    let (old, new): (Vec<&str>, Vec<&str>) = (
        kept[..2].iter().map(String::as_str).collect(),
        kept[18..].iter().map(String::as_str).collect(),
    );
    let judged = site.judged(&new);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(remarks(&judged), std::slice::from_ref(&expected));
    assert_eq!(judged["records"], log.size());
    assert_eq!(judged["root"], log.root().to_string());
    assert_ne!(log.root(), root);
    // What covers only records that are gone cannot be compared.
    let judged = site.judged(&old);
    assert_eq!(
        remarks(&judged),
        [
            expected,
            "incomparable 0-6".to_owned(),
            "incomparable 0-12".to_owned()
        ]
    );
    // Every record that is left is proven to be in the tree, and the others are not.
    for n in [first, first + 1, 80, 119] {
        let proof = log.included(n).expect("a proof");
        let path: Vec<_> = proof
            .path
            .iter()
            .map(|one| one.parse().expect("a hash"))
            .collect();
        let line = &lines(site.folder())[usize::try_from(n - first).expect("few")];
        let root = proof.root.parse().expect("a hash");
        assert!(
            tree::is_included(tree::leaf(line), n, proof.size, &path, root),
            "{n}"
        );
    }
    assert!(log.included(first - 1).is_err());
    // It goes on, is opened again, and drops more.
    drop(log);
    let mut log = site.open();
    assert_eq!((log.id(), log.first()), (id.as_str(), first));
    site.run(&mut log);
    let next = drop_up_to(&mut site, &mut log, 110);
    assert!(next > first);
    site.run(&mut log);
    drop(log);
    let judged = site.judged(&[]);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(remarks(&judged), [format!("expired 0-{}", next - 1)]);
    assert_eq!(judged["log"], id);
    let log = Log::open_read(site.folder()).expect("a log");
    let adopted = log.entries(|kind| kind == "adopted").expect("readable");
    assert_eq!(adopted.len(), 22, "each was carried over");
    let boots = log.entries(|kind| kind == "boot").expect("readable");
    assert!(
        boots.len() < 22 && boots[0].seq < next,
        "the last one of the dropped was carried over"
    );
}

#[test]
fn an_old_key_still_verifies_what_is_left() {
    let mut site = Site::of(4);
    let old = site.key.public().to_string();
    let mut log = site.open();
    log.rotate(at(), &site.key, &site.next).expect("rotated");
    site.key = retentiond::audit::note::SigningKey::read(&site.next.secret_text()).expect("a key");
    for _ in 0..16 {
        site.run(&mut log);
    }
    drop_up_to(&mut site, &mut log, 90);
    let new = site.key.public().to_string();
    for key in [&old, &new] {
        let judged = site.judged_with(key, &[]);
        assert_eq!(faults(&judged), [""; 0]);
        assert_eq!(judged["keys"], serde_json::json!([old, new]));
    }
    let stranger = keys(&log, 9).public().to_string();
    assert_eq!(
        faults(&site.judged_with(&stranger, &[])),
        ["key 0-", "unsigned 0-"]
    );
}

#[test]
fn files_that_went_without_a_record_are_missed() {
    let mut site = Site::of(20);
    let all = segments(site.folder());
    let aside = site.folder().join("aside");
    std::fs::rename(&all[0], &aside).expect("renamed");
    let found = faults(&site.judged(&[]));
    assert_eq!(found, ["broken 0-", "key 0-", "unsigned 0-"]);
    std::fs::rename(&aside, &all[0]).expect("put back");
    let mut log = site.open();
    drop_up_to(&mut site, &mut log, 70);
    drop(log);
    site.finds(&[], &[]);
    // One more than the record tells of.
    std::fs::remove_file(&segments(site.folder())[0]).expect("removed");
    let found = faults(&site.judged(&[]));
    assert!(found.contains(&"broken 0-".to_owned()), "{found:?}");
}

#[test]
fn a_changed_record_of_what_went_does_not_fit() {
    let mut site = Site::of(20);
    let mut log = site.open();
    let first = drop_up_to(&mut site, &mut log, 70);
    site.run(&mut log);
    drop(log);
    let name = segments(site.folder())[0].clone();
    let whole = lines(site.folder());
    let rewrite = |lines: &[Vec<u8>]| {
        for path in segments(site.folder()) {
            std::fs::remove_file(path).expect("removed");
        }
        let mut bytes = lines.join(&b'\n');
        bytes.push(b'\n');
        std::fs::write(&name, bytes).expect("written");
    };
    rewrite(&whole);
    site.finds(&[], &[]);
    let expired = |line: &Vec<u8>| String::from_utf8_lossy(line).contains("\"kind\":\"expired\"");
    let place = whole.iter().position(expired).expect("the record");
    // Another tree before it: no checkpoint fits any more.
    let value: Value = serde_json::from_slice(&whole[place]).expect("a record");
    let part = value["record"]["frontier"][0]
        .as_str()
        .expect("a hash")
        .to_owned();
    let mut forged = whole.clone();
    edit(&mut forged[place], &part, &"0".repeat(64));
    rewrite(&forged);
    let found = faults(&site.judged(&[]));
    assert!(
        found.contains(&format!("altered {0}-{0}", first + place as u64)),
        "{found:?}"
    );
    assert!(
        found.iter().any(|one| one.starts_with("root ")),
        "{found:?}"
    );
    // A part too few: the log does not begin.
    let mut forged = whole.clone();
    edit(&mut forged[place], &format!("\"{part}\""), "");
    rewrite(&forged);
    let found = faults(&site.judged(&[]));
    assert!(found.contains(&"broken 0-".to_owned()), "{found:?}");
    // A carried record that says something else.
    let carried = whole
        .iter()
        .position(|line| String::from_utf8_lossy(line).contains("\"kind\":\"carried\""));
    let carried = carried.expect("a record") + 3;
    let mut forged = whole.clone();
    edit(&mut forged[carried], "\"hr\"", "\"hs\"");
    rewrite(&forged);
    let found = faults(&site.judged(&[]));
    assert!(
        found.contains(&format!("altered {0}-{0}", first + carried as u64)),
        "{found:?}"
    );
}

#[test]
fn expiry_hides_no_fork_from_a_later_checkpoint() {
    let mut site = Site::of(20);
    let kept: Vec<String> = site.checkpoints.clone();
    // Another history from the fifth run on, by somebody who has the key, and then its beginning dropped.
    let before = lines(site.folder())[..32].to_vec();
    put(site.folder(), &before);
    site.forget_the_last();
    let mut log = site.open();
    site.runs = 40;
    for _ in 0..20 {
        site.run(&mut log);
    }
    let first = drop_up_to(&mut site, &mut log, 70);
    drop(log);
    site.finds(&[], &[]);
    let seen: Vec<&str> = kept.iter().map(String::as_str).collect();
    let later: Vec<&str> = seen[12..14].to_vec();
    assert!(first < 79, "{first}");
    site.finds(&later, &["fork 0-78", "fork 0-84"]);
}

#[test]
fn a_removal_that_a_crash_cut_short_is_verified_and_finished() {
    let mut site = Site::of(20);
    let mut log = site.open();
    let size = log.droppable(|entry| entry.seq < 70).expect("readable");
    log.expire(size, "somebody", at()).expect("recorded");
    site.checkpoints
        .push(log.checkpoint(at(), &site.key).expect("signed"));
    let (root, id) = (log.root(), log.id().to_owned());
    drop(log);
    let all = segments(site.folder());
    assert!(all.len() > 3, "{all:?}");
    // Any of the files may be left, whatever the order in which they went.
    for gone in [&all[..1], &all[1..2]] {
        for path in gone {
            std::fs::remove_file(path).expect("removed");
        }
        let judged = site.judged(&[]);
        assert_eq!(faults(&judged), [""; 0]);
        assert_eq!(remarks(&judged), [format!("expired 0-{}", size - 1)]);
        assert_eq!(judged["root"], root.to_string());
    }
    let log = site.open();
    assert_eq!((log.id(), log.first(), log.root()), (&*id, size, root));
    let first = scan_first(&segments(site.folder())[0]);
    assert_eq!(first, size, "what the crash left is gone");
}

fn scan_first(path: &std::path::Path) -> u64 {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).expect("a number")
}

#[test]
fn without_the_key_nobody_drops_records() {
    let site = Site::of(20);
    let mut log = site.open();
    let size = log.droppable(|entry| entry.seq < 70).expect("readable");
    // All that it says is true, and nobody signed it.
    log.expire(size, "somebody", at()).expect("recorded");
    drop(log);
    for path in segments(site.folder()) {
        if scan_first(&path) < size {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let found = faults(&site.judged(&[]));
    assert_eq!(found, ["broken 0-", "key 0-", "unsigned 0-"]);
    assert!(Log::open_read(site.folder()).is_err());
    // Nor with a checkpoint of one's own.
    let mut site = Site::of(20);
    let mut log = site.open();
    log.expire(size, "somebody", at()).expect("recorded");
    let stranger = keys(&log, 9);
    log.checkpoint(at(), &stranger).expect("signed");
    drop(log);
    for path in segments(site.folder()) {
        if scan_first(&path) < size {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let found = faults(&site.judged(&[]));
    assert!(
        found.iter().any(|one| one.starts_with("signature ")),
        "{found:?}"
    );
    site.checkpoints.clear();
}

#[test]
fn what_was_carried_over_is_what_the_record_of_the_drop_counts() {
    let mut site = Site::of(20);
    let mut log = site.open();
    drop_up_to(&mut site, &mut log, 70);
    let before = site.judged(&[]);
    let adopted = |log: &Log| log.entries(|kind| kind == "adopted").expect("all").len();
    let known = adopted(&log);
    let carried = |n, record: &Record| Record::Carried {
        n,
        at: at(),
        record: Box::new(record.clone()),
    };
    let another = Record::Genesis {
        log: "another".to_owned(),
        version: 1,
    };
    let boot = Record::Boot { epoch: 1 };
    log.append(at(), &[carried(0, &another), carried(4, &boot)])
        .expect("appended");
    drop(log);
    let after = site.judged(&[]);
    assert_eq!(after["log"], before["log"]);
    assert_eq!(faults(&after), [""; 0]);
    assert_eq!(adopted(&site.open()), known);
}
