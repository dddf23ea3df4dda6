//! How much one run may do: the defaults, the schedule's, a rule's.

use crate::config::document::{Document, LimitsTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::{Limits, Share};

use super::reader::Reader;

const ROWS_PER_RUN: u64 = 100_000;
const SHARE_PER_RUN_BASIS_POINTS: u16 = 1_000;
const ROWS_PER_BATCH: u32 = 10_000;
const ROWS_PER_BATCH_MAX: i64 = 50_000;
const BATCH_DURATION_MS: u32 = 20;
const BATCH_DURATION_MAX_MS: u32 = 10_000;
const WORKERS: u32 = 1;
const WORKERS_MAX: i64 = 8;

/// The limits of rules that say nothing.
pub(super) fn of_schedule(document: &Document, reader: &mut Reader<'_>) -> Option<Limits> {
    let defaults = Limits {
        rows_per_run: ROWS_PER_RUN,
        share_per_run: Share::from_basis_points(SHARE_PER_RUN_BASIS_POINTS)?,
        rows_per_batch: ROWS_PER_BATCH,
        batch_duration_ms: BATCH_DURATION_MS,
        workers: WORKERS,
    };
    match &document.limits {
        None => Some(defaults),
        Some(table) => over(&table.value, defaults, reader),
    }
}

/// What a table says, over what holds without it.
pub(super) fn over(
    table: &LimitsTable,
    inherited: Limits,
    reader: &mut Reader<'_>,
) -> Option<Limits> {
    let rows_per_run = match &table.rows_per_run {
        None => Some(inherited.rows_per_run),
        Some(rows) => rows_between(rows, i64::MAX, reader).and_then(|rows| rows.try_into().ok()),
    };
    let share_per_run = match &table.share_per_run {
        None => Some(inherited.share_per_run),
        Some(text) => checked(text, share(&text.value), SHARE_FORM, reader),
    };
    let rows_per_batch = match &table.rows_per_batch {
        None => Some(inherited.rows_per_batch),
        Some(rows) => {
            rows_between(rows, ROWS_PER_BATCH_MAX, reader).and_then(|rows| rows.try_into().ok())
        }
    };
    let batch_duration_ms = match &table.batch_duration {
        None => Some(inherited.batch_duration_ms),
        Some(text) => checked(text, milliseconds(&text.value), DURATION_FORM, reader),
    };
    let workers = match &table.workers {
        None => Some(inherited.workers),
        Some(count) => workers(count, reader),
    };
    Some(Limits {
        rows_per_run: rows_per_run?,
        share_per_run: share_per_run?,
        rows_per_batch: rows_per_batch?,
        batch_duration_ms: batch_duration_ms?,
        workers: workers?,
    })
}

/// A sentence and a hint about a form that was not met.
type Form = (&'static str, &'static str);

const SHARE_FORM: Form = (
    "is not a share of a table",
    "write a percentage above 0 and up to 100, such as \"10 %\" or \"0.5 %\"",
);
const DURATION_FORM: Form = (
    "is not the duration of a batch",
    "write \"1 ms\" to \"10 s\", such as \"20 ms\" or \"1 s\"",
);

fn checked<T>(
    text: &Located<String>,
    value: Option<T>,
    (sentence, hint): Form,
    reader: &mut Reader<'_>,
) -> Option<T> {
    if value.is_none() {
        let sentence = format!("\"{}\" {sentence}", text.value);
        reader.push(Fault::error(text.at, sentence).hint(hint));
    }
    value
}

fn rows_between(rows: &Located<i64>, most: i64, reader: &mut Reader<'_>) -> Option<i64> {
    if rows.value < 1 {
        let fault = Fault::error(
            rows.at,
            format!("a limit of {} rows permits nothing", rows.value),
        )
        .hint("write at least 1; a rule that should only count has mode = \"observe\"");
        reader.push(fault);
        return None;
    }
    if rows.value > most {
        let sentence = format!("{} rows in one transaction is too many", rows.value);
        reader.push(Fault::error(rows.at, sentence).hint(format!("write at most {most}")));
        return None;
    }
    Some(rows.value)
}

fn workers(count: &Located<i64>, reader: &mut Reader<'_>) -> Option<u32> {
    if (1..=WORKERS_MAX).contains(&count.value) {
        return count.value.try_into().ok();
    }
    let sentence = format!("{} is not a number of workers", count.value);
    let hint = format!(
        "write 1 to {WORKERS_MAX}: how many transactions may remove rows of a table at once"
    );
    reader.push(Fault::error(count.at, sentence).hint(hint));
    None
}

fn share(text: &str) -> Option<Share> {
    let number = text.strip_suffix('%')?.trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let whole: u16 = whole.parse().ok()?;
    let part: u16 = format!("{part:0<2}").parse().ok()?;
    let points = whole.checked_mul(100)?.checked_add(part)?;
    Share::from_basis_points(points).filter(|_| points > 0)
}

fn milliseconds(text: &str) -> Option<u32> {
    let (count, factor) = match text.strip_suffix("ms") {
        Some(count) => (count, 1),
        None => (text.strip_suffix('s')?, 1_000),
    };
    let count = count.trim_end();
    if !count.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milliseconds = count.parse::<u32>().ok()?.checked_mul(factor)?;
    (1..=BATCH_DURATION_MAX_MS)
        .contains(&milliseconds)
        .then_some(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, share};

    #[test]
    fn shares() {
        for (text, shown) in [
            ("10 %", "10 %"),
            ("10%", "10 %"),
            ("100 %", "100 %"),
            ("0.5 %", "0.50 %"),
            ("0.05 %", "0.05 %"),
        ] {
            assert_eq!(share(text).map(|s| s.to_string()).as_deref(), Some(shown));
        }
        for text in [
            "", "%", "10", "0 %", "101 %", "-1 %", "+1 %", "1. %", ".5 %", "0.005 %",
        ] {
            assert_eq!(share(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(milliseconds("20 ms"), Some(20));
        assert_eq!(milliseconds("1 s"), Some(1_000));
        for text in [
            "",
            "20",
            "0 ms",
            "11 s",
            "-1 ms",
            "+1 ms",
            "1 m",
            "1.5 s",
            "s",
            "5000000 s",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
