//! Asks everything about one record: one statement for all conditions, then its start events and children.

use crate::catalog::Table;
use crate::db::{Session, Trouble};
use crate::plan::predicate::{
    Predicates, World, certainly_covers, certainly_not_covered, parent_exists,
};
use crate::plan::{Action, StepKind, takers};
use crate::resolve::{BoundDisposition, BoundPeriod, BoundPurpose, BoundReference, Decision};
use crate::sql::{Alias, Expr, Is};

use super::hanging::{self, Hanging, word};
use super::judge::{self, Act, Facts};
use super::model::{Child, Coverage, Explanation, Hold, Period, Purpose, Truth, Verdict};
use super::question::{Answers, Questions, Slot, count};
use super::{Record, Surroundings, event, length, words};

/// What was asked of the record, and where the answers will stand.
struct Asked<'a> {
    purposes: Vec<AskedPurpose>,
    holds: Vec<Slot>,
    above: Vec<(String, Slot)>,
    acts: Vec<Slot>,
    finished: Option<Slot>,
    ended: Slot,
    free: Slot,
    due: Slot,
    old: Slot,
    stays: Vec<Slot>,
    stays_now: Slot,
    needed_by: Vec<(String, Slot)>,
    hanging: Vec<Hanging<'a>>,
}

struct AskedPurpose {
    covers: Slot,
    not_covered: Slot,
    ended: Slot,
    when: Option<Slot>,
    unless: Vec<Slot>,
    cases: Vec<Slot>,
    /// Of each case and then of what no case owns: whether its period is over.
    over: Vec<Slot>,
}

/// Everything about a record of a rule.
pub(super) async fn about(
    session: &mut Session,
    one: &Record<'_>,
    blank: Explanation,
) -> Result<Explanation, Trouble> {
    let mut questions = Questions::default();
    let asked = ask(one, &mut questions);
    let table = &one.bound.table.name;
    let Some(answers) = questions.of(session, table, one.condition).await? else {
        return Ok(blank);
    };
    let mut told = blank;
    for (index, slots) in asked.purposes.iter().enumerate() {
        let purpose = purpose(session, one, index, slots, &answers).await?;
        told.purposes.push(purpose);
    }
    told.holds = holds(one, &asked, &answers);
    for (reference, slot) in one.bound.references.iter().zip(&asked.stays) {
        let stays = answers.holds(*slot);
        let found = children(session, one, reference, stays).await?;
        told.children.extend(found);
    }
    told.parents = asked
        .hanging
        .iter()
        .map(|way| way.told(one.around, &answers))
        .collect();
    let needed = asked.needed_by.iter();
    told.needed_by = needed
        .filter(|(_, slot)| answers.holds(*slot))
        .map(|(name, _)| name.clone())
        .collect();
    let facts = facts(one, &asked, &answers);
    judge::conclude(&mut told, one.rule, &facts);
    Ok(told)
}

/// A record of a table that has no rule: it may go with another one.
pub(super) async fn without_rule(
    session: &mut Session,
    around: &Surroundings<'_>,
    table: &Table,
    record: &Expr,
    blank: Explanation,
) -> Result<Explanation, Trouble> {
    let mut questions = Questions::default();
    let hanging = hanging::ask(around, &table.name, &mut questions);
    let Some(answers) = questions.of(session, &table.name, record).await? else {
        return Ok(blank);
    };
    let mut told = blank;
    told.verdict = Verdict::NoRule;
    told.parents = hanging
        .iter()
        .map(|way| way.told(around, &answers))
        .collect();
    words::without_rule(&mut told);
    Ok(told)
}

