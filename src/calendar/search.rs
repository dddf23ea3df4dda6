//! The greatest number for which a monotone claim still holds.

/// The greatest `n` in `low..=high` for which `holds(n)`, given that `holds` is true up to some
/// point and false from there on. `None` where it does not even hold for `low`.
pub(super) fn greatest(low: i64, high: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    if low > high || !holds(low) {
        return None;
    }
    let (mut known, mut open) = (low, high);
    while known < open {
        let middle = open - (open - known) / 2;
        if holds(middle) {
            known = middle;
        } else {
            open = middle - 1;
        }
    }
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::greatest;

    #[test]
    fn finds_the_last_that_holds() {
        for last in -3..=9 {
            assert_eq!(greatest(-3, 9, |n| n <= last), Some(last));
        }
        assert_eq!(greatest(-3, 9, |n| n <= -4), None);
        assert_eq!(greatest(-3, 9, |_| true), Some(9));
        assert_eq!(greatest(1, 0, |_| true), None);
    }
}
