//! Related rows are looked for by an index, row by row, and not gathered by reading their whole table.
//!
//! MySQL and MariaDB may answer `EXISTS (… WHERE child.parent_id = row.id …)` by reading the child's table once and keeping
//! what it found: right where all rows of the parent are asked, and as dear as the whole table for each batch of a
//! hundred. They judge by statistics that know nothing of the batches that follow.

use crate::catalog::{Catalog, Relation};
use crate::db::{Session, Trouble};
use crate::sql::{Dialect, Sql};

/// Tells the database so for the session, where an index serves every reference that is followed. Where one has none,
/// gathering is the lesser evil.
///
/// # Errors
/// The database's.
pub async fn by_index(
    session: &mut Session,
    catalog: &Catalog,
    followed: &[&Relation],
) -> Result<(), Trouble> {
    let served = |one: &&Relation| {
        let table = catalog.get(&one.child);
        table.is_some_and(|table| table.has_index_on(&one.child_columns))
    };
    let dialect = session.dialect();
    if matches!(dialect, Dialect::Postgres | Dialect::Sqlite) || !followed.iter().all(served) {
        return Ok(());
    }
    let text = "SET SESSION optimizer_switch = 'materialization=off'";
    session.execute(&Sql::literal(dialect, text)).await?;
    Ok(())
}
