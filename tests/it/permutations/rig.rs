//! A database with a form's tables, and what a batch needs besides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use retentiond::db::{Access, Session as Target};
use retentiond::disposal::{Authority, Known, Stop};
use retentiond::plan::Step;
use retentiond::run::erase::{Asked, ask};
use retentiond::run::{Order, Prepared, again, prepare};
use retentiond::schedule::Schedule;
use retentiond::sql::{Dialect, Sql, Value};
use retentiond::state::{Record, Store};
use retentiond::{config, ledger};

use super::forms::Form;
use crate::support::{Scratch, Server};

/// The tables are made, the ledger too, and the schedule is read.
pub struct Rig {
    pub scratch: Scratch,
    pub schedule: Schedule,
    pub step: Step,
    pub session: Target,
    pub authority: Authority,
}

impl Rig {
    pub async fn of(server: Server, form: &Form) -> Rig {
        let mut scratch = Scratch::create(server, "permutation").await;
        scratch.exec(&form.ddl).await;
        let schedule = schedule(&scratch, form);
        let mut prepared = prepared(&schedule, scratch.dir()).await;
        ledger::migrate(&mut prepared.session)
            .await
            .expect("the ledger's tables");
        let mut steps = prepared.plan.steps.clone();
        if let Some((rule, key)) = form.request {
            scratch.exec(&form.rows).await;
            let asked = asked(&schedule, scratch.dir(), rule, key).await;
            (steps, prepared) = (asked.steps, asked.prepared);
        }
        if !form.returned.is_empty() {
            scratch.exec(&form.rows).await;
            steps = returned(&mut prepared, form).await;
        }
        Rig {
            step: step_of(&prepared, &steps, form),
            authority: authority(&prepared, &schedule),
            session: prepared.session,
            schedule,
            scratch,
        }
    }
}

async fn prepared(schedule: &Schedule, base: &Path) -> Prepared {
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a moment");
    let order = Order {
        schedule,
        base,
        supposed_now: Some(now),
        only_rule: None,
        stop: &Stop::default(),
    };
    let database = schedule.databases.values().next().expect("one database");
    prepare(&order, database, Access::Enforce)
        .await
        .unwrap_or_else(|halt| panic!("{halt}"))
}

/// The schedule of a form.
fn schedule(scratch: &Scratch, form: &Form) -> Schedule {
    // SQLite has no dates: the schedule says how they are written.
    let format = match scratch.server() {
        Server::Sqlite => ", format = \"%Y-%m-%d\"",
        _ => "",
    };
    let text = format!(
        "version = 1\n[state]\ndirectory = \"state\"\n{}{}\n{}",
        scratch.toml_database("scratch"),
        form.relations,
        form.rules.replace("FORMAT", format)
    );
    let name = scratch.dir().join("retentiond.toml");
    std::fs::write(&name, &text).expect("the schedule");
    match config::read(&text, &name.to_string_lossy()) {
        Ok((schedule, ..)) => schedule,
        Err((_, faults)) => panic!("{faults:?}\nin:\n{text}"),
    }
}

/// The step that removes again what is due in a form.
async fn returned(prepared: &mut Prepared, form: &Form) -> Vec<Step> {
    let rule = prepared.program.rules[0].clone();
    let columns = form.returned.iter();
    let columns = columns.map(|name| rule.table.column(name).cloned().expect("a column"));
    let is_due = |row: &[Value]| row[0].as_int().is_some_and(|id| id <= 50);
    let known = Known::read(&mut prepared.session, &rule, columns.collect(), is_due);
    let known = known.await.expect("the rows");
    again::steps(prepared, &rule, &[known])
}

/// With a plan that knows the request.
async fn asked(schedule: &Schedule, base: &Path, rule: &str, key: &str) -> Asked {
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a moment");
    let order = Order {
        schedule,
        base,
        supposed_now: Some(now),
        only_rule: None,
        stop: &Stop::default(),
    };
    let database = schedule.databases.values().next().expect("one database");
    let key = [key.to_owned()];
    let asked = ask(&order, database, Access::Enforce, rule, &key).await;
    asked.unwrap_or_else(|why| panic!("{why:?}"))
}

fn step_of(prepared: &Prepared, steps: &[Step], form: &Form) -> Step {
    assert!(prepared.broken.is_empty(), "{:?}", prepared.faults);
    steps
        .iter()
        .find(|step| step.rule == form.rule && step.kind == form.kind)
        .expect("the step of the form")
        .clone()
}

fn authority(prepared: &Prepared, schedule: &Schedule) -> Authority {
    Authority {
        run: "run".to_owned(),
        database: prepared.program.database.clone(),
        others: Vec::new(),
        schema: prepared.catalog.default_schema.clone(),
        schedule: schedule.fingerprint(),
        schemas: BTreeMap::new(),
        limits: BTreeMap::new(),
        weaker: BTreeSet::new(),
        holds: BTreeSet::new(),
        witness: retentiond::schedule::Witness::Ledger,
    }
}

/// True once the session waits for a lock. SQLite shows nobody who waits: a moment must do.
pub async fn waits(scratch: &mut Scratch, backend: i64, polls: u32) -> bool {
    match scratch.server() {
        Server::Postgres => {
            let sql =
                format!("SELECT count(*) FROM pg_locks WHERE pid = {backend} AND NOT granted");
            scratch.value(&sql).await.as_deref() != Some("0")
        }
        // Not information_schema.innodb_trx: it is a copy that is not renewed while anybody reads it.
        Server::Mariadb => {
            let status = scratch.rows("SHOW ENGINE INNODB STATUS").await;
            let text = status[0][2].clone().unwrap_or_default();
            let mine = format!("thread id {backend},");
            text.split("---TRANSACTION")
                .any(|one| one.contains(&mine) && one.contains("LOCK WAIT"))
        }
        Server::Sqlite => polls > 3,
    }
}

/// The number of a session's own connection.
pub async fn backend(session: &mut Target) -> i64 {
    let dialect = session.dialect();
    let sql = match dialect {
        Dialect::Postgres => "SELECT pg_backend_pid()::bigint",
        Dialect::Sqlite => return 0,
        _ => "SELECT CAST(CONNECTION_ID() AS SIGNED)",
    };
    let rows = session
        .rows(&Sql::literal(dialect, sql))
        .await
        .expect("a number");
    rows[0][0].as_int().expect("a number")
}

/// Each intent of the log is resolved exactly once, and the ledger holds as many batches as the log; gives their
/// number.
pub async fn every_intent_is_resolved(scratch: &mut Scratch, store: &mut Store) -> u32 {
    let mut open: BTreeMap<String, u32> = BTreeMap::new();
    let mut receipts = 0;
    for entry in store
        .records(&["intent", "done", "not-applied"])
        .await
        .expect("the log")
    {
        match entry.record {
            Record::Intent { batch, .. } => {
                assert_eq!(open.insert(batch, 0), None, "a batch announced twice")
            }
            Record::Done { batch, .. } => {
                receipts += 1;
                *open.get_mut(&batch).expect("announced") += 1;
            }
            Record::NotApplied { batch, .. } => *open.get_mut(&batch).expect("announced") += 1,
            _ => {}
        }
    }
    assert!(
        open.values().all(|resolutions| *resolutions == 1),
        "{open:?}"
    );
    let ledger = match scratch.server() {
        Server::Postgres => "retentiond.ledger",
        _ => "retentiond_ledger",
    };
    let kept = scratch
        .value(&format!("SELECT count(*) FROM {ledger}"))
        .await;
    assert_eq!(kept, Some(receipts.to_string()), "the ledger and the log");
    receipts
}
