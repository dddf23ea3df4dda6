//! `run`: enforce the schedule once, or rehearse it.

use chrono::Utc;

use crate::disposal::Stop;
use crate::run::again::{Again, again_after};
use crate::run::erase::{Resumed, resume_after};
use crate::run::{Approvals, DatabaseReport, Halt, Order, enforce, rehearse};
use crate::schedule::Database;
use crate::state::{RunReason, rehearsal_key};

use super::context::{At, Loaded, complain, exit_of_halt, exit_of_report};
use super::progress::Bar;
use super::served::{self, Errand};
use super::{Exit, Output, report};

/// Enforce the schedule once.
///
/// Rows that are due are removed or anonymised, batch by batch, each with a receipt. Ctrl-C and SIGTERM stop between
/// two batches; nothing is lost, and the next run goes on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rehearse: walk the same rows on a connection on which the database refuses writes.
    #[arg(long)]
    dry_run: bool,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Only this rule.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Act on rules that nobody approved. Limits still stop them.
    #[arg(long)]
    unsafe_without_approval: bool,
    /// A test facility: the moment that counts as now.
    #[cfg(feature = "simulated-clock")]
    #[arg(long, value_name = "DATE", value_parser = super::plan::moment)]
    now: Option<chrono::DateTime<Utc>>,
}

impl Args {
    /// A rehearsal writes nothing.
    pub(super) fn errand(&self) -> Errand {
        if self.dry_run {
            Errand::None
        } else {
            Errand::Whole
        }
    }

    #[cfg(feature = "simulated-clock")]
    fn supposed_now(&self) -> Option<chrono::DateTime<Utc>> {
        self.now
    }

    #[cfg(not(feature = "simulated-clock"))]
    #[expect(
        clippy::unused_self,
        reason = "the other form of this function has a field"
    )]
    fn supposed_now(&self) -> Option<chrono::DateTime<Utc>> {
        None
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let databases = match loaded
        .known_rule(args.rule.as_deref())
        .and_then(|()| loaded.databases(args.database.as_deref()))
    {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let stop = stop_when_told()?;
    let only = args.rule.clone().map(|rule| vec![rule]);
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.supposed_now(),
        only_rule: only.as_deref(),
        stop: &stop,
    };
    let reports = if args.dry_run {
        rehearse_all(&order, &loaded, &databases, args.unsafe_without_approval).await?
    } else {
        enforce_all(&order, &loaded, &databases, args.unsafe_without_approval).await?
    };
    let all_begun = reports.len() == databases.len();
    let exit = show(at, args, &loaded, &reports)?;
    Ok(if all_begun {
        exit
    } else {
        exit.max(Exit::Stopped)
    })
}

type Outcome<'a> = (&'a Database, Result<DatabaseReport, Halt>);

async fn rehearse_all<'a>(
    order: &Order<'_>,
    loaded: &Loaded,
    databases: &[&'a Database],
    waived: bool,
) -> anyhow::Result<Vec<Outcome<'a>>> {
    let approvals = match waived {
        true => Approvals::waived(),
        false => super::plan::approvals(loaded).await?,
    };
    let mut outcomes = Vec::new();
    for &database in databases {
        let key = rehearsal_key(&loaded.schedule.state_directory)?;
        let mut bar = Bar::new();
        let result = rehearse(order, database, &approvals, key, &mut bar).await;
        bar.clear();
        outcomes.push((database, result));
        if order.stop.requested() {
            break;
        }
    }
    Ok(outcomes)
}

async fn enforce_all<'a>(
    order: &Order<'_>,
    loaded: &Loaded,
    databases: &[&'a Database],
    waived: bool,
) -> anyhow::Result<Vec<Outcome<'a>>> {
    let mut store = loaded.store().await?;
    let approvals = if waived {
        Approvals::waived()
    } else {
        Approvals::of(store.records(&["approved"]).await?)
    };
    let mut outcomes = Vec::new();
    for &database in databases {
        let Ok(_turn) = served::turn(&database.name).await else {
            break;
        };
        let mut bar = Bar::new();
        let result = enforce(
            order,
            database,
            &approvals,
            &mut store,
            RunReason::Command,
            &mut bar,
        )
        .await;
        let mut result = result;
        if let Ok(report) = &mut result {
            resume_after(order, database, report, &mut store, &mut bar).await;
            again_after(order, database, report, &mut store, &mut bar).await;
        }
        bar.clear();
        if let Ok(report) = &result {
            report.erased_again.iter().for_each(tell);
            report.resumed.iter().for_each(tell);
            report.again.iter().for_each(tell_again);
        }
        outcomes.push((database, result));
        if order.stop.requested() {
            break;
        }
    }
    Ok(outcomes)
}

/// What was done for people who had asked to be erased before.
fn tell(one: &Resumed) {
    let name = &one.erasure;
    match &one.trouble {
        Some(why) => super::say(format_args!(
            "error: the request {name} to be erased: {why}"
        )),
        None => super::say(format_args!(
            "{} rows were erased for the request {name}",
            one.rows
        )),
    }
}

/// What went again as somebody approved.
fn tell_again(one: &Again) {
    let Again {
        rule, rows, stays, ..
    } = one;
    match &one.trouble {
        Some(why) => super::say(format_args!(
            "error: what came back and was approved to go again, of the rule {rule}: {why}"
        )),
        None => super::say(format_args!(
            "{rule}: {rows} rows that came back with the restored database were removed again; {stays} that are known \
             again stay"
        )),
    }
}

fn show(at: &At, args: &Args, loaded: &Loaded, outcomes: &[Outcome<'_>]) -> anyhow::Result<Exit> {
    let mut worst = Exit::Done;
    let mut reports = Vec::new();
    for (database, outcome) in outcomes {
        match outcome {
            Ok(report) => {
                worst = worst.max(exit_of_report(report));
                if at.output == Output::Text {
                    super::print(&report::run(report, args.dry_run));
                }
                reports.push(report.clone());
            }
            Err(halt) => {
                complain(database, halt);
                worst = worst.max(exit_of_halt(halt));
                reports.push(DatabaseReport::halted(
                    &database.name,
                    Utc::now(),
                    loaded.schedule.fingerprint(),
                    halt,
                ));
            }
        }
    }
    if at.output == Output::Json {
        super::print_json(&reports)?;
    }
    Ok(worst)
}

/// The stop of a verb: Ctrl-C and SIGTERM ask for it here, or where somebody has a daemon do it.
///
/// # Errors
/// The signals cannot be listened to.
pub(super) fn stop_when_told() -> anyhow::Result<Stop> {
    if let Some(stop) = served::stop() {
        return Ok(stop);
    }
    let stop = Stop::default();
    stop_on_signals(&stop, || super::say("stopping after the batch in hand"))?;
    Ok(stop)
}

/// Ctrl-C and SIGTERM ask for a stop between two batches; the first of them is told.
///
/// # Errors
/// The signals cannot be listened to.
pub(super) fn stop_on_signals(stop: &Stop, tell: fn()) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signals = signal(kind)?;
        let stop = stop.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if !stop.requested() {
                    tell();
                }
                stop.request();
            }
        });
    }
    Ok(())
}
