//! `check`: everything that is wrong with a schedule, at once.

use crate::disposal::Stop;
use crate::run::{Order, probe};

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
    for database in databases {
        match probe(&order, database).await {
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
