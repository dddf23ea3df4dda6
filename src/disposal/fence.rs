//! The holds that a run knows: those that stood when its plan was made.
//!
//! A hold that is placed later is named in the target before anybody is told that it stands; a batch looks at the names
//! under the head row's lock, and one that finds an unknown name goes no further. So no predicate has to be read anew
//! for each batch, and no hold is overrun.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Session;
use crate::ledger;
use crate::state::Store;

use super::{Authority, Failure};

/// Holds are there that the run does not know, by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownHold(pub Vec<String>);

impl std::fmt::Display for UnknownHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a hold was placed that this run does not know; the next run knows it")
    }
}

impl std::error::Error for UnknownHold {}

/// The names that a batch may find.
#[derive(Debug)]
pub(super) enum Fence {
    /// In the target's table.
    Named(BTreeSet<String>),
    /// The target has no table for them: they are those of the store, to which nobody else writes meanwhile.
    OfStore(BTreeSet<String>),
}

impl Fence {
    /// Makes the target name the holds that stand in the store, and no others: after a restore, or where somebody was
    /// killed between the two, it names others.
    ///
    /// # Errors
    /// [`UnknownHold`] where one was placed after the plan was made (another hand on the store may do so at any time), or
    /// is named of which the store knows nothing; the database's.
    pub async fn raise(
        session: &mut Session,
        store: &mut Store,
        authority: &Authority,
        now: i64,
    ) -> anyhow::Result<Self> {
        let known = store.known_holds(&authority.database).await?;
        let is_new =
            |(hold, stands): &(&String, &bool)| **stands && !authority.holds.contains(*hold);
        none(known.iter().filter(is_new).map(|(hold, _)| hold))?;
        let has_table =
            authority.witness.is_ledger() && ledger::has_holds(session, &authority.schema).await?;
        if !has_table {
            return Ok(Self::OfStore(standing(known)));
        }
        session.begin().await?;
        let named = ledger::held(session, &authority.schema).await;
        session.rollback().await?;
        let named = named?;
        none(named.iter().filter(|one| !known.contains_key(*one)))?;
        let mut standing = BTreeSet::new();
        for (hold, stands) in known {
            match (stands, named.contains(&hold)) {
                (true, false) => ledger::hold(session, &authority.schema, &hold, now).await?,
                (false, true) => ledger::let_go(session, &authority.schema, &hold).await?,
                (true, true) | (false, false) => {}
            }
            if stands {
                standing.insert(hold);
            }
        }
        Ok(Self::Named(standing))
    }

    /// Asked by every batch once it has the head row: the holds that are named and that the run does not know, if there
    /// are any.
    ///
    /// # Errors
    /// The database's.
    pub async fn unknown(
        &self,
        session: &mut Session,
        store: &mut Store,
        authority: &Authority,
    ) -> Result<Option<UnknownHold>, Failure> {
        let (named, known) = match self {
            Self::OfStore(known) => {
                let now = store.known_holds(&authority.database).await;
                (standing(now.map_err(Failure::Records)?), known)
            }
            Self::Named(known) => {
                let named = ledger::held(session, &authority.schema).await?;
                (named.into_iter().collect(), known)
            }
        };
        Ok(none(named.difference(known)).err())
    }
}

/// No hold is unknown.
fn none<'a>(unknown: impl Iterator<Item = &'a String>) -> Result<(), UnknownHold> {
    let unknown: Vec<String> = unknown.cloned().collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(UnknownHold(unknown)),
    }
}

fn standing(known: BTreeMap<String, bool>) -> BTreeSet<String> {
    let stands = known.into_iter().filter(|(_, stands)| *stands);
    stands.map(|(hold, _)| hold).collect()
}
