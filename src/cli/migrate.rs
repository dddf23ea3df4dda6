//! `migrate`: create the ledger's tables.

use crate::db::{self, Access};
use crate::ledger;
use crate::schedule::Engine;
use crate::sql::Dialect;

use super::Exit;
use super::context::{At, exit_of_halt};

/// Create the ledger's tables in the databases, or print the script for a DBA.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the scripts instead.
    #[arg(long)]
    print: bool,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
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
    let mut worst = Exit::Done;
    for database in databases {
        if args.print {
            let dialect = match database.connection.engine() {
                Engine::Postgresql => Dialect::Postgres,
                Engine::Mysql | Engine::Mariadb => Dialect::Mysql,
                Engine::Sqlite => Dialect::Sqlite,
            };
            super::print(&format!(
                "-- {}\n{}\n",
                database.name,
                ledger::statements(dialect)
            ));
            continue;
        }
        let done = async {
            let mut session = db::open(database, at.base(), Access::Enforce).await?;
            ledger::migrate(&mut session).await
        };
        match done.await {
            Ok(()) => super::print(&format!(
                "{}: the ledger's tables are there\n",
                database.name
            )),
            Err(trouble) => {
                let halt = crate::run::Halt::Trouble(trouble);
                eprintln!("error: database {}: {halt}", database.name);
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    Ok(worst)
}
