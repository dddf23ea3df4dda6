//! `daemon`: enforce the schedule on its cadences.

use crate::daemon;
use crate::disposal::Stop;

use super::Exit;
use super::context::At;

/// Enforce the schedule on its cadences until SIGTERM or Ctrl-C.
///
/// A run that is under way finishes the batch in hand before the daemon ends.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) async fn run(at: &At, _: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let stop = Stop::default();
    super::run::stop_on_signals(&stop, || tracing::info!("stopping after the batch in hand"))?;
    daemon::run(&loaded.schedule, at.base(), &stop).await?;
    Ok(Exit::Done)
}
