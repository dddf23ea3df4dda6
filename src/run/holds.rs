//! Holds that somebody placed: how they come into a program, and how they reach the database.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use chrono::NaiveDate;
use serde::Serialize;

use crate::catalog::TableName;
use crate::db::{self, Access, Session};
use crate::disposal::{UnknownHold, measure};
use crate::ledger;
use crate::resolve::{BoundHold, HoldBy, PlacedBy, PlacedHold, hold_of, resolve};
use crate::schedule::{Database, HoldDepth};
use crate::sql::{Expr, Is};
use crate::state::{Hold, Over, is_adopted, standing_holds};

use super::prepare::Prepared;
use super::survey::Depth;
use super::{Halt, Order};

/// How long the end of a run is waited for on a database without a ledger: a minute.
const LOCK_TRIES: u32 = 240;
const LOCK_PAUSE: Duration = Duration::from_millis(250);

/// A hold of the state store, as a plan tells it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HoldReport {
    pub hold: String,
    pub rule: String,
    pub reference: String,
    pub owner: String,
    pub review: NaiveDate,
    /// The day of the review has come: somebody should look whether it is still needed.
    pub to_be_reviewed: bool,
    pub shallow: bool,
    /// Rows of the rule's table that it is over now; what hangs from them is not counted. `None`: not asked.
    pub rows: Option<u64>,
}

impl HoldReport {
    /// Of a hold on a day.
    #[must_use]
    pub fn of(hold: &Hold, today: NaiveDate) -> Self {
        Self {
            hold: hold.hold.clone(),
            rule: hold.rule.clone(),
            reference: hold.reference.clone(),
            owner: hold.owner.clone(),
            review: hold.review,
            to_be_reviewed: hold.is_to_be_reviewed(today),
            shallow: hold.shallow,
            rows: None,
        }
    }
}

/// The holds that stand on a database, whatever it was called when they were placed.
pub(super) async fn standing(
    order: &Order<'_>,
    database: &Database,
    session: &mut Session,
    schema: &str,
) -> Result<Vec<Hold>, Halt> {
    let directory = &order.schedule.state_directory;
    let mut holds = standing_holds(directory).map_err(Halt::Records)?;
    let names = &order.schedule.databases;
    if holds.iter().any(|hold| !names.contains_key(&hold.database)) {
        let target = match ledger::applied(session, schema).await? {
            true => ledger::read(session, schema)
                .await?
                .map(|head| head.target_id),
            false => None,
        };
        let name = &database.name.value;
        let is_known = is_adopted(directory, name).map_err(Halt::Records)?;
        for hold in &mut holds {
            if names.contains_key(&hold.database) {
                continue;
            }
            if target.is_some() && hold.target == target {
                hold.database.clone_from(name);
            } else if !is_known {
                return Err(Halt::Records(anyhow!(
                    "the hold {} stands on the database {}, which the schedule does not have any more, and the database \
                     {name} was never met before: nobody can tell whether it is that one; put the name {} back, or lift \
                     the hold and place it anew",
                    hold.hold,
                    hold.database,
                    hold.database
                )));
            }
        }
    }
    holds.retain(|hold| hold.database == database.name.value);
    Ok(holds)
}

/// As a program takes it.
pub(super) fn placed(hold: &Hold) -> PlacedHold {
    PlacedHold {
        id: hold.hold.clone(),
        table: TableName {
            schema: hold.schema.clone(),
            table: hold.table.clone(),
        },
        depth: if hold.shallow {
            HoldDepth::Shallow
        } else {
            HoldDepth::Deep
        },
        by: match &hold.over {
            Over::Keys(keys) => PlacedBy::Keys(keys.clone()),
            Over::Condition(text) => PlacedBy::Condition(text.clone()),
        },
    }
}

/// The holds of a program, with the rows of their tables that they are over now; `today` is the day where the rows are.
pub(super) async fn reports(
    prepared: &mut Prepared,
    today: NaiveDate,
    depth: Depth,
) -> Result<Vec<HoldReport>, Halt> {
    let mut reports = Vec::new();
    for hold in &prepared.holds {
        let mut report = HoldReport::of(hold, today);
        if depth == Depth::Run {
            reports.push(report);
            continue;
        }
        let its = |bound: &&BoundHold| bound.placed.as_ref() == Some(&hold.hold);
        for rule in &prepared.program.rules {
            if let Some(HoldBy::Row(over)) = rule.holds.iter().find(its).map(|hold| &hold.by) {
                let over = over.clone().is(Is::NotFalse);
                let rows = measure::rows_that(&mut prepared.session, &rule.table.name, &over).await;
                report.rows = Some(rows?);
                report.rule.clone_from(&rule.name);
            }
        }
        reports.push(report);
    }
    Ok(reports)
}

/// A hold that is being placed, matched with its database.
pub struct Placing {
    session: Session,
    /// The schema in which our tables lie, where they lie beside the application's.
    ours: String,
    /// False where the database has no table for its name: it is placed while no run is under way, and every batch knows
    /// the holds of the store.
    named: bool,
    table: TableName,
    covered: Expr,
    /// Each key by itself.
    keys: Vec<Expr>,
}

/// Why a hold cannot be placed.
#[derive(Debug)]
pub enum Unplaceable {
    Halt(Halt),
    /// What was given does not fit the table; in one sentence.
    Unfit(String),
}

impl<E: Into<Halt>> From<E> for Unplaceable {
    fn from(error: E) -> Self {
        Self::Halt(error.into())
    }
}

