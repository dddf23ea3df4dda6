//! `hold`: suspend what the schedule says of some rows, until somebody lifts it.

mod lift;
mod list;
mod place;

pub use list::Listed;

use super::Exit;
use super::context::At;
use super::served::Errand;

/// Hold rows: while a hold stands they are neither deleted nor overwritten, and neither is what hangs from them.
///
/// A hold wins over everything and ends only when it is lifted. Its keys or condition, its reason, its reference and its
/// owner are kept beside the log, which knows it by its name alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Place(place::Args),
    List(list::Args),
    Lift(lift::Args),
}

impl Args {
    pub(super) fn errand(&self) -> Errand {
        match &self.verb {
            Verb::Place(args) => args.errand(),
            Verb::Lift(_) => Errand::Whole,
            Verb::List(_) => Errand::None,
        }
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::Place(args) => place::run(at, args).await,
        Verb::List(args) => list::run(at, args),
        Verb::Lift(args) => lift::run(at, args).await,
    }
}
