//! Plays many worlds in one database: rehearse, run, compare each with the oracle, run again.

use std::collections::BTreeMap;
use std::path::Path;

use retentiond::db::{self, Access};
use retentiond::diagnostic::{Style, render};
use retentiond::disposal::Stop;
use retentiond::run::{self, Approvals, DatabaseReport, Order, RuleReport, Unwatched};
use retentiond::schedule::Schedule;
use retentiond::state::{Effect, RunReason, Store, Use, rehearsal_key};
use retentiond::{config, ledger};

use crate::civil;
use crate::oracle::{Kept, State, Verdict, decide, goes_along, state_of};
use crate::support::{Scratch, Server};
use crate::world::{Setting, World};
use crate::write;

/// How one world went.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// On so many rows.
    Agrees {
        judged: usize,
    },
    /// The product refuses the schedule.
    Refused(String),
    Differs(String),
}

/// Plays all worlds in one database.
///
/// # Errors
/// What concerns no world in particular: nothing could be run at all.
pub async fn play(
    worlds: &[World],
    setting: &Setting,
    server: Server,
) -> Result<Vec<Outcome>, String> {
    let mut scratch = Scratch::create(server, "differential").await;
    let played = within(&mut scratch, worlds, setting).await;
    scratch.finish().await;
    played
}

async fn within(
    scratch: &mut Scratch,
    worlds: &[World],
    setting: &Setting,
) -> Result<Vec<Outcome>, String> {
    let server = scratch.server();
    let scripts: Vec<(String, String)> = worlds
        .iter()
        .map(|world| write::script(world, setting, server))
        .collect();
    let (schemas, rows): (Vec<String>, Vec<String>) = scripts.into_iter().unzip();
    let begin = if server == Server::Sqlite {
        "BEGIN;"
    } else {
        ""
    };
    let end = if server == Server::Sqlite {
        "COMMIT;"
    } else {
        ""
    };
    let script = format!("{begin}{}{}{end}", schemas.concat(), rows.concat());
    scratch.exec(&script).await;
    let path = write_schedule(scratch, worlds, setting);
    let (schedule, ..) =
        config::load(&path).map_err(|(source, faults)| render(&source, &faults, Style::Plain))?;
    let database = &schedule.databases["case"];
    let mut session = db::open(database, scratch.dir(), Access::Enforce)
        .await
        .map_err(|trouble| trouble.to_string())?;
    ledger::migrate(&mut session)
        .await
        .map_err(|trouble| trouble.to_string())?;
    drop(session);
    let reports = worlds.iter().map(|world| write::reports(world, server));
    let reports = reports.collect::<String>();
    // MariaDB takes no script without a statement.
    if !reports.is_empty() {
        scratch.exec(&format!("{begin}{reports}{end}")).await;
    }

    let mut judge = Judge::new(worlds, setting);
    let dir = scratch.dir().to_owned();
    let rehearsal = rehearse(&schedule, &dir, setting, worlds, &mut judge).await?;
    let before: Vec<State> = worlds.iter().map(state_of).collect();
    judge.compare(scratch, "the rehearsal", &before).await;
    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .map_err(|error| format!("{error:#}"))?;
    let first = enforce(&schedule, &dir, setting, &mut store).await?;
    let (once, verdicts) = judge.decide(&before);
    judge.reported(&rehearsal, &first, &verdicts, &schema_of(scratch));
    judge.compare(scratch, "the run", &once).await;
    enforce(&schedule, &dir, setting, &mut store).await?;
    let (twice, _) = judge.decide(&once);
    judge.compare(scratch, "the second run", &twice).await;
    Ok(judge.outcomes)
}

fn write_schedule(scratch: &Scratch, worlds: &[World], setting: &Setting) -> std::path::PathBuf {
    let connection = scratch
        .toml_database("case")
        .replace("time-zone = \"UTC\"\n", "");
    let rules: Vec<String> = worlds
        .iter()
        .map(|world| write::schedule(world, scratch.server()))
        .collect();
    let text = format!(
        "version = 1\n[state]\ndirectory = \"{}\"\n{connection}{}\n[limits]\nshare-per-run = \"100 %\"\n\
         rows-per-batch = {}\n{}",
        scratch.dir().join("state").display(),
        write::database_lines(setting).join("\n"),
        setting.rows_per_batch,
        rules.concat()
    );
    let path = scratch.dir().join("schedule.toml");
    std::fs::write(&path, text).expect("the schedule is written");
    path
}

fn order<'a>(
    schedule: &'a Schedule,
    base: &'a Path,
    setting: &Setting,
    stop: &'a Stop,
) -> Order<'a> {
    let now = format!("{}Z", civil::written(setting.now, "T", true));
    Order {
        schedule,
        base,
        supposed_now: Some(now.parse().expect("a moment")),
        only_rule: None,
        stop,
    }
}

