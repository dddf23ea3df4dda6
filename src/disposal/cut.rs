//! Bounds that were too wide, cut: what is still to be walked of them.
//!
//! Several hands may have bounds in hand at once, and more than one may turn out too wide: each is kept until it has been
//! walked, and none takes the place of another.

use crate::catalog::Column;
use crate::plan::{Bound, Range};
use crate::sql::Value;

use super::walker::Walker;

/// What of cut bounds is still to be walked, the next one last.
#[derive(Debug, Default)]
pub struct Cut {
    /// Parts that are bounds already.
    pub bounds: Vec<Bound>,
    /// Ranges whose parts are found by reading.
    pub ranges: Vec<Range>,
    /// Pages that are too much for one batch: their rows are listed.
    pub pages: Vec<Walker>,
}

impl Cut {
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty() && self.ranges.is_empty() && self.pages.is_empty()
    }

    fn both(&mut self, first: Bound, second: Bound) {
        self.bounds.extend([second, first]);
    }

    /// Cuts pages in two; false where it is one page. The last run has no known end: its rows lie before this one, but
    /// what is cut off goes as far as it did.
    pub fn pages(&mut self, (first, end): (u64, u64), known_end: u64) -> bool {
        let known = end.min(known_end.max(first + 1));
        if known - first == 1 {
            if end > known {
                self.bounds.push(Bound::Pages { first: known, end });
            }
            return false;
        }
        let middle = first + (known - first).div_ceil(2);
        let (front, back) = ((first, middle), (middle, end));
        let [front, back] = [front, back].map(|(first, end)| Bound::Pages { first, end });
        self.both(front, back);
        true
    }

    /// Cuts a list of keys in two; false where it is one key, which is walked again.
    pub fn keys(&mut self, columns: Vec<Column>, mut keys: Vec<Vec<Value>>) -> bool {
        let back = keys.split_off(keys.len().div_ceil(2));
        let front = Bound::Keys {
            columns: columns.clone(),
            keys,
        };
        if back.is_empty() {
            self.bounds.push(front);
            return false;
        }
        let back = Bound::Keys {
            columns,
            keys: back,
        };
        self.both(front, back);
        true
    }

    /// Cuts a range of numbers in two, or leaves it to be walked by reading.
    pub fn range(&mut self, range: Range) {
        match middle(&range) {
            Some(middle) => {
                let front = Range {
                    upto: Some(vec![Value::Int(middle)]),
                    ..range.clone()
                };
                let back = Range {
                    after: Some(vec![Value::Int(middle)]),
                    ..range
                };
                self.both(Bound::Range(front), Bound::Range(back));
            }
            None => self.ranges.push(range),
        }
    }
}

/// Of a range of one number that is bounded by numbers on both sides.
fn middle(range: &Range) -> Option<i64> {
    let ([_], [after], [upto]) = (
        range.columns.as_slice(),
        range.after.as_deref()?,
        range.upto.as_deref()?,
    ) else {
        return None;
    };
    let (after, upto) = (after.as_int()?, upto.as_int()?);
    let middle = after + upto.checked_sub(after)? / 2;
    (after < middle && middle < upto).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(cut: &Cut) -> Vec<(u64, u64)> {
        let all = cut.bounds.iter().rev().map(|bound| match bound {
            Bound::Pages { first, end } => (*first, *end),
            other => panic!("{other:?}"),
        });
        all.collect()
    }

    #[test]
    fn of_two_runs_of_pages_every_page_is_walked() {
        let mut cut = Cut::default();
        assert!(cut.pages((10, 20), 40));
        assert!(cut.pages((0, 10), 40));
        assert_eq!(pages(&cut), [(0, 5), (5, 10), (10, 15), (15, 20)]);
    }

    #[test]
    fn the_last_run_stays_open_and_one_page_is_not_cut() {
        let open = u64::from(u32::MAX);
        let mut cut = Cut::default();
        assert!(cut.pages((30, open), 40));
        assert_eq!(pages(&cut), [(30, 35), (35, open)]);
        let mut cut = Cut::default();
        assert!(!cut.pages((39, open), 40));
        assert_eq!(pages(&cut), [(40, open)], "the page itself is listed");
        assert!(!cut.pages((3, 4), 40));
        assert_eq!(pages(&cut), [(40, open)]);
    }
}
