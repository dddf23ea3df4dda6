//! retentiond against the single DELETE.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::way::Way;
use crate::work::{Columns, Layout, Shape, activity};

pub const BOTH: [Way; 2] = [Way::Single, Way::Retentiond];

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = activity(server.engine(), &shape, Columns::USUAL);
    let both = BOTH.map(Entry::quiet);
    let results = race(bench.args.rounds, bench.candidate, server, &work, &both).await?;
    report::ratio(server.name(), &work.title, &results);
    Ok(())
}
