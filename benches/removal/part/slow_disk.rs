//! A disk that takes its time over each commit, as PostgreSQL can pretend.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::{Engine, Server, Under};
use crate::way::Way;
use crate::work::{Columns, Layout, Shape, activity};

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    if server.engine() != Engine::Postgres {
        return Ok(());
    }
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = activity(server.engine(), &shape, Columns::USUAL);
    let entry = |way, under| Entry { way, under };
    let entries = [
        entry(Way::Retentiond, Under::Nothing),
        entry(Way::Retentiond, Under::SlowCommits),
        entry(Way::Loop(1_000), Under::Nothing),
        entry(Way::Loop(1_000), Under::SlowCommits),
    ];
    let results = race(bench.args.rounds, bench.candidate, server, &work, &entries).await?;
    let heading = format!("{}, 5 ms a commit: {}", server.name(), work.title);
    report::compared(&heading, &results);
    Ok(())
}
