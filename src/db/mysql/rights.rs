//! What an account of MySQL or MariaDB may do by itself. What it may do by a role the dictionary does not tell it.

use crate::catalog::TableName;
use crate::sql::{Privilege, Sql, Value};

use super::super::Trouble;
use super::super::cells::Cells;
use super::super::facts::{int, only, text};
use super::super::rights::Rights;
use super::{Link, rows};

/// The name under which the dictionary lists the account, and the database.
const ACCOUNT: &str = "SELECT CONCAT('''',
               LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER())
                    - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1),
               '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), ''''), DATABASE()";

const ROLES: &str = "SELECT COUNT(*) FROM information_schema.enabled_roles
     WHERE role_name IS NOT NULL AND role_name <> 'NONE'";

const GLOBAL: &str = "SELECT grantee, privilege_type FROM information_schema.user_privileges";

/// In a right on databases `_` and `%` stand for other characters, as in LIKE.
const DATABASES: &str = "SELECT grantee, privilege_type FROM information_schema.schema_privileges
     WHERE DATABASE() LIKE table_schema";

const TABLES: &str =
    "SELECT grantee, table_name, NULL, privilege_type FROM information_schema.table_privileges
     WHERE table_schema = DATABASE()";

const COLUMNS: &str = "SELECT grantee, table_name, column_name, privilege_type
      FROM information_schema.column_privileges WHERE table_schema = DATABASE()";

/// Rights on the whole server that reach further than the rows of one database.
const BEYOND: [&str; 14] = [
    "SUPER",
    "FILE",
    "CREATE USER",
    "GRANT OPTION",
    "SHUTDOWN",
    "PROCESS",
    "RELOAD",
    "REPLICATION SLAVE",
    "CREATE",
    "DROP",
    "ALTER",
    "EVENT",
    "CREATE ROUTINE",
    "TRIGGER",
];

/// Asks the server.
pub async fn rights(link: &mut Link) -> Result<Rights, Trouble> {
    let mut rights = Rights::default();
    let (mine, schema) = mine(link).await?;
    rights.by_roles = int(&only(ask(link, ROLES).await?)?, 0)? > 0;
    for (place, query) in [("", GLOBAL), (" on the database", DATABASES)] {
        for row in ask(link, query).await? {
            let mut cells = Cells::of(row);
            let (grantee, word) = (cells.text()?, cells.text()?);
            if grantee != mine {
                continue;
            }
            if word == "SUPER" {
                rights.unlimited = Some("SUPER");
            }
            if BEYOND.contains(&word.as_str()) {
                rights.beyond.push(format!("{word}{place}"));
            }
            rights.everywhere.extend(Privilege::named(&word));
        }
    }
    for query in [TABLES, COLUMNS] {
        for row in ask(link, query).await? {
            let mut cells = Cells::of(row);
            let (grantee, table) = (cells.text()?, cells.text()?);
            let (column, word) = (cells.maybe_text()?, cells.text()?);
            let Some(privilege) = Privilege::named(&word).filter(|_| grantee == mine) else {
                continue;
            };
            let schema = schema.clone();
            rights.permit(TableName { schema, table }, privilege, column.as_deref());
        }
    }
    rights.beyond.dedup();
    Ok(rights)
}

/// The account and the database.
async fn mine(link: &mut Link) -> Result<(String, String), Trouble> {
    let row = only(ask(link, ACCOUNT).await?)?;
    Ok((text(&row, 0)?, text(&row, 1)?))
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Vec<Value>>, Trouble> {
    rows(link, &Sql::literal(link.dialect, text)).await
}
