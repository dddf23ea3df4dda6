//! What an old snapshot does: nothing that is removed can be cleared away while another session might still read it.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::{Server, Under};
use crate::way::Way;
use crate::work::{Columns, Layout, Shape, activity};

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = activity(server.engine(), &shape, Columns::USUAL);
    let entry = |way, under| Entry { way, under };
    let entries = [
        entry(Way::Retentiond, Under::Nothing),
        entry(Way::Retentiond, Under::Snapshot),
        entry(Way::Loop(5_000), Under::Nothing),
        entry(Way::Loop(5_000), Under::Snapshot),
    ];
    let results = race(bench.args.rounds, bench.candidate, server, &work, &entries).await?;
    let heading = format!("{}, an old snapshot: {}", server.name(), work.title);
    report::compared(&heading, &results);
    Ok(())
}
