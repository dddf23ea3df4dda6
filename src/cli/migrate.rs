//! `migrate`: create the ledger's tables.

use serde::Serialize;

use crate::db::{self, Access};
use crate::ledger;
use crate::mirror;
use crate::run::Halt;
use crate::schedule::{Database, Engine};
use crate::sql::Dialect;

use super::context::{At, complain, exit_of_halt, halted};
use super::{Exit, Output};

/// Create the ledger's tables in the databases, or print the script for a DBA.
///
/// The ledger is two small tables in which each batch leaves its receipt, in the transaction that removes the rows.
/// Running it again changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the scripts instead, for whoever may create tables; nothing is connected to.
    #[arg(long)]
    print: bool,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    database: &'a str,
    ready: bool,
    error: Option<String>,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Script<'a> {
    database: &'a str,
    script: &'a str,
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
    if args.print {
        let is_shared = loaded.schedule.shared_state.is_some() && args.database.is_none();
        return print_scripts(at, &databases, is_shared);
    }
    let mut worst = Exit::Done;
    let mut outcomes = Vec::new();
    for database in databases {
        if !database.assurance.is_ledger() {
            super::say(format_args!(
                "{}: the schedule says that it has no ledger (`assurance`); nothing is created",
                database.name
            ));
            continue;
        }
        let done = async {
            let mut session = db::open(database, at.base(), Access::Enforce).await?;
            ledger::migrate(&mut session).await
        };
        let error = match done.await {
            Ok(()) => {
                if at.output == Output::Text {
                    super::print(&format!(
                        "{}: the ledger's tables are there\n",
                        database.name
                    ));
                }
                None
            }
            Err(trouble) => {
                let halt = Halt::Trouble(trouble);
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
                Some(halted(database, &halt))
            }
        };
        outcomes.push(Outcome {
            database: &database.name,
            ready: error.is_none(),
            error: error.as_ref().map(|one| one.error.clone()),
            hint: error.and_then(|one| one.hint),
        });
    }
    if at.output == Output::Json {
        super::print_json(&outcomes)?;
    }
    Ok(worst)
}

fn print_scripts(at: &At, databases: &[&Database], is_shared: bool) -> anyhow::Result<Exit> {
    let mut scripts: Vec<Script<'_>> = databases
        .iter()
        .map(|database| Script {
            database: &database.name,
            script: ledger::statements(dialect(database)),
        })
        .collect();
    // A daemon makes them itself where it may.
    if is_shared {
        scripts.push(Script {
            database: "of the state store",
            script: mirror::script(),
        });
    }
    match at.output {
        Output::Json => super::print_json(&scripts)?,
        Output::Text => {
            for one in scripts {
                super::print(&format!("-- database {}\n{}\n", one.database, one.script));
            }
        }
    }
    Ok(Exit::Done)
}

fn dialect(database: &Database) -> Dialect {
    match database.connection.engine() {
        Engine::Postgresql => Dialect::Postgres,
        Engine::Mysql | Engine::Mariadb => Dialect::Mysql,
        Engine::Sqlite => Dialect::Sqlite,
    }
}
