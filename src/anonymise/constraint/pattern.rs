//! Texts of which some characters are not yet known, compared with texts and LIKE patterns.

use super::evaluate::Truth;

/// One character of a text to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Cell {
    Is(char),
    /// One of the characters of an alphabet.
    OneOf(&'static str),
}

impl Cell {
    fn must_be(self, other: char) -> bool {
        self == Self::Is(other)
    }

    /// Without regard to letter case, because some collations have none.
    fn may_be(self, other: char) -> bool {
        let same = |one: char| one.to_lowercase().eq(other.to_lowercase());
        match self {
            Self::Is(one) => same(one),
            Self::OneOf(alphabet) => alphabet.chars().any(same),
        }
    }
}

/// Whether the text equals another. Two texts that differ in letter case may be equal to a database.
pub(super) fn equal(cells: &[Cell], text: &str) -> Truth {
    let others: Vec<char> = text.chars().collect();
    let pairs = || cells.iter().zip(&others);
    if cells.len() != others.len() || pairs().any(|(cell, other)| !cell.may_be(*other)) {
        Truth::False
    } else if pairs().all(|(cell, other)| cell.must_be(*other)) {
        Truth::True
    } else {
        Truth::Unknown
    }
}

/// Whether the text is like a pattern. A pattern with an escape is not decided.
pub(super) fn like(cells: &[Cell], pattern: &str) -> Truth {
    if pattern.contains('\\') {
        return Truth::Unknown;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    if matches(cells, &pattern, Cell::must_be) {
        Truth::True
    } else if matches(cells, &pattern, Cell::may_be) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// For each length of the text's beginning: is it like the pattern's beginning?
fn matches(cells: &[Cell], pattern: &[char], same: fn(Cell, char) -> bool) -> bool {
    let mut reached = vec![false; cells.len() + 1];
    reached[0] = true;
    for one in pattern {
        let mut next = vec![false; cells.len() + 1];
        for at in 0..=cells.len() {
            next[at] = match one {
                '%' => reached[at] || (at > 0 && next[at - 1]),
                '_' => at > 0 && reached[at - 1],
                other => at > 0 && reached[at - 1] && same(cells[at - 1], *other),
            };
        }
        reached = next;
    }
    reached[cells.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_decided_only_where_every_text_agrees() {
        let mut cells: Vec<Cell> = "anon-".chars().map(Cell::Is).collect();
        cells.extend([Cell::OneOf("0123456789abcdef"); 4]);
        cells.extend("@x.invalid".chars().map(Cell::Is));
        for (pattern, truth) in [
            ("%@%", Truth::True),
            ("anon-____@%", Truth::True),
            ("%@%.%", Truth::True),
            ("%@", Truth::False),
            ("ANON%", Truth::Unknown),
            ("%a@%", Truth::Unknown),
            ("%g@%", Truth::False),
            ("%\\%%", Truth::Unknown),
        ] {
            assert_eq!(like(&cells, pattern), truth, "{pattern}");
        }
    }

    #[test]
    fn letter_case_is_nobodys_proof() {
        let cells: Vec<Cell> = "anon".chars().map(Cell::Is).collect();
        assert_eq!(equal(&cells, "anon"), Truth::True);
        assert_eq!(equal(&cells, "ANON"), Truth::Unknown);
        assert_eq!(equal(&cells, "anons"), Truth::False);
    }
}
