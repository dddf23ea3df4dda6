//! Plays one form of removal through every walk, interference and timing, and judges what is left.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use retentiond::db::{Access, Session as Target};
use retentiond::disposal::{Apply, Authority, Keyed, LastStep, Taken, Tally, Walk, Walker};
use retentiond::plan::Step;
use retentiond::run::{Order, Prepared, prepare};
use retentiond::schedule::{Limits, Schedule};
use retentiond::sql::{Dialect, Sql, Value};
use retentiond::state::{DigestKey, Record, Store, Use};
use retentiond::{config, disposal, ledger};

use super::forms::Form;
use super::interference::{Fate, Interference};
use crate::support::{Scratch, Server, Session, TextRow};

/// When the other session does what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timing {
    /// Committed after the bound was found and before the removal.
    Before,
    /// Under way before the removal begins, and committed while it waits.
    Committed,
    /// Under way before the removal begins, and rolled back while it waits.
    RolledBack,
}

const TIMINGS: [Timing; 3] = [Timing::Before, Timing::Committed, Timing::RolledBack];

/// The rows of every table, as text.
type Picture = BTreeMap<&'static str, Vec<TextRow>>;

/// The databases of one test.
struct Stage {
    form: Form,
    scratch: Scratch,
    other: Session,
    key: DigestKey,
    /// The number of the session that removes.
    backend: i64,
}

/// Plays a form on a server.
pub async fn play(server: Server, form: impl Fn(Server) -> Form) {
    let form = form(server);
    let mut scratch = Scratch::create(server, "permutation").await;
    scratch.exec(&form.ddl).await;
    let schedule = schedule(&scratch, &form);
    let stop = disposal::Stop::default();
    let order = order(&schedule, scratch.dir(), &stop);
    let database = schedule.databases.values().next().expect("one database");
    let mut prepared = prepare(&order, database, Access::Enforce)
        .await
        .unwrap_or_else(|halt| panic!("{halt}"));
    let step = step_of(&prepared, &form);
    ledger::migrate(&mut prepared.session)
        .await
        .expect("the ledger's tables");
    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .expect("a store");
    let authority = authority(&prepared, &schedule);
    let mut stage = Stage {
        other: scratch.second().await,
        key: store.digest_key().expect("a key"),
        form,
        scratch,
        backend: backend(&mut prepared.session).await,
    };
    let mut session = prepared.session;
    let mut last = Apply::begin(&mut session, &mut store, authority, Utc::now)
        .await
        .expect("the target is ours");
    let mut played = 0;
    for walk in walks(&step, server) {
        for interference in stage.form.interferences.clone() {
            for timing in TIMINGS {
                stage
                    .scene(&mut session, &mut last, &step, &walk, &interference, timing)
                    .await;
                played += 1;
            }
        }
    }
    drop(last);
    stage.every_intent_is_resolved(&mut store, server).await;
    assert!(played > 0, "nothing was played");
    println!("{server}: {played} permutations");
    session.close().await.expect("it closes");
    stage.other.close().await;
    stage.scratch.finish().await;
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
    match config::read(&text, &name.to_string_lossy()) {
        Ok((schedule, ..)) => schedule,
        Err((_, faults)) => panic!("{faults:?}\nin:\n{text}"),
    }
}

fn order<'a>(schedule: &'a Schedule, base: &'a Path, stop: &'a disposal::Stop) -> Order<'a> {
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a moment");
    Order {
        schedule,
        base,
        supposed_now: Some(now),
        only_rule: None,
        stop,
    }
}

fn step_of(prepared: &Prepared, form: &Form) -> Step {
    assert!(prepared.broken.is_empty(), "{:?}", prepared.faults);
    let mut steps = prepared.plan.steps.iter();
    steps
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
    }
}

