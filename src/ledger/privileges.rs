//! What a role needs on our own tables.

use crate::catalog::TableName;
use crate::sql::{Dialect, Permits, Privilege};

use super::table;

/// On each of our tables, to enforce: `reports` where events are reported from outside.
#[must_use]
pub fn privileges(dialect: Dialect, schema: &str, reports: bool) -> Vec<(TableName, Permits)> {
    use Privilege::{Delete, Insert, Select, Update};
    let mut all = vec![
        ("head", vec![Select, Insert, Update]),
        ("ledger", vec![Select, Insert]),
        ("hold", vec![Select, Insert, Delete]),
    ];
    if reports {
        // Reports are replaced, and locked while a row is judged by them.
        all.push(("event", vec![Select, Insert, Update, Delete]));
    }
    all.into_iter()
        .map(|(name, privileges)| {
            let permits = Permits {
                whole: privileges.into_iter().collect(),
                ..Permits::default()
            };
            (table(dialect, schema, name), permits)
        })
        .collect()
}
