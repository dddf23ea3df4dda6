//! Plays one case: loads, rehearses, runs, compares, runs again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retentiond::db::{self, Access};
use retentiond::diagnostic::{Reached, Style, render, render_after};
use retentiond::disposal::Stop;
use retentiond::run::{self, Approvals, DatabaseReport, Order, Unwatched};
use retentiond::schedule::Schedule;
use retentiond::state::{Effect, Record, RunReason, Store, Use, rehearsal_key};
use retentiond::{config, ledger};

use super::expected::Expected;
use super::folder::Folder;
use super::{Batches, reports};
use crate::support::{Planted, Scratch, Server, TextRow, tables};

type Outcome<T> = Result<T, String>;

/// What a table holds, row by row in no order; the ledger's tables apart.
type Snapshot = BTreeMap<String, Vec<String>>;

pub async fn play(folder: &Folder, server: Server, batches: Batches) -> Outcome<()> {
    let mut scratch = Scratch::create(server, "case").await;
    for file in ["schema.sql", "rows.sql"] {
        if let Some(sql) = folder.text(file, server) {
            scratch.exec(&sql).await;
        }
    }
    let outcome = match folder.text("expected-error", server) {
        Some(sentences) => refused(folder, &mut scratch, &sentences, batches).await,
        None => acted(folder, &mut scratch, batches).await,
    };
    if outcome.is_ok() {
        scratch.finish().await;
    }
    outcome
}

/// The schedule's file, written beside the database.
fn write_schedule(folder: &Folder, scratch: &Scratch, batches: Batches) -> PathBuf {
    let connection = scratch.toml_database("case");
    write_for(folder, scratch, batches, "schedule.toml", &connection)
}

fn write_for(
    folder: &Folder,
    scratch: &Scratch,
    batches: Batches,
    file: &str,
    connection: &str,
) -> PathBuf {
    let rows = match batches {
        Batches::AsTheyCome | Batches::LeastRights => "",
        Batches::OfTwoRows => "rows-per-batch = 2\n",
    };
    let limits = format!("[limits]\nshare-per-run = \"100 %\"\n{rows}");
    let written = folder.schedule(scratch.server());
    let state = scratch.dir().join("state");
    let whole = written.whole(connection, &state, &limits, scratch.server());
    let path = scratch.dir().join(file);
    std::fs::write(&path, whole).expect("the schedule is written");
    path
}

/// The catalogue, or the text itself, must refuse the schedule with these words.
async fn refused(
    folder: &Folder,
    scratch: &mut Scratch,
    sentences: &str,
    batches: Batches,
) -> Outcome<()> {
    let path = write_schedule(folder, scratch, batches);
    let told = match config::load(&path) {
        Err((source, faults)) => render(&source, &faults, Style::Plain),
        Ok((schedule, source, _)) => {
            let stop = Stop::default();
            let order = order(&schedule, scratch, None, &stop);
            let prepared = run::prepare(&order, database(&schedule), Access::Rehearse)
                .await
                .map_err(|halt| halt.to_string())?;
            if prepared.faults.permit() {
                return Err("nothing was refused".to_owned());
            }
            render_after(&source, &prepared.faults, Style::Plain, Reached::Catalogue)
        }
    };
    let missing: Vec<&str> = sentences
        .lines()
        .filter(|line| !line.trim().is_empty() && !told.contains(line.trim()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("not said: {}\nbut:\n{told}", missing.join("\n")))
}

fn database(schedule: &Schedule) -> &retentiond::schedule::Database {
    &schedule.databases["case"]
}

fn order<'a>(
    schedule: &'a Schedule,
    scratch: &'a Scratch,
    now: Option<&str>,
    stop: &'a Stop,
) -> Order<'a> {
    Order {
        schedule,
        base: scratch.dir(),
        supposed_now: now.map(|now| now.parse().expect("the moment of the case")),
        only_rule: None,
        stop,
    }
}

