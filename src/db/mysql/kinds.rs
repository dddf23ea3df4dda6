//! What the types of MySQL and MariaDB mean to retention.

use crate::catalog::ColumnKind;

/// The family of a type, by its name and its whole text ("bigint(20) unsigned").
pub fn kind(data_type: &str, column_type: &str) -> ColumnKind {
    match data_type {
        "bigint" if column_type.contains("unsigned") => ColumnKind::Unsigned,
        // A TINYINT(1) is called BOOLEAN and holds other numbers too.
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => ColumnKind::Integer,
        "decimal" => ColumnKind::Decimal,
        "float" | "double" => ColumnKind::Float,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => ColumnKind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            ColumnKind::Bytes
        }
        "date" => ColumnKind::Date,
        "datetime" => ColumnKind::Timestamp,
        "timestamp" => ColumnKind::Instant,
        "time" => ColumnKind::Time,
        "year" => ColumnKind::Year,
        "uuid" => ColumnKind::Uuid,
        "inet4" | "inet6" => ColumnKind::Inet,
        "enum" => ColumnKind::Enum,
        "json" => ColumnKind::Json,
        _ => ColumnKind::Other,
    }
}

/// The values of an `enum('a','it''s')`. The dictionary doubles quotes and writes a backslash before what it escapes.
pub fn enum_values(column_type: &str) -> Vec<String> {
    let Some(list) = column_type.strip_prefix("enum(") else {
        return Vec::new();
    };
    let mut values = Vec::new();
    let mut letters = list.chars().peekable();
    while letters.next() == Some('\'') {
        let mut value = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' if letters.next_if_eq(&'\'').is_none() => break,
                '\\' => value.extend(letters.next().map(unescaped)),
                _ => value.push(letter),
            }
        }
        values.push(value);
        if letters.next() != Some(',') {
            break;
        }
    }
    values
}

fn unescaped(letter: char) -> char {
    match letter {
        '0' => '\0',
        'n' => '\n',
        'r' => '\r',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_an_enum_are_read_exactly() {
        assert_eq!(enum_values("enum('M','F')"), ["M", "F"]);
        assert_eq!(
            enum_values(r"enum('it''s','a,b','','\\',''')')"),
            ["it's", "a,b", "", "\\", "')"]
        );
        assert!(enum_values("set('a','b')").is_empty());
    }

    #[test]
    fn only_bigint_unsigned_exceeds_eight_signed_bytes() {
        assert_eq!(kind("bigint", "bigint(20) unsigned"), ColumnKind::Unsigned);
        assert_eq!(kind("int", "int(10) unsigned"), ColumnKind::Integer);
        assert_eq!(kind("bit", "bit(1)"), ColumnKind::Other);
    }
}