async fn rehearse(
    schedule: &Schedule,
    base: &Path,
    setting: &Setting,
    worlds: &[World],
    judge: &mut Judge<'_>,
) -> Result<DatabaseReport, String> {
    let stop = Stop::default();
    let order = order(schedule, base, setting, &stop);
    let database = &schedule.databases["case"];
    let prepared = run::prepare(&order, database, Access::Rehearse)
        .await
        .map_err(|halt| halt.to_string())?;
    for fault in prepared.faults.sorted() {
        let refused = fault
            .rule
            .as_ref()
            .filter(|rule| prepared.broken.contains(rule));
        let place = refused.and_then(|rule| of_rule(worlds, rule));
        if let Some(place) = place
            && fault.severity == retentiond::diagnostic::Severity::Error
        {
            judge.outcomes[place] = Outcome::Refused(fault.sentence.clone());
        }
    }
    drop(prepared);
    let key = rehearsal_key(&schedule.state_directory).map_err(|error| error.to_string())?;
    run::rehearse(&order, database, &Approvals::waived(), key, &mut Unwatched)
        .await
        .map_err(|halt| halt.to_string())
}

async fn enforce(
    schedule: &Schedule,
    base: &Path,
    setting: &Setting,
    store: &mut Store,
) -> Result<DatabaseReport, String> {
    let stop = Stop::default();
    let order = order(schedule, base, setting, &stop);
    let database = &schedule.databases["case"];
    let approvals = Approvals::waived();
    let reason = RunReason::Command;
    let report = run::enforce(&order, database, &approvals, store, reason, &mut Unwatched)
        .await
        .map_err(|halt| halt.to_string())?;
    match &report.halted {
        Some(halted) => Err(halted.clone()),
        None => Ok(report),
    }
}

fn of_rule(worlds: &[World], rule: &str) -> Option<usize> {
    worlds.iter().position(|world| rule.starts_with(&world.tag))
}

/// Compares, world by world; the first difference of a world stays.
struct Judge<'a> {
    worlds: &'a [World],
    setting: &'a Setting,
    outcomes: Vec<Outcome>,
}

impl<'a> Judge<'a> {
    fn new(worlds: &'a [World], setting: &'a Setting) -> Self {
        Self {
            worlds,
            setting,
            outcomes: vec![Outcome::Agrees { judged: 0 }; worlds.len()],
        }
    }

    fn differs(&mut self, place: usize, how: String) {
        if matches!(self.outcomes[place], Outcome::Agrees { .. }) {
            self.outcomes[place] = Outcome::Differs(how);
        }
    }

    /// What the next run must leave. A world that the oracle sees going in a circle must have been refused.
    fn decide(&mut self, before: &[State]) -> (Vec<State>, Vec<Option<Verdict>>) {
        let mut states = Vec::new();
        let mut verdicts = Vec::new();
        for (place, state) in before.iter().enumerate() {
            if let Outcome::Agrees { judged } = &mut self.outcomes[place] {
                *judged += state.iter().flatten().flatten().count();
            }
            let verdict = decide(&self.worlds[place], self.setting, state.clone());
            if verdict.is_none() {
                self.differs(
                    place,
                    "rules that wait for each other were not refused".to_owned(),
                );
            }
            states.push(
                verdict
                    .as_ref()
                    .map_or(state.clone(), |one| one.state.clone()),
            );
            verdicts.push(verdict);
        }
        (states, verdicts)
    }

    async fn compare(&mut self, scratch: &mut Scratch, when: &str, states: &[State]) {
        for (place, state) in states.iter().enumerate() {
            if !matches!(self.outcomes[place], Outcome::Agrees { .. }) {
                continue;
            }
            let world = &self.worlds[place];
            for table in (0..world.tables.len()).filter(|one| world.tables[*one].there) {
                let query = write::query(world, table);
                let rows = scratch.rows(&query).await.into_iter();
                let mut found: Vec<String> = rows.map(write::line).collect();
                found.sort();
                let expected = write::expected_rows(world, table, state);
                let differs = found != expected;
                if !differs && let Some(how) = reports_differ(scratch, world, table, state).await {
                    self.differs(place, format!("after {when}, {how}"));
                    break;
                }
                if differs {
                    let told = format!(
                        "after {when}, {query}\nexpected:\n  {}\nfound:\n  {}",
                        expected.join("\n  "),
                        found.join("\n  ")
                    );
                    self.differs(place, told);
                    break;
                }
            }
        }
    }