/// Every walk that could be chosen for the step.
fn walks(step: &Step, server: Server) -> Vec<Walk> {
    let key = step.target.key.clone();
    let mut walks = vec![
        Walk::KeyRanges {
            columns: key.clone(),
            between: None,
        },
        Walk::KeyRanges {
            columns: key.clone(),
            between: Some((10, 50)),
        },
        Walk::KeyLists(key.clone()),
    ];
    if let Some(driving) = &step.driving {
        let columns: Vec<_> = std::iter::once(driving.column.clone()).chain(key).collect();
        walks.push(Walk::StartRanges(columns.clone()));
        walks.push(Walk::KeyLists(columns));
    }
    if server == Server::Postgres {
        walks.push(Walk::Pages { count: 1 });
    }
    walks
}

impl Stage {
    async fn scene(
        &mut self,
        session: &mut Target,
        last: &mut Apply<'_>,
        step: &Step,
        walk: &Walk,
        interference: &Interference,
        timing: Timing,
    ) {
        let scene = format!("{:?}, {}, {timing:?}", walk.explained(), interference.name);
        self.refill().await;
        let initial = picture(&self.form, &mut self.other).await;
        let mut walker = Walker::new(walk.clone(), Limits::STANDARD, session.dialect());
        let bound = walker
            .next(session, step, last.condition(step))
            .await
            .expect("a bound")
            .expect("a bound");
        self.other.exec(begin(self.scratch.server())).await;
        self.other.exec(interference.sql).await;
        let meddled = picture(&self.form, &mut self.other).await;
        let before = if timing == Timing::RolledBack {
            initial
        } else {
            meddled
        };
        let taken = if timing == Timing::Before {
            self.other.exec("COMMIT").await;
            last.take(session, step, &bound).await
        } else {
            let done = Cell::new(false);
            let take = async {
                let taken = last.take(session, step, &bound).await;
                done.set(true);
                taken
            };
            let end = if timing == Timing::Committed {
                "COMMIT"
            } else {
                "ROLLBACK"
            };
            let (taken, waited) = tokio::join!(take, self.release(&done, end));
            assert!(
                waited || interference.fate != Fate::Stays,
                "{scene}: nothing waited"
            );
            taken
        };
        let Ok(Taken::Done { tally, .. }) = taken else {
            panic!("{scene}: {taken:?}");
        };
        last.finish().await.expect("a receipt");
        let after = picture(&self.form, &mut self.other).await;
        let told = self.judge(step, &scene, interference, timing, &before, &after);
        assert_eq!(tally, told, "{scene}: what was told");
        self.receipt(last, &told, &scene).await;
    }

