//! Whether one record was erased: its key, as somebody writes it, as the digests under which it may stand.

use crate::catalog::TableName;
use crate::sql::Value;
use crate::state::DigestKey;

use super::Keyed;

/// The digests of a key whose columns are written as text. What is written may be a number or a text to the database,
/// which nobody can ask any more; so a key has one digest for each way of reading it.
#[must_use]
pub fn readings(
    key: &DigestKey,
    database: &str,
    (schema, table): (&str, &str),
    columns: &[&str],
) -> Vec<[u8; 32]> {
    let mut keys: Vec<Vec<Value>> = vec![Vec::new()];
    for column in columns {
        let values = values(column);
        keys = keys
            .iter()
            .flat_map(|begun| {
                values
                    .iter()
                    .map(|value| [begun.as_slice(), std::slice::from_ref(value)].concat())
            })
            .collect();
    }
    let table = TableName {
        schema: schema.to_owned(),
        table: table.to_owned(),
    };
    let keyed = Keyed::new(key, database, &table);
    keys.iter().map(|key| keyed.digest(key).bytes()).collect()
}

fn values(written: &str) -> Vec<Value> {
    let mut values = vec![Value::Text(written.to_owned())];
    if let Ok(number) = written.parse::<i64>() {
        values.push(Value::Int(number));
    } else if let Ok(number) = written.parse::<u64>() {
        values.push(Value::Unsigned(number));
    }
    let bytes = written.strip_prefix("0x").map(hex::decode);
    if let Some(Ok(bytes)) = bytes {
        values.push(Value::Bytes(bytes));
    }
    values
}
