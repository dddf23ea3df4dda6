//! Receipts for people.

use crate::state::{Assurance, Ending, Entry, EventAct, MissedBecause, Record, Seen};

use super::super::audit::Sum;
use super::{bare, lines, right, rows, second};

/// Receipts, and what belongs to them.
#[must_use]
pub fn audit(entries: &[Entry]) -> String {
    let mut table = bare(&[
        "at",
        "run",
        "rule",
        "table",
        "effect",
        "rows",
        "digest of keys",
    ]);
    for row in entries.iter().flat_map(line) {
        table.add_row(row);
    }
    right(&mut table, 5..=5);
    lines(&table)
}

/// The receipts of each run, rule and table as one.
#[must_use]
pub fn sums(sums: &[Sum]) -> String {
    let mut table = bare(&[
        "first at", "run", "rule", "table", "effect", "rows", "receipts",
    ]);
    for sum in sums {
        table.add_row([
            second(sum.first_at),
            short(&sum.run),
            sum.rule.clone(),
            sum.table.clone(),
            sum.effect.clone(),
            sum.rows.to_string(),
            sum.receipts.to_string(),
        ]);
    }
    right(&mut table, 5..=6);
    lines(&table)
}

fn line(entry: &Entry) -> Vec<[String; 7]> {
    let at = second(entry.at);
    if let Record::Done {
        run, rule, effects, ..
    } = &entry.record
    {
        let cells = effects.iter().map(|effect| {
            [
                at.clone(),
                short(run),
                rule.clone(),
                effect.table.clone(),
                effect.effect.clone(),
                effect.rows.to_string(),
                effect.digest.get(..16).unwrap_or_default().to_owned(),
            ]
        });
        return cells.collect();
    }
    let rule = match &entry.record {
        Record::Approved(approval) => approval.rule.clone(),
        Record::ReturnApproved(approval) => approval.rule.clone(),
        Record::WeakerAssurance { rule, .. }
        | Record::HoldPlaced { rule, .. }
        | Record::ReturnErased { rule, .. }
        | Record::ErasureReceived { rule, .. }
        | Record::EventReport { rule, .. } => rule.clone(),
        _ => String::new(),
    };
    let run = entry.record.run().map(short).unwrap_or_default();
    let empty = String::new;
    said(&entry.record)
        .map(|what| [at, run, rule, empty(), what, empty(), empty()])
        .into_iter()
        .collect()
}

/// What a record says that is no receipt; `None`: nothing to people.
fn said(record: &Record) -> Option<String> {
    let text = match record {
        Record::RunStarted { by, .. } => format!("run started by {by}"),
        Record::RunEnded {
            rows: count,
            ending,
            ..
        } => format!("run ended: {}, {}", word(*ending), rows(*count)),
        Record::Approved(approval) => format!(
            "approved by {} for {} until {}",
            approval.by,
            rows(approval.rows_max),
            approval.expires.date_naive()
        ),
        Record::Adopted { database, .. } => format!("database {database} adopted"),
        Record::TornTail { bytes, .. } => {
            format!("{bytes} bytes that a crash had left unfinished were cut")
        }
        Record::Regressed { .. }
        | Record::ReturnApproved(_)
        | Record::ReturnErased { .. }
        | Record::GapAcknowledged { .. } => return of_history(record),
        Record::WeakerAssurance { .. } | Record::Unknown { .. } | Record::Committing { .. } => {
            return of_assurance(record);
        }
        Record::DigestKeyDestroyed { window, .. } => {
            format!("the key of the digests of {window} was destroyed, and the digests with it")
        }
        Record::HoldPlaced { .. }
        | Record::HoldLifted { .. }
        | Record::ErasureReceived { .. }
        | Record::ErasureExtended { .. }
        | Record::ErasureBegun { .. }
        | Record::ErasureCarriedOut { .. }
        | Record::ErasureClosed { .. }
        | Record::EventReport { .. }
        | Record::EventWritten { .. } => return of_people(record),
        Record::BackedUp { .. }
        | Record::PutBack { .. }
        | Record::Served { .. }
        | Record::Paused { .. }
        | Record::Resumed { .. }
        | Record::RunsMissed { .. }
        | Record::ClockJumped { .. } => return of_daemon(record),
        Record::KeyRotated { .. } => "another key signs from here on".to_owned(),
        Record::Expired { size, by, .. } => {
            format!("the records before {size} expired, and were dropped by {by}")
        }
        Record::Genesis { .. }
        | Record::SigningKey { .. }
        | Record::DigestKey { .. }
        | Record::ScheduleSeen { .. }
        | Record::Checkpoint { .. }
        | Record::Carried { .. }
        | Record::Boot { .. }
        | Record::Intent { .. }
        | Record::Done { .. }
        | Record::NotApplied { .. } => return None,
    };
    Some(text)
}

/// How well it is known what became of batches.
fn of_assurance(record: &Record) -> Option<String> {
    let text = match record {
        Record::WeakerAssurance { assurance, .. } => match assurance {
            Assurance::CannotRollBack => "WEAKEST ASSURANCE: a table cannot roll back",
            Assurance::TransactionStatus => {
                "WEAKER ASSURANCE: no ledger; the server is asked about its transactions"
            }
            Assurance::Inferred => "WEAK ASSURANCE: no ledger; what is not acknowledged is unknown",
        }
        .to_owned(),
        Record::Unknown { seen: None, .. } => {
            "UNKNOWN: nobody can tell what became of a batch; what it removed has no receipt"
                .to_owned()
        }
        Record::Unknown {
            seen: Some(Seen { gone, there }),
            ..
        } => format!(
            "UNKNOWN: nobody can tell what became of a batch; of its rows {gone} were seen gone and {there} there, and it \
             has no receipt"
        ),
        _ => return None,
    };
    Some(text)
}

