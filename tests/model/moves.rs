//! What can happen next: a daemon goes one step on, as `disposal` does it, or the world interferes.

use retentiond::fault::Point;

use super::state::{Batch, Daemon, Dur, Pc, Rec, Row, State, Target, Tx};
use super::weak;

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
    let d = &s.daemons[n];
    match d.pc {
        Pc::Off => start(protocol, s, n, out),
        Pc::At(Point::StoreLocked) => epoch(protocol, s, n, out),
        Pc::At(Point::EpochTaken) => raise(protocol, s, n, out),
        Pc::At(Point::HeadRaised | Point::Claimed) => resolve(protocol, s, n, out),
        Pc::At(Point::IntentResolved) => compare(protocol, s, n, out),
        Pc::At(Point::Recovered | Point::Denied | Point::Committed) => bound(protocol, s, n, out),
        Pc::At(Point::Bounded) => intend(protocol, s, n, out),
        Pc::At(Point::Intended) => {
            let mut t = s.clone();
            set(&mut t, n, Pc::At(Point::Begun));
            out.push((Move::of(n, &[Point::Begun]), t));
        }
        Pc::At(Point::Begun) => remove(protocol, s, n, out),
        Pc::At(Point::Signed) => commit(s, n, out),
        Pc::Sent => answer(protocol, s, n, out),
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
        Pc::At(other) => unreachable!("{other:?} is no state of the model"),
    }
}

/// The state directory is locked, and what is read of the log is durable.
fn start(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let alive = |one: &Daemon| !matches!(one.pc, Pc::Off | Pc::Idle | Pc::Halted);
    if protocol.has(Care::Lock) && s.daemons.iter().any(alive) {
        return;
    }
    let mut t = s.clone();
    if protocol.has(Care::Reaffirm) {
        t.log.iter_mut().for_each(|(_, dur)| *dur = Dur::Durable);
    }
    set(&mut t, n, Pc::At(Point::StoreLocked));
    let mut points = vec![Point::StoreLocked];
    if protocol.has(Care::Reaffirm) {
        points.extend([Point::LogReaffirmed, Point::LogReaffirmedSynced]);
    }
    out.push((Move::of(n, &points), t));
}

/// 0.
fn epoch(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let seen = s.target.epoch.unwrap_or(0);
    // From the log, which no restore of the target takes back, and above what the target has seen.
    let next = s.last_epoch().max(seen) + 1;
    write(
        protocol,
        s,
        n,
        &[Point::EpochTaken],
        &[Rec::Boot(next)],
        out,
        &|t| {
            t.daemons[n].epoch = next;
            set(t, n, Pc::At(Point::EpochTaken));
        },
    );
}

/// 1: waits for every transaction that holds the head.
fn raise(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let mine = s.daemons[n].epoch;
    if !protocol.ledger() {
        weak::hold(protocol, s, n, out);
        return;
    }
    if s.target.epoch.is_none() {
        // Another that claims it first is an error of the database, and a new start.
        write(protocol, s, n, &[], &[Rec::Adopted], out, &|t| {
            if t.target.epoch.is_none() {
                t.target.epoch = Some(mine);
                set(t, n, Pc::At(Point::Claimed));
            } else {
                t.restart(n);
            }
        });
        if let Some((last, _)) = out.last_mut() {
            last.points.push(Point::Claimed);
        }
        return;
    }
    if protocol.has(Care::Fence) && !s.txs.is_empty() {
        return;
    }
    let mut t = s.clone();
    if !protocol.has(Care::Fence) || t.target.epoch.is_some_and(|seen| seen < mine) {
        t.target.epoch = t.target.epoch.max(Some(mine));
        set(&mut t, n, Pc::At(Point::HeadRaised));
        out.push((Move::of(n, &[Point::HeadRaised]), t));
    } else {
        // Somebody has raised it meanwhile: a later epoch.
        set(&mut t, n, Pc::At(Point::StoreLocked));
        out.push((Move::of(n, &[]), t));
    }
}

