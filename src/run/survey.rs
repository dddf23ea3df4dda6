//! Counting and judging every rule of a database, before anything is touched.

use chrono::{DateTime, Utc};

use crate::calendar::Term;
use crate::disposal::measure::{self, Asides, Measured};
use crate::disposal::{Progress, Walk, choose, compiles};
use crate::plan::{Questions, Step, why_here};
use crate::resolve::{BoundPeriod, BoundRule};
use crate::schedule::Mode;
use crate::sql::{Alias, Item, Lock, delete, select};

use super::guard::{self, Approvals, Verdict};
use super::prepare::{Halt, Prepared};
use super::report::{
    AlongReport, CopyReport, CutoffReport, DatabaseReport, RuleReport, StepReport,
};
use super::{Order, holds, oldest, stand_in};

/// Of a rule whose conditions no database would plan.
const TOO_LARGE: &str = "its rows and those of other rules keep each other in too many ways for one statement; let the \
                         rows of some tables go \"with-parent\", or decide \"stays\"";

/// How much is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What limits and walks need.
    Run,
    /// Also what no purpose covers, which reads whole tables.
    Plan,
    /// And the statements are shown.
    PlanWithStatements,
}

/// What a survey found: the report, and how each step goes through its table.
pub struct Survey {
    pub report: DatabaseReport,
    /// For each step of the plan, in its order.
    pub walks: Vec<Walk>,
}

/// Counts and judges.
///
/// # Errors
/// The connection was lost; another trouble is told in the rule's own report.
pub async fn survey(
    order: &Order<'_>,
    prepared: &mut Prepared,
    approvals: &Approvals,
    depth: Depth,
    progress: &mut impl Progress,
) -> Result<Survey, Halt> {
    let (now, databases) = (prepared.now, &order.schedule.databases);
    let known = databases.get(&prepared.program.database);
    let today = known.map_or_else(|| now.date_naive(), |database| database.day(now));
    let mut report = DatabaseReport {
        database: prepared.program.database.clone(),
        run: None,
        now: prepared.now,
        schedule: order.schedule.fingerprint(),
        rules: Vec::new(),
        broken: prepared.broken.clone(),
        halted: None,
        halted_by: None,
        assurance: known.map(|database| database.assurance),
        regression: None,
        returned: Vec::new(),
        erased_again: Vec::new(),
        holds: holds::reports(prepared, today, depth).await?,
        stopped: false,
        left_behind: None,
        resumed: Vec::new(),
        again: Vec::new(),
    };
    let mut walks = Vec::new();
    let rules = prepared.program.rules.clone();
    for rule in &rules {
        if order.stop.requested() {
            report.stopped = true;
            break;
        }
        let steps: Vec<Step> = prepared
            .plan
            .steps
            .iter()
            .filter(|step| step.rule == rule.name)
            .cloned()
            .collect();
        let (rule_report, mut rule_walks) =
            if order.only_rule.is_none_or(|only| only.contains(&rule.name)) {
                survey_rule(prepared, rule, &steps, approvals, depth, progress).await?
            } else {
                not_asked(rule, &steps, prepared)
            };
        walks.append(&mut rule_walks);
        report.rules.push(rule_report);
    }
    without_companions(&rules, &mut report);
    Ok(Survey { report, walks })
}

/// A rule that takes due rows of another rule along acts only where that rule may act.
fn without_companions(rules: &[BoundRule], report: &mut DatabaseReport) {
    let acting: Vec<String> = report
        .rules
        .iter()
        .filter(|rule| rule.verdict == Verdict::Runs && rule.failure.is_none())
        .map(|rule| rule.rule.clone())
        .collect();
    for rule in rules {
        let companions = rule
            .references
            .iter()
            .filter(|reference| reference.due_ones_go_along)
            .filter_map(|reference| {
                rules
                    .iter()
                    .find(|other| other.table.name == reference.child.name)
            });
        for companion in companions.filter(|other| !acting.contains(&other.name)) {
            let told = report.rules.iter_mut().find(|one| one.rule == rule.name);
            if let Some(told) = told.filter(|one| one.verdict == Verdict::Runs) {
                told.verdict = Verdict::NeedsApproval(format!(
                    "it takes due rows of the rule {} along, which may not act",
                    companion.name
                ));
            }
        }
    }
}

