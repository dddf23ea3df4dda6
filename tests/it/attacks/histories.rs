//! Other histories: made anew, forked, put back, published to one place and not to the other.

use retentiond::audit::Record;
use retentiond::audit::note::SigningKey;

use super::site::*;

#[test]
fn a_log_made_anew_is_found_by_its_key_or_by_a_checkpoint() {
    let site = Site::of(3);
    let kept: Vec<&str> = site.checkpoints.iter().map(String::as_str).collect();
    // By somebody without the key.
    let mut forged = lines(site.folder());
    let stranger = SigningKey::new(&site.open().origin(), [9; 32]).expect("a key");
    edit(
        &mut forged[1],
        &site.key.public().to_string(),
        &stranger.public().to_string(),
    );
    rechain(&mut forged);
    put(site.folder(), &forged);
    site.forget_the_last();
    let found = faults(&site.judged(&[]));
    assert!(found.contains(&"key 0-".to_owned()), "{found:?}");
    // By somebody with the key: the whole history again, with one run less.
    let mut other = Site::of(0);
    put(other.folder(), &lines(site.folder())[..1]);
    let mut log = other.open();
    let made = Record::SigningKey {
        key: site.key.public().to_string(),
    };
    log.append(at(), &[made]).expect("appended");
    other.key = SigningKey::new(&log.origin(), [1; 32]).expect("a key");
    other.runs = 5;
    other.run(&mut log);
    other.run(&mut log);
    drop(log);
    other.finds(&[], &[]);
    other.finds(&kept[..1], &["fork 0-6"]);
    other.finds(&kept, &["fork 0-6", "fork 0-12", "cut 14-18"]);
    // A checkpoint of another log.
    let elsewhere = Site::of(1);
    other.finds(&[&elsewhere.checkpoints[0]], &["foreign 0-"]);
    other.finds(&["no note"], &["foreign 0-"]);
}

#[test]
fn a_fork_is_found() {
    let mut site = Site::of(2);
    let before = lines(site.folder());
    let mut log = site.open();
    site.run(&mut log);
    drop(log);
    let seen = site.checkpoints[2].clone();
    put(site.folder(), &before);
    site.forget_the_last();
    let mut log = site.open();
    site.runs = 7;
    site.run(&mut log);
    drop(log);
    site.finds(&[], &[]);
    site.finds(&[&seen], &["fork 0-18"]);
}

#[test]
fn two_places_that_were_given_different_histories_show_it() {
    let mut site = Site::of(2);
    let before = lines(site.folder());
    let mut one = site.open();
    site.run(&mut one);
    drop(one);
    let to_one_place = site.checkpoints[2].clone();
    let kept_aside = lines(site.folder());
    put(site.folder(), &before);
    site.forget_the_last();
    site.runs = 7;
    let mut other = site.open();
    site.run(&mut other);
    drop(other);
    let to_the_other = site.checkpoints[3].clone();
    // Each fits what it is shown, and neither fits both.
    site.finds(&[&to_the_other], &[]);
    site.finds(&[&to_one_place, &to_the_other], &["fork 0-18"]);
    put(site.folder(), &kept_aside);
    site.forget_the_last();
    site.finds(&[&to_one_place], &[]);
    site.finds(&[&to_one_place, &to_the_other], &["fork 0-18"]);
}

#[test]
fn a_state_store_that_was_rolled_back_and_went_on_is_found() {
    let mut site = Site::of(4);
    let kept = site.checkpoints.clone();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    let all = lines(site.folder());
    // Back to after the second run, with the checkpoint of that time beside it; one more run; then two.
    put(site.folder(), &all[..14]);
    std::fs::write(site.folder().join("checkpoint"), kept[1]).expect("written");
    site.finds(&[], &[]);
    let mut log = site.open();
    site.runs = 10;
    site.run(&mut log);
    site.finds(&kept[..2], &[]);
    site.finds(&kept[2..], &["fork 0-18", "cut 20-24"]);
    site.run(&mut log);
    drop(log);
    site.finds(&[], &[]);
    site.finds(&kept[2..], &["fork 0-18", "fork 0-24"]);
}

#[test]
fn a_checkpoint_that_is_played_again_signs_nothing() {
    let site = Site::of(3);
    let mut log = site.open();
    // A note of the past, as a record of now.
    for old in [&site.checkpoints[0], &site.checkpoints[2]] {
        let again = Record::Checkpoint { note: old.clone() };
        log.append(at(), &[again]).expect("appended");
    }
    drop(log);
    site.forget_the_last();
    let judged = site.judged(&[]);
    assert_eq!(faults(&judged), ["signature 20-20", "signature 21-21"]);
    assert_eq!(findings(&judged["remarks"]), ["unsigned 20-21"]);
    // The one beside the log says what it said then, and no more.
    std::fs::write(site.folder().join("checkpoint"), &site.checkpoints[0]).expect("written");
    assert_eq!(
        faults(&site.judged(&[])),
        ["signature 20-20", "signature 21-21"]
    );
}

#[test]
fn what_is_appended_without_the_key_is_told_apart() {
    let mut site = Site::of(2);
    let signed = lines(site.folder());
    let mut log = site.open();
    for record in run(3) {
        log.append(at(), &[record]).expect("appended");
    }
    drop(log);
    let judged = site.judged(&[]);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["unsigned 14-18"]);
    assert_eq!(judged["signed"], 13);
    // With a checkpoint of a key of one's own.
    let stranger = SigningKey::new(&site.open().origin(), [9; 32]).expect("a key");
    let mut log = site.open();
    log.checkpoint(at(), &stranger).expect("written");
    drop(log);
    site.forget_the_last();
    site.finds(&[], &["signature 19-19"]);
    // The whole log signed again with another key, under the same name.
    put(site.folder(), &signed[..1]);
    let mut log = site.open();
    let made = Record::SigningKey {
        key: stranger.public().to_string(),
    };
    log.append(at(), &[made]).expect("appended");
    let right = std::mem::replace(&mut site.key, stranger);
    site.runs = 0;
    site.run(&mut log);
    site.run(&mut log);
    drop(log);
    site.finds(&[], &[]);
    let judged = site.judged_with(&right.public().to_string(), &[]);
    assert_eq!(faults(&judged), ["key 0-", "unsigned 0-"]);
    let kept = site.checkpoints[1].clone();
    site.finds(&[&kept], &["foreign 0-"]);
}
