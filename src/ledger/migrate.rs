//! Creating the ledger's tables.

use crate::db::{Session, Trouble, TroubleKind};
use crate::sql::{Dialect, Sql};

use super::table;

/// The script for a dialect, as a DBA would apply it.
#[must_use]
pub fn statements(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => concat!(
            include_str!("../../migrations/postgres/0001_ledger.sql"),
            "\n",
            include_str!("../../migrations/postgres/0002_event.sql"),
            "\n",
            include_str!("../../migrations/postgres/0003_hold.sql")
        ),
        Dialect::Mysql | Dialect::Mariadb => concat!(
            include_str!("../../migrations/mysql/0001_ledger.sql"),
            "\n",
            include_str!("../../migrations/mysql/0002_event.sql"),
            "\n",
            include_str!("../../migrations/mysql/0003_hold.sql")
        ),
        Dialect::Sqlite => concat!(
            include_str!("../../migrations/sqlite/0001_ledger.sql"),
            "\n",
            include_str!("../../migrations/sqlite/0002_event.sql"),
            "\n",
            include_str!("../../migrations/sqlite/0003_hold.sql")
        ),
    }
}

/// Creates what is missing; running it again changes nothing, and needs no right to create anything.
///
/// # Errors
/// The database's, most often a missing right to create tables.
pub async fn migrate(session: &mut Session) -> Result<(), Trouble> {
    let dialect = session.dialect();
    let schema = session.catalog().await?.default_schema;
    let reading = |trouble: Trouble| trouble.doing_in("reading the ledger's tables");
    let needed = applied(session, &schema).await.map_err(reading)?;
    if needed && others_are_there(session, &schema).await.map_err(reading)? {
        return Ok(());
    }
    for statement in each(statements(dialect)) {
        let done = session.execute(&Sql::literal(dialect, statement)).await;
        done.map_err(creating)?;
    }
    Ok(())
}

fn creating(trouble: Trouble) -> Trouble {
    let trouble = trouble.doing_in("creating the ledger's tables");
    if trouble.kind == TroubleKind::Denied {
        trouble.hinting(
            "let a DBA apply the script that `retentiond migrate --print` shows; where no table may be made, the schedule \
             can accept less: `assurance` in the table of the database",
        )
    } else {
        trouble
    }
}

/// The statements of a script, one by one, without the comments before them.
fn each(script: &'static str) -> impl Iterator<Item = &'static str> {
    script
        .split(";\n")
        .map(|statement| {
            let begins = statement
                .split_inclusive('\n')
                .take_while(|line| line.trim().is_empty() || line.starts_with("--"))
                .map(str::len)
                .sum();
            statement[begins..].trim()
        })
        .filter(|statement| !statement.is_empty())
}

/// True where the tables that every run needs are there and can be read; a rule whose events are reported needs
/// another one, and says so where it is missing.
///
/// # Errors
/// Any trouble but a missing table.
pub async fn applied(session: &mut Session, schema: &str) -> Result<bool, Trouble> {
    are_there(session, schema, &["head", "ledger"]).await
}

/// A role whose rules know no reported events needs no right to the table of the reports: what it may not read is there.
async fn others_are_there(session: &mut Session, schema: &str) -> Result<bool, Trouble> {
    for name in ["event", "hold"] {
        match are_there(session, schema, &[name]).await {
            Err(trouble) if trouble.kind == TroubleKind::Denied => {}
            Ok(true) => {}
            other => return other,
        }
    }
    Ok(true)
}

/// True where the table is there that says which holds of the state store stand on this database. What may not be
/// read is not there: nobody with these rights can place a hold either.
///
/// # Errors
/// Any trouble but a missing table or right.
pub async fn has_holds(session: &mut Session, schema: &str) -> Result<bool, Trouble> {
    match are_there(session, schema, &["hold"]).await {
        Err(trouble) if trouble.kind == TroubleKind::Denied => Ok(false),
        other => other,
    }
}

async fn are_there(session: &mut Session, schema: &str, names: &[&str]) -> Result<bool, Trouble> {
    let dialect = session.dialect();
    for name in names {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT COUNT(*) FROM ")
            .table(&table(dialect, schema, name))
            .push(" WHERE 1 = 0");
        match session.rows(&sql).await {
            Ok(_) => {}
            Err(trouble) if trouble.kind == TroubleKind::SchemaChanged => return Ok(false),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_cut_into_statements() {
        for dialect in [Dialect::Postgres, Dialect::Mariadb, Dialect::Sqlite] {
            let all: Vec<&str> = each(statements(dialect)).collect();
            let expected = if dialect == Dialect::Postgres { 5 } else { 4 };
            assert_eq!(all.len(), expected, "{all:?}");
            assert!(all.iter().all(|one| one.starts_with("CREATE")));
        }
    }
}
