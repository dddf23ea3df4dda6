//! The trigger with which a database itself refuses one role to remove or overwrite a row too early. Written for a DBA,
//! never run by us.

use crate::catalog::{Column, ColumnKind, GUARD, TableName};

use super::{Alias, Dialect, Expr, Sql};

/// A length of time as a database counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub count: u64,
    /// "hour", "day", "week", "month" or "year".
    pub unit: &'static str,
}

/// What a guard keeps.
#[derive(Debug, Clone)]
pub struct Guard<'a> {
    pub table: &'a TableName,
    /// The only role that it looks at.
    pub role: &'a str,
    pub on_delete: bool,
    /// A change of one of these is looked at too.
    pub on_update: &'a [String],
    /// One of these must be over, to a day.
    pub ended: &'a [(Column, Span)],
    /// All of these must be true.
    pub free: &'a [Expr],
}

/// The statements that make the guard, each whole. Making it again replaces it.
#[must_use]
pub fn guard(dialect: Dialect, guard: &Guard<'_>) -> Vec<String> {
    match dialect {
        Dialect::Postgres => on_postgres(guard),
        Dialect::Mysql | Dialect::Mariadb => on_mysql(dialect, guard),
        // A file has no roles to tell apart.
        Dialect::Sqlite => Vec::new(),
    }
}

const REFUSAL: &str = "the guard of retentiond: the period of this row is not over";

fn on_postgres(guard: &Guard<'_>) -> Vec<String> {
    let function = TableName {
        schema: "retentiond".to_owned(),
        table: format!("guard {}", guard.table),
    };
    let mut make = Sql::shown_only(Dialect::Postgres);
    make.push("CREATE OR REPLACE FUNCTION ").table(&function);
    make.push(
        "() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$\nBEGIN\n  IF ",
    );
    make.shown_text(guard.role);
    make.push(" IN (current_user, session_user) AND NOT coalesce(\n    ");
    condition(&mut make, guard);
    make.push(",\n    false) THEN\n    RAISE EXCEPTION ");
    make.shown_text(REFUSAL);
    make.push(";\n  END IF;\n  IF TG_OP = 'DELETE' THEN\n    RETURN OLD;\n  END IF;\n  RETURN NEW;\nEND\n$guard$");
    let mut fire = Sql::shown_only(Dialect::Postgres);
    fire.push("CREATE OR REPLACE TRIGGER ")
        .ident(GUARD)
        .push(" BEFORE ");
    if guard.on_delete {
        fire.push("DELETE");
    }
    if !guard.on_update.is_empty() {
        fire.push(if guard.on_delete {
            " OR UPDATE OF "
        } else {
            "UPDATE OF "
        });
        fire.list(guard.on_update, ", ", |sql, name| {
            sql.ident(name);
        });
    }
    fire.push(" ON ").table(guard.table);
    fire.push(" FOR EACH ROW EXECUTE FUNCTION ")
        .table(&function)
        .push("()");
    vec![make.text().to_owned(), fire.text().to_owned()]
}

fn on_mysql(dialect: Dialect, guard: &Guard<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    for (event, fires) in [
        ("DELETE", guard.on_delete),
        ("UPDATE", !guard.on_update.is_empty()),
    ] {
        let name = TableName {
            schema: guard.table.schema.clone(),
            table: short(&format!(
                "{GUARD}_{}_{}",
                event.to_lowercase(),
                guard.table.table
            )),
        };
        let mut drop = Sql::shown_only(dialect);
        drop.push("DROP TRIGGER IF EXISTS ").table(&name);
        statements.push(drop.text().to_owned());
        if !fires {
            continue;
        }
        let mut make = Sql::shown_only(dialect);
        make.push("CREATE TRIGGER ")
            .table(&name)
            .push(" BEFORE ")
            .push(event);
        make.push(" ON ")
            .table(guard.table)
            .push(" FOR EACH ROW\nIF SUBSTRING_INDEX(SESSION_USER(), '@', 1) = ");
        make.shown_text(guard.role);
        if event == "UPDATE" {
            make.push(" AND NOT (");
            make.list(guard.on_update, " AND ", |sql, column| {
                sql.push("NEW.")
                    .ident(column)
                    .push(" <=> OLD.")
                    .ident(column);
            });
            make.push(")");
        }
        make.push(" AND NOT COALESCE(\n    ");
        condition(&mut make, guard);
        make.push(",\n    FALSE) THEN\n  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = ");
        make.shown_text(REFUSAL).push(";\nEND IF");
        statements.push(make.text().to_owned());
    }
    statements
}

/// Names have at most 64 characters there.
fn short(name: &str) -> String {
    if name.chars().count() <= 64 {
        return name.to_owned();
    }
    use sha2::Digest as _;
    let digest = hex::encode(sha2::Sha256::digest(name));
    let kept: String = name.chars().take(51).collect();
    format!("{kept}_{}", &digest[..12])
}

/// A period has ended, and nothing in the row holds it.
fn condition(sql: &mut Sql, guard: &Guard<'_>) {
    sql.name_target(match sql.dialect() {
        Dialect::Postgres | Dialect::Sqlite => "old",
        Dialect::Mysql | Dialect::Mariadb => "OLD",
    });
    sql.push("(");
    sql.list(guard.ended, " OR ", |sql, (column, span)| {
        over(sql, column, *span);
    });
    sql.push(")");
    for one in guard.free {
        sql.push(" AND ").expr(one);
    }
}

/// The period is added, as the calendar adds it: subtracted from now it would end on another day after short months.
/// A day is left for zones.
fn over(sql: &mut Sql, column: &Column, span: Span) {
    match sql.dialect() {
        Dialect::Postgres | Dialect::Sqlite => {
            sql.push("(").column(Alias::ROW, &column.name);
            sql.push(match column.kind {
                ColumnKind::Instant => " AT TIME ZONE 'UTC')",
                _ => ")::timestamp",
            });
            sql.push(" + interval '")
                .number(span.count)
                .push(" ")
                .push(span.unit);
            sql.push("' <= (now() AT TIME ZONE 'UTC') + interval '1 day'");
        }
        Dialect::Mysql | Dialect::Mariadb => {
            sql.push("CAST(").column(Alias::ROW, &column.name);
            sql.push(" AS DATETIME) + INTERVAL ").number(span.count);
            sql.push(" ").push(span.unit);
            sql.push(" <= UTC_TIMESTAMP() + INTERVAL 1 DAY");
        }
    }
}
