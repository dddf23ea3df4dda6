//! `grants`: the privileges that a schedule needs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::disposal::Stop;
use crate::plan::Intent;
use crate::run::{Needed, Order, Surveyed, needed};
use crate::schedule::{Connection, Database, SecretSource};
use crate::sql::{Grantee, grant, grant_connect, grant_schema, grant_sight};

use super::context::{At, complain, exit_of_halt};
use super::{Exit, Output};

/// Print the GRANT statements that this schedule needs, and no more.
///
/// They are read off the statements that a run makes, column by column, and change when the schedule or the schema
/// changes. Nothing is granted: a DBA applies what is printed. The tables are looked up in the database, so they must be
/// visible to whoever is connected: where the role has no rights yet, connect as somebody else (--as).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the role is to do.
    #[arg(long = "for", value_name = "WHAT", value_enum, default_value_t = What::Enforce)]
    what: What,
    /// The role that is granted to; otherwise the schedule's user.
    #[arg(long, value_name = "ROLE")]
    to: Option<String>,
    /// MySQL and MariaDB: the host of the account.
    #[arg(long, value_name = "HOST", default_value = "%")]
    host: String,
    #[command(flatten)]
    login: Login,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

/// Who looks at the catalogue.
#[derive(Debug, clap::Args)]
pub(super) struct Login {
    /// Connect as this user instead of the schedule's.
    #[arg(long = "as", value_name = "USER")]
    connect_as: Option<String>,
    /// A file that holds the password of that user.
    #[arg(long, value_name = "FILE", requires = "connect_as")]
    password_file: Option<std::path::PathBuf>,
}

/// What a role is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// `check --connect`, `plan`, `explain` and `run --dry-run`.
    Rehearse,
    /// `run` and `daemon` too.
    Enforce,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Printed<'a> {
    database: &'a str,
    role: String,
    statements: Vec<String>,
    remarks: Vec<String>,
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
    let intent = match args.what {
        What::Rehearse => Intent::Rehearse,
        What::Enforce => Intent::Enforce,
    };
    let mut worst = Exit::Done;
    let mut all = Vec::new();
    for database in databases {
        if let Connection::File { path } = &database.connection {
            all.push(of_file(&database.name, path, intent));
            continue;
        }
        match needed(&order, &connected_as(database, &args.login), intent).await {
            Ok(found) => {
                loaded.show(&found.faults);
                if !found.broken.is_empty() {
                    worst = worst.max(Exit::Schedule);
                }
                all.push(printed(database, args, &found));
            }
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    match at.output {
        Output::Json => super::print_json(&all)?,
        Output::Text => all.iter().for_each(|one| super::print(&text(one))),
    }
    Ok(worst)
}

/// The same database, connected to as another user.
pub(super) fn connected_as(database: &Database, login: &Login) -> Database {
    let mut database = database.clone();
    if let (Connection::Server { user, password, .. }, Some(name)) =
        (&mut database.connection, &login.connect_as)
    {
        user.clone_from(name);
        *password = login
            .password_file
            .clone()
            .map(|file| SecretSource::File(std::path::absolute(&file).unwrap_or(file)));
    }
    database
}

fn printed<'a>(database: &'a Database, args: &Args, found: &Surveyed) -> Printed<'a> {
    let needed = &found.needed;
    let (own, of) = match &database.connection {
        Connection::Server { user, database, .. } => (user.as_str(), database.as_str()),
        Connection::File { .. } => ("", ""),
    };
    let to = Grantee {
        name: args.to.clone().unwrap_or_else(|| own.to_owned()),
        host: args.host.clone(),
    };
    let mut statements = Vec::new();
    if needed.dialect == crate::sql::Dialect::Postgres {
        if !found.rights.public_connects {
            statements.push(grant_connect(of, &to));
        }
        let public = &found.rights.public_schemas;
        let schemas = needed.schemas.iter().filter(|one| !public.contains(*one));
        statements.extend(schemas.map(|schema| grant_schema(schema, &to)));
    }
    if let Some(name) = &needed.sees {
        statements.push(grant_sight(needed.dialect, name, &to));
    }
    let tables = needed.tables.iter();
    statements.extend(tables.map(|(table, permits)| grant(needed.dialect, table, permits, &to)));
    Printed {
        database: &database.name.value,
        role: to.name,
        statements: statements.iter().map(|one| one.text().to_owned()).collect(),
        remarks: remarks(needed, found),
    }
}

fn remarks(needed: &Needed, found: &Surveyed) -> Vec<String> {
    let mut remarks = Vec::new();
    if needed.sees.is_some() {
        remarks.push(
            "REFERENCES shows the role every table of the database: one that it does not see could refer to rows that go. \
             TRIGGER shows it what a table's triggers do; where the guard of `retentiond guard-sql` stands it is left out, \
             since whoever has it may drop the guard"
                .to_owned(),
        );
    }
    for (trigger, table) in &needed.triggers {
        remarks.push(format!(
            "the trigger {trigger} of {table} runs with the rights of the role, unless its function is SECURITY DEFINER: \
             what it does must be granted too"
        ));
    }
    for rule in &found.broken {
        remarks.push(format!(
            "the rule {rule} does not fit the database: nothing is printed for it"
        ));
    }
    if needed.intent == Intent::Enforce {
        remarks.push(
            "the ledger's tables must be there: `retentiond migrate --print` shows them".to_owned(),
        );
    }
    remarks
}

/// A file has permissions instead.
fn of_file<'a>(name: &'a str, path: &std::path::Path, intent: Intent) -> Printed<'a> {
    let how = match intent {
        Intent::Rehearse => {
            "must be readable; in WAL mode its folder must be writable as well, for the -shm file of readers"
        }
        Intent::Enforce => {
            "and its folder must be readable and writable: SQLite has no roles, and makes its journal beside the file"
        }
    };
    Printed {
        database: name,
        role: String::new(),
        statements: Vec::new(),
        remarks: vec![format!("{} {how}", path.display())],
    }
}

fn text(one: &Printed<'_>) -> String {
    let mut text = format!("-- database {}\n", one.database);
    for remark in &one.remarks {
        let _ = writeln!(text, "-- {remark}");
    }
    for statement in &one.statements {
        let _ = writeln!(text, "{statement};");
    }
    text
}
