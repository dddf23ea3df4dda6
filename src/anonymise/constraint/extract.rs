//! The CHECKs in the text of a CREATE TABLE, which is all that SQLite keeps of them.

/// The conditions in a text of the catalogue, each in its parentheses. A text that is no CREATE TABLE is one
/// condition; one whose parentheses do not close is given as it is, so that nothing can be proven of it.
pub(super) fn conditions(text: &str) -> Vec<&str> {
    let is_create = text
        .trim_start()
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("create"));
    if !is_create {
        return vec![text];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = token(&text[at..]) {
        let word = &text[at..at + length];
        at += length;
        if !word.eq_ignore_ascii_case("check") {
            continue;
        }
        let from = at + text[at..].len() - text[at..].trim_start().len();
        match enclosed(&text[from..]) {
            Some(length) => found.push(&text[from..from + length]),
            None => return vec![text],
        }
    }
    found
}

/// The length of what stands in parentheses at the beginning, with them.
fn enclosed(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(length) = token(&text[at..]) {
        match &text[at..at + length] {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += length;
        if depth == 0 {
            return text.starts_with('(').then_some(at);
        }
    }
    None
}

/// The length of the first word, quoted text, comment or other character; `None` at the end.
fn token(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let until = |end: &str, from: usize| {
        text.get(from..)
            .and_then(|rest| rest.find(end))
            .map_or(text.len(), |found| from + found + end.len())
    };
    Some(match first {
        // A doubled quotation mark ends one text and begins the next, which comes to the same.
        '\'' => until("'", 1),
        '"' => until("\"", 1),
        '`' => until("`", 1),
        '[' => until("]", 1),
        '-' if text.starts_with("--") => until("\n", 2),
        '/' if text.starts_with("/*") => until("*/", 2),
        one if one.is_alphanumeric() || one == '_' => text
            .find(|one: char| !one.is_alphanumeric() && one != '_')
            .unwrap_or(text.len()),
        other => other.len_utf8(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_of_a_table_are_found() {
        for (text, found) in [
            ("length(a) > 3", vec!["length(a) > 3"]),
            ("CREATE TABLE t (a TEXT)", vec![]),
            (
                "create table t (a TEXT CHECK (a IN ('x)', 'y')), \"check\" INT, -- CHECK (no)\n CONSTRAINT c check(b > (1)))",
                vec!["(a IN ('x)', 'y'))", "(b > (1))"],
            ),
            (
                "CREATE TABLE t (a CHECK (a",
                vec!["CREATE TABLE t (a CHECK (a"],
            ),
            (
                "CREATE TABLE t (ä TEXT CHECK (ä = 'it''s (')) STRICT",
                vec!["(ä = 'it''s (')"],
            ),
        ] {
            assert_eq!(conditions(text), found, "{text}");
        }
    }
}
