//! Two hosts on one state store in PostgreSQL: who serves, what a takeover does, and what becomes of an owner that was
//! cut off and does not know it. Apart from the protocol of a batch, which it has in four steps.
//!
//! - H1 no record of a stale owner after a takeover;
//! - H2 nothing is committed in a target whose intent is not in the shared log;
//! - H3 at rest every committed batch has its receipt in the one log, once, and no receipt tells of another;
//! - H4 who acts has the shared log before it, and nothing else.

use std::collections::{BTreeSet, VecDeque};

/// So many batches there are to do.
const BATCHES: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Intent(u8),
    Done(u8),
    Denied(u8),
}

/// A record, with the epoch of the owner that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rec {
    by: u8,
    what: What,
}

/// What a host does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pc {
    Off,
    StandingBy,
    /// It has the advisory lock.
    Locked,
    /// It is the owner.
    Raised,
    /// Its directory is what PostgreSQL has.
    BroughtUp,
    /// The head of the target has its epoch.
    HeadRaised,
    Ready,
    /// A record is in its directory, and then in PostgreSQL.
    Writing(What),
    /// It has seen that it is the owner, where that is not one act with the writing.
    Seen(What),
    /// The intent is durable.
    Intended(u8),
    InTransaction(u8),
    Committed(u8),
    /// It writes nothing more.
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Host {
    pc: Pc,
    epoch: u8,
    cache: Vec<Rec>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    hosts: [Host; 2],
    /// Whose connection has the advisory lock.
    lock: Option<u8>,
    owner: u8,
    log: Vec<Rec>,
    head: u8,
    /// The open transaction in the target, which has its head locked: whose, and of which batch.
    open: Option<(u8, u8)>,
    ledger: Vec<u8>,
    crashes: u8,
    cuts: u8,
    broken: Option<&'static str>,
}

/// What is taken care of; a mutant leaves one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Every write asks who the owner is.
    OwnerAsked,
    /// In the transaction of the write, with the row locked.
    AskedWithTheWrite,
    /// A takeover raises the owner's epoch.
    Raised,
    /// Before it reads what there is.
    RaisedFirst,
    /// The directory is brought to what PostgreSQL has.
    BroughtUp,
    /// Nothing is done before PostgreSQL has the record.
    WrittenThrough,
    /// The head of the target is raised, and so the batch of a predecessor is over, before anything is resolved.
    HeadRaised,
    /// Who was cut off ends, and does not take the lock and go on with what it has in mind.
    Ends,
}

const ALL: [Care; 8] = [
    Care::OwnerAsked,
    Care::AskedWithTheWrite,
    Care::Raised,
    Care::RaisedFirst,
    Care::BroughtUp,
    Care::WrittenThrough,
    Care::HeadRaised,
    Care::Ends,
];

type Without = Option<Care>;

/// What a host does by itself; `None`: it waits.
type Change = Option<Box<dyn Fn(&mut State)>>;

fn open_intents(log: &[Rec]) -> Vec<u8> {
    let ends = |batch| {
        log.iter()
            .any(|rec| rec.what == What::Done(batch) || rec.what == What::Denied(batch))
    };
    let intents = log.iter().filter_map(|rec| match rec.what {
        What::Intent(batch) => Some(batch),
        _ => None,
    });
    intents.filter(|batch| !ends(*batch)).collect()
}

fn begun(log: &[Rec]) -> u8 {
    let intents = log.iter().filter(|rec| matches!(rec.what, What::Intent(_)));
    u8::try_from(intents.count()).expect("few")
}

impl State {
    fn first() -> Self {
        let host = Host {
            pc: Pc::Off,
            epoch: 0,
            cache: Vec::new(),
        };
        Self {
            hosts: [host.clone(), host],
            lock: None,
            owner: 0,
            log: Vec::new(),
            head: 0,
            open: None,
            ledger: Vec::new(),
            crashes: 2,
            cuts: 1,
            broken: None,
        }
    }

    /// What can happen next, and whether it is a fault.
    fn next(&self, without: Without) -> Vec<(bool, State)> {
        let mut out = Vec::new();
        let mut add = |is_fault: bool, change: &dyn Fn(&mut State)| {
            let mut state = self.clone();
            change(&mut state);
            out.push((is_fault, state));
        };
        // What a dead host has left open: its server ends it, either way.
        if let Some((whose, batch)) = self.open
            && self.hosts[usize::from(whose)].pc != Pc::InTransaction(batch)
        {
            add(false, &|s| s.open = None);
            add(false, &|s| s.commit());
        }
        for (n, host) in self.hosts.iter().enumerate() {
            let me = u8::try_from(n).expect("two");
            let is_off = matches!(host.pc, Pc::Off | Pc::Ended);
            if is_off {
                // Somebody starts it again.
                add(false, &|s| {
                    s.hosts[n].pc = Pc::StandingBy;
                    s.hosts[n].epoch = 0;
                });
                continue;
            }
            if self.crashes > 0 && host.pc != Pc::StandingBy {
                add(true, &|s| {
                    s.crashes -= 1;
                    s.end(me, Pc::Off);
                });
            }
            // The server ends its connection, and it does not hear of it.
            if self.cuts > 0 && self.lock == Some(me) {
                add(true, &|s| (s.cuts, s.lock) = (s.cuts - 1, None));
            }
            if let Some(change) = self.step(me, without) {
                add(false, &*change);
            }
        }
        out
    }

