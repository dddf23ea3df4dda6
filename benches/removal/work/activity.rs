//! `activity`: a primary key, an index on the start event, 300 bytes a row or whatever is asked for.

use super::{Layout, Shape, Work, is_due, rule};
use crate::server::Engine;

/// What a row is made of.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Characters of the payload, in steps of 32.
    pub payload: u64,
    /// The primary key is a text of so many characters before the number; 0: a number.
    pub key: u64,
}

impl Columns {
    /// 300 bytes a row.
    pub const USUAL: Self = Self {
        payload: 224,
        key: 0,
    };
    /// A hundred bytes a row.
    pub const NARROW: Self = Self {
        payload: 32,
        key: 0,
    };
}

const TABLES: &[&str] = &["activity"];

/// Rows that are to be deleted.
pub fn activity(engine: Engine, shape: &Shape, columns: Columns) -> Work {
    let condition = is_due(engine, shape);
    Work {
        title: shape.to_string(),
        tables: TABLES,
        build: build(engine, shape, columns, ""),
        due: format!("SELECT count(*) FROM activity WHERE {condition} AND length(payload) > 0"),
        single: format!("DELETE FROM activity WHERE {condition}"),
        deletes: true,
        rules: rule(engine, "activity", "delete", ""),
        condition,
    }
}

/// The same rows, of which two columns that no index has are to be overwritten.
pub fn anonymised(engine: Engine, shape: &Shape, columns: Columns) -> Work {
    let due = is_due(engine, shape);
    let condition = format!("{due} AND payload <> 'gone'");
    Work {
        deletes: false,
        due: format!("SELECT count(*) FROM activity WHERE {condition}"),
        single: format!("UPDATE activity SET action = 'gone', payload = 'gone' WHERE {due}"),
        rules: rule(
            engine,
            "activity",
            "anonymise",
            "  [rules.anonymise]\n  set = { action = \"gone\", payload = \"gone\" }",
        ),
        condition,
        ..activity(engine, shape, columns)
    }
}

/// PostgreSQL: the due rows have a partition of their own, which the rule empties.
pub fn partitioned(shape: &Shape) -> Work {
    let engine = Engine::Postgres;
    // Each with both ends, which pg_partman reads, and no last one, which it would keep.
    let (first, last) = (shape.before() - 1, shape.cutoff);
    let end = shape.cutoff * 2;
    let partitions = format!(
        " PARTITION BY RANGE (occurred_at);
         CREATE TABLE activity_due PARTITION OF activity
             FOR VALUES FROM (to_timestamp({first})) TO (to_timestamp({last} + 0.000001));
         CREATE TABLE activity_rest PARTITION OF activity
             FOR VALUES FROM (to_timestamp({last} + 0.000001)) TO (to_timestamp({end}))"
    );
    Work {
        build: build(engine, shape, Columns::USUAL, &partitions),
        rules: rule(engine, "activity", "delete", "partitions = \"truncate\""),
        ..activity(engine, shape, Columns::USUAL)
    }
}

fn build(engine: Engine, shape: &Shape, columns: Columns, partitions: &str) -> Vec<String> {
    match engine {
        Engine::Postgres => postgres(shape, columns, partitions),
        Engine::Mariadb => mariadb(shape, columns),
        Engine::Sqlite => sqlite(shape, columns),
    }
}

