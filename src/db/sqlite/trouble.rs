//! What SQLite's result codes mean to us.

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
    let extended: i32 = code.parse().unwrap_or_default();
    let mut trouble =
        Trouble::new(kind(extended, database.message()), doing(phase)).coded(code.as_ref());
    trouble.constraint = constraint(extended, database.message());
    trouble.hint = foreign(database.message()).or_else(|| hint(extended).map(str::to_owned));
    trouble
}

/// The lower eight bits are the primary code. A plain error is looked into only as far as to tell that something
/// has gone: SQLite has no code for it.
fn kind(extended: i32, message: &str) -> TroubleKind {
    match extended & 0xff {
        // BUSY, LOCKED; BUSY_SNAPSHOT cannot be waited for, only begun anew.
        _ if extended == 517 => TroubleKind::Serialization,
        5 | 6 => TroubleKind::LockTimeout,
        8 => TroubleKind::ReadOnly,
        9 => TroubleKind::StatementTimeout,
        13 => TroubleKind::DiskFull,
        3 | 23 => TroubleKind::Denied,
        19 => TroubleKind::ConstraintViolated,
        // Running out of space while writing shows as an I/O error too; a page that cannot be read is worse.
        10 if extended == 10 | (3 << 8) => TroubleKind::DiskFull,
        10 | 11 | 26 => TroubleKind::Damaged,
        14 => TroubleKind::Unreachable,
        17 => TroubleKind::SchemaChanged,
        1 if foreign(message).is_some() => TroubleKind::ForeignFunction,
        1 if gone(message) => TroubleKind::SchemaChanged,
        _ => TroubleKind::Other,
    }
}

fn gone(message: &str) -> bool {
    ["no such table", "no such column", "has no column"]
        .iter()
        .any(|words| message.contains(words))
}

/// A trigger, an index or a generated column calls what only the application has. The name is one of the schema.
fn foreign(message: &str) -> Option<String> {
    let name = message
        .strip_prefix("no such function: ")
        .or_else(|| message.strip_prefix("unsafe use of "))?;
    Some(format!(
        "a trigger, an index or a generated column of the table uses {name}, which only the application brings: \
         remove these rows by way of the application, or change the trigger"
    ))
}

/// "UNIQUE constraint failed: orders.number": names only. A trigger's own message is not taken.
fn constraint(extended: i32, message: &str) -> Option<String> {
    const CHECK: i32 = 19 | (1 << 8);
    const NOT_NULL: i32 = 19 | (5 << 8);
    const PRIMARY_KEY: i32 = 19 | (6 << 8);
    const UNIQUE: i32 = 19 | (8 << 8);
    match extended {
        CHECK | NOT_NULL | PRIMARY_KEY | UNIQUE => message
            .split_once("constraint failed: ")
            .map(|(_, names)| names.to_owned()),
        _ => None,
    }
}

const WAL: &str = "check the permissions of the file and of its directory: a database in WAL mode needs to make files \
                   beside it even for reading";

fn hint(extended: i32) -> Option<&'static str> {
    const READONLY_DIRECTORY: i32 = 8 | (6 << 8);
    match extended & 0xff {
        _ if extended == READONLY_DIRECTORY => Some(WAL),
        14 => Some(WAL),
        8 => Some("check who may write the file and its directory; a rehearsal never writes"),
        5 | 6 => {
            Some("another process holds the write lock; nothing was changed, it can be tried again")
        }
        13 => Some("make space on the disk of the file; deleting needs some for its journal"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_application_has_is_named() {
        let hint = foreign("no such function: crypt").expect("a hint");
        assert!(
            hint.contains("uses crypt, which only the application brings"),
            "{hint}"
        );
        assert!(foreign("unsafe use of f()").is_some());
        assert_eq!(foreign("near \"FORM\": syntax error"), None);
    }

    #[test]
    fn a_triggers_words_are_not_repeated() {
        let trigger = 19 | (7 << 8);
        assert_eq!(
            kind(trigger, "no, not jane@example.org"),
            TroubleKind::ConstraintViolated
        );
        assert_eq!(
            constraint(trigger, "no constraint failed: jane@example.org"),
            None
        );
        let unique = constraint(2067, "UNIQUE constraint failed: orders.number");
        assert_eq!(unique.as_deref(), Some("orders.number"));
        assert_eq!(kind(1, "no such column: t.x"), TroubleKind::SchemaChanged);
        assert_eq!(kind(1, "near \"FORM\": syntax error"), TroubleKind::Other);
    }
}
