//! The rows that refer to removed rows by a key that is kept as text.

use crate::catalog::{Column, Compared, KeyPart, KeyText};
use crate::plan::bound::keys_condition;
use crate::sql::{Alias, Dialect, Expr, Value};

/// The rows whose text is the key of one of these rows; `rows` holds their values in the order of `columns`.
pub(super) fn text_condition(
    text: &KeyText,
    columns: &[Column],
    rows: &[Vec<Value>],
    dialect: Dialect,
) -> Expr {
    let mut texts: Vec<Value> = rows
        .iter()
        .filter_map(|row| written(text, columns, row))
        .map(Value::Text)
        .collect();
    texts.sort();
    texts.dedup();
    let stands = Expr::column(Alias::ROW, &text.column.name);
    let mut terms = Vec::new();
    let keys: Vec<Vec<Value>> = texts.iter().map(|one| vec![one.clone()]).collect();
    terms.push(keys_condition(
        std::slice::from_ref(&text.column),
        &keys,
        dialect,
    ));
    if text.compared != Compared::ByBytes && !texts.is_empty() {
        // The column's own comparison finds it by its index, and perhaps others too.
        let exact = |one: Expr| Expr::Exact(Box::new(one));
        let list = texts.into_iter().map(|one| exact(Expr::Value(one, None)));
        terms.push(Expr::In(Box::new(exact(stands)), list.collect()));
    }
    Expr::all(terms)
}

/// The key of a row as the database would write it. A row with a NULL in its key is referred to by nobody.
fn written(text: &KeyText, columns: &[Column], row: &[Value]) -> Option<String> {
    let part = |part: &KeyPart| match part {
        KeyPart::Literal(literal) => Some(literal.clone()),
        KeyPart::Column(of) => {
            let place = columns.iter().position(|column| column.name == of.name)?;
            match row.get(place)? {
                Value::Int(number) => Some(number.to_string()),
                Value::Unsigned(number) => Some(number.to_string()),
                Value::Text(text) => Some(text.clone()),
                Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
                Value::Null | Value::Bool(_) => None,
            }
        }
    };
    text.parts.iter().map(part).collect()
}
