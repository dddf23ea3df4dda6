//! Where retentiond keeps its own files, and how long it may go on without having published.

use std::path::PathBuf;

use chrono::TimeDelta;

use crate::calendar::RetentionPeriod;
use crate::config::document::{Document, StateTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::Sink;

use super::{Reader, sink};

const STATE_DIRECTORY: &str = "/var/lib/retentiond";

/// Longer is no requirement.
const REQUIRED_WITHIN_MAX: TimeDelta = TimeDelta::days(366);

/// A receipt is kept for a year at least.
const KEEP_MONTHS_MIN: u32 = 12;
const KEEP_MONTHS_MAX: u32 = 1200;

fn state(document: &Document) -> Option<&StateTable> {
    document.state.as_ref().map(|state| &state.value)
}

/// The state directory.
pub(super) fn directory(document: &Document, reader: &mut Reader<'_>) -> Option<PathBuf> {
    match state(document).and_then(|state| state.directory.as_ref()) {
        None => Some(PathBuf::from(STATE_DIRECTORY)),
        Some(directory) => reader.path(directory),
    }
}

/// The places that keep checkpoints.
pub(super) fn sinks(document: &Document, reader: &mut Reader<'_>) -> Option<Vec<Sink>> {
    let written = state(document).and_then(|state| state.publish.as_deref());
    let written = written.unwrap_or_default();
    let all: Vec<Option<Sink>> = written
        .iter()
        .map(|table| sink::sink(table, reader))
        .collect();
    for (place, one) in all.iter().enumerate() {
        if let Some(sink) = one
            && all[..place].contains(one)
        {
            let sentence = format!("{sink} stands here twice");
            reader.push(Fault::error(written[place].at, sentence).hint("remove one of them"));
        }
    }
    all.into_iter().collect()
}

/// How long runs go on while nothing is published. Inner `None`: however long.
#[expect(
    clippy::option_option,
    reason = "a fault and a key left out are two answers"
)]
pub(super) fn require_published(
    document: &Document,
    reader: &mut Reader<'_>,
) -> Option<Option<TimeDelta>> {
    let Some(state) = state(document) else {
        return Some(None);
    };
    let Some(written) = &state.require_published else {
        return Some(None);
    };
    let within = within(written, reader)?;
    if state.publish.as_ref().is_none_or(Vec::is_empty) {
        let fault = Fault::error(
            written.at,
            "nothing is published anywhere, so no run would ever begin",
        );
        let hint = "name a place: publish = [{ directory = \"/mnt/evidence\" }]; or remove it";
        reader.missing(
            document.state.as_ref().map_or(written.at, |state| state.at),
            &["publish"],
            fault.hint(hint),
        );
        return None;
    }
    Some(Some(within))
}

/// For how many months records of the log are kept. Inner `None`: for ever.
#[expect(
    clippy::option_option,
    reason = "a fault and a key left out are two answers"
)]
pub(super) fn keep_months(document: &Document, reader: &mut Reader<'_>) -> Option<Option<u32>> {
    let Some(state) = state(document) else {
        return Some(None);
    };
    let Some(written) = &state.keep else {
        return Some(None);
    };
    let months = match written.value.parse::<RetentionPeriod>() {
        Ok(RetentionPeriod::Months(count)) => count.get(),
        Ok(RetentionPeriod::Years(count)) => count.get().saturating_mul(12),
        Ok(RetentionPeriod::Hours(_) | RetentionPeriod::Days(_) | RetentionPeriod::Weeks(_))
        | Err(_) => 0,
    };
    if !(KEEP_MONTHS_MIN..=KEEP_MONTHS_MAX).contains(&months) {
        let sentence = format!(
            "\"{}\" is not how long records of the log are kept",
            written.value
        );
        let hint =
            "write one count of months or years, a year at least: \"18 months\", \"7 years\"";
        reader.push(Fault::error(written.at, sentence).hint(hint));
        return None;
    }
    if state.publish.as_ref().is_none_or(Vec::is_empty) {
        let fault = Fault::error(
            written.at,
            "nothing is published anywhere, so nothing would vouch for the records that go",
        );
        let hint = "name a place: publish = [{ directory = \"/mnt/evidence\" }]; or remove it";
        reader.missing(
            document.state.as_ref().map_or(written.at, |state| state.at),
            &["publish"],
            fault.hint(hint),
        );
        return None;
    }
    Some(Some(months))
}

fn within(written: &Located<String>, reader: &mut Reader<'_>) -> Option<TimeDelta> {
    let hours = match written.value.parse::<RetentionPeriod>() {
        Ok(RetentionPeriod::Hours(count)) => i64::from(count.get()),
        Ok(RetentionPeriod::Days(count)) => i64::from(count.get()) * 24,
        Ok(RetentionPeriod::Weeks(count)) => i64::from(count.get()) * 24 * 7,
        Ok(RetentionPeriod::Months(_) | RetentionPeriod::Years(_)) | Err(_) => 0,
    };
    let found = TimeDelta::try_hours(hours)
        .filter(|found| *found > TimeDelta::zero() && *found <= REQUIRED_WITHIN_MAX);
    if found.is_none() {
        let sentence = format!(
            "\"{}\" is not how long runs may go on while nothing is published",
            written.value
        );
        let hint =
            "write one count of hours, days or weeks, at most a year: \"24 hours\", \"2 days\"";
        reader.push(Fault::error(written.at, sentence).hint(hint));
    }
    found
}