/// Connects, and matches a hold with the rule that it names; its schema and table are filled in.
///
/// # Errors
/// The database cannot be reached or has no table of holds, the rule does not fit it, or the keys or the condition do
/// not fit the rule's table.
pub async fn placing(
    order: &Order<'_>,
    database: &Database,
    hold: &mut Hold,
) -> Result<Placing, Unplaceable> {
    let mut session = db::open(database, order.base, Access::Enforce).await?;
    let catalog = session.catalog().await?;
    let ours = catalog.default_schema.clone();
    let named = database.assurance.is_ledger();
    if named && !ledger::has_holds(&mut session, &ours).await? {
        return Err(Halt::NoHolds.into());
    }
    let dialect = session.dialect();
    let resolved = resolve(order.schedule, database, &catalog, dialect);
    let mut rules = resolved.program.rules.iter();
    let Some(rule) = rules.find(|rule| rule.name == hold.rule) else {
        return Err(Unplaceable::Unfit(format!(
            "the rule {} does not fit its database; `check --connect` says why",
            hold.rule
        )));
    };
    hold.schema.clone_from(&rule.table.name.schema);
    hold.table.clone_from(&rule.table.name.table);
    let whole = |hold: &Hold| {
        let bound = hold_of(rule, &placed(hold), dialect).map_err(Unplaceable::Unfit)?;
        match bound.by {
            HoldBy::Row(condition) => Ok(condition),
            HoldBy::Table(_) => Err(Unplaceable::Unfit("it is over another table".to_owned())),
        }
    };
    let mut keys = Vec::new();
    if let Over::Keys(all) = &hold.over {
        for key in all {
            let one = Hold {
                over: Over::Keys(vec![key.clone()]),
                ..hold.clone()
            };
            keys.push(whole(&one)?);
        }
    }
    Ok(Placing {
        table: rule.table.name.clone(),
        covered: whole(hold)?,
        keys,
        session,
        ours,
        named,
    })
}

impl Placing {
    /// How many of the keys are those of no row.
    ///
    /// # Errors
    /// The database's.
    pub async fn unknown(&mut self) -> Result<u64, Halt> {
        let mut unknown = 0;
        for key in &self.keys {
            let found = measure::rows_that(&mut self.session, &self.table, key).await?;
            unknown += u64::from(found == 0);
        }
        Ok(unknown)
    }

    /// How many rows of the table it is over now; a condition that is NULL for a row holds it.
    ///
    /// # Errors
    /// The database's.
    pub async fn covered(&mut self) -> Result<u64, Halt> {
        let covered = self.covered.clone().is(Is::NotFalse);
        Ok(measure::rows_that(&mut self.session, &self.table, &covered).await?)
    }

    /// Names the hold in the database and waits for the batch in hand: from here on no batch that does not know it
    /// ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn name(&mut self, hold: &Hold) -> Result<(), Halt> {
        if !self.named {
            return self.wait_for_the_run().await;
        }
        let at = hold.placed_at.timestamp_micros();
        let named = ledger::hold(&mut self.session, &self.ours, &hold.hold, at).await;
        Ok(named.map_err(|trouble| trouble.doing_in("placing a hold"))?)
    }

    /// Where there is no table for names: takes the lock that every run has for as long as it lasts. A run under way that
    /// shares the store sees the hold at its next batch, and ends; one that does not keeps us from it.
    async fn wait_for_the_run(&mut self) -> Result<(), Halt> {
        for _ in 0..LOCK_TRIES {
            if ledger::hold_session(&mut self.session).await? {
                return Ok(());
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        Err(Halt::Held(anyhow!(
            "a run is under way on this database, which has no ledger that could tell it of a hold: place it when the run \
             has ended, or stop the run"
        )))
    }

    /// Takes the name away again: the hold came to nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn unname(&mut self, hold: &Hold) -> Result<(), Halt> {
        if !self.named {
            return Ok(());
        }
        Ok(ledger::let_go(&mut self.session, &self.ours, &hold.hold).await?)
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(self) -> Result<(), Halt> {
        Ok(self.session.close().await?)
    }
}

/// Takes the name of a lifted hold out of its database; true where it stood there.
///
/// # Errors
/// The database cannot be reached, or refuses.
pub async fn unname_lifted(base: &Path, database: &Database, hold: &str) -> Result<bool, Halt> {
    if !database.assurance.is_ledger() {
        return Ok(false);
    }
    let mut session = db::open(database, base, Access::Enforce).await?;
    let ours = session.catalog().await?.default_schema;
    if !ledger::has_holds(&mut session, &ours).await? {
        return Ok(false);
    }
    session.begin().await?;
    let there = ledger::held(&mut session, &ours).await;
    session.rollback().await?;
    let there = there?.iter().any(|one| one == hold);
    if there {
        let gone = ledger::let_go(&mut session, &ours, hold).await;
        gone.map_err(|trouble| trouble.doing_in("lifting a hold"))?;
    }
    session.close().await?;
    Ok(there)
}

/// Where a run finds a hold that it does not know, it must not begin, or not go on.
pub(super) fn in_the_way(database: &str, unknown: &UnknownHold) -> Halt {
    Halt::Held(anyhow!(
        "a hold was placed on the database {database} that this run does not know ({}); what was done until then has its \
         receipts, and the next run knows it. Where none is being placed now (`hold list` does not show it), placing it \
         was interrupted: lift it (`retentiond hold lift` and its name)",
        unknown.0.join(", ")
    ))
}
