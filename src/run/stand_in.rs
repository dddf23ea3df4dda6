//! Whether the rows are there to which children are to refer instead, before the first row goes.

use chrono::{DateTime, Utc};

use crate::db::{Session, Trouble};
use crate::disposal::measure::rows_that;
use crate::plan::predicate::{Predicates, World};
use crate::resolve::{BoundReference, BoundRule, Program};
use crate::sql::{Alias, Expr, Is};

/// Why a rule cannot go on: a row that it names is not there, or would go itself.
pub(super) async fn unfit(
    session: &mut Session,
    program: &Program,
    rule: &BoundRule,
    now: DateTime<Utc>,
) -> Result<Option<String>, Trouble> {
    for reference in every(&rule.references) {
        let Some(to) = &reference.stand_in else {
            continue;
        };
        let parent = &reference.relation.parent;
        let row = format!("the row {} of {parent}", to.written);
        let role = format!(
            "to which rows of {} are to refer instead",
            reference.relation.child
        );
        if rows_that(session, parent, &to.is).await? == 0 {
            return Ok(Some(format!(
                "{row}, {role}, is not there; add it, or decide otherwise than \"detach-to\""
            )));
        }
        let Some(owner) = program.rule_of(parent) else {
            continue;
        };
        let due = Predicates::new(program, now, World::AsItIs).due(owner, Alias::ROW);
        let due = Expr::all([to.is.clone(), due.is(Is::True)]);
        if rows_that(session, parent, &due).await? > 0 {
            return Ok(Some(format!(
                "{row}, {role}, is due itself; let no purpose of the rule {} cover it (`unless`), and say why",
                owner.name
            )));
        }
    }
    Ok(None)
}

/// All references, on every level.
fn every(references: &[BoundReference]) -> Vec<&BoundReference> {
    references
        .iter()
        .flat_map(|one| std::iter::once(one).chain(every(&one.nested)))
        .collect()
}
