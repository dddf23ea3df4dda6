//! How far each place that checkpoints go to is behind, for people.

use std::fmt::Write as _;

use crate::state::Standing;

use super::second;

/// A line for each place, and below it why it is behind.
#[must_use]
pub fn sinks(standings: &[Standing]) -> String {
    let mut out = String::new();
    for one in standings {
        let last = match one.published {
            Some(at) => format!("the first {} records, on {}", one.size, second(at)),
            None => "nothing yet".to_owned(),
        };
        let _ = writeln!(out, "{}\n  has   {last}", one.place);
        if one.waits {
            let _ = writeln!(out, "  waits for {} records", one.behind);
        }
        if let (Some(since), Some(why)) = (one.failing_since, &one.why) {
            let _ = writeln!(
                out,
                "  fails since {}, {} times: {why}",
                second(since),
                one.failures
            );
        }
    }
    out
}
