//! Runs with all the evidence and without parts of it, in turn.

use anyhow::ensure;

use super::Bench;
use crate::report;
use crate::server::Server;
use crate::work::{Columns, Layout, Shape, activity};

/// What is left out.
const KINDS: [&str; 3] = ["", "digests", "digests,log"];

pub async fn measure(
    bench: &Bench<'_>,
    server: &mut impl Server,
    layout: Layout,
) -> anyhow::Result<()> {
    if !cfg!(feature = "without-evidence") {
        return Ok(());
    }
    let shape = Shape::fifth(layout, bench.args.rows);
    let work = activity(server.engine(), &shape, Columns::USUAL);
    report::progress(&format!("{}: building {shape}", server.name()));
    server.build(&work, bench.candidate).await?;
    let mut took = vec![Vec::new(); KINDS.len()];
    for round in 1..=bench.args.rounds {
        for (kind, took) in KINDS.iter().zip(&mut took) {
            server.restore(&work).await?;
            let due = server.due(&work).await?;
            let run = bench
                .candidate
                .run(&work, &server.connection(), kind)
                .await?;
            ensure!(run.rows == due, "{due} rows were due, {} went", run.rows);
            let seconds = run.took.as_secs_f64();
            report::progress(&format!(
                "{}: round {round}: without {kind:?} {seconds:.2} s",
                server.name()
            ));
            took.push(seconds);
        }
    }
    server.discard().await?;
    report::evidence(server.name(), &work.title, &took);
    Ok(())
}
