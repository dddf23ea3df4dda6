//! How many rows each purpose, case and exemption owns, counted for whoever asks: it reads whole tables.

use crate::disposal::measure;
use crate::plan::{Owner, shares};

use super::report::{CoverageReport, DatabaseReport};
use super::{Halt, Order, Prepared};

/// Adds to a report what each purpose, case and exemption of its rules owns.
///
/// # Errors
/// The connection was lost; another trouble has been told where the rule was counted.
pub async fn cover(
    order: &Order<'_>,
    prepared: &mut Prepared,
    report: &mut DatabaseReport,
) -> Result<(), Halt> {
    for rule in &prepared.program.rules {
        let told = report.rules.iter_mut().find(|one| one.rule == rule.name);
        let Some(told) = told.filter(|one| one.failure.is_none()) else {
            continue;
        };
        let mut found = Vec::new();
        for share in shares(rule) {
            let rows = measure::ask(&mut prepared.session, rule, Some(&share.condition)).await?;
            let written = order.schedule.rule(&rule.name).and_then(|rule| {
                let mut purposes = rule.purposes.iter();
                purposes.find(|one| one.name.value == share.purpose)
            });
            let (owner, case, because) = match share.owner {
                Owner::Case(name) => ("case", Some(name), None),
                Owner::Rest => ("purpose", None, None),
                Owner::Undecided => ("undecided", None, None),
                Owner::Exempt(index) => {
                    let reason = written.and_then(|one| one.unless.get(index));
                    ("exempt", None, reason.map(|one| one.because.clone()))
                }
            };
            found.push(CoverageReport {
                purpose: share.purpose,
                owner,
                case,
                because,
                rows,
            });
        }
        told.coverage = Some(found);
    }
    Ok(())
}
