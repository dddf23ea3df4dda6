//! The same number of due rows in larger tables: time must follow what is due, and not what is around it.

use super::{Bench, ratio};
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::work::{Columns, Layout, Shape, activity};

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let rows = bench.args.rows;
    let mut sizes = Vec::new();
    for rows_here in [rows / 10, rows / 3, rows] {
        let shape = Shape::new(layout, rows_here, rows / 100);
        let work = activity(server.engine(), &shape, Columns::NARROW);
        let both = ratio::BOTH.map(Entry::quiet);
        let results = race(bench.args.rounds, bench.candidate, server, &work, &both).await?;
        sizes.push((rows_here, results));
    }
    report::growth(server.name(), layout, &sizes);
    Ok(())
}
