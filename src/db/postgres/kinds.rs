//! What the types of PostgreSQL mean to retention.

use crate::catalog::ColumnKind;

/// The family of a type: its name if it is the server's own, or else how its kind is written in `pg_type`. A domain
/// has been resolved to what it stands on.
pub fn kind(own: Option<&str>, name: &str, typtype: &str) -> ColumnKind {
    if typtype == "e" {
        return ColumnKind::Enum;
    }
    match own {
        Some("int2" | "int4" | "int8") => ColumnKind::Integer,
        Some("bool") => ColumnKind::Boolean,
        Some("numeric") => ColumnKind::Decimal,
        Some("float4" | "float8") => ColumnKind::Float,
        Some("text" | "varchar" | "bpchar" | "name") => ColumnKind::Text,
        Some("bytea") => ColumnKind::Bytes,
        Some("date") => ColumnKind::Date,
        Some("timestamp") => ColumnKind::Timestamp,
        Some("timestamptz") => ColumnKind::Instant,
        Some("time" | "timetz") => ColumnKind::Time,
        Some("uuid") => ColumnKind::Uuid,
        Some("inet" | "cidr") => ColumnKind::Inet,
        Some("json" | "jsonb") => ColumnKind::Json,
        // The extension's type holds text; addresses are often kept in it.
        None if name == "citext" => ColumnKind::Text,
        _ => ColumnKind::Other,
    }
}

/// The greatest number of characters of a `varchar(n)` or `char(n)`, whose modifier counts four more.
pub fn length_max(own: Option<&str>, modifier: i64) -> Option<u32> {
    match own {
        Some("varchar" | "bpchar") => u32::try_from(modifier - 4).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_ones_own_named_like_the_servers_is_another() {
        assert_eq!(kind(Some("date"), "date", "b"), ColumnKind::Date);
        assert_eq!(kind(None, "date", "b"), ColumnKind::Other);
        assert_eq!(kind(None, "date", "e"), ColumnKind::Enum);
    }

    #[test]
    fn no_length_is_no_length() {
        assert_eq!(length_max(Some("varchar"), 44), Some(40));
        assert_eq!(length_max(Some("varchar"), -1), None);
        assert_eq!(length_max(Some("numeric"), 655_366), None);
    }
}
