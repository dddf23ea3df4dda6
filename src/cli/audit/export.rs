//! `audit export`: the log as lines of JSON.

use std::io::Write;

use crate::state::{Store, Use};

use super::super::Exit;
use super::super::context::At;

/// Write every record as one line of JSON, for a collector: the lines of the log as they are.
///
/// Each line has its number `n`, its time `at` and its `record`. A collector that keeps the number of the last line
/// goes on behind it with `--from`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the first record wanted.
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut is_read = true;
    store.lines(|n, text| {
        // A reader that went away (`| head`) is not an error.
        if n >= args.from && is_read {
            is_read = out
                .write_all(text)
                .and_then(|()| out.write_all(b"\n"))
                .is_ok();
        }
        Ok(())
    })?;
    let _ = out.flush();
    Ok(Exit::Done)
}