fn postgres(shape: &Shape, columns: Columns, partitions: &str) -> Vec<String> {
    let rows = shape.rows;
    let place = match shape.layout {
        Layout::Contiguous => "i - 1".to_owned(),
        Layout::Scattered => format!("(random() * {rows})::bigint"),
    };
    let (key_type, key) = match columns.key {
        0 => ("bigint", "i".to_owned()),
        width => (
            "text",
            format!("repeat('k', {width}) || lpad(i::text, 12, '0')"),
        ),
    };
    // What is long would be kept compressed, and be no long row.
    let payload = match columns.payload {
        long if long > 1_000 => {
            format!(
                "(SELECT string_agg(md5(i::text || '.' || j), '') FROM generate_series(1, {}) AS j)",
                long / 32
            )
        }
        short => format!("repeat(md5(i::text), {})", short / 32),
    };
    let primary_key = match partitions {
        "" => "id",
        _ => "id, occurred_at",
    };
    vec![
        format!(
            "CREATE TABLE activity (
                id {key_type} NOT NULL, occurred_at timestamptz NOT NULL, customer_id bigint NOT NULL, action text NOT NULL,
                payload text NOT NULL){partitions}"
        ),
        format!(
            "INSERT INTO activity SELECT {key}, to_timestamp({}), i % 200000, 'viewed', {payload}
               FROM (SELECT i, {place} AS place FROM generate_series(1::bigint, {rows}) AS i OFFSET 0) AS one",
            shape.age("place", "/")
        ),
        format!("ALTER TABLE activity ADD PRIMARY KEY ({primary_key})"),
        "CREATE INDEX activity_occurred_at ON activity (occurred_at)".to_owned(),
    ]
}

fn mariadb(shape: &Shape, columns: Columns) -> Vec<String> {
    let rows = shape.rows;
    let place = match shape.layout {
        Layout::Contiguous => "seq - 1".to_owned(),
        // Asked for more than once for each row, so that it must always answer the same.
        Layout::Scattered => format!("CONV(LEFT(MD5(seq), 8), 16, 10) % {rows}"),
    };
    let (key_type, key) = match columns.key {
        0 => ("bigint".to_owned(), "seq".to_owned()),
        width => (
            format!("varchar({})", width + 12),
            format!("CONCAT(REPEAT('k', {width}), LPAD(seq, 12, '0'))"),
        ),
    };
    let payload_max = columns.payload.max(400);
    vec![
        format!(
            "CREATE TABLE activity (
                id {key_type} NOT NULL PRIMARY KEY, occurred_at datetime NOT NULL, customer_id bigint NOT NULL,
                action varchar(20) NOT NULL, payload varchar({payload_max}) NOT NULL) ENGINE = InnoDB DEFAULT CHARSET = ascii"
        ),
        format!(
            "INSERT INTO activity
             SELECT {key}, FROM_UNIXTIME({}), seq % 200000, 'viewed', REPEAT(MD5(seq), {})
               FROM (SELECT seq, CAST({place} AS SIGNED) AS place FROM seq_1_to_{rows}) AS one",
            shape.age("place", "DIV"),
            columns.payload / 32
        ),
        "ALTER TABLE activity ADD KEY activity_occurred_at (occurred_at)".to_owned(),
    ]
}

fn sqlite(shape: &Shape, columns: Columns) -> Vec<String> {
    let rows = shape.rows;
    let place = match shape.layout {
        Layout::Contiguous => "i - 1".to_owned(),
        Layout::Scattered => format!("abs(random()) % {rows}"),
    };
    let (key_type, key) = match columns.key {
        0 => ("INTEGER", "i".to_owned()),
        width => (
            "TEXT NOT NULL",
            format!("printf('%.*c%012d', {width}, 'k', i)"),
        ),
    };
    vec![
        format!(
            "CREATE TABLE activity (
                id {key_type} PRIMARY KEY, occurred_at INTEGER NOT NULL, customer_id INTEGER NOT NULL, action TEXT NOT NULL,
                payload TEXT NOT NULL)"
        ),
        // A table of its own, so that a random number is drawn once.
        format!(
            "CREATE TEMP TABLE places AS
             WITH RECURSIVE one(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i < {rows})
             SELECT i, {place} AS place FROM one"
        ),
        format!(
            "INSERT INTO activity SELECT {key}, {}, i % 200000, 'viewed', hex(randomblob({})) FROM places ORDER BY i",
            shape.age("place", "/"),
            columns.payload / 2
        ),
        "DROP TABLE places".to_owned(),
        "CREATE INDEX activity_occurred_at ON activity (occurred_at)".to_owned(),
    ]
}
