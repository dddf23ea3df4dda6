//! 4 to 13: the workers of a run, each with a batch of its own. Their removals go on side by side; the head is locked
//! last, and one of them alone is between that and the answer to its commit.

use retentiond::fault::Point;

use super::moves::{Care, Move, Protocol, set, write};
use super::state::{Dur, Pc, Rec, Row, State, Tx};
use super::weak;

/// Which daemon, and which of its workers.
type Who = (usize, usize);

/// What a worker can do next.
pub fn worker(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    match s.daemons[who.0].workers[who.1].pc {
        Pc::At(Point::Recovered) => bound(s, who, out),
        Pc::At(Point::Bounded) => intend(protocol, s, who, out),
        Pc::At(Point::Intended) => {
            let mut t = s.clone();
            go(&mut t, who, Pc::At(Point::Begun));
            out.push((Move::of(who.0, &[Point::Begun]), t));
        }
        Pc::At(Point::Begun) => remove(protocol, s, who, out),
        Pc::At(Point::DigestsKept) => sign(protocol, s, who, out),
        Pc::At(Point::Signed) => commit(s, who, out),
        Pc::Sent => answer(protocol, s, who, out),
        Pc::Idle => {}
        other => unreachable!("{other:?} is no state of a worker"),
    }
}

/// When all workers are done: what is still to be told, and the end.
pub fn end(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    if s.daemons[n].workers.iter().any(|one| one.pc != Pc::Idle) {
        return;
    }
    if s.daemons[n].receipts.is_empty() {
        let mut t = s.clone();
        set(&mut t, n, Pc::Idle);
        out.push((Move::of(n, &[]), t));
    } else {
        receipt(protocol, s, n, out, &|t| set(t, n, Pc::Idle));
    }
}

fn go(t: &mut State, (n, k): Who, pc: Pc) {
    t.daemons[n].workers[k].pc = pc;
}

fn owner((n, k): Who) -> Option<(u8, u8)> {
    Some((n as u8, k as u8))
}

/// 4: no two workers have the same row.
fn bound(s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let of_another = |row: usize| {
        let others = s.daemons[n].workers.iter();
        others
            .filter(|one| one.batch.is_some())
            .any(|one| usize::from(one.row) == row)
    };
    let found =
        (0..s.target.rows.len()).find(|row| s.target.rows[*row] == Row::Due && !of_another(*row));
    let mut t = s.clone();
    let Some(row) = found else {
        go(&mut t, who, Pc::Idle);
        out.push((Move::of(n, &[]), t));
        return;
    };
    let d = &mut t.daemons[n];
    d.workers[k].row = row as u8;
    d.workers[k].batch = Some((n as u8, d.begun));
    d.begun += 1;
    go(&mut t, who, Pc::At(Point::Bounded));
    out.push((Move::of(n, &[Point::Bounded]), t));
}

/// 13, at the end.
fn receipt(
    protocol: Protocol,
    s: &State,
    n: usize,
    out: &mut Vec<(Move, State)>,
    then: &dyn Fn(&mut State),
) {
    let s = with_digests(protocol, s);
    let points = [Point::DigestsSynced, Point::Receipted];
    write(protocol, &s, n, &points, &told(&s, n), out, &|t| {
        t.daemons[n].receipts.clear();
        then(t);
    });
}

