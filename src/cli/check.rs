//! `check`: everything that is wrong with a schedule, at once.

use std::fmt::Write as _;

use chrono::Utc;

use crate::disposal::Stop;
use crate::run::{Order, Turn, probe};
use crate::schedule::{review, spoken};

use super::context::{At, Findings, Loaded, complain, exit_of_halt, halted};
use super::{Exit, Output, counted};

/// Show everything that is wrong with the schedule.
///
/// Without --connect only the file is read. With it, every name is looked up in the databases, and what would make a
/// run wrong, slow or impossible is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Look every table and column up in the databases, and try the statements on no row.
    #[arg(long)]
    connect: bool,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let mut loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    warn_of_reviews(&mut loaded);
    if !args.connect {
        return file_only(at, &loaded);
    }
    let databases = match loaded.databases(args.database.as_deref()) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: None,
        only_rule: None,
        stop: &stop,
    };
    let mut all = loaded.warnings.clone();
    let mut worst = Exit::Done;
    let mut halts = Vec::new();
    let mut fitting = 0;
    let mut orders = Vec::new();
    for database in databases {
        match probe(&order, database).await {
            Ok(found) => {
                all.extend(found.faults);
                orders.push((database.name.value.clone(), found.order));
                fitting += loaded.schedule.rules_of(&database.name).count();
            }
            Err(halt) => {
                complain(database, &halt);
                halts.push(halted(database, &halt));
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    if let Some(connection) = &loaded.schedule.shared_state
        && args.database.is_none()
        && let Err(halt) = super::shared::look(connection).await
    {
        halts.push(halt);
        worst = worst.max(Exit::Database);
    }
    loaded.show(&all);
    if !all.permit() {
        worst = worst.max(Exit::Schedule);
    }
    if at.output == Output::Json {
        let found = Findings {
            connected: true,
            databases: halts,
            ..Findings::of(&loaded.source, &all)
        };
        super::print_findings(&found)?;
    } else if worst == Exit::Done {
        print_fitting(at, &orders, fitting);
    }
    Ok(worst)
}

fn print_fitting(at: &At, orders: &[(String, Vec<Turn>)], fitting: usize) {
    for (database, order) in orders {
        super::print(&in_order(database, order));
    }
    let rules = counted(fitting, "rule");
    let verb = if fitting == 1 {
        "fits its database"
    } else {
        "fit their databases"
    };
    super::print(&format!("{}: {rules} {verb}\n", at.schedule.display()));
}

fn warn_of_reviews(loaded: &mut Loaded) {
    for rule in &loaded.schedule.rules {
        let database = loaded.schedule.databases.get(&rule.database.value);
        let now = Utc::now();
        let today = database.map_or_else(|| now.date_naive(), |database| database.day(now));
        loaded.warnings.extend(review::overdue(rule, today));
    }
}

/// The order in which the rules of a database run, where it has to be explained.
fn in_order(database: &str, order: &[Turn]) -> String {
    let mut text = String::new();
    if order.iter().all(|turn| turn.because.is_empty()) {
        return text;
    }
    let _ = writeln!(text, "{database}: the rules run in this order");
    for (index, turn) in order.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", index + 1, turn.rule);
        for because in &turn.because {
            let _ = writeln!(text, "     {because}");
        }
    }
    text
}

fn file_only(at: &At, loaded: &Loaded) -> anyhow::Result<Exit> {
    if loaded.warnings.warnings() > 0 {
        loaded.show(&loaded.warnings);
    }
    match at.output {
        Output::Json => {
            super::print_findings(&Findings::of(&loaded.source, &loaded.warnings))?;
        }
        Output::Text => {
            // Each rule is read back: what was written is not always what was meant.
            for rule in &loaded.schedule.rules {
                super::print(&format!("{}: {}\n", rule.name, spoken::rule(rule)));
            }
            super::print(&format!(
                "{}: {} for {}, sound as far as the file tells; add --connect to look everything up in the databases\n",
                at.schedule.display(),
                counted(loaded.schedule.rules.len(), "rule"),
                counted(loaded.schedule.databases.len(), "database")
            ));
        }
    }
    Ok(Exit::Done)
}