/// Where a database and the log went apart.
fn of_history(record: &Record) -> Option<String> {
    let text = match record {
        Record::Regressed {
            database,
            until,
            batches,
            rows: count,
            since,
            ..
        } => format!(
            "database {database} was put back to an earlier state: {batches} batches ({}) of {} to {} are not in it \
             any more",
            rows(*count),
            since.map_or("the beginning".to_owned(), second),
            second(*until)
        ),
        Record::ReturnApproved(approval) => format!(
            "approved by {} that {} which came back with {} go again, until {}",
            approval.by,
            rows(approval.rows_max),
            approval.database,
            approval.expires.date_naive()
        ),
        Record::ReturnErased {
            rows: count, stays, ..
        } => format!(
            "what came back was removed again: {}; {} that are known again stay",
            rows(*count),
            rows(*stays)
        ),
        Record::GapAcknowledged {
            database,
            known_seq,
            seq,
            by,
            ..
        } => format!(
            "GAP acknowledged by {by}: database {database} stands at batch {seq}, this log knew of batch {known_seq}"
        ),
        _ => return None,
    };
    Some(text)
}

/// What happened to the daemon and to its state directory.
fn of_daemon(record: &Record) -> Option<String> {
    let whose = |database: &Option<String>| match database {
        Some(name) => format!("runs on {name}"),
        None => "all runs".to_owned(),
    };
    let text = match record {
        Record::BackedUp { backup, by } => {
            format!("the state directory was backed up by {by}: {backup}")
        }
        Record::PutBack { backup, by } => {
            format!("the state directory was PUT BACK by {by} from the backup {backup}")
        }
        Record::Served {
            host,
            before,
            files,
        } => match before {
            Some(before) => format!("{host} took the state store over from {before}"),
            None => format!(
                "{host} shares the state store from here on, with {files} files that were its own"
            ),
        },
        Record::Paused { database, by } => format!("{} paused by {by}", whose(database)),
        Record::Resumed { database, by } => format!("{} resumed by {by}", whose(database)),
        Record::RunsMissed {
            database,
            because,
            first,
            last,
            count,
            made_up,
            ..
        } => format!(
            "{count} of {database} missed, from {} to {}: {}; {}",
            second(*first),
            second(*last),
            missed(*because),
            if *made_up {
                "one run makes up for them"
            } else {
                "no run makes up for them"
            }
        ),
        Record::ClockJumped { seconds } => {
            format!("the clock jumped by {seconds} seconds, or the host was suspended")
        }
        _ => return None,
    };
    Some(text)
}

/// Why runs were missed.
pub fn missed(because: MissedBecause) -> &'static str {
    match because {
        MissedBecause::Down => "no daemon was at work",
        MissedBecause::Clock => "the clock jumped, or the host was suspended",
        MissedBecause::Overlap => "the run before was still at work",
        MissedBecause::Paused => "runs were paused",
        MissedBecause::Window => "the window was closed",
        MissedBecause::Late => "the daemon came to it late",
    }
}

/// What somebody asked for beside the schedule.
fn of_people(record: &Record) -> Option<String> {
    let text = match record {
        Record::HoldPlaced {
            hold, review, by, ..
        } => format!("hold {hold} placed by {by}, to be reviewed on {review}"),
        Record::ErasureReceived {
            erasure,
            received,
            by,
            ..
        } => format!("request {erasure} to be erased, received on {received}, taken in by {by}"),
        Record::ErasureExtended { erasure, by } => {
            format!("the answer to request {erasure} was put off by {by}")
        }
        Record::ErasureBegun {
            erasure,
            run,
            rows: count,
            ..
        } => format!(
            "request {erasure}: run {run} begins to erase {}",
            rows(*count)
        ),
        Record::ErasureCarriedOut {
            erasure,
            rows: count,
            stays,
            ..
        } => format!(
            "request {erasure} carried out: {}; {} stay for now",
            rows(*count),
            rows(*stays)
        ),
        Record::ErasureClosed { erasure, by } => format!("request {erasure} closed by {by}"),
        Record::HoldLifted { hold, by, .. } => format!("hold {hold} lifted by {by}"),
        Record::EventReport {
            report,
            event,
            act,
            keys,
            by,
            ..
        } => {
            let act = match act {
                EventAct::Happened => "reported",
                EventAct::Undone => "undone",
            };
            format!(
                "event {event} {act} by {by} for {} (report {report})",
                rows(*keys)
            )
        }
        Record::EventWritten {
            report,
            rows: count,
            unknown,
        } => format!(
            "report {report} written: {}; {unknown} keys were of no row",
            rows(*count)
        ),
        _ => return None,
    };
    Some(text)
}

/// How a run ended.
pub fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Finished => "finished",
        Ending::Stopped => "stopped by a signal",
        Ending::Held => "stopped by a hold that was placed meanwhile",
        Ending::Partial => "some rules did not do their work",
        Ending::Failed => "failed",
        Ending::LimitReached => "stopped by a limit",
    }
}

/// The random end of a run's name: its beginning is the time.
fn short(run: &str) -> String {
    run.rsplit('-').next().unwrap_or(run).to_owned()
}
