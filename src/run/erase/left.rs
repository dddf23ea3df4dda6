//! What of a person's stays, and why.

use serde::Serialize;

use crate::db::Trouble;
use crate::disposal::measure;
use crate::plan::predicate::{Predicates, World};
use crate::resolve::{BoundDisposition, BoundRule, HoldBy};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is, Item, Lock, select};

use super::super::prepare::Prepared;

/// Rows of a rule that stay for one reason.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Left {
    pub rule: String,
    pub table: String,
    pub because: LeftBecause,
    pub rows: u64,
    /// The holds of the state store that cover some of them.
    pub holds: Vec<String>,
    /// Keys of rows that a minimum keeps, for who works out until when: never shown.
    #[serde(skip)]
    pub keys: Vec<Vec<String>>,
}

/// Why rows of a person stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftBecause {
    /// A hold of the schedule, of the database or of the state store.
    Hold,
    /// A statutory minimum has not ended, or cannot be dated.
    Minimum,
    /// A row that refers to it stays, or it dates one that does.
    Needed,
    /// It hangs from somebody else's row too.
    Others,
    /// The rule only observes.
    Observes,
    /// It was to go, and has not gone.
    NotGone,
}

/// When it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before anything was erased: what would go counts as gone.
    Before,
    After,
}

/// For how many rows it is worked out until when they stay.
const KEYS_MAX: u64 = 100;

/// What of a person's stays.
pub(super) async fn left(prepared: &mut Prepared, moment: Moment) -> Result<Vec<Left>, Trouble> {
    let mut found = Vec::new();
    let Some(request) = prepared.program.request.clone() else {
        return Ok(found);
    };
    let rules: Vec<BoundRule> = prepared.program.rules.clone();
    for rule in rules.iter().filter(|rule| request.is_about(&rule.name)) {
        for (because, condition) in reasons(prepared, rule, moment) {
            if condition == Expr::Truth(false) {
                continue;
            }
            let session = &mut prepared.session;
            let rows = measure::rows_that(session, &rule.table.name, &condition).await?;
            if rows == 0 {
                continue;
            }
            let table = session.dialect().shown(&rule.table.name);
            let (mut holds, mut keys) = (Vec::new(), Vec::new());
            match because {
                LeftBecause::Hold => holds = placed(prepared, &rules, rule, &condition).await?,
                LeftBecause::Minimum => keys = self::keys(prepared, rule, &condition).await?,
                LeftBecause::Needed
                | LeftBecause::Others
                | LeftBecause::Observes
                | LeftBecause::NotGone => {}
            }
            found.push(Left {
                rule: rule.name.clone(),
                table,
                because,
                rows,
                holds,
                keys,
            });
        }
    }
    Ok(found)
}

/// Each reason with the rows that it alone, or it before the others, keeps.
fn reasons(prepared: &Prepared, rule: &BoundRule, moment: Moment) -> Vec<(LeftBecause, Expr)> {
    let world = match moment {
        Moment::Before => World::AfterChildren,
        Moment::After => World::AsItIs,
    };
    let mut asks = Predicates::new(&prepared.program, prepared.now, world).acting(rule);
    let theirs = asks.in_scope(rule, Alias::ROW);
    if rule.mode == Mode::Observe {
        return vec![(LeftBecause::Observes, theirs)];
    }
    let free = asks.not_held(rule, Alias::ROW);
    let ended = asks.all_ended(rule, Alias::ROW);
    let held = Expr::all([theirs.clone(), free.clone().is(Is::NotTrue)]);
    let minimum = Expr::all([theirs, free, ended.is(Is::NotTrue)]);
    let due = asks.due(rule, Alias::ROW);
    let (goes, finished) = match &rule.disposition {
        BoundDisposition::Delete => (asks.removable(rule, Alias::ROW), None),
        BoundDisposition::Anonymise(rewrite) => (
            asks.to_anonymise(rule, rewrite, Alias::ROW),
            Some(rewrite.finished(Alias::ROW)),
        ),
    };
    let unfinished = finished.map_or(Expr::Truth(true), |finished| finished.is(Is::NotTrue));
    let needed = Expr::all([due, goes.clone().is(Is::NotTrue), unfinished]);
    let others = asks.is_others_too(rule, Alias::ROW);
    let mut reasons = vec![
        (LeftBecause::Others, others),
        (LeftBecause::Hold, held),
        (LeftBecause::Minimum, minimum),
        (LeftBecause::Needed, needed),
    ];
    if moment == Moment::After {
        reasons.push((LeftBecause::NotGone, goes.is(Is::True)));
    }
    reasons
}

/// The names of placed holds that cover one of these rows, or a row from which they hang.
async fn placed(
    prepared: &mut Prepared,
    rules: &[BoundRule],
    of: &BoundRule,
    held: &Expr,
) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for rule in rules {
        for hold in rule.holds.iter().filter(|hold| hold.placed.is_some()) {
            // Only the rows of the person count; a deep hold above them is one on a row of the person too.
            let mut asks = Predicates::new(&prepared.program, prepared.now, World::AsItIs);
            let theirs = asks.in_scope(rule, Alias::ROW);
            let HoldBy::Row(covers) = &hold.by else {
                continue;
            };
            let mut covered = vec![theirs, covers.clone().is(Is::NotFalse)];
            if rule.name == of.name {
                covered.push(held.clone());
            } else if !hold.is_deep() {
                continue;
            }
            let rows = Expr::all(covered);
            let found = measure::rows_that(&mut prepared.session, &rule.table.name, &rows).await?;
            if found > 0 {
                names.extend(hold.placed.clone());
            }
        }
    }
    Ok(names)
}

/// The keys of some rows, as texts.
async fn keys(
    prepared: &mut Prepared,
    rule: &BoundRule,
    rows: &Expr,
) -> Result<Vec<Vec<String>>, Trouble> {
    let items: Vec<Item> = rule
        .key
        .iter()
        .map(|column| Item::Exact(column.clone()))
        .collect();
    let dialect = prepared.session.dialect();
    let sql = select(
        dialect,
        &rule.table.name,
        &items,
        rows,
        None,
        Some((KEYS_MAX, 0)),
        Lock::None,
    );
    let found = prepared.session.rows(&sql).await?;
    let text = |row: &Vec<crate::sql::Value>| {
        row.iter()
            .map(|value| value.as_text().map(str::to_owned))
            .collect::<Option<Vec<String>>>()
    };
    Ok(found.iter().filter_map(text).collect())
}
