//! Reading a log that is open.

use super::super::{line, scan};
use super::{Entry, Log};

/// Kinds of which there may be more than memory should hold: some for every batch, run, occurrence of a cadence or hour.
pub(super) const MANY: [&str; 9] = [
    "checkpoint",
    "run-started",
    "run-ended",
    "runs-missed",
    "clock-jumped",
    "intent",
    "committing",
    "done",
    "not-applied",
];

impl Log {
    /// Every line as it is, with its place.
    ///
    /// # Errors
    /// What `each` returns; the log cannot be read, or is broken.
    pub fn lines(
        &self,
        mut each: impl FnMut(u64, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        // What was appended since by another process is not this log yet.
        let mine = |n, text: &[u8]| {
            if n < self.tree.size() {
                each(n, text)
            } else {
                Ok(())
            }
        };
        scan::lines_from(&self.folder, self.beginning.first(), mine).map(drop)
    }

    /// All records that are wanted, oldest first; those that were carried over at their own places.
    ///
    /// # Errors
    /// The log cannot be read, or is broken.
    pub fn entries(&self, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<Entry>> {
        let mut found = Vec::new();
        self.each_entry(wanted, |entry| found.push(entry))?;
        Ok(found)
    }

    /// The same, one by one: of a log of years nobody wants all receipts at once.
    ///
    /// # Errors
    /// As for [`Self::entries`].
    pub fn each_entry(
        &self,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(Entry),
    ) -> anyhow::Result<()> {
        if !MANY.iter().any(|kind| wanted(kind)) {
            let few = self.few.iter().filter(|entry| wanted(entry.record.kind()));
            few.cloned().for_each(each);
            return Ok(());
        }
        let carried = self.beginning.carried.values();
        carried
            .filter(|entry| wanted(entry.record.kind()))
            .cloned()
            .for_each(&mut each);
        scan::lines_from(&self.folder, self.beginning.first(), |n, text| {
            // What was appended since by another process is not this log yet.
            if n < self.tree.size() && kind(text).is_none_or(&wanted) {
                let line = line::read(text)?;
                if wanted(line.record.kind()) {
                    each(Entry {
                        seq: n,
                        at: line.at,
                        record: line.record,
                    });
                }
            }
            Ok(())
        })
        .map(drop)
    }
}

/// The kind of a record, without reading all of it; `None` where that is not certain.
pub(super) fn kind(text: &[u8]) -> Option<&str> {
    const KEY: &[u8] = b"\"kind\":\"";
    let mut places = text
        .windows(KEY.len())
        .enumerate()
        .filter(|(_, part)| *part == KEY);
    let (first, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let rest = &text[first + KEY.len()..];
    let length = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..length]).ok()
}
