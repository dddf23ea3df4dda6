//! What there is: a target, a log on a disk, daemons, and transactions that may outlive them.

use retentiond::fault::Point;

/// A batch: whose, and which of theirs.
pub type Batch = (u8, u8);

/// A row of the target. Two of them are enough for one that is re-activated and one that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    Due,
    Fresh,
    Gone,
}

/// Which rows a batch removes: bits.
pub type Keys = u8;

/// The target: what one commit changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    pub rows: [Row; 2],
    /// `None`: no head was written yet.
    pub epoch: Option<u8>,
    pub ledger: Vec<(Batch, Keys)>,
    /// Which server, database and timeline it is: all that tells a restored one where there is no ledger.
    pub place: u8,
}

/// A record of the log, as far as the protocol reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rec {
    Boot(u8),
    Adopted,
    Intent(Batch),
    /// Whether it was found in the ledger.
    Done(Batch, Keys, bool),
    NotApplied(Batch),
    /// Without a ledger nobody knows.
    Unknown(Batch),
    /// Without a ledger: this is about to be committed.
    Committing(Batch, Keys),
    /// Without a ledger: the target is here.
    Placed(u8),
    /// The target has only so many of the known batches.
    Regressed(u8),
    /// An operator goes on with a target that has so many batches.
    Acknowledged(u8),
}

/// Where something written is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dur {
    /// In the page cache: it outlives the process, not the host.
    Dirty,
    /// In the page cache, but its fsync has failed: no further fsync writes it.
    Clean,
    Durable,
}

/// A server-side transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tx {
    pub batch: Batch,
    /// Whose, and which worker's; `None`: its client is gone.
    pub owner: Option<(u8, u8)>,
    pub keys: Keys,
    /// It has locked the head.
    pub signed: bool,
    pub committing: bool,
}

/// Where a daemon is: after which point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pc {
    Off,
    At(Point),
    /// The transaction is over and the answer is being waited for.
    Sent,
    /// Nothing is left to do.
    Idle,
    /// Stopped until an operator comes.
    Halted,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Daemon {
    /// `Recovered`: its workers are at work.
    pub pc: Pc,
    pub epoch: u8,
    pub workers: Vec<Worker>,
    /// The length of the ledger that its head row told.
    pub seq: u8,
    /// How many batches it has begun, in all its lives.
    pub begun: u8,
    /// The receipts that go with the next intent.
    pub receipts: Vec<(Batch, Keys)>,
}

/// One of those who remove rows side by side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Worker {
    pub pc: Pc,
    pub batch: Option<Batch>,
    pub row: u8,
}

/// Faults that are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Left {
    pub crashes: u8,
    pub power: u8,
    pub fsync: u8,
    pub acks: u8,
    pub restores: u8,
    pub react: u8,
    pub full: u8,
    pub rollbacks: u8,
    /// The application removes a row.
    pub removes: u8,
    /// The server has forgotten what became of a transaction.
    pub forgets: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub target: Target,
    /// An older state of the target: a replica that lags, or a back-up.
    pub old: Target,
    pub log: Vec<(Rec, Dur)>,
    /// How many records a back-up of the state directory has.
    pub kept: u8,
    pub digests: Vec<(Batch, Dur)>,
    /// Power was lost: digests of receipts found in the ledger may be lost.
    pub dark: bool,
    pub daemons: Vec<Daemon>,
    pub txs: Vec<Tx>,
    pub left: Left,
    /// All that was ever committed.
    pub ever: Vec<(Batch, Keys)>,
    /// A row went that was not due.
    pub early: bool,
    /// A power failure left a hole in the log.
    pub hole: bool,
    /// The state directory was put back.
    pub rolled: bool,
    /// The target was put back.
    pub moved: bool,
    /// The server has forgotten the transactions of before.
    pub forgot: bool,
    /// Whose session has the lock that stands for the head row where there is none.
    pub holder: Option<u8>,
}

impl Left {
    /// Of words.
    pub fn of(faults: &str) -> Self {
        let mut left = Self::default();
        for word in faults.split_whitespace() {
            *match word {
                "crash" => &mut left.crashes,
                "power" => &mut left.power,
                "fsync" => &mut left.fsync,
                "answer" => &mut left.acks,
                "restore" => &mut left.restores,
                "application" => &mut left.react,
                "full" => &mut left.full,
                "rollback" => &mut left.rollbacks,
                "removal" => &mut left.removes,
                "forgotten" => &mut left.forgets,
                other => panic!("{other} is no fault"),
            } += 1;
        }
        left
    }
}

