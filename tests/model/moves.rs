//! What can happen next: a daemon goes one step on, as `disposal` does it, or the world interferes.

use retentiond::fault::Point;

use super::state::{Daemon, Dur, Pc, Rec, Row, State, Target};
use super::{batch, starting};

/// What the protocol does; a mutant leaves one of them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// One writer per state directory.
    Lock,
    /// A start raises the epoch in the target, which waits for every transaction.
    Fence,
    /// The condition stands in the removing statement.
    Recheck,
    /// The intent is durable before the target is touched.
    IntentFirst,
    /// The receipt is written after the commit.
    DoneAfter,
    /// The head is where it should be, in every batch.
    SeqCheck,
    /// After a failed fsync the process ends.
    StopOnFsync,
    /// What a start reads of the log is written and made durable again.
    Reaffirm,
    /// Digests are durable before the receipt that names them.
    DigestsFirst,
    /// A receipt that is due is not forgotten when nothing new can be begun.
    ReceiptKept,
    /// A target with batches that the log does not know is not touched.
    HaltAhead,
    /// Recovery comes before everything else.
    Recover,
    /// Without a ledger: what is about to be committed is durable in the log before.
    CommittingFirst,
    /// Without a ledger: a server is asked about its own transactions alone.
    Place,
    /// Without a ledger: that the rows are gone says not who removed them.
    NotGuessed,
}

/// What tells what became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Ledger,
    /// The server is asked what became of the transaction.
    Status,
    /// Nothing does.
    Inferred,
}

/// A protocol, or a mutant of it.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    pub without: Option<Care>,
    pub class: Class,
}

impl Protocol {
    pub fn has(self, care: Care) -> bool {
        self.without != Some(care)
    }

    pub fn ledger(self) -> bool {
        self.class == Class::Ledger
    }
}

/// What happened: the points that a daemon passed, or what the world did.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Move {
    pub who: String,
    pub points: Vec<Point>,
}

impl Move {
    pub fn world(what: &str) -> Self {
        Self {
            who: what.to_owned(),
            points: Vec::new(),
        }
    }

    pub fn of(n: usize, points: &[Point]) -> Self {
        Self {
            who: format!("daemon {n}"),
            points: points.to_vec(),
        }
    }

    /// True where the world can also do nothing for ever.
    pub fn is_fault(&self) -> bool {
        self.points.is_empty()
            && !self.who.starts_with("server")
            && !self.who.starts_with("daemon")
            && self.who != "operator"
    }
}

/// All that can happen next.
pub fn next(protocol: Protocol, s: &State) -> Vec<(Move, State)> {
    let mut out = Vec::new();
    world(s, &mut out);
    server(s, &mut out);
    for n in 0..s.daemons.len() {
        if !matches!(s.daemons[n].pc, Pc::Off | Pc::Idle | Pc::Halted) && s.left.crashes > 0 {
            let mut t = s.clone();
            t.left.crashes -= 1;
            t.kill(n);
            out.push((Move::world(&format!("crash {n}")), t));
        }
        daemon(protocol, s, n, &mut out);
    }
    out
}

fn world(s: &State, out: &mut Vec<(Move, State)>) {
    let mut add = |what: &str, change: &dyn Fn(&mut State)| {
        let mut t = s.clone();
        change(&mut t);
        out.push((Move::world(what), t));
    };
    // The application re-activates a row, unless a transaction has it locked.
    if s.left.react > 0 && s.target.rows[1] == Row::Due && !s.txs.iter().any(|tx| tx.keys & 2 != 0)
    {
        add("application", &|t| {
            t.left.react = 0;
            t.target.rows[1] = Row::Fresh;
        });
    }
    if s.left.removes > 0
        && s.target.rows[0] == Row::Due
        && !s.txs.iter().any(|tx| tx.keys & 1 != 0)
    {
        add("removal by the application", &|t| {
            t.left.removes = 0;
            t.target.rows[0] = Row::Gone;
        });
    }
    if s.left.forgets > 0 && s.txs.is_empty() && !s.ever.is_empty() {
        add("forgotten", &|t| {
            t.left.forgets = 0;
            t.forgot = true;
        });
    }
    if s.left.restores > 0 && s.old != s.target {
        add("replicate", &|t| t.old = t.target.clone());
        add("restore", &|t| {
            t.left.restores -= 1;
            let place = t.target.place + 1;
            t.target = t.old.clone();
            t.target.place = place;
            t.txs.clear();
            (t.moved, t.holder) = (true, None);
        });
    }
    if s.left.rollbacks > 0 {
        if usize::from(s.kept) < s.log.len() && s.log.iter().all(|(_, dur)| *dur == Dur::Durable) {
            add("back-up of the state directory", &|t| {
                t.kept = t.log.len() as u8
            });
        }
        if s.daemons
            .iter()
            .all(|one| matches!(one.pc, Pc::Off | Pc::Idle))
            && usize::from(s.kept) < s.log.len()
            && s.kept > 0
        {
            add("state directory put back", &|t| {
                t.left.rollbacks -= 1;
                t.rolled = true;
                t.log.truncate(t.kept.into());
            });
        }
    }
    if s.left.power > 0 {
        add("power", &|t| {
            t.left.power -= 1;
            t.power();
        });
    }
}

