//! Keys of records, and conditions that name them, from standard input: on a command line everybody on the host could read
//! them.

use anyhow::Context;

use super::served;

/// The only way of giving keys.
pub fn only_from_standard_input(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err("keys are read from standard input: write --key -".to_owned())
}

/// The only way of giving a condition: it names keys, or what else tells whose rows are meant.
pub fn condition_from_standard_input(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err("a condition is read from standard input: write --when -".to_owned())
}

/// All of standard input.
///
/// # Errors
/// It cannot be read as text.
pub fn whole() -> anyhow::Result<String> {
    match served::input() {
        Some(whole) => Ok(whole),
        None => {
            std::io::read_to_string(std::io::stdin()).context("failed to read from standard input")
        }
    }
}

/// The lines of standard input, sorted; empty ones are none, and doubles count once.
///
/// # Errors
/// It cannot be read as text.
pub fn lines() -> anyhow::Result<Vec<String>> {
    let whole = whole()?;
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort_unstable();
    lines.dedup();
    Ok(lines)
}

/// The records of standard input, one to a line, columns separated by tabs; empty lines are none, and doubles count once.
///
/// # Errors
/// It cannot be read as text.
pub fn records() -> anyhow::Result<Vec<Vec<String>>> {
    let lines = lines()?;
    let columns = |line: &String| line.split('\t').map(str::to_owned).collect();
    Ok(lines.iter().map(columns).collect())
}