    fn end(&mut self, me: u8, pc: Pc) {
        self.hosts[usize::from(me)].pc = pc;
        if self.lock == Some(me) {
            self.lock = None;
        }
    }

    fn commit(&mut self) {
        let Some((_, batch)) = self.open.take() else {
            return;
        };
        let is_intended = self.log.iter().any(|rec| rec.what == What::Intent(batch));
        if !is_intended {
            self.broken = Some("H2 a batch was committed whose intent the log does not have");
        }
        self.ledger.push(batch);
    }

    fn step(&self, me: u8, without: Without) -> Change {
        let n = usize::from(me);
        let host = &self.hosts[n];
        match host.pc {
            Pc::Off | Pc::Ended => None,
            Pc::StandingBy => {
                self.lock.is_none().then_some(())?;
                Some(Box::new(move |s| {
                    s.lock = Some(me);
                    s.hosts[n].pc = Pc::Locked;
                    if without == Some(Care::RaisedFirst) {
                        s.hosts[n].cache = s.log.clone();
                    }
                }))
            }
            Pc::Locked => Some(Box::new(move |s| {
                if without != Some(Care::Raised) {
                    s.owner += 1;
                }
                s.hosts[n].epoch = s.owner;
                s.hosts[n].pc = Pc::Raised;
            })),
            Pc::Raised => Some(Box::new(move |s| {
                let keeps = [Some(Care::BroughtUp), Some(Care::RaisedFirst)].contains(&without);
                if !keeps {
                    s.hosts[n].cache = s.log.clone();
                }
                s.hosts[n].pc = Pc::BroughtUp;
            })),
            _ => self.step_of_the_owner(me, without),
        }
    }

    fn step_of_the_owner(&self, me: u8, without: Without) -> Change {
        let n = usize::from(me);
        let host = &self.hosts[n];
        let go =
            move |pc: Pc| -> Change { Some(Box::new(move |s: &mut State| s.hosts[n].pc = pc)) };
        match host.pc {
            Pc::Off | Pc::Ended | Pc::StandingBy | Pc::Locked | Pc::Raised => None,
            // Every batch locks the head: whoever raises it waits for the one that is open.
            Pc::BroughtUp if without == Some(Care::HeadRaised) => go(Pc::HeadRaised),
            Pc::BroughtUp => {
                self.open.is_none().then_some(())?;
                Some(Box::new(move |s| {
                    s.head = s.head.max(s.hosts[n].epoch);
                    s.hosts[n].pc = Pc::HeadRaised;
                }))
            }
            Pc::HeadRaised => match open_intents(&host.cache).first() {
                None => go(Pc::Ready),
                Some(batch) if self.ledger.contains(batch) => go(Pc::Writing(What::Done(*batch))),
                Some(batch) => go(Pc::Writing(What::Denied(*batch))),
            },
            Pc::Ready => {
                let next = begun(&host.cache);
                (next < BATCHES).then_some(())?;
                go(Pc::Writing(What::Intent(next)))
            }
            Pc::Writing(what) => {
                let rec = Rec {
                    by: host.epoch,
                    what,
                };
                Some(Box::new(move |s| {
                    s.hosts[n].cache.push(rec);
                    s.write(me, what, without);
                }))
            }
            Pc::Seen(what) => Some(Box::new(move |s| {
                s.share(me, what);
                s.go_on(me, what);
            })),
            Pc::Intended(batch) => {
                self.open.is_none().then_some(())?;
                let is_fenced = self.head > host.epoch && without != Some(Care::HeadRaised);
                Some(Box::new(move |s| match is_fenced {
                    true => s.end(me, Pc::Ended),
                    false => {
                        s.open = Some((me, batch));
                        s.hosts[n].pc = Pc::InTransaction(batch);
                    }
                }))
            }
            Pc::InTransaction(batch) => Some(Box::new(move |s| {
                s.commit();
                s.hosts[n].pc = Pc::Committed(batch);
            })),
            Pc::Committed(batch) => go(Pc::Writing(What::Done(batch))),
        }
    }

