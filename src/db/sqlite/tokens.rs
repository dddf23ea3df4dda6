//! Reading the few words that SQLite keeps only as text: a trigger's time and event, a reference's INITIALLY
//! DEFERRED.

/// The bare words of a statement in upper case, without comments; a quoted name or text is one empty word.
pub fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else if let Some(close) = closing(first) {
            words.push(String::new());
            after_quote(&rest[first.len_utf8()..], close)
        } else if is_word(first) {
            let end = rest.find(|one| !is_word(one)).unwrap_or(rest.len());
            words.push(rest[..end].to_ascii_uppercase());
            &rest[end..]
        } else {
            if first == '.' {
                words.push(".".to_owned());
            }
            &rest[first.len_utf8()..]
        };
    }
    words
}

fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_' || one == '$'
}

fn closing(open: char) -> Option<char> {
    match open {
        '"' | '`' | '\'' => Some(open),
        '[' => Some(']'),
        _ => None,
    }
}

/// What follows a quoted name or text, in which the quote may be doubled.
fn after_quote(rest: &str, close: char) -> &str {
    let mut letters = rest.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let doubled = close != ']' && letters.peek().is_some_and(|(_, next)| *next == close);
        match (letter == close, doubled) {
            (true, true) => drop(letters.next()),
            (true, false) => return &rest[at + close.len_utf8()..],
            (false, _) => {}
        }
    }
    ""
}

/// When a trigger fires.
#[derive(Debug, PartialEq, Eq)]
pub struct Firing {
    pub before: bool,
    pub on_delete: bool,
    pub on_update: bool,
}

/// Reads `CREATE TRIGGER [IF NOT EXISTS] [schema.]name [BEFORE|AFTER|INSTEAD OF] event … ON`. INSTEAD OF counts as
/// before, since the row may never be touched.
pub fn firing(sql: &str) -> Firing {
    let words = words(sql);
    let mut words = words.iter().map(String::as_str).peekable();
    words.by_ref().find(|word| *word == "TRIGGER");
    if words.peek() == Some(&"IF") {
        words.by_ref().nth(2);
    }
    // The name, which may be a word that means something further on.
    words.next();
    if words.next_if_eq(&".").is_some() {
        words.next();
    }
    let time = words.next_if(|word| matches!(*word, "BEFORE" | "AFTER" | "INSTEAD"));
    if time == Some("INSTEAD") {
        words.next();
    }
    let event = words.next();
    Firing {
        // The default is BEFORE.
        before: time != Some("AFTER"),
        on_delete: event == Some("DELETE"),
        on_update: event == Some("UPDATE"),
    }
}

/// True where a word pair stands in a statement, outside of quotes and comments.
pub fn has_pair(sql: &str, first: &str, second: &str) -> bool {
    words(sql)
        .windows(2)
        .any(|pair| pair[0] == first && pair[1] == second)
}

/// True where a word stands in a statement, outside of quotes and comments.
pub fn has(sql: &str, word: &str) -> bool {
    words(sql).iter().any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_trigger_is_found_behind_any_name() {
        let after = |on_delete, on_update| Firing {
            before: false,
            on_delete,
            on_update,
        };
        for (sql, expected) in [
            (
                "CREATE TRIGGER t AFTER DELETE ON x BEGIN SELECT 1; END",
                after(true, false),
            ),
            (
                "CREATE TRIGGER \"before delete\" /* BEFORE */ AFTER -- INSERT\n UPDATE OF a ON x BEGIN DELETE FROM y; END",
                after(false, true),
            ),
            (
                "CREATE TRIGGER IF NOT EXISTS main.[delete] AFTER INSERT ON x",
                after(false, false),
            ),
            (
                "CREATE TRIGGER before AFTER DELETE ON x",
                after(true, false),
            ),
            (
                "CREATE TRIGGER t INSTEAD OF DELETE ON v",
                Firing {
                    before: true,
                    on_delete: true,
                    on_update: false,
                },
            ),
            (
                "CREATE TRIGGER 'it''s' DELETE ON v",
                Firing {
                    before: true,
                    on_delete: true,
                    on_update: false,
                },
            ),
        ] {
            assert_eq!(firing(sql), expected, "{sql}");
        }
    }

    #[test]
    fn quoted_words_are_not_words() {
        assert!(has("CREATE TABLE t(a CHECK(a > 0))", "CHECK"));
        assert!(!has(
            "CREATE TABLE t(\"CHECK\" TEXT DEFAULT 'CHECK' -- CHECK\n)",
            "CHECK"
        ));
        assert!(has_pair(
            "x DEFERRABLE initially  deferred)",
            "INITIALLY",
            "DEFERRED"
        ));
    }
}
