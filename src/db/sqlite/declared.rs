//! What a declared type of SQLite means to retention.

use crate::catalog::ColumnKind;

/// The family by SQLite's rule of affinity, except where the rule says NUMERIC for a word that promises something
/// else: a column declared DATE holds texts, seconds or days, and only the schedule can say which.
pub fn kind(declared: &str) -> ColumnKind {
    let declared = declared.to_ascii_uppercase();
    let has = |word: &str| declared.contains(word);
    if has("INT") {
        ColumnKind::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        ColumnKind::Text
    } else if declared.is_empty() || has("BLOB") {
        ColumnKind::Other
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        ColumnKind::Float
    } else if has("BOOL") {
        ColumnKind::Boolean
    } else if has("NUMERIC") || has("DECIMAL") {
        ColumnKind::Decimal
    } else {
        ColumnKind::Other
    }
}

/// The number in `VARCHAR(40)`. SQLite does not hold anybody to it; the application may.
pub fn length_max(declared: &str) -> Option<u32> {
    let (word, rest) = declared.split_once('(')?;
    let number = rest.strip_suffix(')')?.trim().parse().ok()?;
    word.to_ascii_uppercase().contains("CHAR").then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affinity_decides_except_for_dates() {
        for (declared, expected) in [
            ("INTEGER", ColumnKind::Integer),
            ("bigint unsigned", ColumnKind::Integer),
            ("NVARCHAR(160)", ColumnKind::Text),
            ("", ColumnKind::Other),
            ("BLOB", ColumnKind::Other),
            ("double precision", ColumnKind::Float),
            ("BOOLEAN", ColumnKind::Boolean),
            ("NUMERIC(10,2)", ColumnKind::Decimal),
            ("DATETIME", ColumnKind::Other),
            ("STRING", ColumnKind::Other),
            // A surprise of the rule itself: "floating POINT" contains INT.
            ("FLOATING POINT", ColumnKind::Integer),
        ] {
            assert_eq!(kind(declared), expected, "{declared}");
        }
        assert_eq!(length_max("NVARCHAR(160)"), Some(160));
        assert_eq!(length_max("NUMERIC(10,2)"), None);
        assert_eq!(length_max("DECIMAL(10)"), None);
    }
}