    /// The record is in the directory; now it goes to PostgreSQL, if this host is still the owner.
    fn write(&mut self, me: u8, what: What, without: Without) {
        let n = usize::from(me);
        if without == Some(Care::WrittenThrough) {
            // It goes on, and what it wrote comes to PostgreSQL with the next record, or never.
            let host = self.hosts[n].clone();
            if self.owner == host.epoch && !matches!(what, What::Intent(_)) {
                let missing: Vec<Rec> = host.cache.iter().skip(self.log.len()).copied().collect();
                missing.into_iter().for_each(|rec| self.share_rec(rec));
            }
            return self.go_on(me, what);
        }
        let is_owner = self.owner == self.hosts[n].epoch || without == Some(Care::OwnerAsked);
        if !is_owner {
            if without == Some(Care::Ends) {
                // It asks to be the owner again, and goes on where it was.
                self.owner += 1;
                self.hosts[n].epoch = self.owner;
                self.share(me, what);
                return self.go_on(me, what);
            }
            return self.end(me, Pc::Ended);
        }
        if without == Some(Care::AskedWithTheWrite) {
            self.hosts[n].pc = Pc::Seen(what);
            return;
        }
        self.share(me, what);
        self.go_on(me, what);
    }

    fn share(&mut self, me: u8, what: What) {
        let by = self.hosts[usize::from(me)].epoch;
        self.share_rec(Rec { by, what });
    }

    fn share_rec(&mut self, rec: Rec) {
        // Without epochs a second writer is known by the connection that has the lock.
        if self.log.iter().any(|before| before.by > rec.by) {
            self.broken = Some("H1 a stale owner wrote after a takeover");
        }
        self.log.push(rec);
    }

    fn go_on(&mut self, me: u8, what: What) {
        self.hosts[usize::from(me)].pc = match what {
            What::Intent(batch) => Pc::Intended(batch),
            // What was resolved for a predecessor, or was its own.
            What::Done(_) | What::Denied(_) => Pc::HeadRaised,
        };
    }

    fn wrong(&self, is_at_rest: bool) -> Option<&'static str> {
        if self.broken.is_some() {
            return self.broken;
        }
        for host in &self.hosts {
            let acts = matches!(host.pc, Pc::HeadRaised | Pc::Ready | Pc::Intended(_));
            if acts && host.epoch == self.owner && self.lock.is_some() && host.cache != self.log {
                return Some("H4 the owner acts on another log than the shared one");
            }
        }
        let told = |what: What| self.log.iter().filter(|rec| rec.what == what).count();
        for batch in 0..BATCHES {
            let done = told(What::Done(batch));
            let (denied, is_there) = (told(What::Denied(batch)), self.ledger.contains(&batch));
            if done > 1 || denied > 1 || done + denied > 1 || told(What::Intent(batch)) > 1 {
                return Some("H3 a batch is told of twice");
            }
            if done > 0 && !is_there || denied > 0 && is_there {
                return Some("H3 the log says other than what happened");
            }
            if is_at_rest && is_there && done == 0 {
                return Some("H3 a committed batch has no receipt");
            }
        }
        None
    }
}

/// How many states there are, and what does not hold.
fn explore(without: Without) -> (usize, Option<&'static str>) {
    let mut known = BTreeSet::from([State::first()]);
    let mut ahead = VecDeque::from([State::first()]);
    while let Some(state) = ahead.pop_front() {
        let moves = state.next(without);
        // A host that is off may always be started; at rest one serves and has nothing left to do.
        let is_done = |host: &Host| host.pc == Pc::Ready && begun(&host.cache) == BATCHES;
        let rests = moves
            .iter()
            .all(|(is_fault, then)| *is_fault || then == &state);
        let serves = state
            .lock
            .is_some_and(|who| is_done(&state.hosts[usize::from(who)]));
        let is_at_rest = (rests || serves) && state.open.is_none();
        if let Some(why) = state.wrong(is_at_rest) {
            return (known.len(), Some(why));
        }
        for (_, next) in moves {
            assert!(
                known.len() < 4_000_000,
                "there are more states than were thought of"
            );
            if known.insert(next.clone()) {
                ahead.push_back(next);
            }
        }
    }
    (known.len(), None)
}

#[test]
fn one_of_two_hosts_writes_and_the_other_takes_over() {
    let (states, broken) = explore(None);
    assert_eq!(broken, None);
    super::say(&format!("two hosts: {states} states"));
}

#[test]
fn every_mutant_of_two_hosts_is_caught() {
    for care in ALL {
        let (states, broken) = explore(Some(care));
        assert!(broken.is_some(), "{care:?} survives {states} states");
        super::say(&format!(
            "without {care:?}: {broken:?} after {states} states"
        ));
    }
}