    /// Rehearsal and run say the same, and what is so.
    fn reported(
        &mut self,
        rehearsal: &DatabaseReport,
        run: &DatabaseReport,
        verdicts: &[Option<Verdict>],
        schema: &str,
    ) {
        for rule in &run.rules {
            let Some(place) = of_rule(self.worlds, &rule.rule) else {
                continue;
            };
            if let Some(failure) = &rule.failure {
                self.differs(place, format!("the rule {} failed: {failure}", rule.rule));
            }
            let rehearsed = rehearsal.rules.iter().find(|one| one.rule == rule.rule);
            let before = rehearsed.map(effects).unwrap_or_default();
            let after = effects(rule);
            if before != after {
                let told = format!(
                    "{} was rehearsed as\n{before:#?}\nand run as\n{after:#?}",
                    rule.rule
                );
                self.differs(place, told);
            }
            let world = &self.worlds[place];
            let table = (0..world.tables.len()).find(|one| world.name(*one) == rule.rule);
            if let (Some(table), Some(verdict)) = (table, &verdicts[place]) {
                let observes = world.tables[table]
                    .rule
                    .as_ref()
                    .is_some_and(|one| one.observe);
                // What goes along with a parent was due by its own rule as well.
                let refs = 0..world.tables[table].refs.len();
                let tree = world.tables[table].tree(table).is_some();
                let along = tree || refs.into_iter().any(|by| goes_along(world, table, by));
                let due = verdict.due.get(&table).copied().unwrap_or(0);
                if !observes && !along && due != rule.due {
                    let told = format!("{} reports {} due, not {due}", rule.rule, rule.due);
                    self.differs(place, told);
                }
                if let (false, Some(kept)) = (observes, verdict.kept.get(&table)) {
                    for (when, report) in [("the plan", rehearsed), ("the run", Some(rule))] {
                        let told = report.map(|one| Kept {
                            held: one.held,
                            newest: one.newest,
                            waiting: kept.waiting.map(|_| one.waiting),
                        });
                        if told.as_ref() != Some(kept) {
                            let how =
                                format!("{when} of {} tells {told:?}, not {kept:?}", rule.rule);
                            self.differs(place, how);
                        }
                    }
                }
                let (said, is) = (counted(rule, schema), wanted(world, verdict, table));
                if !observes && said != is {
                    self.differs(place, format!("{} reports {said:?}, not {is:?}", rule.rule));
                }
            }
        }
    }
}

/// Reports about a row go with it, and no others.
async fn reports_differ(
    scratch: &mut Scratch,
    world: &World,
    table: usize,
    state: &State,
) -> Option<String> {
    let counts = |event| crate::generate::counts_from(world, table, event);
    if world.tables[table].reports.is_empty() || !counts("ended") && !counts("moved") {
        return None;
    }
    let key = match scratch.server() {
        Server::Mariadb => "CONVERT(row_key USING utf8mb4)",
        Server::Postgres | Server::Sqlite => "row_key",
    };
    let query = format!(
        "SELECT event, {key} FROM {} WHERE rule = '{}'",
        write::events(scratch.server()),
        world.name(table)
    );
    let rows = scratch.rows(&query).await.into_iter();
    let mut found: Vec<String> = rows.map(write::line).collect();
    found.sort();
    let expected = write::expected_reports(world, table, state);
    (found != expected).then(|| format!("{query}\nexpected: {expected:?}\nfound: {found:?}"))
}

fn effects(rule: &RuleReport) -> Vec<(String, Vec<Effect>)> {
    rule.steps
        .iter()
        .map(|step| {
            let done = step.done.as_ref().map(|done| done.tables.clone());
            (
                format!("{:?} of {}", step.kind, step.table),
                done.unwrap_or_default(),
            )
        })
        .collect()
}

/// Deleted rows by table, and how often rows were overwritten.
fn counted(rule: &RuleReport, schema: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let done = rule.steps.iter().filter_map(|step| step.done.as_ref());
    for effect in done.flat_map(|done| &done.tables) {
        let table = effect.table.strip_prefix(schema).unwrap_or(&effect.table);
        if effect.effect != "detached" {
            *found
                .entry(format!("{} {table}", effect.effect))
                .or_default() += effect.rows;
        }
    }
    found
}

fn wanted(world: &World, verdict: &Verdict, rule: usize) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for ((by, table), rows) in &verdict.deleted {
        if *by == rule {
            *found
                .entry(format!("deleted {}", world.name(*table)))
                .or_default() += rows;
        }
    }
    if let Some(rows) = verdict.overwritten.get(&rule).filter(|rows| **rows > 0) {
        found.insert(format!("anonymised {}", world.name(rule)), *rows);
    }
    found
}

/// What stands before the names of tables in a report.
fn schema_of(scratch: &Scratch) -> String {
    match scratch.server() {
        Server::Postgres => "public.".to_owned(),
        Server::Mariadb => format!("{}.", scratch.database()),
        Server::Sqlite => "main.".to_owned(),
    }
}
