use super::*;
use crate::state::RunReason;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn a_month_and_three() {
    assert_eq!(answer_by(day("2026-11-22"), false), day("2026-12-22"));
    assert_eq!(answer_by(day("2026-11-22"), true), day("2027-02-22"));
    assert_eq!(answer_by(day("2027-01-31"), false), day("2027-02-28"));
}

fn adopted(database: &str, target: &str) -> Record {
    Record::Adopted {
        database: database.to_owned(),
        target: target.to_owned(),
    }
}

fn received() -> Record {
    Record::ErasureReceived {
        erasure: "e".to_owned(),
        database: "hr".to_owned(),
        rule: "people".to_owned(),
        received: "2026-11-01".to_owned(),
        by: String::new(),
    }
}

fn begun(run: &str, rows: u64) -> Record {
    Record::ErasureBegun {
        erasure: "e".to_owned(),
        database: "hr".to_owned(),
        run: run.to_owned(),
        rows,
    }
}

fn done(run: &str, seq: i64, rows: u64) -> Record {
    Record::Done {
        run: run.to_owned(),
        batch: format!("{run}-{seq}"),
        database: "hr".to_owned(),
        rule: "people".to_owned(),
        step: String::new(),
        seq,
        chain: String::new(),
        schedule: "00".repeat(32).parse().expect("a digest"),
        schema: "00".repeat(32).parse().expect("a digest"),
        effects: vec![Effect {
            table: "person".to_owned(),
            effect: "deleted".to_owned(),
            rows,
            digest: String::new(),
            keys: None,
            contents: None,
        }],
        duration_ms: 0,
        recovered: false,
        assurance: None,
    }
}

fn carried_out(run: &str, rows: u64, stays: u64) -> Record {
    Record::ErasureCarriedOut {
        erasure: "e".to_owned(),
        database: "hr".to_owned(),
        run: run.to_owned(),
        rows,
        stays,
        by: String::new(),
    }
}

fn regressed(target: &str, to_seq: i64) -> Record {
    Record::Regressed {
        database: "hr".to_owned(),
        target: target.to_owned(),
        from_seq: 9,
        to_seq,
        since: None,
        until: DateTime::UNIX_EPOCH,
        batches: 1,
        rows: 1,
    }
}

fn gap(target: &str) -> Record {
    Record::GapAcknowledged {
        database: "hr".to_owned(),
        target: target.to_owned(),
        log: None,
        known_seq: 1,
        seq: 9,
        chain: String::new(),
        by: String::new(),
    }
}

/// The one request after these records.
fn after(records: Vec<Record>) -> Requested {
    let mut all = Requests::default();
    let first = [adopted("hr", "t"), received()];
    for (seq, record) in (0..).zip(first.into_iter().chain(records)) {
        let at = DateTime::UNIX_EPOCH;
        all.take(Entry { seq, at, record });
    }
    all.found.remove(0)
}

#[test]
fn a_run_that_died_is_known_with_its_rows() {
    let one = after(vec![begun("a", 7), done("a", 1, 4)]);
    assert_eq!((one.state, one.rows), (RequestState::Begun, 4));
    assert_eq!(one.may_touch(), 3);
    assert_eq!(one.last_run(), ("a", 4));
    assert!(one.did("person", true) && !one.did("person", false));
    let one = after(vec![
        begun("a", 7),
        done("a", 1, 4),
        begun("b", 3),
        done("b", 2, 3),
        carried_out("b", 3, 0),
    ]);
    assert_eq!((one.state, one.rows), (RequestState::Done, 7));
}

#[test]
fn rows_of_a_run_that_found_nothing_more_are_still_those_of_the_first() {
    let one = after(vec![
        begun("a", 7),
        done("a", 5, 7),
        carried_out("a", 7, 2),
        carried_out("", 0, 2),
        regressed("t", 4),
    ]);
    assert_eq!((one.state, one.rows), (RequestState::Returned, 0));
    assert_eq!(one.may_touch(), 9);
}

#[test]
fn what_an_earlier_build_told_is_understood() {
    let started = Record::RunStarted {
        run: "a".to_owned(),
        database: "hr".to_owned(),
        reason: RunReason::Erasure,
        by: String::new(),
        now: DateTime::UNIX_EPOCH,
        schedule: "00".repeat(32).parse().expect("a digest"),
        version: String::new(),
    };
    let records = vec![started, done("a", 5, 7), carried_out("a", 7, 0)];
    let one = after(records.clone());
    assert_eq!((one.state, one.rows), (RequestState::Done, 7));
    let back = [records, vec![regressed("t", 4)]].concat();
    assert_eq!(after(back).state, RequestState::Returned);
}

#[test]
fn who_may_be_back() {
    let gone = || vec![begun("a", 7), done("a", 5, 7), carried_out("a", 7, 0)];
    let then = |record: Record| after([gone(), vec![record]].concat()).state;
    assert_eq!(then(regressed("t", 4)), RequestState::Returned);
    assert_eq!(then(regressed("t", 5)), RequestState::Done);
    assert_eq!(then(regressed("another", 0)), RequestState::Done);
    assert_eq!(then(gap("t")), RequestState::Returned);
    // The name gets another database: it was put back without our tables.
    assert_eq!(then(adopted("hr", "u")), RequestState::Returned);
    // The database gets another name: the request goes with it, and nothing came back.
    let renamed = after([gone(), vec![adopted("people", "t")]].concat());
    assert_eq!(
        (renamed.state, renamed.database.as_str()),
        (RequestState::Done, "people")
    );
    let then_back = after([gone(), vec![adopted("people", "t"), regressed("t", 0)]].concat());
    assert_eq!(then_back.state, RequestState::Returned);
    // Who was not erased cannot be back; and a request that was closed stays so.
    assert_eq!(after(vec![gap("t")]).state, RequestState::Open);
    let closed = Record::ErasureClosed {
        erasure: "e".to_owned(),
        by: String::new(),
    };
    let one = after([gone(), vec![closed, regressed("t", 0)]].concat());
    assert_eq!(one.state, RequestState::Closed);
}
