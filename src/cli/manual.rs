//! `manual`: the pages and completions that a package installs, written from the command line itself.

use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::{Shell, generate_to};

use super::{Cli, Exit};

/// Write manual pages and shell completions into a folder.
///
/// One page for each command (retentiond.1, retentiond-audit-show.1 …), and completions for bash (retentiond.bash), zsh
/// (_retentiond) and fish (retentiond.fish).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; it is made where it is not there.
    #[arg(value_name = "FOLDER")]
    to: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(&args.to).context("failed to make the folder")?;
    let mut command = Cli::command();
    clap_mangen::generate_to(command.clone(), &args.to).context("failed to write the pages")?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut command, "retentiond", &args.to)
            .context("failed to write the completions")?;
    }
    Ok(Exit::Done)
}
