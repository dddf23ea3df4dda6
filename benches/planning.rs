//! How long `plan` takes where there are many small tables: 200 rules over 500 tables of PostgreSQL.
//!
//!     . <(tests/run --servers); cargo bench --bench planning [RULES]
//!
//! A database of its own is made on the server of `RETENTIOND_TEST_POSTGRES`, and dropped at the end.

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

const ROUNDS: usize = 5;
const DATABASE: &str = "retentiond_bench_planning";

/// Five tables for two rules: parties with their deals, which have lines; entries of parties; one that no rule is about.
fn tables(number: usize) -> String {
    let [party, deal, line, entry, extra] = names(number);
    format!(
        "CREATE TABLE {party} (id bigint PRIMARY KEY, name text, left_on date, on_hold boolean NOT NULL);
         CREATE INDEX ON {party} (left_on);
         CREATE TABLE {deal} (id bigint PRIMARY KEY, party_id bigint NOT NULL REFERENCES {party} (id), closed_on date,
             status text);
         CREATE INDEX ON {deal} (party_id);
         CREATE INDEX ON {deal} (closed_on);
         CREATE TABLE {line} (id bigint PRIMARY KEY, deal_id bigint NOT NULL REFERENCES {deal} (id));
         CREATE INDEX ON {line} (deal_id);
         CREATE TABLE {entry} (id bigint PRIMARY KEY, party_id bigint NOT NULL REFERENCES {party} (id));
         CREATE INDEX ON {entry} (party_id);
         CREATE TABLE {extra} (id bigint PRIMARY KEY, note text);
         INSERT INTO {party} SELECT g, 'x', DATE '2014-01-01' + g * 40, false FROM generate_series(1, 50) g;
         INSERT INTO {deal} SELECT g, g, DATE '2014-01-01' + g * 37, 'done' FROM generate_series(1, 50) g;
         INSERT INTO {line} SELECT g, g FROM generate_series(1, 50) g;
         INSERT INTO {entry} SELECT g, g FROM generate_series(1, 50) g;"
    )
}

fn names(number: usize) -> [String; 5] {
    ["party", "deal", "line", "entry", "extra"].map(|one| format!("{one}_{number}"))
}

fn rules(number: usize) -> String {
    let [party, deal, line, entry, _] = names(number);
    format!(
        r#"
[[rules]]
name = "{party}"
table = "{party}"
then = "delete"
holds = [{{ when = "on_hold", because = "a claim" }}]
[[rules.purposes]]
name = "relationship"
start = {{ column = "left_on" }}
keep = "2 years"
[rules.children]
{deal} = "own-rule"
{entry} = "with-parent"

[[rules]]
name = "{deal}"
table = "{deal}"
then = "delete"
[[rules.purposes]]
name = "tax"
unless = [{{ when = "status = 'open'", because = "not over" }}]
start = {{ column = "closed_on" }}
keep = "7 years"
counted-from = "end-of-year"
[rules.children]
{line} = "with-parent"
"#
    )
}

fn schedule(server: &Url, pairs: usize) -> anyhow::Result<String> {
    let mut text = format!(
        "version = 1\n[state]\ndirectory = \"state\"\n[databases.bench]\nengine = \"postgresql\"\nhost = {:?}\n\
         port = {}\ndatabase = \"{DATABASE}\"\nuser = {:?}\npassword = {{ env = \"BENCH_PASSWORD\" }}\n\
         time-zone = \"UTC\"\n",
        server.host_str().context("the URL has no host")?,
        server.port().unwrap_or(5432),
        server.username(),
    );
    for number in 0..pairs {
        write!(text, "{}", rules(number))?;
    }
    Ok(text)
}

async fn fill(server: &Url, pairs: usize) -> anyhow::Result<()> {
    let mut here = server.clone();
    here.set_path(DATABASE);
    let mut session = PgConnection::connect(here.as_str()).await?;
    for number in 0..pairs {
        session.execute(AssertSqlSafe(tables(number))).await?;
    }
    session.execute("ANALYZE").await?;
    Ok(())
}

fn measure(server: &Url, pairs: usize) -> anyhow::Result<Vec<Duration>> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("schedule.toml");
    std::fs::write(&file, schedule(server, pairs)?)?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let out = Command::new(env!("CARGO_BIN_EXE_retentiond"))
            .args(["--schedule".as_ref(), file.as_os_str(), "plan".as_ref()])
            .env("BENCH_PASSWORD", server.password().unwrap_or_default())
            .output()?;
        times.push(began.elapsed());
        let told = String::from_utf8_lossy(&out.stdout);
        ensure!(
            told.contains("needs an approval"),
            "the plan failed: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    times.sort_unstable();
    Ok(times)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let rules = std::env::args().find_map(|one| one.parse::<usize>().ok());
    let pairs = rules.unwrap_or(200).div_ceil(2);
    let Ok(server) = std::env::var("RETENTIOND_TEST_POSTGRES") else {
        bail!("RETENTIOND_TEST_POSTGRES names no server: start one by tests/run --servers");
    };
    let server = Url::parse(&server)?;
    let mut session = PgConnection::connect(server.as_str()).await?;
    let drop = format!("DROP DATABASE IF EXISTS {DATABASE}");
    session.execute(AssertSqlSafe(drop.clone())).await?;
    session
        .execute(AssertSqlSafe(format!("CREATE DATABASE {DATABASE}")))
        .await?;
    let measured = match fill(&server, pairs).await {
        Ok(()) => measure(&server, pairs),
        Err(error) => Err(error),
    };
    session.execute(AssertSqlSafe(drop)).await?;
    let times = measured?;
    let shown = |time: &Duration| format!("{:.2} s", time.as_secs_f64());
    println!(
        "{} rules over {} tables: median {}, from {} to {}",
        pairs * 2,
        pairs * 5,
        shown(&times[times.len() / 2]),
        shown(&times[0]),
        shown(&times[times.len() - 1]),
    );
    Ok(())
}
