//! Whether one rule may act, for somebody who asks about one of its records.

use crate::disposal::Progress;
use crate::resolve::Program;

use super::prepare::Prepared;
use super::{Approvals, Depth, Order, Verdict, survey};

/// Whether a rule may act and what forbids it, in a sentence. Its rows are counted, and those of rules that it needs; a
/// limit of another rule that stops the run is not looked for. `None` where the counting itself failed.
pub async fn standing(
    order: &Order<'_>,
    prepared: &mut Prepared,
    approvals: &Approvals,
    rule: &str,
    progress: &mut impl Progress,
) -> Option<String> {
    let companions = acting_with(&prepared.program, rule);
    let order = Order {
        only_rule: Some(&companions),
        ..*order
    };
    let found = survey(&order, prepared, approvals, Depth::Run, progress).await;
    let report = found.ok()?.report;
    let told = report.rules.iter().find(|one| one.rule == rule)?;
    Some(match (&told.failure, &told.verdict) {
        (Some(why), _) => format!("The rule {rule} cannot act: {why}."),
        (None, Verdict::Runs) => format!("The rule {rule} may act."),
        (None, verdict) => format!("Not yet: the rule {rule} {}.", verdict.sentence()),
    })
}

/// A rule, and those whose due rows it takes along: it may act where they may.
fn acting_with(program: &Program, rule: &str) -> Vec<String> {
    let mut found = vec![rule.to_owned()];
    let mut next = 0;
    while let Some(bound) = found.get(next).and_then(|name| program.rule(name)) {
        let along = bound.references.iter().filter(|one| one.due_ones_go_along);
        for child in along.filter_map(|one| program.rule_of(&one.child.name)) {
            if !found.contains(&child.name) {
                found.push(child.name.clone());
            }
        }
        next += 1;
    }
    found
}