async fn survey_rule(
    prepared: &mut Prepared,
    rule: &BoundRule,
    steps: &[Step],
    approvals: &Approvals,
    depth: Depth,
    progress: &mut impl Progress,
) -> Result<(RuleReport, Vec<Walk>), Halt> {
    let mut report = empty(rule, prepared);
    if steps.iter().any(Step::is_too_large) {
        report.failure = Some(TOO_LARGE.to_owned());
        return Ok((report, unwalked(rule, steps)));
    }
    match count(prepared, rule, steps, depth, progress).await {
        Ok(counted) => {
            let walks = fill(
                &mut report,
                prepared,
                rule,
                steps,
                counted,
                approvals,
                depth,
            );
            Ok((report, walks))
        }
        Err(trouble) if trouble.is_lost() => Err(Halt::Trouble(trouble)),
        Err(trouble) => {
            report.failure = Some(format!("{trouble}; {}", trouble.advice()));
            Ok((report, unwalked(rule, steps)))
        }
    }
}

/// Nothing is counted of a rule that was not asked for.
fn not_asked(rule: &BoundRule, steps: &[Step], prepared: &Prepared) -> (RuleReport, Vec<Walk>) {
    let report = RuleReport {
        verdict: Verdict::NotAsked,
        ..empty(rule, prepared)
    };
    (report, unwalked(rule, steps))
}

/// Places for the walks of steps that nobody will take.
fn unwalked(rule: &BoundRule, steps: &[Step]) -> Vec<Walk> {
    steps
        .iter()
        .map(|_| Walk::KeyLists(rule.key.clone()))
        .collect()
}

struct Counted {
    steps: Vec<Measured>,
    asides: Asides,
    repeated: u64,
    /// A row that the rule needs is missing.
    unfit: Option<String>,
}

async fn count(
    prepared: &mut Prepared,
    rule: &BoundRule,
    steps: &[Step],
    depth: Depth,
    progress: &mut impl Progress,
) -> Result<Counted, crate::db::Trouble> {
    let session = &mut prepared.session;
    let mut measured = Vec::new();
    for step in steps {
        progress.counting(&rule.name);
        if rule.mode == Mode::Enforce {
            compiles(session, step).await?;
        }
        measured.push(measure::step(session, step).await?);
    }
    progress.counting(&rule.name);
    let questions = Questions::of(&prepared.program, rule, prepared.now);
    let asides = measure::asides(session, rule, &questions, depth != Depth::Run).await?;
    let repeated = if rule.key_is_proven() {
        0
    } else {
        measure::repeated_keys(session, rule).await?
    };
    let unfit = stand_in::unfit(session, &prepared.program, rule, prepared.now).await?;
    Ok(Counted {
        steps: measured,
        asides,
        repeated,
        unfit,
    })
}

fn empty(rule: &BoundRule, prepared: &Prepared) -> RuleReport {
    RuleReport {
        rule: rule.name.clone(),
        table: prepared.session.dialect().shown(&rule.table.name),
        verdict: match rule.mode {
            Mode::Observe => Verdict::Observes,
            Mode::Enforce => Verdict::Runs,
        },
        meaning: rule.meaning,
        terms: rule.terms.clone(),
        schema: rule.schema,
        table_rows: 0,
        due: 0,
        touched: 0,
        held: 0,
        waiting: 0,
        undatable: 0,
        newest: 0,
        uncovered: None,
        coverage: None,
        undecided: None,
        oldest_due: None,
        cutoffs: cutoffs(rule, prepared.now),
        order: why_here(&prepared.program, rule),
        copies: copies(rule, prepared),
        reviews: Vec::new(),
        weakest_assurance: rule.cannot_roll_back(),
        steps: Vec::new(),
        failure: None,
    }
}

/// Triggers that write elsewhere, told with the rule that covers what they write.
fn copies(rule: &BoundRule, prepared: &Prepared) -> Vec<CopyReport> {
    let catalog = &prepared.catalog;
    let found = crate::resolve::copies_known(rule, catalog);
    found
        .into_iter()
        .map(|copy| CopyReport {
            rule: prepared
                .program
                .rule_of(&copy.into)
                .map(|rule| rule.name.clone()),
            trigger: copy.trigger,
            of: catalog.written(&copy.of),
            into: catalog.written(&copy.into),
        })
        .collect()
}

