//! A database, connected to, read, and matched with the schedule.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::catalog::{Catalog, TableName};
use crate::db::{self, Access, Session, Trouble, TroubleKind};
use crate::diagnostic::Faults;
use crate::disposal::{UnknownHold, by_index};
use crate::plan::Plan;
use crate::resolve::{PlacedHold, Program, followed, place, resolve_under};
use crate::schedule::Database;
use crate::state::Hold;

use super::{HaltedBy, Order, holds, lengths};

/// The clocks of host and database may differ by this much.
const CLOCKS_APART_MAX: TimeDelta = TimeDelta::seconds(30);

/// Why nothing could begin on a database.
#[derive(Debug)]
pub enum Halt {
    /// The database's.
    Trouble(Trouble),
    /// The clocks disagree: nothing can be dated.
    Clocks {
        host: DateTime<Utc>,
        database: DateTime<Utc>,
    },
    /// The ledger's tables are not there.
    NoLedger,
    /// No place has taken a checkpoint for longer than the schedule permits.
    Unpublished,
    /// The table of the names of holds is not there.
    NoHolds,
    /// A hold stands in the database that this run does not know.
    Held(anyhow::Error),
    /// Our own records, or the target's, forbid it.
    Records(anyhow::Error),
}

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trouble(trouble) => write!(f, "{trouble}"),
            Self::Clocks { host, database } => write!(
                f,
                "the clocks disagree: this host says {}, the database says {}; nothing can be dated until they agree \
                 within 30 seconds",
                host.to_rfc3339_opts(SecondsFormat::Secs, true),
                database.to_rfc3339_opts(SecondsFormat::Secs, true)
            ),
            Self::NoLedger => f.write_str(
                "the ledger's tables are not there; run `retentiond migrate`, or have a DBA apply the script that \
                 `retentiond migrate --print` shows; where no table may be made, the schedule can accept less: `assurance` \
                 in the table of the database",
            ),
            Self::Unpublished => f.write_str(
                "no place has taken a checkpoint of the log for longer than `require-published` permits, and none \
                 takes one now: `retentiond audit sinks` says why",
            ),
            Self::NoHolds => f.write_str(
                "the table that names holds is not there, or may not be read; run `retentiond migrate`, or have a DBA \
                 apply the script that `retentiond migrate --print` shows, and grant SELECT, INSERT and DELETE on it",
            ),
            Self::Held(error) | Self::Records(error) => write!(f, "{error:#}"),
        }
    }
}

impl Halt {
    /// What stopped a run between our records and the target's: the database, or the records.
    pub(super) fn of(error: anyhow::Error) -> Self {
        match error.downcast::<Trouble>() {
            Ok(trouble) => Self::Trouble(trouble.doing_in("taking hold of the ledger")),
            Err(error) if error.is::<UnknownHold>() => Self::Held(error),
            Err(error) => Self::Records(error),
        }
    }

    /// Which kind of reason it is.
    #[must_use]
    pub fn kind(&self) -> HaltedBy {
        match self {
            Self::Trouble(trouble) if trouble.kind == TroubleKind::Misconfigured => {
                HaltedBy::Schedule
            }
            Self::Trouble(_) => HaltedBy::Database,
            Self::Clocks { .. } => HaltedBy::Clocks,
            Self::Unpublished => HaltedBy::Unpublished,
            Self::NoLedger | Self::NoHolds => HaltedBy::NoLedger,
            Self::Held(_) => HaltedBy::Hold,
            Self::Records(_) => HaltedBy::Records,
        }
    }

    /// What would be right, where the sentence does not say it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Trouble(trouble) => Some(trouble.advice()),
            Self::Clocks { .. }
            | Self::NoLedger
            | Self::NoHolds
            | Self::Unpublished
            | Self::Held(_)
            | Self::Records(_) => None,
        }
    }
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// A database ready to be surveyed.
pub struct Prepared {
    pub session: Session,
    pub catalog: Catalog,
    pub program: Program,
    pub plan: Plan,
    pub faults: Faults,
    /// Rules that the catalogue refuses; the others go on.
    pub broken: Vec<String>,
    /// The holds that stand on it; they are in the program.
    pub holds: Vec<Hold>,
    pub now: DateTime<Utc>,
}

/// Connects, reads the catalogue, resolves and plans.
///
/// # Errors
/// The database cannot be reached or read, or its clock is not ours.
pub async fn prepare(
    order: &Order<'_>,
    database: &Database,
    access: Access,
) -> Result<Prepared, Halt> {
    let mut session = db::open(database, order.base, access).await?;
    let facts = session.facts().await?;
    if access == Access::Enforce && facts.read_only {
        let doing = format!("connecting to {} to enforce", database.name);
        return Err(Trouble::new(TroubleKind::ReadOnly, doing).into());
    }
    let now = match order.supposed_now {
        Some(now) => now,
        None => earlier(Utc::now(), facts.now)?,
    };
    let catalog = session.catalog().await?;
    let holds = holds::standing(order, database, &mut session, &catalog.default_schema).await?;
    let placed: Vec<PlacedHold> = holds.iter().map(holds::placed).collect();
    let deep = placed.iter().filter(|hold| hold.depth.is_deep());
    let held: Vec<TableName> = deep.map(|hold| hold.table.clone()).collect();
    let dialect = session.dialect();
    let mut resolved = resolve_under(order.schedule, database, &catalog, dialect, &held);
    place(&mut resolved.program, &placed).map_err(|why| Halt::Records(anyhow::anyhow!(why)))?;
    lengths::learn(&mut session, &mut resolved.program).await?;
    by_index(&mut session, &catalog, &followed(&resolved.program)).await?;
    let plan = Plan::of(&resolved.program, now);
    Ok(Prepared {
        session,
        catalog,
        program: resolved.program,
        plan,
        faults: resolved.faults,
        broken: resolved.broken,
        holds,
        now,
    })
}

/// The earlier of two clocks that agree: a clock that runs ahead must not bring a deletion forward.
fn earlier(host: DateTime<Utc>, database: DateTime<Utc>) -> Result<DateTime<Utc>, Halt> {
    if (host - database).abs() > CLOCKS_APART_MAX {
        return Err(Halt::Clocks { host, database });
    }
    Ok(host.min(database))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn the_earlier_of_two_clocks_counts_and_an_hour_apart_nothing_does() {
        let noon = at("2026-11-22T12:00:00Z");
        for (other, expected) in [
            ("2026-11-22T12:00:30Z", noon),
            ("2026-11-22T11:59:30Z", at("2026-11-22T11:59:30Z")),
            ("2026-11-22T12:00:00Z", noon),
        ] {
            assert_eq!(earlier(noon, at(other)).ok(), Some(expected), "{other}");
        }
        for other in [
            "2026-11-22T12:00:31Z",
            "2026-11-22T11:59:29Z",
            "2026-11-22T13:00:00Z",
            "2026-11-22T11:00:00Z",
        ] {
            let halt = earlier(noon, at(other)).expect_err(other);
            let told = halt.to_string();
            assert!(told.contains("2026-11-22T12:00:00Z"), "{told}");
            assert!(told.contains(other), "{told}");
        }
    }
}
