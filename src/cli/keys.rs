//! Keys of records, from standard input: on a command line everybody on the host could read them.

use std::io::BufRead;

use anyhow::Context;

/// The only way of giving keys.
pub fn only_from_standard_input(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err("keys are read from standard input: write --key -".to_owned())
}

/// The records of standard input, one to a line, columns separated by tabs; empty lines are none, and doubles count once.
///
/// # Errors
/// It cannot be read as text.
pub fn records() -> anyhow::Result<Vec<Vec<String>>> {
    let lines: Result<Vec<String>, _> = std::io::stdin().lock().lines().collect();
    let mut lines = lines.context("failed to read the keys from standard input")?;
    lines.retain(|line| !line.is_empty());
    lines.sort_unstable();
    lines.dedup();
    let columns = |line: &String| line.split('\t').map(str::to_owned).collect();
    Ok(lines.iter().map(columns).collect())
}
