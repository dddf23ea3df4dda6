//! How much memory the program holds, whatever rows are like.

use super::Bench;
use crate::race::{Entry, race};
use crate::report;
use crate::server::Server;
use crate::way::Way;
use crate::work::{Columns, Layout, Shape, Work, activity, anonymised};

/// One row in so many of the others is a long one: two million bytes of them are worth as much as fifty of short ones.
const LONG: u64 = 25;

/// All rows are due.
pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    let rows = bench.args.rows;
    let engine = server.engine();
    let wide = Columns {
        payload: 10_016,
        key: 0,
    };
    let long_keys = Columns {
        payload: 32,
        key: 500,
    };
    let many = Shape::nearly_all(layout, rows);
    let few = Shape::nearly_all(layout, rows / LONG);
    let titled = |what: &str, work: Work| Work {
        title: format!("{what}: {}", work.title),
        ..work
    };
    let works = [
        titled(
            "short rows, deleted",
            activity(engine, &many, Columns::NARROW),
        ),
        titled("rows of 10 kB, deleted", activity(engine, &few, wide)),
        titled("rows of 10 kB, anonymised", anonymised(engine, &few, wide)),
        titled(
            "keys of 512 characters, deleted",
            activity(engine, &few, long_keys),
        ),
    ];
    let only = [Entry::quiet(Way::Retentiond)];
    for work in works {
        let results = race(1, bench.candidate, server, &work, &only).await?;
        let heading = format!("{}, memory: {}", server.name(), work.title);
        report::compared(&heading, &results);
    }
    Ok(())
}
