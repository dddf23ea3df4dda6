//! What is taken, what is refused, and how it is spelled.

use super::*;
use crate::catalog::{Column, ColumnKind, RelationKind, Storage, TableName};
use crate::sql::Sql;

fn column(name: &str, kind: ColumnKind, sql_type: &str) -> Column {
    Column {
        name: name.into(),
        sql_type: sql_type.into(),
        kind,
        nullable: true,
        generated: false,
        has_default: false,
        length_max: None,
        enum_values: vec![],
        collation: None,
        on_update_now: false,
    }
}

fn table() -> Table {
    Table {
        name: TableName {
            schema: "hr".into(),
            table: "application".into(),
        },
        relation: RelationKind::Table,
        storage: Storage::Heap,
        columns: vec![
            column("id", ColumnKind::Integer, "integer"),
            column("status", ColumnKind::Text, "text"),
            column("on_hold", ColumnKind::Boolean, "boolean"),
            column(
                "consent_at",
                ColumnKind::Instant,
                "timestamp with time zone",
            ),
            column("Mixed", ColumnKind::Text, "text"),
        ],
        primary_key: vec!["id".into()],
        unique: vec![vec!["id".into()]],
        indexes: vec![],
        foreign_keys: vec![],
        triggers: vec![],
        checks: vec![],
        rewrite_rules: vec![],
        row_security: false,
        children: vec![],
        inherits: None,
        identity: "1".into(),
        rows_estimate: None,
        pages: None,
    }
}

fn spelled(text: &str) -> Result<String, Vec<String>> {
    let sentences = |list: Vec<Complaint>| -> Vec<String> {
        list.into_iter().map(|one| one.sentence).collect()
    };
    let parsed = parse(text).map_err(|one| vec![one.sentence])?;
    let expr = bind(&parsed, &table(), Dialect::Postgres).map_err(sentences)?;
    let mut sql = Sql::new(Dialect::Postgres);
    sql.expr(&expr);
    Ok(sql.text().to_owned())
}

#[test]
fn what_is_taken() {
    for (text, expected) in [
        ("status = 'hired'", "(t0.\"status\" = CAST($1 AS text))"),
        ("on_hold", "t0.\"on_hold\""),
        ("NOT on_hold", "(NOT t0.\"on_hold\")"),
        ("application.id IN (1, 2)", "(t0.\"id\" IN ($1, $2))"),
        (
            "consent_at IS NOT NULL AND consent_at > '2020-01-01'",
            "((t0.\"consent_at\" IS NOT NULL) AND (t0.\"consent_at\" > CAST($1 AS timestamp with time zone)))",
        ),
        (
            "coalesce(status, 'x') <> 'y'",
            "(COALESCE(t0.\"status\", CAST($1 AS text)) <> CAST($2 AS text))",
        ),
        ("mixed LIKE 'a%'", "(t0.\"Mixed\" LIKE CAST($1 AS text))"),
    ] {
        assert_eq!(spelled(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_gives_a_moment() {
    let told = |text: &str| -> Result<String, String> {
        let parsed = parse(text).map_err(|one| one.sentence)?;
        match moment(&parsed, &table(), Dialect::Postgres) {
            Ok(found) => {
                let mut columns = Vec::new();
                found.columns(&mut columns);
                let names: Vec<&str> = columns.iter().map(|one| one.name.as_str()).collect();
                Ok(names.join(" "))
            }
            Err(list) => Err(list.into_iter().map(|one| one.sentence).collect()),
        }
    };
    for (text, columns) in [
        ("consent_at", "consent_at"),
        ("COALESCE(consent_at, id)", "consent_at id"),
        (
            "greatest(consent_at, least(id, (status)))",
            "consent_at id status",
        ),
        (
            "CASE WHEN status = 'hired' THEN consent_at WHEN on_hold THEN NULLIF END",
            "",
        ),
        (
            "CASE WHEN on_hold THEN consent_at ELSE NULL END",
            "consent_at",
        ),
        (
            "CASE WHEN on_hold THEN consent_at ELSE id END",
            "consent_at id",
        ),
    ] {
        if columns.is_empty() {
            assert!(told(text).is_err(), "{text}");
        } else {
            assert_eq!(told(text).as_deref(), Ok(columns), "{text}");
        }
    }
    for (text, part) in [
        ("now()", "the function now is not allowed in a start"),
        ("consent_at + 1", "is not a column of dates"),
        ("'2020-01-01'", "is not a column of dates"),
        ("COALESCE(consent_at)", "chooses between two or more"),
        (
            "COALESCE(consent_at, '2020-01-01')",
            "is not a column of dates",
        ),
        ("COALESCE(consent, id)", "no column consent"),
        (
            "CASE status WHEN 'a' THEN consent_at END",
            "a CASE with a value behind it",
        ),
        (
            "CASE WHEN 1 = 1 THEN consent_at END",
            "the same for every row",
        ),
        (
            "CASE WHEN id = now() THEN consent_at END",
            "function now is not allowed",
        ),
        ("(SELECT max(id) FROM other)", "is not a column of dates"),
        ("random()", "not allowed in a start"),
        ("COALESCE(consent_at, NULL)", "is not a column of dates"),
    ] {
        let refused = told(text).expect_err(text);
        assert!(refused.contains(part), "{text}: {refused}");
    }
}

#[test]
fn what_is_refused() {
    for (text, part) in [
        ("statsu = 'hired'", "no column statsu"),
        ("1 = 1", "the same for every row"),
        ("status = status", "the same for every row"),
        (
            "status IS NULL OR status IS NOT NULL",
            "the same for every row",
        ),
        ("status", "not true or false"),
        ("id = 'seven'", "does not hold text"),
        ("status = 7", "does not hold numbers"),
        ("consent_at < now()", "function now is not allowed"),
        (
            "id IN (SELECT id FROM secrets)",
            "not something a condition may contain",
        ),
        ("id = 1; DROP TABLE application", "after the condition"),
        ("id = 1 -- all of it\n OR", "not an SQL condition"),
        ("other.id = 1", "no column other.id"),
        ("\"mixed\" = 'a'", "no column"),
        ("status = NULL", "cannot be compared"),
        ("", "not an SQL condition"),
    ] {
        let refused = spelled(text).expect_err(text).join("; ");
        assert!(refused.contains(part), "{text}: {refused}");
    }
}
