//! `guard-sql`: the triggers with which a database refuses what no run has meant.

use std::fmt::Write as _;

use serde::Serialize;

use crate::disposal::Stop;
use crate::run::{Guards, Order, guards};
use crate::schedule::{Connection, Database};
use crate::sql::Dialect;

use super::context::{At, complain, exit_of_halt};
use super::grants::{Login, connected_as};
use super::{Exit, Output};

/// Print triggers with which the database itself refuses retentiond's role a row whose period is not over.
///
/// A guard looks at one role only, and at the row alone: whatever a stolen password, a faulty schedule or a fault of
/// ours would remove, no row goes before the shortest period of its rule, and none that a column of its own holds. It is
/// a floor and not the schedule: it need not be changed with it, except where a period becomes shorter. Install it before
/// rules are approved (a trigger is part of the schema that an approval binds), then print the grants again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The role that is refused; otherwise the schedule's user.
    #[arg(long, value_name = "ROLE")]
    against: Option<String>,
    #[command(flatten)]
    login: Login,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Printed<'a> {
    database: &'a str,
    statements: Vec<String>,
    /// Rules without a guard, each with the reason.
    without: Vec<(String, &'static str)>,
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
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: None,
        only_rule: None,
        stop: &stop,
    };
    let mut worst = Exit::Done;
    let mut all = Vec::new();
    for database in databases {
        let Connection::Server { user, .. } = &database.connection else {
            if at.output == Output::Text {
                super::print(&format!(
                    "-- database {}: SQLite has no roles that a guard could tell apart\n",
                    database.name
                ));
            }
            continue;
        };
        let role = args.against.as_ref().unwrap_or(user);
        match guards(&order, &connected_as(database, &args.login), role).await {
            Ok(found) => {
                loaded.show(&found.faults);
                if !found.faults.permit() {
                    worst = worst.max(Exit::Schedule);
                }
                if at.output == Output::Text {
                    super::print(&text(database, &found));
                }
                let statements = found.made.into_iter().flat_map(|(_, made)| made);
                all.push(Printed {
                    database: &database.name.value,
                    statements: statements.collect(),
                    without: found.without,
                });
            }
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    if at.output == Output::Json {
        super::print_json(&all)?;
    }
    Ok(worst)
}

fn text(database: &Database, found: &Guards) -> String {
    let mut text = format!("-- database {}\n", database.name);
    for (rule, why) in &found.without {
        let _ = writeln!(text, "-- no guard for the rule {rule}: it {why}");
    }
    // A trigger of MySQL has semicolons inside; its client must be told where it ends.
    let end = if found.dialect == Dialect::Postgres {
        ";"
    } else {
        let _ = writeln!(text, "DELIMITER //");
        "//"
    };
    for (rule, statements) in &found.made {
        let _ = writeln!(text, "-- rule {rule}");
        for statement in statements {
            let _ = writeln!(text, "{statement}{end}");
        }
    }
    if end == "//" {
        let _ = writeln!(text, "DELIMITER ;");
    }
    text
}
