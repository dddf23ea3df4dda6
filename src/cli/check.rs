//! `check`: everything that is wrong with a schedule, at once.

use crate::db::{self, Access};
use crate::diagnostic::Faults;
use crate::plan::Plan;
use crate::resolve::resolve;
use crate::run::Halt;
use crate::sql::{Expr, Item, Lock, select};

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
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if !args.connect {
        return file_only(at, &loaded);
    }
    let databases = match loaded.databases(args.database.as_deref()) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let mut all = loaded.warnings.clone();
    let mut worst = Exit::Done;
    let mut halts = Vec::new();
    let mut fitting = 0;
    for database in databases {
        match connected(at, &loaded, database).await {
            Ok(faults) => {
                all.extend(faults);
                fitting += loaded.schedule.rules_of(&database.name).count();
            }
            Err(halt) => {
                complain(database, &halt);
                halts.push(halted(database, &halt));
                worst = worst.max(exit_of_halt(&halt));
            }
        }
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
        super::print_json(&found)?;
    } else if worst == Exit::Done {
        let rules = counted(fitting, "rule");
        let verb = if fitting == 1 {
            "fits its database"
        } else {
            "fit their databases"
        };
        super::print(&format!("{}: {rules} {verb}\n", at.schedule.display()));
    }
    Ok(worst)
}

fn file_only(at: &At, loaded: &Loaded) -> anyhow::Result<Exit> {
    if loaded.warnings.warnings() > 0 {
        loaded.show(&loaded.warnings);
    }
    match at.output {
        Output::Json => {
            super::print_json(&Findings::of(&loaded.source, &loaded.warnings))?;
        }
        Output::Text => super::print(&format!(
            "{}: {} for {}, sound as far as the file tells; add --connect to look everything up in the databases\n",
            at.schedule.display(),
            counted(loaded.schedule.rules.len(), "rule"),
            counted(loaded.schedule.databases.len(), "database")
        )),
    }
    Ok(Exit::Done)
}

async fn connected(
    at: &At,
    loaded: &Loaded,
    database: &crate::schedule::Database,
) -> Result<Faults, Halt> {
    let mut session = db::open(database, at.base(), Access::Rehearse).await?;
    let catalog = session.catalog().await?;
    let dialect = session.dialect();
    let resolved = resolve(&loaded.schedule, database, &catalog, dialect);
    let mut faults = resolved.faults;
    // The statements themselves are tried on no row: a privilege that is missing, row-level security that would hide
    // rows, a comparison that the database refuses are found now and not at night.
    let plan = Plan::of(&resolved.program, chrono::Utc::now());
    for step in &plan.steps {
        let nothing = Expr::all([step.preview.clone(), Expr::Truth(false)]);
        for condition in [nothing, step.preview.clone()] {
            let sql = select(
                dialect,
                &step.target.table,
                &[Item::One],
                &condition,
                None,
                Some((0, 0)),
                Lock::None,
            );
            if let Err(trouble) = session.rows(&sql).await {
                if trouble.is_lost() {
                    return Err(trouble.into());
                }
                if let Some(rule) = loaded.schedule.rule(&step.rule) {
                    faults.push(
                        crate::diagnostic::Fault::error(rule.table.at, trouble.kind.sentence())
                            .hint(trouble.advice())
                            .in_rule(&step.rule),
                    );
                }
                break;
            }
        }
    }
    Ok(faults)
}
