//! PostgreSQL: whether a row that is overwritten can stay on its page, so that no index learns of it.

use crate::db::{Session, Trouble};
use crate::plan::{Action, Step};
use crate::sql::{Dialect, Sql, Value};

/// True where the step overwrites rows and no index has one of the columns: as its key, beside it (INCLUDE), in an expression
/// or in its condition. An index that only sums up blocks (BRIN) is no hindrance since PostgreSQL 16. Of a table whose
/// updates fire a trigger nobody knows which columns change.
///
/// # Errors
/// The database's.
pub async fn stays_on_page(session: &mut Session, step: &Step) -> Result<bool, Trouble> {
    let Action::Overwrite(rewrite) = &step.action else {
        return Ok(false);
    };
    if step.table.triggers.iter().any(|trigger| trigger.on_update) {
        return Ok(false);
    }
    let name = &step.target.table;
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("SELECT COUNT(*) FROM pg_catalog.pg_index i");
    sql.push(" JOIN pg_catalog.pg_class c ON c.oid = i.indrelid");
    sql.push(" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace");
    sql.push(" JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid");
    sql.push(" JOIN pg_catalog.pg_am m ON m.oid = x.relam");
    sql.push(" JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0");
    sql.push(" WHERE n.nspname = ")
        .bind(Value::Text(name.schema.clone()));
    sql.push(" AND c.relname = ")
        .bind(Value::Text(name.table.clone()));
    let columns = rewrite.column_names().into_iter().map(Value::Text);
    sql.push(" AND a.attname = ANY(")
        .bind_list(columns.collect());
    sql.push(") AND (m.amname <> 'brin' OR current_setting('server_version_num')::int < 160000)");
    sql.push(" AND (a.attnum = ANY(i.indkey) OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d");
    sql.push(" WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass");
    sql.push(" AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass");
    sql.push(" AND d.objid = i.indexrelid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))");
    let rows = session.rows(&sql).await?;
    let having = rows.first().and_then(|row| row.first()?.as_int());
    Ok(having == Some(0))
}
