//! What a daemon does where the target has no ledger: a lock of its session stands for the head row, a record before the
//! commit for the ledger's row, and the server's word, or nobody's, for what became of it.

use retentiond::fault::Point;

use super::moves::{Care, Class, Move, Protocol, set, write};
use super::state::{Batch, Pc, Rec, Row, State};

/// 1: the lock is free only when nobody's session is left: a killed predecessor's ends with its transaction.
pub fn hold(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let others = s.holder.is_some_and(|one| {
        usize::from(one) != n
            && !matches!(
                s.daemons[usize::from(one)].pc,
                Pc::Off | Pc::Idle | Pc::Halted
            )
    });
    if protocol.has(Care::Fence) && (others || !s.txs.is_empty()) {
        return;
    }
    let mut t = s.clone();
    t.holder = Some(n as u8);
    set(&mut t, n, Pc::At(Point::HeadRaised));
    out.push((Move::of(n, &[Point::HeadRaised]), t));
}

/// 7: the session has it still.
pub fn holds(s: &State, n: usize) -> bool {
    s.holder == Some(n as u8)
}

/// 2: what an intent without an end comes to. COMMIT is never sent before the record, so without it nothing was.
pub fn resolved(protocol: Protocol, s: &State, batch: Batch) -> Rec {
    let Some(keys) = s.committing(batch) else {
        return Rec::NotApplied(batch);
    };
    match protocol.class {
        Class::Status => {
            let is_here = !protocol.has(Care::Place) || s.placed() == Some(s.target.place);
            if !is_here || s.forgot {
                Rec::Unknown(batch)
            } else if s.target.ledger.iter().any(|(one, _)| *one == batch) {
                Rec::Done(batch, keys, true)
            } else {
                Rec::NotApplied(batch)
            }
        }
        Class::Ledger | Class::Inferred => {
            let gone = |n: usize| keys & (1 << n) == 0 || s.target.rows[n] == Row::Gone;
            if !protocol.has(Care::NotGuessed) && (0..2).all(gone) {
                Rec::Done(batch, keys, true)
            } else {
                Rec::Unknown(batch)
            }
        }
    }
}

/// 2: a target that was put back is told by its place alone, and nobody can tell what it lost: an operator goes on.
pub fn compare(protocol: Protocol, s: &State, n: usize, out: &mut Vec<(Move, State)>) {
    let recovered = |t: &mut State| set(t, n, Pc::At(Point::Recovered));
    match s.placed() {
        Some(place) if place == s.target.place || !protocol.has(Care::Place) => {
            let mut t = s.clone();
            recovered(&mut t);
            out.push((Move::of(n, &[Point::Recovered]), t));
        }
        Some(_) => {
            let mut t = s.clone();
            set(&mut t, n, Pc::Halted);
            out.push((Move::of(n, &[]), t));
        }
        None => {
            let placed = [Rec::Placed(s.target.place)];
            write(
                protocol,
                s,
                n,
                &[Point::Recovered],
                &placed,
                out,
                &recovered,
            );
        }
    }
}
