//! The parts of the benchmark. Each builds what it needs, and prints one table.

mod anonymise;
mod children;
mod evidence;
mod growth;
mod memory;
mod oltp;
mod partitions;
mod peers;
mod ratio;
mod slow_disk;
mod snapshot;

use clap::ValueEnum;

use crate::Args;
use crate::candidate::Candidate;
use crate::server::{Engine, Mariadb, Postgres, Server, Sqlite};
use crate::work::Layout;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// retentiond against the single DELETE.
    Ratio,
    /// The LIMIT loop and pt-archiver beside them.
    Peers,
    /// Parents with children against ON DELETE CASCADE.
    Children,
    /// Another session holds an old snapshot.
    Snapshot,
    /// PostgreSQL: each commit takes five milliseconds longer.
    SlowDisk,
    /// Two columns that no index has are overwritten.
    Anonymise,
    /// PostgreSQL: due rows that have a partition of their own.
    Partitions,
    /// PostgreSQL: others at work on the same table.
    Oltp,
    /// Long rows, long keys and many rows: the most memory that the program held.
    Memory,
    /// The same number of due rows in larger tables.
    Growth,
    /// With all the evidence, and without a part of it; with --features without-evidence.
    Evidence,
}

/// What a part is given.
pub struct Bench<'a> {
    pub args: &'a Args,
    pub candidate: &'a Candidate,
}

impl Part {
    async fn measure(
        self,
        bench: &Bench<'_>,
        server: &mut impl Server,
        layout: Layout,
    ) -> anyhow::Result<()> {
        match self {
            Self::Ratio => ratio::measure(bench, server, layout).await,
            Self::Peers => peers::measure(bench, server, layout).await,
            Self::Children => children::measure(bench, server, layout).await,
            Self::Snapshot => snapshot::measure(bench, server, layout).await,
            Self::SlowDisk => slow_disk::measure(bench, server, layout).await,
            Self::Anonymise => anonymise::measure(bench, server, layout).await,
            // Of one engine and one layout.
            Self::Partitions | Self::Oltp => Ok(()),
            Self::Memory => memory::measure(bench, server, layout).await,
            Self::Growth => growth::measure(bench, server, layout).await,
            Self::Evidence => evidence::measure(bench, server, layout).await,
        }
    }
}

/// All parts that were asked for, on one engine.
pub async fn measure(bench: &Bench<'_>, engine: Engine) -> anyhow::Result<()> {
    let directory = bench.candidate.directory();
    match engine {
        Engine::Postgres => {
            let mut server = Postgres::open(directory)?;
            all(bench, &mut server).await?;
            if bench.args.has(Part::Partitions) {
                partitions::measure(bench, &mut server).await?;
            }
            if bench.args.has(Part::Oltp) {
                oltp::measure(bench, &mut server).await?;
            }
            Ok(())
        }
        Engine::Mariadb => all(bench, &mut Mariadb::open(directory).await?).await,
        Engine::Sqlite => all(bench, &mut Sqlite::new(directory)).await,
    }
}

async fn all(bench: &Bench<'_>, server: &mut impl Server) -> anyhow::Result<()> {
    for layout in bench.args.layouts() {
        for part in bench.args.parts() {
            part.measure(bench, server, layout).await?;
        }
    }
    Ok(())
}
