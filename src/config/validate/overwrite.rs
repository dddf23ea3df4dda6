//! Which column becomes what.

use crate::config::document::OverwriteTable;
use crate::diagnostic::{Fault, Located};
use crate::schedule::{Generalisation, Overwrite, Replacement};

use super::literal::literal;
use super::reader::Reader;

/// An overwrite: at least one column, each once.
pub(super) fn overwrite(
    table: &Located<OverwriteTable>,
    reader: &mut Reader<'_>,
) -> Option<Overwrite> {
    let columns = columns(&table.value, reader);
    if columns.is_empty() {
        // The one entry of `generalise` may have been of a wrong kind, and taken out by stage 2.
        if table.value.generalise.is_none() || reader.is_complete() {
            let fault = Fault::error(table.at, "this overwrites no column")
                .hint("name columns under `set`, `null`, `random` or `generalise`");
            let keys = ["set", "null", "random", "generalise"];
            reader.missing(table.at, &keys, fault);
        }
        return None;
    }
    reader.unique(
        columns.iter().map(|(column, _)| column),
        |column| format!("the column \"{column}\" is overwritten twice"),
        "a column becomes one thing",
    );
    let mut columns = columns
        .into_iter()
        .map(|(column, replacement)| {
            Some((reader.filled(&column, "this column name")?, replacement?))
        })
        .collect::<Option<Vec<_>>>()?;
    // By name: the order of writing does not change the fingerprint.
    columns.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    Some(Overwrite { columns })
}

type Column = (Located<String>, Option<Located<Replacement>>);

fn columns(table: &OverwriteTable, reader: &mut Reader<'_>) -> Vec<Column> {
    let mut columns = Vec::new();
    for (column, value) in table.set.iter().flat_map(|set| &set.0) {
        let fixed = literal(value, reader).map(|value| value.map(Replacement::Fixed));
        columns.push((column.clone(), fixed));
    }
    for column in table.null.iter().flatten() {
        columns.push((
            column.clone(),
            Some(column.clone().map(|_| Replacement::Null)),
        ));
    }
    for column in table.random.iter().flatten() {
        columns.push((
            column.clone(),
            Some(column.clone().map(|_| Replacement::Random)),
        ));
    }
    for (column, text) in table.generalise.iter().flat_map(|all| &all.0) {
        columns.push((column.clone(), generalise(text, reader)));
    }
    // In the order of the file, so that of two the second is the double.
    columns.sort_by_key(|(column, _)| column.at);
    columns
}

fn generalise(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Located<Replacement>> {
    let coarser = generalisation(&text.value);
    if coarser.is_none() {
        let sentence = format!("\"{}\" is not a coarser form of a value", text.value);
        let hint = "write \"year\" or \"month\" for a date, \"/24\" or \"/24 /48\" for an IP \
                    address (1 to 31 bits for IPv4, 1 to 127 for IPv6), \"4 characters\" for a text";
        reader.push(Fault::error(text.at, sentence).hint(hint));
    }
    let coarser = coarser?;
    Some(text.clone().map(|_| Replacement::Generalise(coarser)))
}

const V6_BITS: u8 = 48;

fn generalisation(text: &str) -> Option<Generalisation> {
    if text.starts_with('/') {
        return network(text);
    }
    match text {
        "year" => Some(Generalisation::Year),
        "month" => Some(Generalisation::Month),
        _ => {
            let (count, unit) = text.split_once(' ')?;
            let count = number(count)?;
            (count > 0 && matches!(unit, "character" | "characters"))
                .then_some(Generalisation::FirstCharacters(count))
        }
    }
}

fn network(text: &str) -> Option<Generalisation> {
    let bits = |text: &str, most: u8| {
        let bits = u8::try_from(number(text.strip_prefix('/')?)?).ok()?;
        (1..=most).contains(&bits).then_some(bits)
    };
    let mut parts = text.split_whitespace();
    let v4_bits = bits(parts.next()?, 31)?;
    let v6_bits = match parts.next() {
        None => V6_BITS,
        Some(text) => bits(text, 127)?,
    };
    match parts.next() {
        None => Some(Generalisation::IpNetwork { v4_bits, v6_bits }),
        Some(_) => None,
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generalisations() {
        let network = |v4_bits, v6_bits| Some(Generalisation::IpNetwork { v4_bits, v6_bits });
        for (text, expected) in [
            ("year", Some(Generalisation::Year)),
            ("month", Some(Generalisation::Month)),
            ("/24", network(24, 48)),
            ("/16 /32", network(16, 32)),
            ("4 characters", Some(Generalisation::FirstCharacters(4))),
            ("1 character", Some(Generalisation::FirstCharacters(1))),
            ("", None),
            ("day", None),
            ("/0", None),
            ("/32", None),
            ("/24 /128", None),
            ("/24 /48 /48", None),
            ("24", None),
            ("0 characters", None),
            ("4  characters", None),
            ("+4 characters", None),
        ] {
            assert_eq!(generalisation(text), expected, "{text}");
        }
    }
}
