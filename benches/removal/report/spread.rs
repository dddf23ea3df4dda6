//! A number that was measured several times.

use std::fmt;

/// Shown as `median (least–most)`.
pub struct Spread {
    pub least: f64,
    pub median: f64,
    pub most: f64,
}

impl Spread {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        Self {
            least: at(0),
            median: if values.len() % 2 == 1 {
                at(middle)
            } else {
                f64::midpoint(at(middle.saturating_sub(1)), at(middle))
            },
            most: at(values.len().saturating_sub(1)),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().unwrap_or(2);
        let Self {
            least,
            median,
            most,
        } = self;
        write!(f, "{median:.places$} ({least:.places$}–{most:.places$})")
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn whole_number(number: u64) -> f64 {
    number as f64
}
