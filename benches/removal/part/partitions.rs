//! Due rows that have a partition of their own: emptied with proof, against a DELETE and against pg_partman, which drops it.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::{Postgres, Server};
use crate::way::Way;
use crate::work::{Layout, Shape, partitioned};

pub async fn measure(bench: &Bench<'_>, server: &mut Postgres) -> anyhow::Result<()> {
    let shape = Shape::fifth(Layout::Contiguous, bench.args.rows);
    let mut work = partitioned(&shape);
    let mut ways = vec![Way::Single, Way::Retentiond];
    let has_partman = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'";
    if server.ask_of("postgres", has_partman).await? > 0 {
        work.build.extend(PARTMAN.map(str::to_owned));
        ways.push(Way::Partman);
    } else {
        report::progress("pg_partman is not installed: it is left out");
    }
    let entries: Vec<Entry> = ways.into_iter().map(Entry::quiet).collect();
    let results = race(bench.args.rounds, bench.candidate, server, &work, &entries).await?;
    report::compared(
        &format!("{}, partitions: {}", server.name(), work.title),
        &results,
    );
    Ok(())
}

/// Has pg_partman know a table that it did not make. What it says of intervals is for making partitions, which is not
/// asked of it.
const PARTMAN: [&str; 3] = [
    "CREATE SCHEMA partman",
    "CREATE EXTENSION pg_partman SCHEMA partman",
    "INSERT INTO partman.part_config (parent_table, control, partition_type, partition_interval, retention)
     VALUES ('public.activity', 'occurred_at', 'native', '1000 days', '365 days')",
];
