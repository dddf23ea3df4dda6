//! `explain`: why one record is still here, and what will happen to it.

use std::io::BufRead;

use chrono::{DateTime, Utc};

use crate::db::Access;
use crate::disposal::Stop;
use crate::explain::{Explanation, Failure, Subject, Surroundings, explain};
use crate::run::{Order, Prepared, prepare, standing};
use crate::schedule::{Database, Rule};

use super::context::{At, Loaded, complain, exit_of_halt};
use super::progress::Bar;
use super::{Exit, Output, report};

/// Say why one record is still here, and what will happen to it next.
///
/// Which purpose and case own it, its start event and where that came from, when it is due, what holds it, what it
/// waits for. Nothing is written: the connection is one on which the database refuses it. Of the record itself only
/// the dates of its start events are shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name of a rule, or of a table as the schedule writes it.
    #[arg(value_name = "RULE|TABLE")]
    subject: String,
    /// The record's key: once for each column, in the key's order. Bytes as hexadecimal digits (0x00ff).
    /// With "-" keys are read from standard input, one record to a line, columns separated by tabs.
    #[arg(
        long,
        value_name = "VALUE",
        required = true,
        allow_hyphen_values = true
    )]
    key: Vec<String>,
    /// The database of the table, where it has no rule and several databases have one of this name.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Pretend that it is this day (YYYY-MM-DD, at midnight UTC) or moment (RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = super::plan::moment)]
    as_of: Option<DateTime<Utc>>,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let databases = match loaded.databases(args.database.as_deref()) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let rule = rule_named(&loaded, &args.subject, args.database.as_deref());
    let keys = keys(&args.key)?;
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.as_of,
        only_rule: None,
        stop: &stop,
    };
    let of_rule = rule.and_then(|rule| loaded.schedule.databases.get(&rule.database.value));
    let candidates = of_rule.map_or(databases, |database| vec![database]);
    for database in candidates {
        let mut prepared = match prepare(&order, database, Access::Rehearse).await {
            Ok(prepared) => prepared,
            Err(halt) => {
                complain(database, &halt);
                super::refuse_json(at.output, &halt.to_string());
                return Ok(exit_of_halt(&halt));
            }
        };
        if let Some(rule) = rule.filter(|rule| prepared.broken.contains(&rule.name.value)) {
            loaded.show(&prepared.faults);
            let why = format!(
                "the rule {} does not fit the database {}, so nothing of it would be touched",
                rule.name, database.name
            );
            super::refuse(at.output, &why);
            return Ok(Exit::Schedule);
        }
        let rule = rule.or_else(|| rule_of_table(&loaded, database, &prepared, &args.subject));
        if rule.is_some() || prepared.catalog.table(&args.subject).is_some() {
            return tell(at, &loaded, &order, args, &mut prepared, rule, &keys).await;
        }
    }
    Ok(unknown(at, &loaded, &args.subject))
}

async fn tell(
    at: &At,
    loaded: &Loaded,
    order: &Order<'_>,
    args: &Args,
    prepared: &mut Prepared,
    rule: Option<&Rule>,
    keys: &[Vec<String>],
) -> anyhow::Result<Exit> {
    let Prepared {
        session,
        catalog,
        program,
        plan,
        now,
        ..
    } = prepared;
    let around = Surroundings {
        program,
        plan,
        catalog,
        now: *now,
    };
    let bound = rule.and_then(|rule| program.rules.iter().find(|one| one.name == rule.name.value));
    let subject = match (rule, bound, catalog.table(&args.subject)) {
        (Some(rule), Some(bound), _) => Subject::Rule(rule, bound),
        (_, _, Some(table)) => Subject::Table(table),
        _ => anyhow::bail!("failed to find the table of {}", args.subject),
    };
    let mut told: Vec<Explanation> = Vec::new();
    let mut worst = Exit::Done;
    for key in keys {
        match explain(session, &around, &subject, key).await {
            Ok(one) => told.push(one),
            Err(Failure::Key(fault)) => {
                super::say(format_args!("error: {fault}"));
                worst = Exit::Usage;
            }
            Err(Failure::Trouble(trouble)) => {
                super::say(format_args!("error: {trouble}"));
                super::say(format_args!("  = help: {}", trouble.advice()));
                worst = Exit::Database;
                break;
            }
        }
    }
    let name = bound.map(|bound| bound.name.clone());
    if let Some(name) = name.filter(|_| told.iter().any(|one| one.acts))
        // Where the records of approvals cannot be read, `plan` has to tell.
        && let Ok(approvals) = super::plan::approvals(loaded).await
    {
        let mut bar = Bar::new();
        let sentence = standing(order, prepared, &approvals, &name, &mut bar).await;
        bar.clear();
        let acting = told.iter_mut().filter(|one| one.acts);
        let sentences = sentence.iter().cycle();
        acting
            .zip(sentences)
            .for_each(|(one, sentence)| one.stands(sentence.clone()));
    }
    match at.output {
        Output::Json => super::print_json(&told)?,
        Output::Text => {
            let texts: Vec<String> = told.iter().map(report::explanation).collect();
            super::print(&texts.join("\n"));
        }
    }
    Ok(worst)
}

/// A rule by its own name, or by its table's as it is written.
fn rule_named<'a>(loaded: &'a Loaded, subject: &str, database: Option<&str>) -> Option<&'a Rule> {
    let here = |rule: &&Rule| database.is_none_or(|name| rule.database.value == name);
    loaded.schedule.rule(subject).filter(here).or_else(|| {
        let mut rules = loaded.schedule.rules.iter().filter(here);
        rules.find(|rule| rule.table.value == subject)
    })
}

/// The rule of a table that the schedule writes in another way ("public.t" and "t").
fn rule_of_table<'a>(
    loaded: &'a Loaded,
    database: &Database,
    prepared: &Prepared,
    subject: &str,
) -> Option<&'a Rule> {
    let table = prepared.catalog.table(subject)?;
    let bound = prepared.program.rule_of(&table.name)?;
    let of_database = |rule: &&Rule| rule.database.value == database.name.value;
    let rule = loaded.schedule.rule(&bound.name);
    rule.filter(of_database)
}

/// The keys of the command line, or of standard input.
fn keys(given: &[String]) -> anyhow::Result<Vec<Vec<String>>> {
    if given != ["-"] {
        return Ok(vec![given.to_vec()]);
    }
    let mut found = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|_| anyhow::anyhow!("failed to read keys from standard input"))?;
        let line = line.trim_end_matches('\r');
        if !line.is_empty() {
            found.push(line.split('\t').map(str::to_owned).collect());
        }
    }
    Ok(found)
}

fn unknown(at: &At, loaded: &Loaded, subject: &str) -> Exit {
    let rules = loaded.schedule.rules.iter();
    let rules: Vec<&str> = rules.map(|rule| rule.name.value.as_str()).collect();
    let why = format!(
        "no rule and no table is called {subject}; the schedule's rules are {}",
        rules.join(", ")
    );
    super::refuse(at.output, &why);
    Exit::Usage
}
