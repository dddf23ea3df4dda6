//! `check`: everything that is wrong with a schedule, at once.

use crate::db::{self, Access};
use crate::diagnostic::Faults;
use crate::plan::Plan;
use crate::resolve::resolve;
use crate::run::{Halt, Order};
use crate::sql::{Expr, Item, Lock, select};

use super::Exit;
use super::context::{At, Loaded, exit_of_halt};

/// Show everything that is wrong with the schedule.
///
/// Without --connect only the file is read. With it, every name is looked up in the databases, and what would make a
/// run wrong, slow or impossible is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Look every table and column up in the databases.
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
        loaded.show_file_only();
        return Ok(Exit::Done);
    }
    let databases = match loaded.databases(args.database.as_deref()) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let mut all = loaded.warnings.clone();
    let mut worst = Exit::Done;
    for database in databases {
        match connected(at, &loaded, database).await {
            Ok(faults) => all.extend(faults),
            Err(halt) => {
                eprintln!("error: database {}: {halt}", database.name);
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    loaded.show(&all);
    if !all.permit() {
        worst = Exit::Schedule;
    }
    if worst == Exit::Done {
        super::print(&format!(
            "{}: {} rules fit their databases\n",
            at.schedule.display(),
            loaded.schedule.rules.len()
        ));
    }
    Ok(worst)
}

impl Loaded {
    fn show_file_only(&self) {
        if self.warnings.warnings() > 0 {
            self.show(&self.warnings);
        }
        super::print(&format!(
            "{} rules for {} databases are sound as far as the file tells; add --connect to look them up\n",
            self.schedule.rules.len(),
            self.schedule.databases.len()
        ));
    }
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
    let stop = crate::disposal::Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: None,
        only_rule: None,
        stop: &stop,
    };
    let _ = order;
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
