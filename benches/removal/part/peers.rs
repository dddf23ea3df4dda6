//! What others do with the same rows.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::way::{Way, is_installed};
use crate::work::{Columns, Layout, Shape, activity};

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = activity(server.engine(), &shape, Columns::USUAL);
    let mut ways = vec![Way::Single, Way::Loop(1_000), Way::Loop(10_000)];
    if server.archiver_source().is_some() {
        if is_installed("pt-archiver") {
            ways.extend([Way::ArchiverByRow, Way::ArchiverInBulk]);
        } else {
            report::progress("pt-archiver is not installed: it is left out");
        }
    }
    ways.push(Way::Retentiond);
    let entries: Vec<Entry> = ways.into_iter().map(Entry::quiet).collect();
    let results = race(bench.args.rounds, bench.candidate, server, &work, &entries).await?;
    report::compared(
        &format!("{}, peers: {}", server.name(), work.title),
        &results,
    );
    Ok(())
}
