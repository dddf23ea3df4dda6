//! The one way in which a record is written: JSON with sorted keys, no white space, whole numbers only.
//!
//! Two programs that write the same record must write the same bytes, or a digest says nothing.

use serde_json::Value;

/// What cannot be written in the one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotWhole;

impl std::fmt::Display for NotWhole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a record holds a number that is not whole")
    }
}

impl std::error::Error for NotWhole {}

/// Appends a value.
///
/// # Errors
/// It holds a number with a fraction, which has more than one spelling.
pub fn write(value: &Value, out: &mut String) -> Result<(), NotWhole> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            out.push_str(&number.to_string());
        }
        Value::Number(_) => return Err(NotWhole),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            // A map may keep the order in which it was filled; this form never does.
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (place, (name, field)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                write(field, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Only what JSON demands is escaped.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{9}' => out.push_str("\\t"),
            '\u{a}' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\u{d}' => out.push_str("\\r"),
            control if control < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_only_what_must_be_is_escaped() {
        let value =
            json!({"b": [1, -2, null, true], "a": {"z": "\u{1}\u{7f}\"\\/é\n", "y": u64::MAX}});
        let mut out = String::new();
        write(&value, &mut out).expect("whole numbers");
        let expected = "{\"a\":{\"y\":18446744073709551615,\"z\":\"\\u0001\u{7f}\\\"\\\\/é\\n\"},\"b\":[1,-2,null,true]}";
        assert_eq!(out, expected);
        assert_eq!(serde_json::from_str::<Value>(&out).ok(), Some(value));
        assert_eq!(write(&json!([0.5]), &mut out), Err(NotWhole));
    }
}