async fn acted(folder: &Folder, scratch: &mut Scratch, batches: Batches) -> Outcome<()> {
    let expected = folder
        .text("expected", scratch.server())
        .map(|text| Expected::parse(&text))
        .ok_or("the case expects nothing")?;
    let path = write_schedule(folder, scratch, batches);
    let (schedule, ..) =
        config::load(&path).map_err(|(source, faults)| render(&source, &faults, Style::Plain))?;
    let mut session = db::open(database(&schedule), scratch.dir(), Access::Enforce)
        .await
        .map_err(|trouble| trouble.to_string())?;
    ledger::migrate(&mut session)
        .await
        .map_err(|trouble| trouble.to_string())?;
    drop(session);
    if let Some(sql) = folder.text("events.sql", scratch.server()) {
        let events = match scratch.server() {
            Server::Postgres => "retentiond.event",
            Server::Mariadb | Server::Sqlite => "retentiond_event",
        };
        scratch.exec(&sql.replace("{{event}}", events)).await;
    }
    let (rehearsing, schedule) = match batches {
        Batches::LeastRights => (
            permitted(folder, scratch, "rehearse").await?,
            permitted(folder, scratch, "enforce").await?,
        ),
        Batches::AsTheyCome | Batches::OfTwoRows => (schedule.clone(), schedule),
    };
    let written = folder.schedule(scratch.server());
    let now = written.head("now").next().ok_or("the case has no moment")?;
    let stop = Stop::default();

    let planted = Planted::of(&tables(scratch).await, &folder.given(scratch.server()));
    let before = snapshot(scratch).await;
    let rehearsal = rehearse(&order(&rehearsing, scratch, Some(now), &stop)).await?;
    same(&before, &snapshot(scratch).await, "the rehearsal")?;

    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .map_err(|error| format!("{error:#}"))?;
    let report = enforce(&order(&schedule, scratch, Some(now), &stop), &mut store).await?;
    let rows = left(scratch, &expected).await;
    let told = reports::compare(&expected, &rehearsal, &report, &schema_of(scratch));
    let all: Vec<String> = [rows, told].into_iter().filter_map(Result::err).collect();
    if !all.is_empty() {
        return Err(all.join("\n"));
    }
    witnesses(scratch, &mut store, &report).await?;

    let after = snapshot(scratch).await;
    let again = enforce(&order(&schedule, scratch, Some(now), &stop), &mut store).await?;
    if again.rows_done() > 0 {
        return Err(format!("the second run touched {} rows", again.rows_done()));
    }
    same(&after, &snapshot(scratch).await, "the second run")?;
    discreet(&planted, scratch, &[&rehearsal, &report, &again]).await
}

/// The schedule for a new role, which has just what `grants` prints.
async fn permitted(folder: &Folder, scratch: &mut Scratch, what: &str) -> Outcome<Schedule> {
    let user = scratch.create_user("least").await;
    let admin = scratch.dir().join("schedule.toml");
    let admin = admin.to_str().expect("UTF-8");
    let asked = [
        "-s",
        admin,
        "grants",
        "--for",
        what,
        "--to",
        &user,
        "--host",
        "127.0.0.1",
    ];
    let printed = crate::cli::site::go(&asked, &[]).exits(0).out;
    scratch.exec(&printed).await;
    // What a trigger of the application does is not ours to know; it runs with the role's rights.
    if printed.contains("runs with the rights of the role") {
        let all = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public";
        scratch.exec(&format!("GRANT {all} TO {user}")).await;
        scratch
            .exec(&format!(
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}"
            ))
            .await;
    }
    let connection = scratch.toml_database_as("case", &user, "least");
    let path = write_for(folder, scratch, Batches::LeastRights, what, &connection);
    let read = config::load(&path);
    read.map(|(schedule, ..)| schedule)
        .map_err(|(source, faults)| render(&source, &faults, Style::Plain))
}

async fn rehearse(order: &Order<'_>) -> Outcome<DatabaseReport> {
    let key = rehearsal_key(&order.schedule.state_directory).map_err(|error| error.to_string())?;
    let database = database(order.schedule);
    let prepared = run::prepare(order, database, Access::Rehearse)
        .await
        .map_err(|halt| halt.to_string())?;
    if !prepared.faults.permit() {
        let sentences: Vec<String> = prepared
            .faults
            .sorted()
            .iter()
            .map(|fault| fault.sentence.clone())
            .collect();
        return Err(format!(
            "the schedule is refused:\n{}",
            sentences.join("\n")
        ));
    }
    run::rehearse(order, database, &Approvals::waived(), key, &mut Unwatched)
        .await
        .map_err(|halt| halt.to_string())
}

