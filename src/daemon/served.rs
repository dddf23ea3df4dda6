//! A schedule in force: what of it runs when, and what is at work.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::state::Record;

use super::agenda::{Ended, Job, Missed, MissedBecause, Name, Start};
use super::host::Host;
use super::memory::Memory;
use super::{Source, due, job, supervisor, told};

/// On no earlier day can this program have been made: a clock that says so is wrong.
const MADE: &str = "2026-11-01T00:00:00Z";

/// The end of a run, when it was: it is noted with the next ring.
struct End {
    name: Name,
    how: Option<Ended>,
    at: DateTime<Utc>,
}

/// A schedule in force.
pub(super) struct Served {
    pub host: Host,
    running: JoinSet<()>,
    ended: UnboundedReceiver<End>,
    end: UnboundedSender<End>,
    began: Instant,
    kept: Memory,
    /// False where it could not be kept the last time.
    is_kept: bool,
    is_before_its_time: bool,
    /// The daemon ends because of it.
    pub has_panicked: bool,
}

impl Served {
    pub fn of(host: Host) -> Self {
        let (end, ended) = unbounded_channel();
        Self {
            host,
            running: JoinSet::new(),
            ended,
            end,
            began: Instant::now(),
            kept: Memory::default(),
            is_kept: true,
            is_before_its_time: false,
            has_panicked: false,
        }
    }

    pub fn tell(&self) {
        for job in self.host.agenda().jobs() {
            if let Some(next) = job.at() {
                let rule = &job.name.rule;
                tracing::info!(database = job.name.database, rule, next = %next, "waiting");
            }
        }
    }

    pub fn status(&self) -> String {
        let agenda = self.host.agenda();
        let next = |job: &Job| job.at().unwrap_or(job.next());
        let first = agenda.jobs().iter().min_by_key(|job| next(job));
        first.map_or_else(String::new, |job| {
            format!("waiting; next run: {} at {}", job.name, next(job))
        })
    }

    pub async fn reload(&mut self, source: &Source) {
        supervisor::reloading();
        let outcome = self.replace(source);
        if let Ok(missed) = &outcome {
            for one in missed {
                self.tell_missed(one).await;
            }
        }
        let mut board = self.host.board();
        board.is_reload_refused = outcome.is_err();
        board.reloads_refused += u64::from(outcome.is_err());
        drop(board);
        if let Err(why) = outcome {
            tracing::error!(
                hint =
                    "mend the file and reload again; `retentiond check` says whether it is right",
                "the schedule was not reloaded, the old one stays in force: {why:#}"
            );
        }
        supervisor::ready(&self.status());
    }

    /// Puts the schedule as it is now in force; gives the runs that nobody will make up for.
    fn replace(&mut self, source: &Source) -> anyhow::Result<Vec<Missed>> {
        let Some(schedule) = (source.read)() else {
            anyhow::bail!("it has faults");
        };
        let old = self.host.schedule();
        if schedule.state_directory != old.state_directory {
            anyhow::bail!("another state directory takes a restart");
        }
        if schedule.socket() != old.socket() || schedule.listen != old.listen {
            anyhow::bail!("another socket, or another place for metrics, takes a restart");
        }
        let now = Utc::now();
        let jobs = due::jobs(&schedule, &Memory::default(), now)?;
        let (from, to) = (old.fingerprint(), schedule.fingerprint());
        let missed = self.host.agenda().replace(jobs, now);
        self.host.replace(schedule);
        tracing::info!(%from, %to, "the schedule was reloaded");
        self.tell();
        Ok(missed)
    }

    /// Looks at the clocks, notes what has ended, and starts what is due.
    pub async fn look(&mut self) {
        while let Some(joined) = self.running.try_join_next() {
            self.heed(joined);
        }
        let now = Utc::now();
        self.look_at_the_clock(now).await;
        while let Ok(end) = self.ended.try_recv() {
            self.note_end(&end).await;
        }
        if self.host.stop().requested() {
            return;
        }
        let host = self.host.clone();
        let paused = |name: &Name| host.is_paused(&name.database);
        let (starts, missed) = self.host.agenda().look(now, &paused);
        for one in &missed {
            self.tell_missed(one).await;
        }
        for start in starts {
            self.start(start, now);
        }
        self.remember();
    }

