//! Customers with their invoices and lines, each counted and digested, against `ON DELETE CASCADE`, which tells of none.

use super::{Bench, ratio};
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::work::{Layout, Shape, customers};

/// Rows of all three tables for each customer.
const FAMILY: u64 = 21;

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let shape = Shape::fifth(layout, bench.args.rows / FAMILY);
    let work = customers(server.engine(), &shape);
    let both = ratio::BOTH.map(Entry::quiet);
    let results = race(bench.args.rounds, bench.candidate, server, &work, &both).await?;
    let heading = format!(
        "{}, against ON DELETE CASCADE: {}",
        server.name(),
        work.title
    );
    report::compared(&heading, &results);
    Ok(())
}
