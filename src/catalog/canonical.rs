//! The form of a schema that its fingerprint is of: what people declared, and nothing that the database gave itself.
//!
//! Apart, because an approval must outlive what changes nothing: a dump that is loaded into a new database has other
//! identities, another order of what has no order, and on PostgreSQL another spelling of some expressions. Whatever a
//! declaration says is kept: a column more, another type, a CHECK or the text of a trigger makes another fingerprint.

use std::borrow::Cow;

use super::{Fingerprint, RelationKind, Table};

/// The fingerprint of some tables, in whatever order they come and however often one of them does.
#[must_use]
pub fn fingerprint(tables: &[&Table]) -> Fingerprint {
    let mut tables: Vec<Table> = tables.iter().map(|table| canonical(table)).collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables.dedup_by(|a, b| a.name == b.name);
    Fingerprint::of(&tables)
}

fn canonical(table: &Table) -> Table {
    let mut table = table.clone();
    // Gone after a restore, an OPTIMIZE TABLE, a VACUUM. A table that was made anew as it was is the same schema.
    table.identity.clear();
    table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    table.unique.sort();
    table.unique.dedup();
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    if table.relation == RelationKind::Partitioned {
        // Every month has its own: their rows are the table's, and no other than it says.
        table.children.clear();
    }
    table.children.sort();
    for check in &mut table.checks {
        *check = distributed(check).into_owned();
    }
    table.checks.sort();
    for trigger in &mut table.triggers {
        trigger.definition = distributed(&trigger.definition).into_owned();
    }
    table
}

/// PostgreSQL's two spellings of one cast. What was declared as `s IN ('a', 'b')` it gives back as
/// `ANY ((ARRAY['a'::character varying, …])::text[])`, and what it reads from its own dump as
/// `ANY (ARRAY[('a'::character varying)::text, …])`: the second is made of the first.
fn distributed(text: &str) -> Cow<'_, str> {
    const ARRAY: &str = "(ARRAY[";
    if !text.contains(ARRAY) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = outside_of_quotes(rest, ARRAY) {
        let (before, from) = rest.split_at(at);
        written.push_str(before);
        let inner = &from[ARRAY.len()..];
        if let Some((elements, cast, after)) = array_cast(inner) {
            let each: Vec<String> = elements
                .iter()
                .map(|one| format!("({})::{cast}", distributed(one.trim_start())))
                .collect();
            written.push_str(&format!("ARRAY[{}]", each.join(", ")));
            rest = after;
        } else {
            written.push_str(ARRAY);
            rest = inner;
        }
    }
    written.push_str(rest);
    Cow::Owned(written)
}

/// What stands behind `(ARRAY[`, where it is a list with one cast for all: its elements, the type of each, and the rest.
fn array_cast(inner: &str) -> Option<(Vec<&str>, &str, &str)> {
    let mut elements = Vec::new();
    let (mut depth, mut begin, mut end) = (0_i32, 0, None);
    for (at, one) in unquoted(inner) {
        match one {
            '(' | '[' => depth += 1,
            ']' if depth == 0 => {
                end = Some(at);
                break;
            }
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                elements.push(&inner[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    let end = end?;
    elements.push(&inner[begin..end]);
    let cast = inner[end..].strip_prefix("])::")?;
    let length = cast.find("[]")?;
    let (cast, after) = (&cast[..length], &cast[length + 2..]);
    let is_type = |one: char| one.is_alphanumeric() || "_ .\"".contains(one);
    (!cast.is_empty() && cast.chars().all(is_type)).then_some((elements, cast, after))
}

/// The characters of an expression that stand in no text and in no quoted name. A quote that is doubled within them
/// ends and begins one: the next character is within again.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut within = None;
    text.char_indices().filter(move |(_, one)| {
        let quote = matches!(one, '\'' | '"');
        match within {
            None if quote => within = Some(*one),
            None => return true,
            Some(open) if open == *one => within = None,
            Some(_) => {}
        }
        false
    })
}

fn outside_of_quotes(text: &str, word: &str) -> Option<usize> {
    unquoted(text)
        .map(|(at, _)| at)
        .find(|at| text[*at..].starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::distributed;

    #[test]
    fn a_cast_of_a_list_is_a_cast_of_each() {
        let declared = "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b''],['::character varying])::text[])))";
        let reloaded = "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b''],['::character varying)::text])))";
        assert_eq!(distributed(declared), reloaded);
        assert_eq!(distributed(reloaded), reloaded);
    }

    #[test]
    fn whatever_else_is_as_it_was() {
        for text in [
            "CHECK ((n = ANY (ARRAY[1, 2])))",
            "CHECK ((t <> '(ARRAY[1])::text[]'::text))",
            "(ARRAY[1, 2",
            "(ARRAY[1, 2])::",
            "(ARRAY[f(1, 2)])::a'[]",
            "(ARRAY['",
        ] {
            assert_eq!(distributed(text), text);
        }
        assert_ne!(
            distributed("(ARRAY['a'::character varying])::text[]"),
            distributed("(ARRAY['a'::character varying])::bpchar[]")
        );
    }
}
