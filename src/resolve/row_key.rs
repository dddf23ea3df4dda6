//! The key of a record, from the texts in which somebody gave it.

use crate::catalog::{Column, ColumnKind, Table};
use crate::sql::{Alias, Dialect, Expr, Op, Value};

/// Why a key cannot be that of a table. It does not repeat the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFault {
    pub sentence: String,
}

impl std::fmt::Display for KeyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// The columns that identify a row of a table that no rule is about: its primary key, else its first unique columns.
pub fn natural(table: &Table) -> Vec<Column> {
    let names = if table.primary_key.is_empty() {
        table.unique.first()
    } else {
        Some(&table.primary_key)
    };
    let columns = names.into_iter().flatten();
    columns
        .filter_map(|name| table.column(name).cloned())
        .collect()
}

/// The row that has this key, one text per column.
///
/// # Errors
/// The texts are not those of a key of these columns.
pub fn condition(columns: &[Column], key: &[String], dialect: Dialect) -> Result<Expr, KeyFault> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        let sentence = "the table has no key by which a row could be named".to_owned();
        return Err(KeyFault { sentence });
    }
    if columns.len() != key.len() {
        let plural = if names.len() == 1 { "" } else { "s" };
        let sentence = format!(
            "the key has {} column{plural} ({}), and {} given",
            names.len(),
            names.join(", "),
            match key.len() {
                1 => "one value was".to_owned(),
                other => format!("{other} values were"),
            }
        );
        return Err(KeyFault { sentence });
    }
    let terms: Result<Vec<Expr>, KeyFault> = columns
        .iter()
        .zip(key)
        .map(|(column, text)| equals(column, text, dialect))
        .collect();
    Ok(Expr::all(terms?))
}

fn equals(column: &Column, text: &str, dialect: Dialect) -> Result<Expr, KeyFault> {
    let left = Expr::column(Alias::ROW, &column.name);
    let cast = column.cast_for(dialect);
    if dialect == Dialect::Sqlite {
        // A column without an affinity holds a number and its text as different values; either may be meant.
        let values = of_any_type(text);
        let values = values.into_iter().map(|value| Expr::Value(value, None));
        return Ok(Expr::In(Box::new(left), values.collect()));
    }
    let value = match column.kind {
        ColumnKind::Integer => text.parse().map(Value::Int).map_err(drop),
        ColumnKind::Unsigned => text.parse().map(Value::Unsigned).map_err(drop),
        ColumnKind::Boolean => text.parse().map(Value::Bool).map_err(drop),
        ColumnKind::Bytes => bytes(text).map(Value::Bytes).ok_or(()),
        _ => Ok(Value::Text(text.to_owned())),
    };
    let value = value.map_err(|()| not_of(column))?;
    Ok(left.compare(Op::Equal, Expr::Value(value, cast)))
}

fn of_any_type(text: &str) -> Vec<Value> {
    let mut values = vec![Value::Text(text.to_owned())];
    values.extend(text.parse().ok().map(Value::Int));
    values.extend(bytes(text).map(Value::Bytes));
    values
}

/// Hexadecimal digits, after 0x or \x or nothing.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("\\x"))
        .unwrap_or(text);
    hex::decode(digits).ok()
}

fn not_of(column: &Column) -> KeyFault {
    let what = match column.kind {
        ColumnKind::Bytes => "write its bytes as hexadecimal digits, as in 0x00ff",
        ColumnKind::Boolean => "write true or false",
        _ => "write a whole number",
    };
    KeyFault {
        sentence: format!(
            "the value for the key's column {} ({}) is not one that it can hold: {what}",
            column.name, column.sql_type
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnKind) -> Column {
        Column {
            name: name.to_owned(),
            sql_type: "a type".to_owned(),
            kind,
            nullable: false,
            generated: false,
            has_default: false,
            length_max: None,
            enum_values: Vec::new(),
            collation: None,
            on_update_now: false,
        }
    }

    #[test]
    fn a_key_that_does_not_fit_is_refused_without_being_repeated() {
        let columns = [
            column("a", ColumnKind::Integer),
            column("b", ColumnKind::Bytes),
        ];
        let told = |key: &[&str]| {
            let key: Vec<String> = key.iter().map(|one| (*one).to_owned()).collect();
            condition(&columns, &key, Dialect::Mariadb).map_err(|fault| fault.sentence)
        };
        assert!(told(&["7", "0x00ff"]).is_ok());
        assert!(told(&["-7", ""]).is_ok());
        for (key, words) in [
            (
                &["7"][..],
                "the key has 2 columns (a, b), and one value was given",
            ),
            (&["seven", "00"], "column a (a type)"),
            (&["7", "0xgg"], "hexadecimal"),
        ] {
            let sentence = told(key).expect_err(words);
            assert!(sentence.contains(words), "{sentence}");
            assert!(
                !sentence.contains("seven") && !sentence.contains("gg"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn sqlite_is_asked_for_number_and_text() {
        let expr = equals(&column("a", ColumnKind::Other), "17", Dialect::Sqlite);
        let Ok(Expr::In(_, values)) = expr else {
            panic!("a list of values");
        };
        assert_eq!(values.len(), 3, "{values:?}");
    }
}
