//! `daemon`: enforce the schedule on its cadences.

use crate::daemon;
use crate::disposal::Stop;

use crate::config;
use crate::diagnostic::findings;
use crate::schedule::Schedule;

use super::Exit;
use super::context::At;

/// Enforce the schedule on its cadences until SIGTERM or Ctrl-C.
///
/// A run that is under way finishes the batch in hand before the daemon ends. SIGHUP reads the schedule again; a faulty
/// one is refused, and the old one stays in force. A service manager that listens (systemd, Type=notify) is told.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) async fn run(at: &At, _: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let stop = Stop::default();
    super::run::stop_on_signals(&stop, || tracing::info!("stopping after the batch in hand"))?;
    let source = daemon::Source {
        base: at.base(),
        read: &|| read_again(at),
    };
    daemon::run(loaded.schedule, &source, &stop).await?;
    Ok(Exit::Done)
}

/// Each fault is a line of the log: nobody looks at the terminal of a service.
fn read_again(at: &At) -> Option<Schedule> {
    match config::load(&at.schedule) {
        Ok((schedule, _, _)) => Some(schedule),
        Err((source, faults)) => {
            for finding in findings(&source, &faults) {
                tracing::error!(
                    file = %at.schedule.display(),
                    line = finding.line,
                    column = finding.column,
                    rule = finding.rule,
                    hint = finding.hint,
                    "{}",
                    finding.sentence
                );
            }
            None
        }
    }
}
