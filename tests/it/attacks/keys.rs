//! Keys: rotated, forged, somebody else's; and records that contradict each other under a right one.

use retentiond::audit::Record;
use retentiond::audit::note::SigningKey;

use super::site::*;

#[test]
fn a_rotated_key_is_followed_and_a_forged_one_is_not() {
    let mut site = Site::of(2);
    let old = site.key.public().to_string();
    let mut log = site.open();
    log.rotate(at(), &site.key, &site.next).expect("rotated");
    site.key = SigningKey::read(&site.next.secret_text()).expect("a key");
    site.run(&mut log);
    let new = site.key.public().to_string();
    let kept = site.checkpoints.clone();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    for key in [&old, &new] {
        let judged = site.judged_with(key, &kept);
        assert_eq!(faults(&judged), [""; 0]);
        assert_eq!(judged["keys"], serde_json::json!([old, new]));
    }
    let stranger = SigningKey::new(&log.origin(), [9; 32]).expect("a key");
    let judged = site.judged_with(&stranger.public().to_string(), &[]);
    assert_eq!(faults(&judged), ["key 0-", "unsigned 0-"]);
    // The old key signs again.
    log.checkpoint(
        at(),
        &SigningKey::new(&log.origin(), [1; 32]).expect("a key"),
    )
    .expect("signed");
    drop(log);
    site.forget_the_last();
    site.finds(&[], &["signature 21-21"]);
    // A key that the old one never agreed to.
    let mut log = site.open();
    log.rotate(at(), &stranger, &stranger).expect("written");
    site.key = SigningKey::new(&log.origin(), [9; 32]).expect("a key");
    site.run(&mut log);
    drop(log);
    site.forget_the_last();
    let judged = site.judged_with(&new, &[]);
    assert_eq!(
        faults(&judged),
        ["signature 21-21", "key 22-22", "signature 28-28"]
    );
    assert_eq!(
        faults(&site.judged(&[])).first().map(String::as_str),
        Some("key 0-")
    );
}

#[test]
fn receipts_that_contradict_each_other_are_found_under_a_right_signature() {
    let site = Site::of(2);
    let mut log = site.open();
    let twice = run(2)[2].clone();
    log.append(at(), &[twice, Record::Boot { epoch: 1 }])
        .expect("appended");
    log.checkpoint(at(), &site.key).expect("signed");
    drop(log);
    site.finds(&[], &["order 14-14", "order 15-15"]);
}
