//! What it costs to make a batch's records durable: the log, beside a SQLite table that is appended to.
//!
//!     cargo bench --bench log [BATCHES]
//!
//! Each batch appends two records, the receipt of the last one and the next intent, and waits until they are durable.

use std::time::{Duration, Instant};

use chrono::Utc;
use retentiond::audit::{Effect, Log, Record, Sizes};
use retentiond::catalog::Fingerprint;
use sqlx::{Connection, Executor, SqliteConnection};

/// The receipt of a batch and the intent of the next.
fn records(batch: u32) -> [Record; 2] {
    let run = "019b5e2a-7c1f-7d3e-9a52-0c6f1d2e3b4a".to_owned();
    let done = Record::Done {
        run: run.clone(),
        batch: format!("{run}-{batch}"),
        database: "hr".to_owned(),
        rule: "applications".to_owned(),
        step: "disposition".to_owned(),
        seq: batch.into(),
        chain: Fingerprint::of("chain").to_string(),
        schedule: Fingerprint::of("schedule"),
        schema: Fingerprint::of("schema"),
        effects: vec![Effect {
            table: "hr.application".to_owned(),
            effect: "deleted".to_owned(),
            rows: 10_000,
            digest: Fingerprint::of("digest").to_string(),
            keys: Some(Fingerprint::of("keys").to_string()),
            contents: None,
        }],
        duration_ms: 20,
        recovered: false,
        assurance: None,
    };
    let intent = Record::Intent {
        batch: format!("{run}-{}", batch + 1),
        run,
        database: "hr".to_owned(),
        rule: "applications".to_owned(),
        step: "disposition".to_owned(),
        epoch: 7,
        expected_seq: batch.into(),
    };
    [done, intent]
}

fn log(batches: u32) -> anyhow::Result<Duration> {
    let dir = tempfile::tempdir()?;
    let mut log = Log::open(&dir.path().join("log"), Utc::now(), Sizes::STANDARD)?;
    let began = Instant::now();
    for batch in 0..batches {
        log.append(Utc::now(), &records(batch))?;
    }
    Ok(began.elapsed())
}

async fn table(batches: u32) -> anyhow::Result<Duration> {
    let dir = tempfile::tempdir()?;
    let url = format!(
        "sqlite://{}?mode=rwc",
        dir.path().join("state.db").display()
    );
    let mut session = SqliteConnection::connect(&url).await?;
    for statement in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE record (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, run TEXT, body TEXT NOT NULL)",
        "CREATE INDEX record_kind ON record (kind, seq)",
        "CREATE INDEX record_run ON record (run, seq)",
    ] {
        session.execute(statement).await?;
    }
    let began = Instant::now();
    for batch in 0..batches {
        let mut insert = sqlx::query(
            "INSERT INTO record (at, kind, run, body) VALUES (?, ?, ?, ?), (?, ?, ?, ?)",
        );
        for record in records(batch) {
            insert = insert
                .bind(Utc::now().to_rfc3339())
                .bind(record.kind())
                .bind(record.run().map(str::to_owned))
                .bind(serde_json::to_string(&record)?);
        }
        insert.execute(&mut session).await?;
    }
    Ok(began.elapsed())
}

fn told(what: &str, batches: u32, took: Duration) {
    let each = took / batches;
    let rate = f64::from(batches) / took.as_secs_f64();
    println!("{what:<14} {batches} batches in {took:.2?}: {each:.1?} each, {rate:.0} a second");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let batches = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(1000);
    for _ in 0..3 {
        told("SQLite table", batches, table(batches).await?);
        told("log", batches, log(batches)?);
    }
    Ok(())
}
