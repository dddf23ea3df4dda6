//! Other people at work on the same table: how long their transactions take while rows are removed.

use std::time::{Duration, SystemTime};

use anyhow::ensure;

use super::Bench;
use crate::daemon::Daemon;
use crate::load::{Load, Seen};
use crate::report;
use crate::report::oltp::Line;
use crate::server::{Engine, Postgres, Server};
use crate::way::Way;
use crate::work::{Columns, Layout, Shape, Work, activity};

/// How long the load runs before anything is removed, and where nothing is removed.
const WARM: Duration = Duration::from_secs(3);
const QUIET: Duration = Duration::from_secs(10);

/// What is done beside the load.
enum Beside {
    Nothing,
    Statement(Way),
    /// `retentiond daemon`, with these lines about the database, and these about the rule.
    Daemon(&'static str, &'static str),
}

const HALF: &str = "[databases.bench.throttle]\nduty-cycle = \"50 %\"";
const QUARTER: &str = "[databases.bench.throttle]\nduty-cycle = \"25 %\"";
const SHORT: &str = "limits = { batch-duration = \"5 ms\" }";

const CANDIDATES: [(&str, Beside); 8] = [
    ("nothing is removed", Beside::Nothing),
    ("single DELETE", Beside::Statement(Way::Single)),
    ("LIMIT loop, 1000", Beside::Statement(Way::Loop(1_000))),
    ("retentiond, default settings", Beside::Daemon("", "")),
    ("retentiond, 5 ms", Beside::Daemon("", SHORT)),
    ("retentiond, duty cycle 50 %", Beside::Daemon(HALF, "")),
    (
        "retentiond, duty cycle 50 %, 5 ms",
        Beside::Daemon(HALF, SHORT),
    ),
    (
        "retentiond, duty cycle 25 %, 5 ms",
        Beside::Daemon(QUARTER, SHORT),
    ),
];

pub async fn measure(bench: &Bench<'_>, server: &mut Postgres) -> anyhow::Result<()> {
    let shape = Shape::fifth(Layout::Contiguous, bench.args.rows);
    let mut work = activity(Engine::Postgres, &shape, Columns::USUAL);
    work.build.push(format!(
        "CREATE SEQUENCE activity_new START {}",
        shape.rows + 1
    ));
    report::progress(&format!("{}: building {}", server.name(), work.title));
    server.build(&work, bench.candidate).await?;
    server.restore(&work).await?;
    let load = Load::new(server, bench.candidate.directory(), &shape).await?;
    let most = load.most(QUIET)?;
    report::progress(&format!(
        "{}: {most:.0} transactions a second at most",
        server.name()
    ));
    let mut lines = Vec::new();
    for percent in [50_u32, 75] {
        let rate = most * f64::from(percent) / 100.0;
        let mut of_load: Vec<Line> = CANDIDATES
            .iter()
            .map(|(label, _)| Line::new(percent, label))
            .collect();
        for _ in 0..bench.args.rounds {
            for ((label, beside), line) in CANDIDATES.iter().zip(&mut of_load) {
                let one = once(bench, server, &work, &load, rate, beside).await?;
                report::progress(&format!(
                    "{percent} % load, {label}: p99 {:.2} ms, {:.0} rows/s",
                    one.0.p99_ms, one.1
                ));
                line.add(one);
            }
        }
        lines.extend(of_load);
    }
    server.discard().await?;
    report::oltp::table(&work.title, most, &lines);
    Ok(())
}

/// One candidate beside the load: what the load saw while it was at work, and how many rows went each second.
async fn once(
    bench: &Bench<'_>,
    server: &mut Postgres,
    work: &Work,
    load: &Load,
    rate: f64,
    beside: &Beside,
) -> anyhow::Result<(Seen, f64)> {
    server.restore(work).await?;
    let due = server.due(work).await?;
    let daemon = match beside {
        Beside::Daemon(database, rule) => {
            let work = work.with_rule_lines(rule);
            Some(Daemon::prepare(bench.candidate, &work, server, database)?)
        }
        Beside::Nothing | Beside::Statement(_) => None,
    };
    let running = load.start(rate)?;
    tokio::time::sleep(WARM).await;
    let (from, to, rows) = match (beside, daemon) {
        (Beside::Statement(way), _) => {
            let from = SystemTime::now();
            let outcome = way.go(server, work, bench.candidate).await?;
            (from, SystemTime::now(), outcome.rows)
        }
        (_, Some(daemon)) => daemon.one_run(bench.candidate).await?,
        _ => {
            let from = SystemTime::now();
            tokio::time::sleep(QUIET).await;
            (from, SystemTime::now(), 0)
        }
    };
    // What is seen is written down with some delay.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seen = running.end(from, to)?;
    let left = server.due(work).await?;
    ensure!(
        rows == 0 || left == 0,
        "{left} of {due} due rows are still there"
    );
    let took = to.duration_since(from)?.as_secs_f64();
    Ok((seen, report::whole_number(rows) / took))
}