impl State {
    /// Receipts in force and in order, as `disposal/history.rs` reads them.
    pub fn known(&self) -> Vec<Option<(Batch, Keys)>> {
        let mut known: Vec<Option<(Batch, Keys)>> = Vec::new();
        for (rec, _) in &self.log {
            match *rec {
                Rec::Done(batch, keys, _) => known.push(Some((batch, keys))),
                Rec::Regressed(to) => known.truncate(to.into()),
                // What stands before it is excused.
                Rec::Acknowledged(seq) => {
                    known.truncate(seq.into());
                    known.resize(seq.into(), None);
                }
                _ => {}
            }
        }
        known
    }

    /// True where the log's receipts are the target's ledger.
    pub fn is_told(&self) -> bool {
        let known = self.known();
        let same = |(told, here): (&Option<(Batch, Keys)>, &(Batch, Keys))| {
            told.is_none_or(|told| told == *here)
        };
        known.len() == self.target.ledger.len() && known.iter().zip(&self.target.ledger).all(same)
    }

    /// Intents that have neither a receipt nor a denial.
    pub fn open(&self) -> Vec<Batch> {
        let resolved = |batch: Batch| {
            self.log.iter().any(|(rec, _)| {
                matches!(*rec, Rec::Done(b, ..) | Rec::NotApplied(b) | Rec::Unknown(b) if b == batch)
            })
        };
        self.log
            .iter()
            .filter_map(|(rec, _)| match *rec {
                Rec::Intent(batch) if !resolved(batch) => Some(batch),
                _ => None,
            })
            .collect()
    }

    pub fn denied(&self, batch: Batch) -> bool {
        self.log
            .iter()
            .any(|(rec, _)| *rec == Rec::NotApplied(batch))
    }

    /// What is about to be committed in a batch, as the log has it.
    pub fn committing(&self, batch: Batch) -> Option<Keys> {
        self.log.iter().rev().find_map(|(rec, _)| match *rec {
            Rec::Committing(one, keys) if one == batch => Some(keys),
            _ => None,
        })
    }

    /// Where the log has last seen the target.
    pub fn placed(&self) -> Option<u8> {
        self.log.iter().rev().find_map(|(rec, _)| match *rec {
            Rec::Placed(place) => Some(place),
            _ => None,
        })
    }

    pub fn last_epoch(&self) -> u8 {
        let epochs = self.log.iter().filter_map(|(rec, _)| match rec {
            Rec::Boot(epoch) => Some(*epoch),
            _ => None,
        });
        epochs.max().unwrap_or(0)
    }

    pub fn has_due(&self) -> bool {
        self.target.rows.contains(&Row::Due)
    }

    /// One write and one fsync that succeed: all that is dirty in the file is durable.
    pub fn append(&mut self, recs: &[Rec]) {
        self.log.extend(recs.iter().map(|rec| (*rec, Dur::Dirty)));
        for (_, dur) in &mut self.log {
            if *dur == Dur::Dirty {
                *dur = Dur::Durable;
            }
        }
    }

    /// The host goes dark.
    pub fn power(&mut self) {
        let first_lost = self.log.iter().position(|(_, dur)| *dur != Dur::Durable);
        if let Some(first) = first_lost {
            self.hole |= self.log[first..]
                .iter()
                .any(|(_, dur)| *dur == Dur::Durable);
            self.log.truncate(first);
        }
        self.digests.retain(|(_, dur)| *dur == Dur::Durable);
        self.dark = true;
        for n in 0..self.daemons.len() {
            self.kill(n);
        }
    }

    /// A process dies; its transaction may live on at the server.
    pub fn kill(&mut self, n: usize) {
        for tx in &mut self.txs {
            if tx.owner.is_some_and(|(daemon, _)| usize::from(daemon) == n) {
                tx.owner = None;
            }
        }
        self.restart(n);
    }

    /// It begins again from nothing but its log.
    pub fn restart(&mut self, n: usize) {
        self.holder = self.holder.filter(|one| usize::from(*one) != n);
        let begun = self.daemons[n].begun;
        self.daemons[n] = Daemon {
            begun,
            ..Daemon::new(self.daemons[n].workers.len())
        };
    }
}

impl Daemon {
    /// Not running, with so many workers.
    pub fn new(workers: usize) -> Self {
        let worker = Worker {
            pc: Pc::At(Point::Recovered),
            batch: None,
            row: 0,
        };
        Self {
            pc: Pc::Off,
            epoch: 0,
            workers: vec![worker; workers],
            seq: 0,
            begun: 0,
            receipts: Vec::new(),
        }
    }
}