/// 2: one intent after the other.
fn resolve(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let pc = s.daemons[n].pc;
    // All of them: nobody else appends to this log.
    let open = s.open();
    let Some(batch) = open
        .first()
        .filter(|_| protocol.has(Care::Recover))
        .copied()
    else {
        let mut t = s.clone();
        t.daemons[n].seq = t.target.ledger.len() as u8;
        set(&mut t, n, Pc::At(Point::IntentResolved));
        out.push((Move::of(n, &[]), t));
        return;
    };
    let rec = match s.target.ledger.iter().find(|(one, _)| *one == batch) {
        _ if !protocol.ledger() => weak::resolved(protocol, s, batch),
        Some((_, keys)) => Rec::Done(batch, *keys, true),
        None => Rec::NotApplied(batch),
    };
    let mut s = s.clone();
    for (_, dur) in s.digests.iter_mut().filter(|(one, _)| *one == batch) {
        *dur = Dur::Durable;
    }
    write(
        protocol,
        &s,
        n,
        &[Point::IntentResolved],
        &[rec],
        out,
        &|t| set(t, n, pc),
    );
}

/// 2: the target is where the log has left it, or behind, or it has a history of its own.
fn compare(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    if !protocol.ledger() {
        weak::compare(protocol, s, n, out);
        return;
    }
    let known = s.known();
    let told = |(batch, here): (&Option<_>, &_)| batch.is_none_or(|one| one == *here);
    let common = known
        .iter()
        .zip(&s.target.ledger)
        .take_while(|both| told(*both))
        .count();
    let recovered = |t: &mut State| set(t, n, Pc::At(Point::Recovered));
    let here = s.target.ledger.len();
    let go_on = protocol.without == Some(Care::HaltAhead);
    if go_on || (common == here && common == known.len()) {
        let mut t = s.clone();
        recovered(&mut t);
        out.push((Move::of(n, &[Point::Recovered]), t));
    } else if common == here {
        write(
            protocol,
            s,
            n,
            &[Point::Recovered],
            &[Rec::Regressed(here as u8)],
            out,
            &recovered,
        );
    } else {
        let mut t = s.clone();
        set(&mut t, n, Pc::Halted);
        out.push((Move::of(n, &[]), t));
    }
}

/// 4, or the end.
fn bound(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let Some(row) = s.target.rows.iter().position(|row| *row == Row::Due) else {
        if let Some((batch, keys)) = s.daemons[n].receipt {
            receipt(protocol, s, n, out, (batch, keys));
        } else {
            let mut t = s.clone();
            set(&mut t, n, Pc::Idle);
            out.push((Move::of(n, &[]), t));
        }
        return;
    };
    let mut t = s.clone();
    t.daemons[n].row = row as u8;
    t.daemons[n].batch = Some((n as u8, t.daemons[n].begun));
    t.daemons[n].begun += 1;
    set(&mut t, n, Pc::At(Point::Bounded));
    out.push((Move::of(n, &[Point::Bounded]), t));
}

/// 13, at the end.
fn receipt(
    protocol: Protocol,
    s: &State,
    n: usize,
    out: &mut Vec<(Move, State)>,
    (batch, keys): (Batch, u8),
) {
    let s = with_digests(protocol, s);
    write(
        protocol,
        &s,
        n,
        &[Point::DigestsSynced, Point::Receipted],
        &[Rec::Done(batch, keys, false)],
        out,
        &|t| {
            t.daemons[n].receipt = None;
            set(t, n, Pc::Idle);
        },
    );
}

/// The digests are durable before a receipt names them.
fn with_digests(protocol: Protocol, s: &State) -> State {
    let mut s = s.clone();
    if protocol.has(Care::DigestsFirst) {
        s.digests
            .iter_mut()
            .for_each(|(_, dur)| *dur = Dur::Durable);
    }
    s
}

/// 5, and 13 of the batch before.
fn intend(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let d = &s.daemons[n];
    let Some(batch) = d.batch else { return };
    let mut recs = Vec::new();
    recs.extend(d.receipt.map(|(batch, keys)| Rec::Done(batch, keys, false)));
    let mut points = vec![Point::Intended];
    points.extend(d.receipt.map(|_| Point::Receipted));
    if protocol.has(Care::IntentFirst) {
        recs.push(Rec::Intent(batch));
    }
    if s.left.full > 0 {
        // There is no room for the end of what is begun: the receipt that is due has its room, then the run ends.
        let mut t = s.clone();
        t.left.full -= 1;
        t.daemons[n].batch = None;
        match d.receipt.filter(|_| protocol.has(Care::ReceiptKept)) {
            Some(told) => {
                let points = [Point::SpareFilled];
                receipt(protocol, &t, n, out, told);
                if let Some((last, _)) = out.last_mut() {
                    last.points.extend(points);
                }
            }
            None => {
                t.daemons[n].receipt = None;
                set(&mut t, n, Pc::Idle);
                out.push((Move::of(n, &[Point::SpareFilled]), t));
            }
        }
    }
    let s = with_digests(protocol, s);
    write(protocol, &s, n, &points, &recs, out, &|t| {
        t.daemons[n].receipt = None;
        set(t, n, Pc::At(Point::Intended));
    });
}

