//! `audit`: what was done, and whether that is true.

mod acknowledge;
mod certificate;
mod expire;
mod export;
mod key;
mod prove;
mod show;
mod sinks;
mod verify;

use super::Exit;
use super::context::At;
use super::served::Errand;

pub use show::Sum;

/// Show the receipts: what was removed and anonymised, when, by which rule, and who approved it; and verify them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Show(show::Args),
    Verify(verify::Args),
    Key(key::Args),
    Prove(prove::Args),
    Export(export::Args),
    Sinks(sinks::Args),
    Expire(expire::Args),
    Certificate(certificate::Args),
    RotateKey(key::RotateArgs),
    Acknowledge(acknowledge::Args),
}

impl Args {
    /// A log that was given is read as it is.
    pub(super) fn reads_the_store(&self) -> bool {
        !matches!(&self.verb, Verb::Verify(args) if args.is_given())
    }

    pub(super) fn errand(&self) -> Errand {
        match &self.verb {
            Verb::Expire(_) | Verb::RotateKey(_) | Verb::Acknowledge(_) => Errand::Whole,
            Verb::Show(_)
            | Verb::Verify(_)
            | Verb::Key(_)
            | Verb::Prove(_)
            | Verb::Export(_)
            | Verb::Sinks(_)
            | Verb::Certificate(_) => Errand::None,
        }
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::Show(args) => show::run(at, args).await,
        Verb::Verify(args) => verify::run(at, args),
        Verb::Key(_) => key::run(at).await,
        Verb::Prove(args) => prove::run(at, args).await,
        Verb::Export(args) => export::run(at, args).await,
        Verb::Expire(args) => expire::run(at, args).await,
        Verb::Sinks(args) => sinks::run(at, args).await,
        Verb::Certificate(args) => certificate::run(at, args).await,
        Verb::RotateKey(_) => key::rotate(at).await,
        Verb::Acknowledge(args) => acknowledge::run(at, args).await,
    }
}
