//! `daemon`: enforce the schedule on its cadences.

use std::rc::Rc;

use chrono::TimeDelta;

use crate::daemon;
use crate::disposal::Stop;

use crate::config;
use crate::diagnostic::findings;
use crate::schedule::Schedule;

use super::Exit;
use super::context::At;

/// Enforce the schedule on its cadences until SIGTERM or Ctrl-C.
///
/// Every run ends with a signed checkpoint of the log; while nothing happens one is signed each hour.
/// A run that is under way finishes the batch in hand before the daemon ends. SIGHUP reads the schedule again; a faulty
/// one is refused, and the old one stays in force. A service manager that listens (systemd, Type=notify) is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A test facility: how often the log is signed while nothing happens.
    #[cfg(feature = "simulated-clock")]
    #[arg(long, value_name = "SECONDS")]
    sign_every_seconds: Option<u32>,
}

impl Args {
    #[cfg(feature = "simulated-clock")]
    fn sign_every(&self) -> TimeDelta {
        self.sign_every_seconds
            .map_or(daemon::SIGN_EVERY, |seconds| {
                TimeDelta::seconds(seconds.into())
            })
    }

    #[cfg(not(feature = "simulated-clock"))]
    #[expect(
        clippy::unused_self,
        reason = "the other form of this function has a field"
    )]
    fn sign_every(&self) -> TimeDelta {
        daemon::SIGN_EVERY
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let stop = Stop::default();
    super::run::stop_on_signals(&stop, || tracing::info!("stopping after the batch in hand"))?;
    let again = at.clone();
    let source = daemon::Source {
        base: at.base().to_owned(),
        read: Box::new(move || read_again(&again)),
        answer: Rc::new(super::served::answer),
        refuse: Rc::new(super::shared::refuse),
    };
    daemon::run(loaded.schedule, source, &stop, args.sign_every()).await?;
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
