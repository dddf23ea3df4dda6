//! What came back with a database that was put back, and is erased again: by key and fingerprint, under an approval of its
//! own. Apart from the protocol of a batch, because it asks other questions: whose row is it, and who said so.
//!
//! - T1 no row goes that is not the one of before, or that a hold keeps;
//! - T2 nothing goes but under an approval that was given for this very regression, and no more than it says;
//! - T3 what went is told, once;
//! - T4 an approval ends when nothing is left of what it permits, and permits nothing after that.

use std::collections::{BTreeSet, VecDeque};

/// A row whose key a lost batch had removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// As it was when it was removed.
    Same,
    /// Somebody has the key, and it is another row; or the row has been changed since.
    Other,
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rec {
    Regressed,
    Approved(u8),
    Intent(u8),
    /// Which row.
    Done(u8, u8),
    Denied(u8),
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pc {
    Off,
    /// Recovered, and found these rows again: bits.
    Looked(u8),
    Intended(u8, u8),
    Committed(u8),
    /// Nothing may be done, or nothing is left.
    Idle,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    rows: [Row; 2],
    held: [bool; 2],
    /// Batch and row; what a restore takes back.
    ledger: Vec<(u8, u8)>,
    log: Vec<Rec>,
    pc: Pc,
    begun: u8,
    approvals: u8,
    crashes: u8,
    restores: u8,
    reused: u8,
    holds: u8,
    /// The application puts a row back as it was.
    back: u8,
    broken: Option<&'static str>,
}

/// What is taken care of; a mutant leaves one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    Fingerprint,
    AskedUnderLock,
    AskedAnew,
    Counted,
    Holds,
    Closed,
}

/// Takes what can happen next.
type Adds<'a> = dyn FnMut(&dyn Fn(&mut State)) + 'a;

const ALL: [Care; 6] = [
    Care::Fingerprint,
    Care::AskedUnderLock,
    Care::AskedAnew,
    Care::Counted,
    Care::Holds,
    Care::Closed,
];

impl State {
    fn first() -> Self {
        Self {
            rows: [Row::Same; 2],
            held: [false; 2],
            ledger: Vec::new(),
            log: vec![Rec::Regressed],
            pc: Pc::Off,
            begun: 0,
            approvals: 2,
            crashes: 2,
            restores: 1,
            reused: 1,
            holds: 1,
            back: 1,
            broken: None,
        }
    }

    /// Receipts since the last regression that are in force.
    fn known(&self) -> Vec<(u8, u8)> {
        let mut known = Vec::new();
        for rec in &self.log {
            match *rec {
                Rec::Done(batch, row) => known.push((batch, row)),
                Rec::Regressed => known.clear(),
                _ => {}
            }
        }
        known
    }

    /// How many rows may still go; `None`: nobody said so, or it is done.
    fn may_go(&self, without: Option<Care>) -> Option<u8> {
        let mut left = None;
        for rec in &self.log {
            match *rec {
                Rec::Regressed if without != Some(Care::AskedAnew) => left = None,
                Rec::Closed if without != Some(Care::Closed) => left = None,
                Rec::Approved(rows) => left = Some(rows),
                Rec::Done(..) if without != Some(Care::Counted) => {
                    left = left.map(|left: u8| left.saturating_sub(1));
                }
                _ => {}
            }
        }
        left
    }

    /// What a look finds: of those that a lost batch had removed, those that are there.
    fn found(&self, without: Option<Care>) -> u8 {
        let is_found = |n: usize| match self.rows[n] {
            Row::Same => without == Some(Care::Holds) || !self.held[n],
            Row::Other => without == Some(Care::Fingerprint),
            Row::Gone => false,
        };
        (0..2)
            .filter(|n| is_found(*n))
            .fold(0, |all, n| all | 1 << n)
    }

    fn next(&self, without: Option<Care>) -> Vec<State> {
        let mut out = Vec::new();
        let mut add = |change: &dyn Fn(&mut State)| {
            let mut state = self.clone();
            change(&mut state);
            out.push(state);
        };
        for n in 0..2 {
            if self.reused > 0 && self.rows[n] != Row::Other {
                add(&|s| (s.reused, s.rows[n]) = (0, Row::Other));
            }
            if self.back > 0 && self.rows[n] == Row::Gone {
                add(&|s| (s.back, s.rows[n]) = (0, Row::Same));
            }
            if self.holds > 0 && self.rows[n] != Row::Gone {
                add(&|s| (s.holds, s.held[n]) = (0, true));
            }
        }
        if self.crashes > 0 && !matches!(self.pc, Pc::Off | Pc::Idle) {
            add(&|s| (s.crashes, s.pc) = (s.crashes - 1, Pc::Off));
        }
        if self.restores > 0 && !self.ledger.is_empty() && matches!(self.pc, Pc::Off | Pc::Idle) {
            add(&|s| {
                (s.restores, s.rows, s.pc) = (0, [Row::Same; 2], Pc::Off);
                s.ledger.clear();
            });
        }
        // An operator sees a number, and permits it.
        let found = self.found(without).count_ones() as u8;
        if self.approvals > 0 && found > 0 && self.pc != Pc::Off {
            add(&|s| {
                (s.approvals, s.pc) = (s.approvals - 1, Pc::Off);
                s.log.push(Rec::Approved(found));
            });
        }
        self.daemon(without, &mut add);
        out
    }