fn ask<'a>(one: &Record<'a>, questions: &mut Questions) -> Asked<'a> {
    let around = one.around;
    let rule = one.bound;
    let mut now = Predicates::new(around.program, around.now, World::AsItIs);
    let mut after = Predicates::new(around.program, around.now, World::AfterChildren).acting(rule);
    let rewrite = match &rule.disposition {
        BoundDisposition::Anonymise(rewrite) => Some(rewrite),
        BoundDisposition::Delete => None,
    };
    Asked {
        purposes: rule
            .purposes
            .iter()
            .map(|purpose| ask_purpose(purpose, &mut now, questions))
            .collect(),
        holds: rule
            .holds
            .iter()
            .map(|hold| questions.ask(now.holds_row(hold, Alias::ROW)))
            .collect(),
        above: now
            .free_from_above(rule, Alias::ROW)
            .into_iter()
            .map(|(name, free)| (name, questions.ask(free)))
            .collect(),
        acts: one
            .steps
            .iter()
            .filter(|step| step.kind != StepKind::AtDue)
            .map(|step| questions.ask(step.preview.clone()))
            .collect(),
        finished: rewrite.map(|rewrite| questions.ask(rewrite.finished(Alias::ROW))),
        ended: questions.ask(now.all_ended(rule, Alias::ROW)),
        free: questions.ask(now.not_held(rule, Alias::ROW)),
        due: questions.ask(now.due(rule, Alias::ROW)),
        old: questions.ask(now.old_enough(rule, Alias::ROW)),
        stays: rule
            .references
            .iter()
            .map(|reference| questions.ask(after.reference_stays(reference, Alias::ROW)))
            .collect(),
        stays_now: questions.ask(now.child_stays(rule, Alias::ROW)),
        needed_by: after
            .needed_by(rule, Alias::ROW)
            .into_iter()
            .map(|(name, needs)| (name, questions.ask(needs)))
            .collect(),
        hanging: hanging::ask(around, &rule.table.name, questions),
    }
}

fn ask_purpose(
    purpose: &BoundPurpose,
    predicates: &mut Predicates<'_>,
    questions: &mut Questions,
) -> AskedPurpose {
    let mut each = |conditions: &mut dyn Iterator<Item = &Expr>| -> Vec<Slot> {
        conditions.map(|one| questions.ask(one.clone())).collect()
    };
    let unless = each(&mut purpose.unless.iter());
    let cases = each(&mut purpose.cases.iter().map(|case| &case.when));
    let when = each(&mut purpose.when.iter()).pop();
    let over = periods(purpose)
        .map(|(_, period)| questions.ask(predicates.period_over(period, Alias::ROW)))
        .collect();
    AskedPurpose {
        covers: questions.ask(certainly_covers(purpose, Alias::ROW)),
        not_covered: questions.ask(certainly_not_covered(purpose, Alias::ROW)),
        ended: questions.ask(predicates.ended(purpose, Alias::ROW)),
        when,
        unless,
        cases,
        over,
    }
}

/// The periods of a purpose, each with the name of its case; last that of what no case owns.
fn periods(purpose: &BoundPurpose) -> impl Iterator<Item = (Option<&String>, &BoundPeriod)> {
    let cases = purpose.cases.iter();
    cases
        .map(|case| (Some(&case.name), &case.period))
        .chain(purpose.otherwise.iter().map(|period| (None, period)))
}

async fn purpose(
    session: &mut Session,
    one: &Record<'_>,
    index: usize,
    slots: &AskedPurpose,
    answers: &Answers,
) -> Result<Purpose, Trouble> {
    let bound = &one.bound.purposes[index];
    let coverage = if answers.holds(slots.not_covered) {
        Coverage::DoesNotCover
    } else if answers.holds(slots.covers) {
        Coverage::Covers
    } else {
        Coverage::MayCover
    };
    let mut told = Purpose {
        purpose: bound.name.clone(),
        coverage,
        because: words::coverage(
            &one.rule.purposes[index],
            slots.when.map(|slot| answers.of(slot)),
            &slots
                .unless
                .iter()
                .map(|slot| answers.of(*slot))
                .collect::<Vec<_>>(),
            &slots
                .cases
                .iter()
                .map(|slot| answers.of(*slot))
                .collect::<Vec<_>>(),
        ),
        ended: answers.holds(slots.ended),
        periods: Vec::new(),
    };
    if coverage == Coverage::DoesNotCover {
        return Ok(told);
    }
    for (place, (case, period)) in periods(bound).enumerate() {
        let owns = slots
            .cases
            .get(place)
            .map_or(Truth::True, |slot| answers.of(*slot));
        if owns == Truth::False {
            continue;
        }
        let length = length::of(session, one, &period.length).await?;
        let begun = period.length.begun();
        let term = length.term.unwrap_or(begun);
        let start = event::tell(session, one, &period.start, &term).await?;
        told.periods.push(Period {
            case: case.cloned(),
            keep: length.term.map(|term| term.keep.to_string()),
            keep_from: length.from,
            counted_from: period.period.counted_from.to_string(),
            zone: period.period.zone.name().to_owned(),
            over: answers.holds(slots.over[place]),
            due: length.term.and(start.due),
            start,
        });
        if owns == Truth::True {
            break;
        }
    }
    Ok(told)
}