fn fill(
    report: &mut RuleReport,
    prepared: &Prepared,
    rule: &BoundRule,
    steps: &[Step],
    counted: Counted,
    approvals: &Approvals,
    depth: Depth,
) -> Vec<Walk> {
    let dialect = prepared.session.dialect();
    let mut walks = Vec::new();
    let mut largest_share = (0, 1);
    for (step, measured) in steps.iter().zip(&counted.steps) {
        let walk = choose(step, measured, dialect);
        report.touched += measured.touched();
        if larger((measured.due, measured.table_rows), largest_share) {
            largest_share = (measured.due, measured.table_rows);
        }
        if step.kind == crate::plan::StepKind::Disposition {
            report.due = measured.due;
            report.table_rows = measured.table_rows;
            report.oldest_due = oldest::oldest_due(rule, measured.oldest_start.as_deref());
        }
        report
            .steps
            .push(step_report(step, measured, &walk, dialect, depth));
        walks.push(walk);
    }
    report.held = counted.asides.held;
    report.waiting = counted.asides.waiting;
    report.undatable = counted.asides.undatable;
    report.newest = counted.asides.newest;
    report.uncovered = counted.asides.uncovered;
    report.undecided = counted.asides.undecided;
    report.failure = counted.unfit;
    report.verdict = if counted.repeated > 0 {
        Verdict::KeyNotUnique(counted.repeated)
    } else {
        guard::judge(
            approvals,
            &prepared.program.database,
            rule,
            report.touched,
            largest_share,
            prepared.now,
        )
    };
    walks
}

fn larger(a: (u64, u64), b: (u64, u64)) -> bool {
    u128::from(a.0) * u128::from(b.1.max(1)) > u128::from(b.0) * u128::from(a.1.max(1))
}

fn step_report(
    step: &Step,
    measured: &Measured,
    walk: &Walk,
    dialect: crate::sql::Dialect,
    depth: Depth,
) -> StepReport {
    let statements = if depth == Depth::PlanWithStatements {
        statements(step, dialect)
    } else {
        Vec::new()
    };
    StepReport {
        kind: step.kind,
        action: step.action.word(),
        table: dialect.shown(&step.target.table),
        due: measured.due,
        along: measured
            .along
            .iter()
            .map(|(table, effect, rows)| AlongReport {
                table: table.clone(),
                effect,
                rows: *rows,
            })
            .collect(),
        walk: walk.explained(),
        statements,
        done: None,
    }
}

/// The statements with which due rows are found and removed, with places for values; each batch adds its bound.
fn statements(step: &Step, dialect: crate::sql::Dialect) -> Vec<String> {
    let items = step.target.key_items();
    let find = select(
        dialect,
        &step.target.table,
        &items,
        &step.preview,
        None,
        None,
        Lock::None,
    );
    let mut shown = vec![find.text().to_owned()];
    if matches!(step.action, crate::plan::Action::Delete) {
        shown.push(
            delete(dialect, &step.target, &step.condition)
                .text()
                .to_owned(),
        );
    } else {
        let lock = select(
            dialect,
            &step.target.table,
            &[Item::One],
            &step.condition.realias(Alias::ROW, Alias::ROW),
            None,
            None,
            Lock::Update,
        );
        shown.push(lock.text().to_owned());
    }
    shown
}

fn cutoffs(rule: &BoundRule, now: DateTime<Utc>) -> Vec<CutoffReport> {
    let mut found = Vec::new();
    for purpose in &rule.purposes {
        for case in &purpose.cases {
            found.extend(cutoff(&purpose.name, Some(&case.name), &case.period, now));
        }
        if let Some(period) = &purpose.otherwise {
            found.extend(cutoff(&purpose.name, None, period, now));
        }
    }
    found
}

/// One for each period that a row may have.
fn cutoff(
    purpose: &str,
    case: Option<&String>,
    period: &BoundPeriod,
    now: DateTime<Utc>,
) -> Vec<CutoffReport> {
    let terms = period.length.terms();
    let report = |term: &Term| CutoffReport {
        purpose: purpose.to_owned(),
        case: case.cloned(),
        keep: term.keep.to_string(),
        cutoff: term.instant_cutoff(now),
    };
    terms.iter().map(|(_, term)| report(term)).collect()
}
