//! Progress on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::disposal::Progress;
use crate::plan::Step;

/// A line that says how far a long run is; nothing where stderr is no terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// Hidden until the first count.
    #[must_use]
    pub fn new() -> Self {
        if !std::io::stderr().is_terminal() || super::served::is_served() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Takes the line away.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn counting(&mut self, rule: &str) {
        self.0.set_message(format!("{rule}: counting"));
    }

    fn batch_done(&mut self, step: &Step, rows: u64) {
        self.0
            .set_message(format!("{}: {rows} rows {}", step.rule, step.action.word()));
    }
}