    async fn look_at_the_clock(&mut self, now: DateTime<Utc>) {
        let steady = TimeDelta::from_std(self.began.elapsed()).unwrap_or(TimeDelta::MAX);
        let jump = self.host.agenda().tick(now, steady);
        if let Some(jump) = jump {
            let seconds = jump.num_seconds();
            tracing::warn!(
                seconds,
                "the clock of this host jumped, or the host was suspended"
            );
            self.host.board().jumps += 1;
            self.host.record(Record::ClockJumped { seconds }).await;
        }
        let is_before = MADE.parse::<DateTime<Utc>>().is_ok_and(|made| now < made);
        if is_before != self.is_before_its_time {
            self.is_before_its_time = is_before;
            self.host.wait_for_the_time(is_before);
            if is_before {
                tracing::error!(
                    hint = "set the clock; runs begin again by themselves",
                    "the clock of this host is before the day on which this program was made: no run begins"
                );
            }
        }
    }

    /// Puts an end on the board; `None`: the daemon ends, and leaves what it was at. The next start makes up for it.
    fn put_down(&self, end: &End) -> Option<Ended> {
        let mut board = self.host.board();
        let told = board.job(&end.name);
        (told.running_since, told.alive, told.throttled) = (None, None, None);
        told.ended = Some(end.at);
        match end.how? {
            Ended::Failed => told.runs_failed += 1,
            _ => told.runs_ok += 1,
        }
        end.how
    }

    async fn note_end(&mut self, end: &End) {
        let Some(how) = self.put_down(end) else {
            return;
        };
        let (name, now) = (&end.name, end.at);
        let overlapped = self.host.agenda().ended(name, how, now);
        if let Some(one) = overlapped {
            self.tell_missed(&one).await;
        }
        let next = self.host.agenda().job(name).and_then(|job| job.at());
        if let Some(next) = next {
            let (database, rule) = (&name.database, &name.rule);
            tracing::info!(database, rule, next = %next, "waiting");
            supervisor::status(&format!("waiting; next run of {name}: {next}"));
        }
    }

    async fn tell_missed(&self, missed: &Missed) {
        told::missed(missed);
        let (database, rule) = (&missed.name.database, &missed.name.rule);
        // A window that was closed is nothing that anybody should be woken for.
        if missed.because != MissedBecause::Window {
            self.host.board().job(&missed.name).missed += missed.count;
        }
        let record = Record::RunsMissed {
            database: database.clone(),
            rule: rule.clone(),
            because: missed.because,
            first: missed.first,
            last: missed.last,
            count: missed.count,
            made_up: missed.is_made_up,
        };
        self.host.record(record).await;
    }

    fn start(&mut self, start: Start, now: DateTime<Utc>) {
        let name = start.name;
        tracing::info!(database = name.database, rule = name.rule, due = %start.due, "run begins");
        supervisor::status(&format!("running: {name}"));
        self.host.board().job(&name).running_since = Some(now);
        let (host, end) = (self.host.clone(), self.end.clone());
        self.running.spawn_local(async move {
            let how = job::run(&host, &name, start.due).await;
            let at = Utc::now();
            let _ = end.send(End { name, how, at });
        });
    }

    /// A run that panicked leaves nobody who knows what it was at: the daemon ends, and the next start finds out.
    fn heed(&mut self, joined: Result<(), tokio::task::JoinError>) {
        if let Err(error) = joined {
            tracing::error!(%error, "a run panicked");
            self.has_panicked = true;
            self.host.stop().request();
        }
    }

    /// Keeps what each cadence waits for, where that has changed.
    pub fn remember(&mut self) {
        let memory = Memory::of(&self.host.agenda());
        if memory == self.kept {
            return;
        }
        match memory.write(&self.host.schedule().state_directory) {
            Ok(()) => {
                self.kept = memory;
                self.is_kept = true;
            }
            // Tried again with every look, and told once.
            Err(error) => {
                if std::mem::take(&mut self.is_kept) {
                    tracing::error!("what is waited for was not kept: {error:#}");
                }
            }
        }
    }

    /// Waits for the batches in hand.
    pub async fn end(&mut self) {
        while let Some(joined) = self.running.join_next().await {
            self.heed(joined);
        }
        while let Ok(end) = self.ended.try_recv() {
            self.note_end(&end).await;
        }
        self.remember();
    }
}
