//! Every state that can be reached, nearest first.

use std::collections::{BTreeSet, HashMap, VecDeque};

use retentiond::fault::Point;

use super::moves::{Class, Move, Protocol, next};
use super::state::{Dur, Pc, Rec, State};

/// More than any world here has.
const MOST: usize = 4_000_000;

/// More starts than any faults here explain.
const RESTLESS: u8 = 16;

/// What was found.
pub struct Found {
    pub states: usize,
    pub quiet: usize,
    pub passed: BTreeSet<Point>,
    /// What does not hold, and how it came to it.
    pub broken: Option<(String, Vec<String>)>,
}

/// Looks at every state until one breaks what must hold.
pub fn explore(protocol: Protocol, first: State) -> Found {
    let mut came: Vec<(usize, String)> = vec![(0, String::new())];
    let mut known: HashMap<State, usize> = HashMap::from([(first.clone(), 0)]);
    let mut ahead = VecDeque::from([(first, 0)]);
    let mut found = Found {
        states: 0,
        quiet: 0,
        passed: BTreeSet::new(),
        broken: None,
    };
    while let Some((state, id)) = ahead.pop_front() {
        found.states += 1;
        assert!(
            found.states < MOST,
            "there are more states than were thought of"
        );
        let moves = next(protocol, &state);
        let quiet = state.txs.is_empty() && moves.iter().all(|(one, _)| one.is_fault());
        found.quiet += usize::from(quiet);
        let wrong = always(protocol.ledger(), &state)
            .or_else(|| quiet.then(|| at_rest(protocol, &state)).flatten());
        if let Some(why) = wrong {
            found.broken = Some((why, way(&came, id)));
            return found;
        }
        for (one, then) in moves {
            if let Some(why) = across(&state, &then) {
                let mut way = way(&came, id);
                way.push(told(&one));
                found.broken = Some((why, way));
                return found;
            }
            found.passed.extend(&one.points);
            if !known.contains_key(&then) {
                came.push((id, told(&one)));
                known.insert(then.clone(), came.len() - 1);
                ahead.push_back((then, came.len() - 1));
            }
        }
    }
    found
}

fn told(one: &Move) -> String {
    match one.points.is_empty() {
        true => one.who.clone(),
        false => format!("{} {:?}", one.who, one.points),
    }
}

fn way(came: &[(usize, String)], mut id: usize) -> Vec<String> {
    let mut way = Vec::new();
    while id != 0 {
        way.push(came[id].1.clone());
        id = came[id].0;
    }
    way.reverse();
    way
}

/// S1, S3 to S7.
fn always(ledger: bool, state: &State) -> Option<String> {
    for (rec, dur) in &state.log {
        if let Rec::Done(batch, keys, recovered) = *rec {
            if !state.ever.contains(&(batch, keys)) {
                return Some(format!(
                    "S1 the log tells of {batch:?}, which did not happen"
                ));
            }
            let has_digests = state.digests.iter().any(|(one, _)| *one == batch);
            if !has_digests && *dur == Dur::Durable && !(recovered && state.dark) {
                return Some(format!("S5 the digests of {batch:?} are lost"));
            }
        }
    }
    if state.early {
        return Some("S3 a row went that was not due".to_owned());
    }
    if state.last_epoch() > RESTLESS {
        return Some("Q start after start, and it never comes to rest".to_owned());
    }
    if state.hole {
        return Some("S4 the log has a hole".to_owned());
    }
    for (n, one) in state.daemons.iter().enumerate() {
        if one.pc == Pc::Halted && !state.rolled && (ledger || !state.moved) {
            return Some("S6 a daemon halts though its log was never put back".to_owned());
        }
        if one.pc == Pc::Idle
            && !state.rolled
            && state
                .open()
                .iter()
                .any(|(owner, _)| usize::from(*owner) == n)
        {
            return Some("S7 a run ended in order and left an intent open".to_owned());
        }
    }
    None
}

/// S2.
fn across(before: &State, after: &State) -> Option<String> {
    let (batch, _) = after.ever.get(before.ever.len())?;
    before
        .denied(*batch)
        .then(|| format!("S2 {batch:?} was committed after the log had denied it"))
}

/// S2 and S8, where there is no ledger.
fn unsure(protocol: Protocol, state: &State) -> Option<String> {
    let denied = state.ever.iter().find(|(batch, _)| state.denied(*batch));
    if let Some((batch, _)) = denied {
        return Some(format!("S2 {batch:?} was committed, and the log denies it"));
    }
    let is_told = |batch| {
        state
            .log
            .iter()
            .any(|(rec, _)| matches!(*rec, Rec::Done(one, ..) | Rec::Unknown(one) if one == batch))
    };
    if let Some((batch, _)) = state.ever.iter().find(|(batch, _)| !is_told(*batch)) {
        return Some(format!(
            "S8 {batch:?} was committed, and nothing tells of it"
        ));
    }
    for (rec, _) in &state.log {
        let Rec::Unknown(batch) = *rec else {
            continue;
        };
        let nobody_knows = protocol.class == Class::Inferred || state.moved || state.forgot;
        if !nobody_knows || state.committing(batch).is_none() {
            return Some(format!("S8 what became of {batch:?} is known"));
        }
    }
    None
}

/// Q.
fn at_rest(protocol: Protocol, state: &State) -> Option<String> {
    if state.daemons.iter().any(|one| one.pc == Pc::Halted) {
        return Some("Q a daemon is halted and nobody can go on".to_owned());
    }
    if let Some(stuck) = state
        .daemons
        .iter()
        .find(|one| !matches!(one.pc, Pc::Off | Pc::Idle))
    {
        return Some(format!("Q a daemon is stuck at {:?}", stuck.pc));
    }
    if let Some(why) = (!protocol.ledger())
        .then(|| unsure(protocol, state))
        .flatten()
    {
        return Some(why);
    }
    if protocol.ledger() && !state.is_told() {
        return Some(format!(
            "Q the log tells of {:?}, the ledger of {:?}",
            state.known(),
            state.target.ledger
        ));
    }
    for (rec, _) in &state.log {
        let Rec::Intent(batch) = *rec else {
            continue;
        };
        let ends = state.log.iter().filter(|(rec, _)| {
            matches!(*rec, Rec::Done(one, ..) | Rec::NotApplied(one) | Rec::Unknown(one) if one == batch)
        });
        let ends = ends.count();
        if ends != 1 {
            return Some(format!("Q the intent {batch:?} was resolved {ends} times"));
        }
    }
    state
        .has_due()
        .then(|| "Q a row that is due is left".to_owned())
}
