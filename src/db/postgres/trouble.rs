//! What PostgreSQL's SQLSTATEs mean to us.

use super::super::trouble::{Phase, Trouble, TroubleKind, doing, on_the_way};

/// The trouble behind an error.
pub fn of(error: &sqlx::Error, phase: Phase) -> Trouble {
    if let Some(trouble) = on_the_way(error, phase) {
        return trouble;
    }
    let Some(database) = error.as_database_error() else {
        return Trouble::new(TroubleKind::Other, doing(phase));
    };
    let code = database.code().unwrap_or_default();
    let mut trouble = Trouble::new(kind(&code), doing(phase)).coded(code.as_ref());
    trouble.constraint = database.constraint().map(str::to_owned);
    trouble.hint = hint(&code).map(str::to_owned);
    trouble
}

fn kind(code: &str) -> TroubleKind {
    match code {
        "28P01" | "28000" => TroubleKind::WrongCredentials,
        "3D000" => TroubleKind::NoSuchDatabase,
        "57P03" | "53300" => TroubleKind::Unreachable,
        "42501" => TroubleKind::Denied,
        "25006" => TroubleKind::ReadOnly,
        "55P03" => TroubleKind::LockTimeout,
        "57014" => TroubleKind::StatementTimeout,
        "40P01" => TroubleKind::Deadlock,
        "40001" => TroubleKind::Serialization,
        // raise_exception: a trigger, such as a guard of the database's own.
        "P0001" => TroubleKind::ConstraintViolated,
        "53100" => TroubleKind::DiskFull,
        // Not there: table, column, schema, function, type; and a plan whose row type changed under it.
        "42P01" | "42703" | "3F000" | "42883" | "42704" | "0A000" => TroubleKind::SchemaChanged,
        // Ended by the administrator, by a crash of the server, for being idle in a transaction.
        "57P01" | "57P02" | "57P05" | "25P03" | "25P04" => TroubleKind::ConnectionLost,
        _ => match code.get(..2) {
            Some("08") => TroubleKind::ConnectionLost,
            Some("23") => TroubleKind::ConstraintViolated,
            Some("XX") if matches!(code, "XX001" | "XX002") => TroubleKind::Damaged,
            _ => TroubleKind::Other,
        },
    }
}

fn hint(code: &str) -> Option<&'static str> {
    match code {
        "42501" => Some(
            "grant the privilege: `retentiond grants` prints all that are needed, SELECT to count, and UPDATE (for the \
             locks) beside DELETE to remove, children included; where a table has row-level security, its owner must \
             exempt this user (BYPASSRLS)",
        ),
        "28000" => {
            Some("check pg_hba.conf: no line admits this user, database, host and encryption")
        }
        "53300" => Some("the server has no connection left"),
        "P0001" => Some("a trigger refused it; the server's log has its message"),
        "0A000" => {
            Some("the statement is not possible here, or a table changed since it was prepared")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_kind() {
        for (code, expected) in [
            ("23503", TroubleKind::ConstraintViolated),
            ("08006", TroubleKind::ConnectionLost),
            ("XX001", TroubleKind::Damaged),
            ("XX000", TroubleKind::Other),
            ("42601", TroubleKind::Other),
            ("", TroubleKind::Other),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