async fn enforce(order: &Order<'_>, store: &mut Store) -> Outcome<DatabaseReport> {
    run::enforce(
        order,
        database(order.schedule),
        &Approvals::waived(),
        store,
        RunReason::Command,
        &mut Unwatched,
    )
    .await
    .map_err(|halt| halt.to_string())
}

/// The queries give the rows that were written down.
async fn left(scratch: &mut Scratch, expected: &Expected) -> Outcome<()> {
    for query in &expected.queries {
        let rows: Vec<String> = scratch
            .rows(&query.sql)
            .await
            .into_iter()
            .map(|row| {
                let cells = row
                    .into_iter()
                    .map(|cell| cell.unwrap_or("NULL".to_owned()));
                cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
            })
            .collect();
        if rows != query.rows {
            return Err(format!(
                "{}\nexpected:\n  {}\nfound:\n  {}",
                query.sql,
                query.rows.join("\n  "),
                rows.join("\n  ")
            ));
        }
    }
    Ok(())
}

/// The default schema, which stands before the names of tables in a report.
fn schema_of(scratch: &Scratch) -> String {
    match scratch.server() {
        Server::Postgres => "public.".to_owned(),
        Server::Mariadb => format!("{}.", scratch.database()),
        Server::Sqlite => "main.".to_owned(),
    }
}

/// The ledger, the receipts and the report say the same.
async fn witnesses(
    scratch: &mut Scratch,
    store: &mut Store,
    report: &DatabaseReport,
) -> Outcome<()> {
    let table = match scratch.server() {
        Server::Postgres => "retentiond.ledger",
        _ => "retentiond_ledger",
    };
    let sql = format!("SELECT batch_id, effects FROM {table} ORDER BY seq");
    let ledger: Vec<(String, Vec<Effect>)> = scratch
        .rows(&sql)
        .await
        .into_iter()
        .map(|mut row| {
            let effects = row.remove(1).expect("the effects of a batch");
            let batch = row.remove(0).expect("the name of a batch");
            (batch, serde_json::from_str(&effects).expect("effects"))
        })
        .collect();
    let entries = store
        .records(&["done"])
        .await
        .map_err(|error| format!("{error:#}"))?;
    let receipts: Vec<(String, Vec<Effect>)> = entries
        .into_iter()
        .filter_map(|entry| match entry.record {
            Record::Done { batch, effects, .. } => Some((batch, effects)),
            _ => None,
        })
        .collect();
    if ledger != receipts {
        return Err(format!(
            "the ledger says {ledger:?}\nthe receipts say {receipts:?}"
        ));
    }
    let rows: u64 = receipts
        .iter()
        .flat_map(|(_, effects)| effects)
        .map(|effect| effect.rows)
        .sum();
    if rows != report.rows_done() {
        return Err(format!(
            "{rows} rows have receipts, {} were reported",
            report.rows_done()
        ));
    }
    Ok(())
}

fn same(before: &Snapshot, after: &Snapshot, what: &str) -> Outcome<()> {
    for (table, rows) in before {
        let now = after.get(table);
        if now != Some(rows) {
            return Err(format!("{what} changed {table}: {rows:?}\nnow: {now:?}"));
        }
    }
    Ok(())
}

async fn snapshot(scratch: &mut Scratch) -> Snapshot {
    let as_text = |rows: Vec<TextRow>| {
        let mut rows: Vec<String> = rows.into_iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    };
    let all = tables(scratch).await.into_iter();
    all.map(|(table, rows)| (table, as_text(rows))).collect()
}

/// No value of a row is in what was reported, or left beside the database. (What is logged is looked at where the
/// program runs in a process of its own: here many cases share one log, and one's values are another's names.)
async fn discreet(
    planted: &Planted,
    scratch: &mut Scratch,
    reports: &[&DatabaseReport],
) -> Outcome<()> {
    for report in reports {
        let told = serde_json::to_vec(report).map_err(|error| error.to_string())?;
        planted.missing_in(&told, "the report")?;
    }
    planted.missing_below(&scratch.dir().join("state"))?;
    let ledger = match scratch.server() {
        Server::Postgres => ["retentiond.head", "retentiond.ledger"],
        _ => ["retentiond_head", "retentiond_ledger"],
    };
    for table in ledger {
        let rows = scratch.rows(&format!("SELECT * FROM {table}")).await;
        planted.missing_in(format!("{rows:?}").as_bytes(), table)?;
    }
    Ok(())
}
