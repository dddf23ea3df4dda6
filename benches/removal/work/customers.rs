//! Customers with five invoices each, which have three lines each: what `ON DELETE CASCADE` removes in silence.

use super::{Layout, Shape, Work, is_due, rule};
use crate::server::Engine;

/// `shape` counts customers.
pub fn customers(engine: Engine, shape: &Shape) -> Work {
    let condition = is_due(engine, shape);
    let due = format!("SELECT id FROM customer WHERE {condition}");
    let invoices = format!("SELECT id FROM invoice WHERE customer_id IN ({due})");
    let children =
        "  [rules.children]\n  invoice = \"with-parent\"\n  invoice_line = \"with-parent\"\n";
    Work {
        title: format!("{shape}, each with 5 invoices and 15 lines"),
        tables: &["customer", "invoice", "invoice_line"],
        build: build(engine, shape),
        due: format!(
            "SELECT (SELECT count(*) FROM customer WHERE {condition})
                  + (SELECT count(*) FROM invoice WHERE customer_id IN ({due}) AND length(note) > 0)
                  + (SELECT count(*) FROM invoice_line WHERE invoice_id IN ({invoices}) AND length(note) > 0)"
        ),
        single: format!("DELETE FROM customer WHERE {condition}"),
        deletes: true,
        rules: format!("{}{children}", rule(engine, "customer", "delete", "")),
        condition,
    }
}

fn build(engine: Engine, shape: &Shape) -> Vec<String> {
    let rows = shape.rows;
    let (number, moment, text, end) = match engine {
        Engine::Postgres => ("bigint", "timestamptz", "text", ""),
        Engine::Mariadb => (
            "bigint",
            "datetime",
            "varchar(200)",
            " ENGINE = InnoDB DEFAULT CHARSET = ascii",
        ),
        Engine::Sqlite => ("INTEGER", "INTEGER", "TEXT", ""),
    };
    let place = match (shape.layout, engine) {
        (Layout::Contiguous, _) => "i - 1".to_owned(),
        (Layout::Scattered, Engine::Postgres) => format!("(i * 7919) % {rows}"),
        (Layout::Scattered, _) => format!("(i * 7919) % {rows}"),
    };
    let divide = engine.divide();
    let from = |most: u64| match engine {
        Engine::Postgres => {
            format!("(SELECT i FROM generate_series(1::bigint, {most}) AS i) AS one")
        }
        Engine::Mariadb => format!("(SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{most}) AS one"),
        Engine::Sqlite => format!(
            "(WITH RECURSIVE one(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i < {most}) SELECT i FROM one)"
        ),
    };
    let note = |times: u64| match engine {
        Engine::Postgres => format!("repeat(md5(i::text), {times})"),
        Engine::Mariadb => format!("REPEAT(MD5(i), {times})"),
        Engine::Sqlite => format!("hex(randomblob({}))", times * 16),
    };
    let age = engine.moment(&shape.age(&format!("({place})"), divide));
    vec![
        format!("CREATE TABLE customer (id {number} NOT NULL PRIMARY KEY, occurred_at {moment} NOT NULL, name {text} NOT NULL){end}"),
        format!(
            "CREATE TABLE invoice (id {number} NOT NULL PRIMARY KEY, customer_id {number} NOT NULL, note {text} NOT NULL,
                FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE){end}"
        ),
        format!(
            "CREATE TABLE invoice_line (id {number} NOT NULL PRIMARY KEY, invoice_id {number} NOT NULL, note {text} NOT NULL,
                FOREIGN KEY (invoice_id) REFERENCES invoice (id) ON DELETE CASCADE){end}"
        ),
        format!("INSERT INTO customer SELECT i, {age}, {} FROM {}", note(2), from(rows)),
        format!(
            "INSERT INTO invoice SELECT i, (i - 1) {divide} 5 + 1, {} FROM {}",
            note(3),
            from(rows * 5)
        ),
        format!(
            "INSERT INTO invoice_line SELECT i, (i - 1) {divide} 3 + 1, {} FROM {}",
            note(2),
            from(rows * 15)
        ),
        "CREATE INDEX customer_occurred_at ON customer (occurred_at)".to_owned(),
        "CREATE INDEX invoice_customer ON invoice (customer_id)".to_owned(),
        "CREATE INDEX invoice_line_invoice ON invoice_line (invoice_id)".to_owned(),
    ]
}
