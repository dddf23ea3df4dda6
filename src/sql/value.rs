//! The closed set of values that we bind and read.

/// A value bound to a statement or read from one. Everything that is not an integer or bytes travels as text and is
/// cast by the database: PostgreSQL's `infinity` panics in a decoder of dates, MySQL's `0000-00-00` decodes to
/// nothing, and a numeric key does not fit a float.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// MySQL's BIGINT UNSIGNED above `i64::MAX`.
    Unsigned(u64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// The integer, where the value is one that fits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Unsigned(int) => i64::try_from(*int).ok(),
            Self::Bool(truth) => Some(i64::from(*truth)),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Bytes(_) => None,
        }
    }

    /// The text, where the value is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
