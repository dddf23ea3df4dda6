//! What a role of PostgreSQL may do, with everything that it inherits.

use crate::catalog::TableName;
use crate::sql::{Dialect, Privilege, Sql};

use super::super::Trouble;
use super::super::cells::Cells;
use super::super::rights::Rights;
use super::{Link, rows};

/// superuser, then what reaches further than rows; whether everybody may connect.
const ROLE: &str = "
    SELECT r.rolsuper,
           concat_ws(', ', CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
               CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
               CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'CREATE on the database' END,
               (SELECT string_agg(p.rolname, ', ' ORDER BY p.rolname) FROM pg_roles p
                 WHERE p.rolname LIKE 'pg\\_%' AND p.oid <> r.oid AND pg_has_role(r.oid, p.oid, 'USAGE')),
               (SELECT string_agg('CREATE on the schema ' || n.nspname, ', ' ORDER BY n.nspname) FROM pg_namespace n
                 WHERE n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(n.oid, 'CREATE')),
               (SELECT CASE WHEN count(*) > 0 THEN 'the ownership of ' || count(*) || ' tables' END
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                   AND pg_has_role(r.oid, c.relowner, 'USAGE'))),
           has_database_privilege('public', current_database(), 'CONNECT')
      FROM pg_roles r WHERE r.rolname = current_user";

/// The schemas that may be used, and whether everybody may.
const SCHEMAS: &str = "
    SELECT n.nspname, has_schema_privilege('public', n.oid, 'USAGE') FROM pg_namespace n
     WHERE n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(n.oid, 'USAGE')";

/// schema, table, NULL or a column, privilege. A column has rights of its own only where somebody granted them.
const TABLES: &str = "
    WITH relations AS (
        SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema')
    SELECT r.nspname, r.relname, NULL::text, p.word
      FROM relations r,
           (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER'), ('REFERENCES')) p(word)
     WHERE has_table_privilege(r.oid, p.word)
    UNION ALL
    SELECT r.nspname, r.relname, a.attname::text, p.word
      FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped,
           (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) p(word)
     WHERE NOT has_table_privilege(r.oid, p.word) AND has_column_privilege(r.oid, a.attnum, p.word)";

/// Asks the server.
pub async fn rights(link: &mut Link) -> Result<Rights, Trouble> {
    let mut rights = Rights::default();
    for row in ask(link, ROLE).await? {
        let mut cells = Cells::of(row);
        if cells.truth()? {
            rights.unlimited = Some("SUPERUSER");
        }
        let beyond = cells.text()?;
        let each = beyond.split(", ").filter(|one| !one.is_empty());
        rights.beyond = each.map(str::to_owned).collect();
        rights.public_connects = cells.truth()?;
    }
    for row in ask(link, SCHEMAS).await? {
        let mut cells = Cells::of(row);
        let schema = cells.text()?;
        if cells.truth()? {
            rights.public_schemas.insert(schema.clone());
        }
        rights.schemas.insert(schema);
    }
    if rights.unlimited.is_some() {
        return Ok(rights);
    }
    for row in ask(link, TABLES).await? {
        let mut cells = Cells::of(row);
        let table = TableName {
            schema: cells.text()?,
            table: cells.text()?,
        };
        let column = cells.maybe_text()?;
        if let Some(privilege) = Privilege::named(&cells.text()?) {
            rights.permit(table, privilege, column.as_deref());
        }
    }
    Ok(rights)
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Vec<crate::sql::Value>>, Trouble> {
    rows(link, &Sql::literal(Dialect::Postgres, text)).await
}
