//! 0 to 2: a daemon begins, takes hold of the target, and resolves what was left open.

use retentiond::fault::Point;

use super::moves::{Care, Move, Protocol, set, write};
use super::state::{Daemon, Dur, Pc, Rec, State};
use super::weak;

/// The state directory is locked, and what is read of the log is durable.
pub fn start(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
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
pub fn epoch(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
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

/// 1: waits for every transaction that holds the head. One that comes to it later finds that it is not its daemon's any
/// more.
pub fn raise(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
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
    if protocol.has(Care::Fence) && s.txs.iter().any(|tx| tx.signed) {
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
pub fn resolve(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let pc = s.daemons[n].pc;
    // All of them: nobody else appends to this log.
    let open = s.open();
    // In the order of the ledger.
    let committed = s.target.ledger.iter().map(|(batch, _)| *batch);
    let next = committed.chain(open.clone()).find(|one| open.contains(one));
    let Some(batch) = next.filter(|_| protocol.has(Care::Recover)) else {
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
pub fn compare(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
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
