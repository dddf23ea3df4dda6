//! `schema`: the JSON Schema of the schedule.

use super::Exit;

/// Print the JSON Schema of the schedule, for editors and linters.
#[derive(Debug, clap::Args)]
pub struct Args {}

#[expect(clippy::unnecessary_wraps, reason = "every verb has this shape")]
pub(super) fn run(_: &Args) -> anyhow::Result<Exit> {
    super::print(&crate::config::json_schema());
    Ok(Exit::Done)
}
