//! What the error numbers of MySQL and MariaDB mean to us.

use sqlx::mysql::MySqlDatabaseError;

use super::super::trouble::{Phase, Trouble, TroubleKind, doing, on_the_way};

/// The trouble behind an error.
pub fn of(error: &sqlx::Error, phase: Phase) -> Trouble {
    if let Some(mut trouble) = on_the_way(error, phase) {
        // All files of the configuration were found before: what is left is the exchange of the password.
        if phase == Phase::Connecting && trouble.kind == TroubleKind::Misconfigured {
            trouble.hint = Some(
                "the server wants the password encrypted, which needs TLS: set it, or use another plugin for this user"
                    .to_owned(),
            );
        }
        return trouble;
    }
    let Some(database) = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
    else {
        return Trouble::new(TroubleKind::Other, doing(phase));
    };
    let number = database.number();
    let mut trouble = Trouble::new(kind(number), doing(phase)).coded(number.to_string());
    trouble.constraint = constraint(number, database.message());
    trouble.hint = hint(number).map(str::to_owned);
    trouble
}

fn kind(number: u16) -> TroubleKind {
    match number {
        1045 | 1698 | 1251 | 1862 | 1820 | 3118 | 4151 => TroubleKind::WrongCredentials,
        1049 => TroubleKind::NoSuchDatabase,
        // Too many connections, host blocked or not admitted, server shutting down.
        1040 | 1203 | 1226 | 1129 | 1130 | 2002 | 2003 | 1077 => TroubleKind::Unreachable,
        3159 | 1043 => TroubleKind::TlsRefused,
        1044 | 1142 | 1143 | 1227 | 1370 => TroubleKind::Denied,
        // --read-only, a read-only transaction, a read-only InnoDB, super_read_only.
        1290 | 1792 | 1836 | 1874 | 3100 => TroubleKind::ReadOnly,
        1205 | 3572 => TroubleKind::LockTimeout,
        1317 | 1969 | 3024 => TroubleKind::StatementTimeout,
        1213 | 1614 => TroubleKind::Deadlock,
        // MariaDB: the row changed since the snapshot; a cluster node lost the race to certify.
        1020 | 1180 => TroubleKind::Serialization,
        // 1644 is a SIGNAL of a trigger, such as a guard of the database's own.
        1048 | 1062 | 1216 | 1217 | 1451 | 1452 | 1557 | 1586 | 1644 | 1761 | 1762 | 3819
        | 4025 => TroubleKind::ConstraintViolated,
        1021 | 1114 | 3 | 28 => TroubleKind::DiskFull,
        1051 | 1054 | 1072 | 1109 | 1146 | 1176 | 1305 | 1412 => TroubleKind::SchemaChanged,
        1053 | 1152 | 1158..=1161 | 1184 | 1927 | 2006 | 2013 | 4031 => TroubleKind::ConnectionLost,
        126 | 127 | 144 | 145 | 1034 | 1035 | 1194 | 1195 | 1712 => TroubleKind::Damaged,
        _ => TroubleKind::Other,
    }
}

fn hint(number: u16) -> Option<&'static str> {
    match number {
        1040 | 1203 | 1226 => Some("the server has no connection left for this user"),
        1129 => Some("the server blocks this host after too many errors: FLUSH HOSTS"),
        1130 => Some("no user of the server may log in from this host"),
        1644 => Some("a trigger refused it"),
        1665 => Some("the server's binlog_format is STATEMENT; READ COMMITTED needs ROW or MIXED"),
        3159 => Some("the server takes encrypted connections only: set tls"),
        _ => None,
    }
}

/// The name of the constraint or key, which these messages give in quotes. The value of 1062 stands before the name
/// of the key, so what comes after the last "for key" has none.
fn constraint(number: u16, message: &str) -> Option<String> {
    let name = match number {
        1451 | 1452 | 4025 => message.split_once("CONSTRAINT `")?.1.split_once('`')?.0,
        1062 => message.rsplit_once("for key '")?.1.strip_suffix('\'')?,
        1048 => message.strip_prefix("Column '")?.split_once('\'')?.0,
        3819 => message.split_once("constraint '")?.1.split_once('\'')?.0,
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_not_taken_for_the_key() {
        for (number, message, name) in [
            (
                1062,
                "Duplicate entry 'jane@example.org' for key 'users_email'",
                "users_email",
            ),
            (
                1062,
                "Duplicate entry 'x' for key 'y'' for key 'PRIMARY'",
                "PRIMARY",
            ),
            (
                1451,
                "Cannot delete or update a parent row: a foreign key constraint fails (`d`.`c`, CONSTRAINT `c_p` \
                 FOREIGN KEY (`p`) REFERENCES `p` (`id`))",
                "c_p",
            ),
            (4025, "CONSTRAINT `positive` failed for `d`.`t`", "positive"),
            (3819, "Check constraint 'positive' is violated.", "positive"),
            (1048, "Column 'name' cannot be null", "name"),
        ] {
            assert_eq!(constraint(number, message).as_deref(), Some(name));
        }
        assert_eq!(constraint(1644, "CONSTRAINT `jane@example.org`"), None);
    }
}