/// 7 to 11: the locks are held until the end of the transaction.
fn remove(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let d = &s.daemons[n];
    let Some(batch) = d.batch else { return };
    let bit = 1 << d.row;
    let fenced = protocol.ledger() && protocol.has(Care::Fence);
    if s.txs.iter().any(|tx| tx.keys & bit != 0) || (fenced && !s.txs.is_empty()) {
        return;
    }
    let moved = protocol.has(Care::SeqCheck) && usize::from(d.seq) != s.target.ledger.len();
    let taken_over = match protocol.ledger() {
        true => (protocol.has(Care::Fence) && s.target.epoch != Some(d.epoch)) || moved,
        false => !weak::holds(s, n),
    };
    if taken_over {
        // Another took over: nothing was done, and the log says so.
        deny(protocol, s, n, out, &|t| t.restart(n));
        return;
    }
    let row = s.target.rows[usize::from(d.row)];
    if row == Row::Gone || (row == Row::Fresh && protocol.has(Care::Recheck)) {
        deny(protocol, s, n, out, &|t| {
            t.daemons[n].batch = None;
            set(t, n, Pc::At(Point::Denied));
        });
        return;
    }
    let mut t = s.clone();
    t.early |= row == Row::Fresh;
    t.digests.push((batch, Dur::Dirty));
    t.txs.push(Tx {
        batch,
        owner: Some(n as u8),
        epoch: d.epoch,
        keys: bit,
        committing: false,
    });
    set(&mut t, n, Pc::At(Point::Signed));
    let points = [
        Point::HeadLocked,
        Point::RowsLocked,
        Point::Removed,
        Point::DigestsWritten,
        Point::DigestsKept,
        Point::Signed,
    ];
    if !protocol.ledger() && protocol.has(Care::CommittingFirst) {
        let about = [Rec::Committing(batch, bit)];
        write(protocol, &t, n, &points, &about, out, &|_| {});
    } else if protocol.has(Care::DoneAfter) {
        out.push((Move::of(n, &points), t));
    } else {
        write(
            protocol,
            &t,
            n,
            &points,
            &[Rec::Done(batch, bit, false)],
            out,
            &|_| {},
        );
    }
}

/// Nothing of the batch in hand is in the target.
fn deny(
    protocol: Protocol,
    s: &State,
    n: usize,
    out: &mut Vec<(Move, State)>,
    go: &dyn Fn(&mut State),
) {
    if let Some(batch) = s.daemons[n].batch {
        let denied = [Rec::NotApplied(batch)];
        write(protocol, s, n, &[Point::Denied], &denied, out, go);
    }
}

/// 12 is sent.
fn commit(s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let mut t = s.clone();
    match t.txs.iter_mut().find(|tx| tx.owner == Some(n as u8)) {
        Some(tx) => {
            tx.committing = true;
            set(&mut t, n, Pc::Sent);
        }
        None => t.restart(n),
    }
    out.push((Move::of(n, &[]), t));
}

/// 12 is answered, or the connection is lost first: then the next start finds out.
fn answer(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let Some(batch) = s.daemons[n].batch else {
        return;
    };
    let mine = s.txs.iter().any(|tx| tx.owner == Some(n as u8));
    if s.left.acks > 0 {
        let mut t = s.clone();
        t.left.acks -= 1;
        t.kill(n);
        out.push((Move::world("answer lost"), t));
    }
    if mine {
        return;
    }
    let mut t = s.clone();
    match s.ever.iter().find(|(one, _)| *one == batch) {
        Some((_, keys)) => {
            let d = &mut t.daemons[n];
            d.receipt = Some((batch, *keys)).filter(|_| protocol.has(Care::DoneAfter));
            d.batch = None;
            d.seq += 1;
            set(&mut t, n, Pc::At(Point::Committed));
            out.push((Move::of(n, &[Point::Committed]), t));
        }
        None => {
            t.restart(n);
            out.push((Move::of(n, &[]), t));
        }
    }
}

/// Nobody was here before.
pub fn first(daemons: usize, left: super::state::Left) -> State {
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
        daemons: vec![Daemon::NEW; daemons],
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
