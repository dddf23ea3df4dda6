//! One column, and the families of types that matter to retention.

use serde::Serialize;

/// A column as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub name: String,
    /// The type as the database writes it in a CAST ("timestamp with time zone", "varchar(40)"); SQLite: the
    /// declared type, possibly empty.
    pub sql_type: String,
    pub kind: ColumnKind,
    pub nullable: bool,
    /// Computed by the database; it can be read and never written.
    pub generated: bool,
    /// Has a default, an identity or AUTO_INCREMENT.
    pub has_default: bool,
    /// The greatest number of characters, where the type has one.
    pub length_max: Option<u32>,
    /// The values of an enumeration, in their order; empty for other types.
    pub enum_values: Vec<String>,
    /// The collation, as far as the database tells it: PostgreSQL, where it is not the database's default; MySQL and
    /// MariaDB, of every text.
    pub collation: Option<String>,
    /// MySQL's `ON UPDATE CURRENT_TIMESTAMP`: any update changes the column by itself.
    pub on_update_now: bool,
}

/// What a column can hold, as far as dating, comparing and overwriting are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ColumnKind {
    /// A signed integer of at most eight bytes.
    Integer,
    /// MySQL's BIGINT UNSIGNED.
    Unsigned,
    Boolean,
    Decimal,
    Float,
    Text,
    Bytes,
    /// A day without a time.
    Date,
    /// A date and a time without a zone (PostgreSQL `timestamp`, MySQL `DATETIME`).
    Timestamp,
    /// A moment (PostgreSQL `timestamptz`, MySQL `TIMESTAMP` in a session pinned to UTC).
    Instant,
    Time,
    Year,
    Uuid,
    /// PostgreSQL `inet` and `cidr`, MariaDB `INET4` and `INET6`.
    Inet,
    Enum,
    Json,
    /// Anything else: arrays, ranges, geometry, sets. Compared and read as text.
    Other,
}

impl ColumnKind {
    /// True where a key of this kind is read and bound as it is; any other travels as text.
    #[must_use]
    pub fn is_native(self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Unsigned | Self::Text | Self::Bytes
        )
    }
}
