//! How many random bytes a column takes.

use crate::catalog::Column;

/// Sixteen bytes, or as many as fit; `BINARY(n)` is filled, because the database would fill it with zeros.
pub(super) fn count(column: &Column) -> u32 {
    let sql_type = column.sql_type.to_lowercase();
    let inside = || {
        let (_, rest) = sql_type.split_once('(')?;
        rest.split_once(')')?.0.trim().parse().ok()
    };
    match column.length_max.or_else(inside) {
        Some(length) if sql_type.starts_with("binary(") => length,
        Some(length) => length.min(16),
        None => 16,
    }
}

/// A column of SQLite that is declared to hold bytes.
pub(super) fn is_blob(column: &Column) -> bool {
    column.sql_type.eq_ignore_ascii_case("blob")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::column;
    use crate::catalog::ColumnKind;

    #[test]
    fn bytes_fill_their_column() {
        for (sql_type, right) in [
            ("bytea", 16),
            ("binary(8)", 8),
            ("binary(20)", 20),
            ("varbinary(4)", 4),
            ("varbinary(255)", 16),
        ] {
            assert_eq!(
                count(&column("a", ColumnKind::Bytes, sql_type)),
                right,
                "{sql_type}"
            );
        }
    }
}
