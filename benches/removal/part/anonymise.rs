//! Overwriting columns that no index has, against the single UPDATE.

use super::{Bench, ratio};
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::work::{Columns, Layout, Shape, anonymised};

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = anonymised(server.engine(), &shape, Columns::USUAL);
    let both = ratio::BOTH.map(Entry::quiet);
    let results = race(bench.args.rounds, bench.candidate, server, &work, &both).await?;
    let heading = format!("{}, anonymising: {}", server.name(), work.title);
    report::compared(&heading, &results);
    Ok(())
}