/// The receipts that are due, in the order of the commits.
fn told(s: &State, n: usize) -> Vec<Rec> {
    let due = s.daemons[n].receipts.iter();
    due.map(|(batch, keys)| Rec::Done(*batch, *keys, false))
        .collect()
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

/// 5, and 13 of the batches before.
fn intend(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let Some(batch) = s.daemons[n].workers[k].batch else {
        return;
    };
    let mut recs = told(s, n);
    let mut points = vec![Point::Intended];
    points.extend((!recs.is_empty()).then_some(Point::Receipted));
    if protocol.has(Care::IntentFirst) {
        recs.push(Rec::Intent(batch));
    }
    if s.left.full > 0 {
        full(protocol, s, who, out);
    }
    let s = with_digests(protocol, s);
    write(protocol, &s, n, &points, &recs, out, &|t| {
        t.daemons[n].receipts.clear();
        go(t, who, Pc::At(Point::Intended));
    });
}

/// There is no room for the end of what is begun: the receipts that are due have their room, and this worker ends.
fn full(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let mut t = s.clone();
    t.left.full -= 1;
    t.daemons[n].workers[k].batch = None;
    if !protocol.has(Care::ReceiptKept) {
        t.daemons[n].receipts.clear();
    }
    if t.daemons[n].receipts.is_empty() {
        go(&mut t, who, Pc::Idle);
        out.push((Move::of(n, &[Point::SpareFilled]), t));
        return;
    }
    receipt(protocol, &t, n, out, &|t| go(t, who, Pc::Idle));
    if let Some((last, _)) = out.last_mut() {
        last.points.push(Point::SpareFilled);
    }
}

/// 8 to 10: the locks on rows are held until the end of the transaction. Nobody is asked yet whose the target is.
fn remove(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let w = &s.daemons[n].workers[k];
    let Some(batch) = w.batch else { return };
    let bit = 1 << w.row;
    if s.txs.iter().any(|tx| tx.keys & bit != 0) {
        return;
    }
    let row = s.target.rows[usize::from(w.row)];
    if row == Row::Gone || (row == Row::Fresh && protocol.has(Care::Recheck)) {
        deny(protocol, s, who, out, &|t| {
            t.daemons[n].workers[k].batch = None;
            go(t, who, Pc::At(Point::Recovered));
        });
        return;
    }
    let mut t = s.clone();
    t.early |= row == Row::Fresh;
    t.digests.push((batch, Dur::Dirty));
    t.txs.push(Tx {
        batch,
        owner: owner(who),
        keys: bit,
        signed: false,
        committing: false,
    });
    go(&mut t, who, Pc::At(Point::DigestsKept));
    let points = [
        Point::RowsLocked,
        Point::Removed,
        Point::DigestsWritten,
        Point::DigestsKept,
    ];
    out.push((Move::of(n, &points), t));
}

/// 7 and 11: the head is locked, is ours and where it should be; the ledger's row and the new head are written.
fn sign(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let d = &s.daemons[n];
    let Some(batch) = d.workers[k].batch else {
        return;
    };
    // One worker alone is between here and the answer to its commit: only then does it know where the head should be.
    let turn_taken = d
        .workers
        .iter()
        .any(|one| matches!(one.pc, Pc::At(Point::Signed) | Pc::Sent));
    let fenced = protocol.ledger() && protocol.has(Care::Fence);
    if turn_taken || (fenced && s.txs.iter().any(|tx| tx.signed)) {
        return;
    }
    let Some(mine) = s.txs.iter().position(|tx| tx.owner == owner(who)) else {
        // The connection is gone, and the transaction with it.
        let mut t = s.clone();
        t.kill(n);
        out.push((Move::of(n, &[]), t));
        return;
    };
    let moved = protocol.has(Care::SeqCheck) && usize::from(d.seq) != s.target.ledger.len();
    let taken_over = match protocol.ledger() {
        true => (protocol.has(Care::Fence) && s.target.epoch != Some(d.epoch)) || moved,
        false => !weak::holds(s, n),
    };
    let mut t = s.clone();
    if taken_over {
        // Another took over: it is rolled back, and the log says so.
        t.txs.remove(mine);
        deny(protocol, &t, who, out, &|t| t.kill(n));
        return;
    }
    t.txs[mine].signed = true;
    go(&mut t, who, Pc::At(Point::Signed));
    let keys = t.txs[mine].keys;
    let points = [Point::HeadLocked, Point::Signed];
    if !protocol.ledger() && protocol.has(Care::CommittingFirst) {
        let about = [Rec::Committing(batch, keys)];
        write(protocol, &t, n, &points, &about, out, &|_| {});
    } else if protocol.has(Care::DoneAfter) {
        out.push((Move::of(n, &points), t));
    } else {
        let done = [Rec::Done(batch, keys, false)];
        write(protocol, &t, n, &points, &done, out, &|_| {});
    }
}

/// Nothing of the batch in hand is in the target.
fn deny(
    protocol: Protocol,
    s: &State,
    (n, k): Who,
    out: &mut Vec<(Move, State)>,
    go: &dyn Fn(&mut State),
) {
    if let Some(batch) = s.daemons[n].workers[k].batch {
        let denied = [Rec::NotApplied(batch)];
        write(protocol, s, n, &[Point::Denied], &denied, out, go);
    }
}

/// 12 is sent.
fn commit(s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let mut t = s.clone();
    match t.txs.iter_mut().find(|tx| tx.owner == owner(who)) {
        Some(tx) => {
            tx.committing = true;
            go(&mut t, who, Pc::Sent);
        }
        None => t.kill(who.0),
    }
    out.push((Move::of(who.0, &[]), t));
}

/// 12 is answered, or the connection is lost first: then the next start finds out.
fn answer(protocol: Protocol, s: &State, who: Who, out: &mut Vec<(Move, State)>) {
    let (n, k) = who;
    let Some(batch) = s.daemons[n].workers[k].batch else {
        return;
    };
    let mine = s.txs.iter().any(|tx| tx.owner == owner(who));
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
            if protocol.has(Care::DoneAfter) {
                d.receipts.push((batch, *keys));
            }
            d.workers[k].batch = None;
            d.seq += 1;
            go(&mut t, who, Pc::At(Point::Recovered));
            out.push((Move::of(n, &[Point::Committed]), t));
        }
        None => {
            t.kill(n);
            out.push((Move::of(n, &[]), t));
        }
    }
}
