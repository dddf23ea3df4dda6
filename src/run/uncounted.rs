//! Reports of events from which no period counts: somebody said what happened, and nothing comes of it.

use crate::catalog::Catalog;
use crate::db::{Session, Trouble, TroubleKind};
use crate::diagnostic::Fault;
use crate::ledger;
use crate::schedule::{Database, Schedule};

/// A warning for each event of each rule that is reported in this database and that its schedule does not know.
///
/// # Errors
/// The database's. A table that is not there, or that the role may not read, holds nothing that a rule reads.
pub(super) async fn uncounted(
    session: &mut Session,
    schedule: &Schedule,
    database: &Database,
    catalog: &Catalog,
) -> Result<Vec<Fault>, Trouble> {
    let reports = ledger::table(session.dialect(), &catalog.default_schema, "event");
    let found = match ledger::reported(session, &reports).await {
        Ok(found) => found,
        Err(trouble)
            if matches!(
                trouble.kind,
                TroubleKind::SchemaChanged | TroubleKind::Denied
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(trouble) => return Err(trouble),
    };
    let counts = |name: &str, event: &str| {
        let mut rules = schedule.rules_of(&database.name.value);
        rules.any(|rule| rule.name.value == name && rule.events().contains(&event))
    };
    let unknown = found
        .into_iter()
        .filter(|(rule, event, _)| !counts(rule, event));
    let told = unknown.map(|(rule, event, reports)| {
        let sentence = format!(
            "the event {event} of the rule {rule} is reported for {reports} {}, and no period counts from it",
            if reports == 1 { "row" } else { "rows" }
        );
        Fault::warning(database.name.at, sentence).hint(
            "reports go by the names of rule and event: where one was renamed, its rows are not due by what was reported; \
             name them so again, or report the event anew",
        )
    });
    Ok(told.collect())
}