fn server(s: &State, out: &mut Vec<(Move, State)>) {
    for (k, tx) in s.txs.iter().enumerate() {
        let mut t = s.clone();
        t.txs.remove(k);
        if tx.committing {
            for (n, row) in t.target.rows.iter_mut().enumerate() {
                if tx.keys & (1 << n) != 0 {
                    *row = Row::Gone;
                }
            }
            t.target.ledger.push((tx.batch, tx.keys));
            t.ever.push((tx.batch, tx.keys));
            out.push((Move::world("server commits"), t));
        } else if tx.owner.is_none() {
            out.push((Move::world("server rolls back"), t));
        }
    }
}

/// The ways in which a write to the log ends: done, killed half-way, refused by the disk. `go` is what comes after it.
pub fn write(
    protocol: Protocol,
    s: &State,
    n: usize,
    points: &[Point],
    recs: &[Rec],
    out: &mut Vec<(Move, State)>,
    go: &dyn Fn(&mut State),
) {
    let mut t = s.clone();
    t.append(recs);
    go(&mut t);
    let all = [&[Point::RecordsWritten, Point::RecordsSynced], points].concat();
    out.push((Move::of(n, &all), t));
    let cached = |dur: Dur, how_many: usize| {
        let mut t = s.clone();
        t.log.extend(recs[..how_many].iter().map(|rec| (*rec, dur)));
        t
    };
    if s.left.crashes > 0 {
        let mut t = cached(Dur::Dirty, recs.len());
        t.left.crashes -= 1;
        t.kill(n);
        out.push((Move::world("crash before the fsync"), t));
    }
    if s.left.power > 0 && recs.len() > 1 {
        // Of one write the front may have reached the disk.
        let mut t = cached(Dur::Durable, 1);
        t.left.power -= 1;
        t.power();
        out.push((Move::world("power, and a torn write"), t));
    }
    if s.left.fsync > 0 {
        let mut t = cached(Dur::Clean, recs.len());
        t.left.fsync -= 1;
        if protocol.has(Care::StopOnFsync) {
            t.kill(n);
        } else {
            go(&mut t);
        }
        out.push((Move::world("fsync fails"), t));
    }
}

pub fn set(t: &mut State, n: usize, pc: Pc) {
    t.daemons[n].pc = pc;
}

fn daemon(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    match s.daemons[n].pc {
        Pc::Off => starting::start(protocol, s, n, out),
        Pc::At(Point::StoreLocked) => starting::epoch(protocol, s, n, out),
        Pc::At(Point::EpochTaken) => starting::raise(protocol, s, n, out),
        Pc::At(Point::HeadRaised | Point::Claimed) => starting::resolve(protocol, s, n, out),
        Pc::At(Point::IntentResolved) => starting::compare(protocol, s, n, out),
        Pc::At(Point::Recovered) => {
            for k in 0..s.daemons[n].workers.len() {
                batch::worker(protocol, s, (n, k), out);
            }
            batch::end(protocol, s, n, out);
        }
        Pc::Idle => {
            // The next tick: it matters where there is something to be found.
            if s.has_due() || (protocol.ledger() && !s.is_told()) {
                let mut t = s.clone();
                t.restart(n);
                out.push((Move::of(n, &[]), t));
            }
        }
        Pc::Halted => {
            // The operator looks, and goes on with what is there.
            let recs = match protocol.ledger() {
                true => [Rec::Acknowledged(s.target.ledger.len() as u8)],
                false => [Rec::Placed(s.target.place)],
            };
            let mut t = s.clone();
            t.append(&recs);
            t.restart(n);
            out.push((
                Move {
                    who: "operator".to_owned(),
                    points: Vec::new(),
                },
                t,
            ));
        }
        other => unreachable!("{other:?} is no state of the model"),
    }
}

/// Nobody was here before.
pub fn first(daemons: usize, workers: usize, left: super::state::Left) -> State {
    let target = Target {
        rows: [Row::Due; 2],
        epoch: None,
        ledger: Vec::new(),
        place: 0,
    };
    State {
        old: target.clone(),
        target,
        log: Vec::new(),
        kept: 0,
        digests: Vec::new(),
        dark: false,
        daemons: vec![Daemon::new(workers); daemons],
        txs: Vec::new(),
        left,
        ever: Vec::new(),
        early: false,
        hole: false,
        rolled: false,
        moved: false,
        forgot: false,
        holder: None,
    }
}