fn holds(one: &Record<'_>, asked: &Asked<'_>, answers: &Answers) -> Vec<Hold> {
    let own = one.rule.holds.iter().zip(&asked.holds);
    let own = own.map(|(hold, slot)| Hold {
        above: None,
        when: match (&hold.table, &hold.when) {
            (Some(table), _) => Some(format!("a row of {}", table.table)),
            (None, when) => when.as_ref().map(|when| when.0.value.clone()),
        },
        because: Some(hold.because.clone()),
        holds: answers.of(*slot),
    });
    let placed = one.bound.holds.iter().zip(&asked.holds);
    let placed = placed.filter_map(|(hold, slot)| {
        let id = hold.placed.as_ref()?;
        Some(Hold {
            above: None,
            when: None,
            because: Some(format!("hold {id}")),
            holds: answers.of(*slot),
        })
    });
    let above = asked.above.iter().map(|(rule, free)| Hold {
        above: Some(rule.clone()),
        when: None,
        because: None,
        holds: if answers.holds(*free) {
            Truth::False
        } else {
            Truth::True
        },
    });
    own.chain(placed).chain(above).collect()
}

/// The rows that refer to the record, and what hangs from them.
async fn children(
    session: &mut Session,
    one: &Record<'_>,
    reference: &BoundReference,
    stays: bool,
) -> Result<Vec<Child>, Trouble> {
    let mut told = Vec::new();
    let mut waiting = vec![(reference, one.condition.clone(), 1)];
    while let Some((reference, parent, level)) = waiting.pop() {
        let up = Alias(40_000 + u32::try_from(level).unwrap_or(0));
        let mine = reference
            .when
            .as_ref()
            .map_or(Expr::Truth(true), |when| when.clone().is(Is::NotFalse));
        let above = parent.realias(Alias::ROW, up);
        let refers = parent_exists(&reference.relation, up, Alias::ROW, above);
        let condition = Expr::all([mine, refers]);
        let table = &reference.relation.child;
        told.push(Child {
            table: one.around.catalog.written(table),
            decision: how(one, reference),
            detached_to: reference.stand_in.as_ref().map(|to| to.written.clone()),
            level,
            rows: count(session, table, &condition).await?,
            stays: (level == 1).then_some(stays),
        });
        if reference.decision != Decision::Detach {
            let nested = reference.nested.iter();
            waiting.extend(nested.map(|below| (below, condition.clone(), level + 1)));
        }
    }
    Ok(told)
}

/// What is decided about rows that refer to the record, as the schedule writes it.
fn how(one: &Record<'_>, reference: &BoundReference) -> &'static str {
    let program = one.around.program;
    let table = &reference.relation.child;
    let kept = reference.decision == Decision::OwnRule
        && program.rule_of(table).is_none()
        && takers(program, table).is_empty();
    if kept {
        "stays"
    } else {
        word(reference.decision)
    }
}

fn facts(one: &Record<'_>, asked: &Asked<'_>, answers: &Answers) -> Facts {
    let steps = one.steps.iter();
    let steps = steps.filter(|step| step.kind != StepKind::AtDue);
    let acts = steps
        .zip(&asked.acts)
        .filter(|(_, slot)| answers.holds(**slot))
        .map(|(step, _)| Act {
            kind: step.kind,
            columns: match &step.action {
                Action::Delete => Vec::new(),
                Action::Overwrite(rewrite) => rewrite.column_names(),
            },
        })
        .collect();
    Facts {
        ended: answers.holds(asked.ended),
        free: answers.holds(asked.free),
        due: answers.holds(asked.due),
        old: answers.holds(asked.old),
        stays_now: answers.holds(asked.stays_now),
        finished: asked.finished.is_some_and(|slot| answers.holds(slot)),
        acts,
    }
}