    fn daemon(&self, without: Option<Care>, add: &mut Adds<'_>) {
        match self.pc {
            // 2: what is open is resolved from the ledger, and a ledger that ends before the log is told.
            Pc::Off => add(&|s| s.recover(without)),
            Pc::Looked(found) if found.count_ones() as u8 > self.may_go(without).unwrap_or(0) => {
                // More than somebody saw: nothing goes.
                add(&|s| s.pc = Pc::Idle);
            }
            Pc::Looked(0) => add(&|s| {
                // What came while it was at work is looked for again before its end is told.
                let found = s.found(without);
                if found.count_ones() as u8 > s.may_go(without).unwrap_or(0) || found == 0 {
                    s.log.push(Rec::Closed);
                    s.pc = Pc::Idle;
                } else {
                    s.pc = Pc::Looked(found);
                }
            }),
            Pc::Looked(found) => add(&|s| {
                s.log.push(Rec::Intent(s.begun));
                s.pc = Pc::Intended(found.trailing_zeros() as u8, found);
                s.begun += 1;
            }),
            Pc::Intended(row, found) => {
                let n = usize::from(row);
                let rest = found & !(1 << row);
                let goes = match without {
                    Some(Care::AskedUnderLock) => self.rows[n] != Row::Gone,
                    _ => self.found(without) & 1 << row != 0,
                };
                add(&|s| {
                    let batch = s.begun - 1;
                    if !goes {
                        s.log.push(Rec::Denied(batch));
                        s.pc = Pc::Looked(rest);
                        return;
                    }
                    s.broken = match (s.rows[n], s.held[n]) {
                        (Row::Same, false) if s.may_go(None).unwrap_or(0) > 0 => None,
                        (Row::Same, false) => Some("T2 more than was approved for this regression"),
                        (Row::Same, true) => Some("T1 a held row went"),
                        (Row::Other | Row::Gone, _) => Some("T1 a row of somebody else went"),
                    };
                    s.rows[n] = Row::Gone;
                    s.ledger.push((batch, row));
                    s.pc = Pc::Committed(rest);
                });
            }
            Pc::Committed(rest) => add(&|s| {
                let (batch, row) = s.ledger[s.ledger.len() - 1];
                s.log.push(Rec::Done(batch, row));
                s.pc = Pc::Looked(rest);
            }),
            // The next run.
            Pc::Idle if self.may_go(without).is_some() => add(&|s| s.pc = Pc::Off),
            Pc::Idle => {}
        }
    }

    /// Comes from nothing but its log.
    fn recover(&mut self, without: Option<Care>) {
        for rec in self.log.clone() {
            let Rec::Intent(batch) = rec else { continue };
            let ends = |one: &Rec| matches!(*one, Rec::Done(b, _) | Rec::Denied(b) if b == batch);
            if self.log.iter().any(ends) {
                continue;
            }
            let there = self.ledger.iter().find(|(one, _)| *one == batch);
            let end = there.map_or(Rec::Denied(batch), |(_, row)| Rec::Done(batch, *row));
            self.log.push(end);
        }
        if self.ledger.len() < self.known().len() {
            self.log.push(Rec::Regressed);
        }
        self.pc = match self.may_go(without) {
            Some(_) => Pc::Looked(self.found(without)),
            None => Pc::Idle,
        };
    }

    fn wrong(&self) -> Option<&'static str> {
        if self.broken.is_some() {
            return self.broken;
        }
        if self.pc != Pc::Idle {
            return None;
        }
        if self.known() != self.ledger {
            return Some("T3 what went is not what is told");
        }
        None
    }
}

/// How many states there are, and what does not hold.
fn explore(without: Option<Care>) -> (usize, Option<&'static str>) {
    let mut known = BTreeSet::from([State::first()]);
    let mut ahead = VecDeque::from([State::first()]);
    while let Some(state) = ahead.pop_front() {
        if let Some(why) = state.wrong() {
            return (known.len(), Some(why));
        }
        for next in state.next(without) {
            if known.insert(next.clone()) {
                ahead.push_back(next);
            }
        }
    }
    (known.len(), None)
}

#[test]
fn what_came_back_goes_again_and_nothing_else() {
    let (states, broken) = explore(None);
    assert_eq!(broken, None);
    super::say(&format!("what came back: {states} states"));
}

#[test]
fn every_mutant_of_what_came_back_is_caught() {
    for care in ALL {
        let (states, broken) = explore(Some(care));
        assert!(broken.is_some(), "{care:?} survives {states} states");
        super::say(&format!(
            "without {care:?}: {broken:?} after {states} states"
        ));
    }
}
