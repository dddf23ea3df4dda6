//! Taking the cells of a catalogue's row one after the other, in the order of the SELECT.

use crate::sql::Value;

use super::{Trouble, TroubleKind};

/// A row that is being taken apart.
pub(super) struct Cells(std::vec::IntoIter<Value>);

impl Cells {
    pub fn of(row: Vec<Value>) -> Self {
        Self(row.into_iter())
    }

    /// The next cell, which is a text.
    pub fn text(&mut self) -> Result<String, Trouble> {
        self.maybe_text()?.ok_or_else(unexpected)
    }

    /// The next cell, which is a text or NULL.
    pub fn maybe_text(&mut self) -> Result<Option<String>, Trouble> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            // MySQL's dictionary has texts that say they are bytes.
            Some(Value::Bytes(bytes)) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            _ => Err(unexpected()),
        }
    }

    /// The next cell, which is an integer.
    pub fn int(&mut self) -> Result<i64, Trouble> {
        self.maybe_int()?.ok_or_else(unexpected)
    }

    /// The next cell, which is an integer or NULL.
    pub fn maybe_int(&mut self) -> Result<Option<i64>, Trouble> {
        match self.0.next() {
            Some(Value::Null) => Ok(None),
            Some(value) => value.as_int().map(Some).ok_or_else(unexpected),
            None => Err(unexpected()),
        }
    }

    /// The next cell, which is true or false; NULL is false.
    pub fn truth(&mut self) -> Result<bool, Trouble> {
        Ok(self.maybe_int()?.unwrap_or_default() != 0)
    }
}

fn unexpected() -> Trouble {
    Trouble::new(TroubleKind::Other, "reading the catalogue")
        .hinting("the catalogue answered in a form that retentiond does not know: please report it")
}
