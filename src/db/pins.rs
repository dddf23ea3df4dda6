//! Comparing the settings of a session with what they were set to.
//!
//! Apart, because a pin that is not read back is a hope: a proxy may swallow a SET, and a role may be forbidden one.

use crate::sql::Value;

use super::{Trouble, TroubleKind};

/// A setting and what it must read as.
pub(super) struct Pin {
    pub name: &'static str,
    pub must: String,
}

impl Pin {
    pub fn new(name: &'static str, must: impl Into<String>) -> Self {
        Self {
            name,
            must: must.into(),
        }
    }
}

/// Compares what was read (rows of a name and its value) with the pins. A pin that the server does not know is a
/// mismatch.
pub(super) fn compare(pins: &[Pin], read: &[Vec<Value>]) -> Result<(), Trouble> {
    for pin in pins {
        let found = read.iter().find_map(|row| match row.as_slice() {
            [Value::Text(name), Value::Text(value)] if name == pin.name => Some(value.as_str()),
            _ => None,
        });
        if !found.is_some_and(|found| agrees(found, &pin.must)) {
            return Err(mismatch(pin, found));
        }
    }
    Ok(())
}

/// Numbers agree as numbers ("300" and "300.000000"), words without regard to case.
fn agrees(found: &str, must: &str) -> bool {
    match (found.parse::<f64>(), must.parse::<f64>()) {
        (Ok(found), Ok(must)) => (found - must).abs() < 1e-9,
        _ => found.eq_ignore_ascii_case(must),
    }
}

fn mismatch(pin: &Pin, found: Option<&str>) -> Trouble {
    let found = found.map_or_else(|| "unknown".to_owned(), |found| format!("{found:?}"));
    Trouble::new(
        TroubleKind::NotPinned,
        format!(
            "reading back the setting {}, which must be {:?} and is {found}",
            pin.name, pin.must
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Vec<Value> {
        vec![Value::Text(name.to_owned()), Value::Text(value.to_owned())]
    }

    #[test]
    fn a_setting_that_did_not_take_is_an_error() {
        let pins = [Pin::new("TimeZone", "UTC"), Pin::new("timeout", "300")];
        let good = [read("TimeZone", "utc"), read("timeout", "300.000000")];
        assert!(compare(&pins, &good).is_ok());
        assert!(compare(&pins, &good[..1]).is_err());
        let bad = [read("TimeZone", "Europe/Berlin"), read("timeout", "300")];
        let trouble = compare(&pins, &bad).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::NotPinned);
        assert!(trouble.doing.contains("Europe/Berlin"));
    }
}
