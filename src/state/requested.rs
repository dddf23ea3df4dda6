//! What the log knows of people who asked to be erased: how far each request is, and what became of the rows that were
//! erased for it.
//!
//! A run is tied to its request before its first batch, so that one that died is known; which of its batches are still
//! in the database follows from what was found to be lost.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::Serialize;

use super::{Effect, Entry, Record, Store};

/// A request is answered within a month, which may be extended by two.
const MONTHS: u32 = 1;
const MONTHS_EXTENDED: u32 = 3;
/// How long the digests of somebody who was erased are kept.
const MONTHS_KEPT: u32 = 14;

/// What the log says of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requested {
    pub erasure: String,
    /// The name under which the schedule knows the database now, as far as a run has met it.
    pub database: String,
    pub rule: String,
    pub received: NaiveDate,
    /// The last day on which it may be answered.
    pub answer_by: NaiveDate,
    pub extended: bool,
    pub state: RequestState,
    /// Rows that were erased or overwritten for it so far.
    pub rows: u64,
    /// Rows that stay, because of a statutory minimum or a hold, or because another row needs them.
    pub stays: u64,
    /// The most rows of the person that there were, of those that somebody has confirmed.
    #[serde(skip)]
    most: u64,
    #[serde(skip)]
    parts: Vec<Part>,
    /// The databases in which the person's rows were, the last one being that of now.
    #[serde(skip)]
    targets: Vec<String>,
    /// When it was done.
    #[serde(skip)]
    done_at: Option<DateTime<Utc>>,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// Nothing was erased yet.
    Open,
    /// A run has begun to carry it out, and has not told how it ended.
    Begun,
    /// It was carried out, and something stays for now.
    Waits,
    /// It was carried out, and the database went back in time since: what was erased may be back.
    Returned,
    Done,
    /// The person took it back, or it was refused.
    Closed,
}

/// A run that carries a request out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    run: String,
    /// So many rows it may touch; `None`: an earlier build does not tell.
    confirmed: Option<u64>,
    batches: Vec<Batch>,
    /// So many rows it has told of at its end.
    told: u64,
}

/// A batch of such a run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Batch {
    target: Option<String>,
    seq: i64,
    effects: Vec<Effect>,
    /// It is not in the database any more.
    lost: bool,
}

impl Batch {
    fn rows(&self) -> u64 {
        self.effects.iter().map(|effect| effect.rows).sum()
    }
}

impl Part {
    fn rows(&self) -> u64 {
        if self.batches.is_empty() {
            return self.told;
        }
        let there = self.batches.iter().filter(|batch| !batch.lost);
        there.map(Batch::rows).sum()
    }
}

impl Requested {
    /// Days until it has to be answered; negative when that is past. `None`: it was answered.
    #[must_use]
    pub fn days_left(&self, today: NaiveDate) -> Option<i64> {
        let open = matches!(self.state, RequestState::Open | RequestState::Begun);
        open.then(|| (self.answer_by - today).num_days())
    }

    /// The first month was over without an answer, or an extension, on a day.
    #[must_use]
    pub fn first_month_is_over(&self, day: NaiveDate) -> bool {
        day > answer_by(self.received, false)
    }

    /// It was done so long ago that what is known of the person is destroyed, as the digests of its run are: a backup
    /// from before it can be put back no more.
    #[must_use]
    pub fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        let end = self
            .done_at
            .and_then(|at| at.checked_add_months(Months::new(MONTHS_KEPT)));
        self.state == RequestState::Done && end.is_some_and(|end| end <= now)
    }

    /// How many rows may be touched for it without asking again.
    #[must_use]
    pub fn may_touch(&self) -> u64 {
        match self.state {
            RequestState::Returned => self.most,
            RequestState::Begun => self.parts.last().map_or(0, |part| {
                part.confirmed
                    .unwrap_or_default()
                    .saturating_sub(part.rows())
            }),
            _ => self.stays,
        }
    }

    /// The last run for it, and the rows that it erased.
    #[must_use]
    pub fn last_run(&self) -> (&str, u64) {
        self.parts
            .last()
            .map_or(("", 0), |part| (part.run.as_str(), part.rows()))
    }

    /// A run that has not told its end has deleted rows of a table (`true`), or has changed some.
    #[must_use]
    pub fn did(&self, table: &str, deleted: bool) -> bool {
        let mut batches = self.parts.iter().flat_map(|part| &part.batches);
        batches.any(|batch| {
            let of_table = |one: &Effect| one.table == table && one.rows > 0;
            let all = batch.effects.iter();
            !batch.lost
                && all
                    .filter(|one| of_table(one))
                    .any(|one| (one.effect == "deleted") == deleted)
        })
    }

    /// A run has told its end; one of an earlier build only now that it was for this request. A look that found nothing
    /// more has no run.
    fn carried_out(
        &mut self,
        run: String,
        untold: Vec<Batch>,
        (rows, stays): (u64, u64),
        at: DateTime<Utc>,
    ) {
        match self.parts.iter_mut().find(|part| part.run == run) {
            Some(part) => part.told = rows,
            None if !run.is_empty() => self.parts.push(Part {
                run,
                confirmed: None,
                batches: untold,
                told: rows,
            }),
            None => {}
        }
        self.stays = stays;
        self.done_at = Some(at);
        self.sum();
        self.state = if stays == 0 {
            RequestState::Done
        } else {
            RequestState::Waits
        };
    }

    fn sum(&mut self) {
        self.rows = self.parts.iter().map(Part::rows).sum();
        self.most = self.most.max(self.rows + self.stays);
    }

    /// What was erased may be back.
    fn may_be_back(&mut self) {
        if matches!(self.state, RequestState::Waits | RequestState::Done) {
            self.state = RequestState::Returned;
        }
    }
}

