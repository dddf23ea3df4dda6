//! Parts of the evidence that the benchmark leaves out, to tell what each costs.

use std::sync::OnceLock;

/// A part of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The keyed digest of every key, and its file.
    Digests,
    /// Intents and receipts.
    Log,
}

/// True where the environment of a benchmark says so; in a build that is shipped never.
#[must_use]
pub fn is_without(part: Part) -> bool {
    static TOLD: OnceLock<(bool, bool)> = OnceLock::new();
    if !cfg!(feature = "without-evidence") {
        return false;
    }
    let told = TOLD.get_or_init(|| {
        let all = std::env::var("RETENTIOND_WITHOUT").unwrap_or_default();
        let has = |word| all.split(',').any(|one| one == word);
        (has("digests"), has("log"))
    });
    match part {
        Part::Digests => told.0,
        Part::Log => told.1,
    }
}