    async fn refill(&mut self) {
        for table in self.form.tables.iter().rev() {
            self.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        let rows = self.form.rows.clone();
        self.scratch.exec(&rows).await;
    }

    /// Ends the other transaction as soon as the removal waits for it; true if it did.
    async fn release(&mut self, done: &Cell<bool>, end: &str) -> bool {
        let mut polls = 0;
        let waited = loop {
            if done.get() {
                break false;
            }
            if waits(&mut self.scratch, self.backend, polls).await {
                break true;
            }
            polls += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        self.other.exec(end).await;
        waited
    }

    /// Compares the pictures with what must have become of the rows; gives what the receipt must tell.
    fn judge(
        &self,
        step: &Step,
        scene: &str,
        interference: &Interference,
        timing: Timing,
        before: &Picture,
        after: &Picture,
    ) -> Tally {
        let committed = timing != Timing::RolledBack;
        let mut tally = Tally::default();
        let taken = self.taken(before, after, self.form.target, scene);
        for id in ["10", "20", "40", "50"] {
            assert!(
                taken.contains(&id.to_owned()),
                "{scene}: {id} is due and is there: {after:?}"
            );
        }
        match (interference.fate, committed) {
            (Fate::Stays, true) => assert!(
                !taken.contains(&"30".to_owned()),
                "{scene}: 30 went: {before:?}"
            ),
            (Fate::Goes, _) | (_, false) => assert!(
                taken.contains(&"30".to_owned()),
                "{scene}: 30 stayed: {after:?}"
            ),
            (Fate::Either, true) => {}
        }
        for id in ["60", "70"] {
            assert!(!taken.contains(&id.to_owned()), "{scene}: {id} was not due");
        }
        let effect = if self.form.overwrites() {
            "anonymised"
        } else {
            "deleted"
        };
        self.count(step, &mut tally, self.form.target, effect, &taken);
        for table in &self.form.tables {
            let child = self.form.along.iter().find(|(name, ..)| name == table);
            let changed = self.taken(before, after, table, scene);
            match child {
                None if *table == self.form.target => {}
                None => assert!(changed.is_empty(), "{scene}: {table} lost {changed:?}"),
                Some((_, place, _)) => {
                    let of_taken =
                        |row: &&TextRow| row[*place].as_ref().is_some_and(|id| taken.contains(id));
                    let expected: Vec<String> = before[table]
                        .iter()
                        .filter(of_taken)
                        .map(|row| id(row))
                        .collect();
                    assert_eq!(
                        changed, expected,
                        "{scene}: the rows of {table} that went along"
                    );
                    let effect = if self.form.detached {
                        "detached"
                    } else {
                        "deleted"
                    };
                    self.count(step, &mut tally, table, effect, &changed);
                }
            }
        }
        tally
    }

    /// The keys of the rows of a table that went, or were overwritten; nothing else may have changed.
    fn taken(&self, before: &Picture, after: &Picture, table: &str, scene: &str) -> Vec<String> {
        let (before, after) = (&before[table], &after[table]);
        let was = |row: &TextRow| before.iter().find(|old| old[0] == row[0]);
        let mut changed = Vec::new();
        for row in after {
            let old = was(row).unwrap_or_else(|| panic!("{scene}: {table} has a new row {row:?}"));
            if old != row {
                changed.push(id(row));
            }
        }
        let is_there = |row: &&TextRow| after.iter().any(|new| new[0] == row[0]);
        let gone: Vec<String> = before
            .iter()
            .filter(|row| !is_there(row))
            .map(|row| id(row))
            .collect();
        let overwritten = table == self.form.target && self.form.overwrites();
        let detached =
            self.form.detached && self.form.along.iter().any(|(name, ..)| *name == table);
        if overwritten || detached {
            assert!(gone.is_empty(), "{scene}: {table} lost {gone:?}");
            return changed;
        }
        assert!(changed.is_empty(), "{scene}: {table} changed {changed:?}");
        gone
    }

    fn count(
        &self,
        step: &Step,
        tally: &mut Tally,
        table: &str,
        effect: &'static str,
        ids: &[String],
    ) {
        let mut name = step.target.table.clone();
        table.clone_into(&mut name.table);
        let keyed = Keyed::new(&self.key, "scratch", &name);
        for id in ids {
            let number = id.parse().expect("a number");
            tally.count(&name, effect, keyed.digest(&[Value::Int(number)]));
        }
    }

    /// The last record of the log is the receipt of exactly these rows.
    async fn receipt(&self, last: &mut Apply<'_>, told: &Tally, scene: &str) {
        let entries = last
            .store()
            .records(&["done", "not-applied"])
            .await
            .expect("the log");
        match &entries.last().expect("a record").record {
            Record::Done { effects, .. } => {
                assert_eq!(effects, &told.effects(), "{scene}: the receipt")
            }
            other => panic!("{scene}: {other:?}"),
        }
    }

    async fn every_intent_is_resolved(&mut self, store: &mut Store, server: Server) {
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
        let ledger = if server == Server::Postgres {
            "retentiond.ledger"
        } else {
            "retentiond_ledger"
        };
        let kept = self
            .scratch
            .value(&format!("SELECT count(*) FROM {ledger}"))
            .await;
        assert_eq!(kept, Some(receipts.to_string()), "the ledger and the log");
    }
}

fn id(row: &TextRow) -> String {
    row[0].clone().expect("a key")
}

async fn picture(form: &Form, session: &mut Session) -> Picture {
    let mut picture = Picture::new();
    for table in &form.tables {
        let rows = session
            .rows(&format!("SELECT * FROM {table} ORDER BY id"))
            .await;
        picture.insert(table, rows);
    }
    picture
}

fn begin(server: Server) -> &'static str {
    match server {
        Server::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN",
    }
}

/// True once the session waits for a lock. SQLite shows nobody who waits: a moment must do.
async fn waits(scratch: &mut Scratch, backend: i64, polls: u32) -> bool {
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
async fn backend(session: &mut Target) -> i64 {
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