/// The day on which a request of a day has to be answered.
#[must_use]
pub fn answer_by(received: NaiveDate, extended: bool) -> NaiveDate {
    let months = if extended { MONTHS_EXTENDED } else { MONTHS };
    received
        .checked_add_months(Months::new(months))
        .unwrap_or(NaiveDate::MAX)
}

impl Store {
    /// Every request that the log knows, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn requested(&mut self) -> anyhow::Result<Vec<Requested>> {
        // After every run: where nobody ever asked, all receipts of the log need not be read for it.
        if self.records(&["erasure-received"]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let kinds = [
            "adopted",
            "erasure-received",
            "erasure-extended",
            "erasure-begun",
            "erasure-carried-out",
            "erasure-closed",
            "run-started",
            "done",
            "regressed",
            "gap-acknowledged",
        ];
        let mut all = Requests::default();
        for entry in self.records(&kinds).await? {
            all.take(entry);
        }
        Ok(all.found)
    }
}

/// What is known so far.
#[derive(Default)]
struct Requests {
    found: Vec<Requested>,
    /// Which database each name stands for.
    names: BTreeMap<String, String>,
    /// The batches of runs that carry requests out, and of which the log has not said for which.
    untold: BTreeMap<String, Vec<Batch>>,
}

impl Requests {
    fn take(&mut self, Entry { at, record, .. }: Entry) {
        match record {
            Record::Adopted { database, target } => self.adopted(&database, &target),
            Record::RunStarted { run, reason, .. } => {
                if reason == super::RunReason::Erasure {
                    self.untold.insert(run, Vec::new());
                }
            }
            Record::Done {
                run,
                database,
                seq,
                effects,
                ..
            } => self.done(
                &run,
                Batch {
                    target: self.names.get(&database).cloned(),
                    seq,
                    effects,
                    lost: false,
                },
            ),
            Record::Regressed { target, to_seq, .. } => self.regressed(&target, to_seq),
            Record::GapAcknowledged {
                database, target, ..
            } => {
                // Nobody knows what came back with a history that the log does not know.
                for one in &mut self.found {
                    if one.targets.last() == Some(&target) || one.database == database {
                        one.may_be_back();
                    }
                }
            }
            other => self.about_one(at, other),
        }
    }

    /// A name stands for a database from here on: requests go with their database, and with their name where that gets
    /// another database. Then it was put back without our tables, and everybody may be back.
    fn adopted(&mut self, database: &str, target: &str) {
        for one in &mut self.found {
            let known = one.targets.iter().any(|other| other == target);
            if one.targets.last().is_some_and(|other| other == target) {
                database.clone_into(&mut one.database);
            } else if one.database == database || known {
                let moved = !one.targets.is_empty();
                database.clone_into(&mut one.database);
                one.targets.retain(|other| other != target);
                one.targets.push(target.to_owned());
                if moved {
                    one.may_be_back();
                }
            }
        }
        self.names.insert(database.to_owned(), target.to_owned());
    }

    fn done(&mut self, run: &str, batch: Batch) {
        for one in &mut self.found {
            if let Some(part) = one.parts.iter_mut().find(|part| part.run == run) {
                part.batches.push(batch);
                one.sum();
                return;
            }
        }
        if let Some(batches) = self.untold.get_mut(run) {
            batches.push(batch);
        }
    }

    fn regressed(&mut self, target: &str, to_seq: i64) {
        for one in &mut self.found {
            // Where nothing of the person was found there may be something now.
            let mut lost =
                one.parts.is_empty() && one.targets.last().is_some_and(|own| own == target);
            let batches = one.parts.iter_mut().flat_map(|part| &mut part.batches);
            for batch in batches.filter(|batch| !batch.lost && batch.seq > to_seq) {
                if batch.target.as_deref() == Some(target) {
                    batch.lost = true;
                    lost = true;
                }
            }
            if lost {
                one.may_be_back();
                one.rows = one.parts.iter().map(Part::rows).sum();
            }
        }
    }

    fn about_one(&mut self, at: DateTime<Utc>, record: Record) {
        if let Record::ErasureReceived {
            erasure,
            database,
            rule,
            received,
            ..
        } = record
        {
            let received = received.parse().unwrap_or_default();
            self.found.push(Requested {
                targets: self.names.get(&database).cloned().into_iter().collect(),
                erasure,
                database,
                rule,
                received,
                answer_by: answer_by(received, false),
                extended: false,
                state: RequestState::Open,
                rows: 0,
                stays: 0,
                most: 0,
                parts: Vec::new(),
                done_at: None,
            });
            return;
        }
        let (Record::ErasureExtended { erasure, .. }
        | Record::ErasureBegun { erasure, .. }
        | Record::ErasureCarriedOut { erasure, .. }
        | Record::ErasureClosed { erasure, .. }) = &record
        else {
            return;
        };
        let Some(one) = self.found.iter_mut().find(|one| &one.erasure == erasure) else {
            return;
        };
        match record {
            Record::ErasureExtended { .. } => {
                one.extended = true;
                one.answer_by = answer_by(one.received, true);
            }
            Record::ErasureBegun { run, rows, .. } => {
                one.parts.push(Part {
                    run,
                    confirmed: Some(rows),
                    batches: Vec::new(),
                    told: 0,
                });
                one.most = one.most.max(rows);
                one.state = RequestState::Begun;
            }
            Record::ErasureCarriedOut {
                run, rows, stays, ..
            } => {
                let untold = self.untold.remove(&run).unwrap_or_default();
                one.carried_out(run, untold, (rows, stays), at);
            }
            Record::ErasureClosed { .. } => one.state = RequestState::Closed,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
