//! `erase`: one person's rows, because the person asks for it.

mod answer;
mod carry_out;
mod request;
pub mod requests;

use super::Exit;
use super::context::At;
use super::served::Errand;

pub use answer::{Answer, Duty, Stays};

/// Erase what is one person's, on request, and answer what stays, why and until when.
///
/// A rule whose rows stand for people says so (erasure = { with = ["…"] }). Purposes end at once, except statutory
/// minimums; holds win. Without --confirm the request is taken in and shown: it has to be answered within a month, and
/// `erase list` and the daemon remind of it. What stays for now is erased when its minimum has ended; what a restored
/// backup brings back is erased again.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    request: request::RequestArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    CarryOut(carry_out::Args),
    List(requests::ListArgs),
    Extend(requests::ExtendArgs),
    Close(requests::CloseArgs),
}

impl Args {
    /// What only looks is done here.
    pub(super) fn errand(&self) -> Errand {
        match &self.verb {
            None => self.request.errand(),
            Some(Verb::CarryOut(_) | Verb::Extend(_) | Verb::Close(_)) => Errand::Whole,
            Some(Verb::List(_)) => Errand::None,
        }
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        None => request::run(at, &args.request).await,
        Some(Verb::CarryOut(args)) => carry_out::run(at, args).await,
        Some(Verb::List(args)) => requests::list(at, args).await,
        Some(Verb::Extend(args)) => requests::extend(at, args).await,
        Some(Verb::Close(args)) => requests::close(at, args).await,
    }
}
