//! What went wrong with a database, in words that an operator understands.
//!
//! Apart, because every caller decides by the kind of a trouble and nobody else may look into a driver's error. The
//! message of the database is never kept: it quotes values of rows ("Key (email)=(…) already exists").

use std::fmt;

/// One failure of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub kind: TroubleKind,
    /// The database's own number: an SQLSTATE (PostgreSQL), an errno (MySQL, MariaDB), a result code (SQLite).
    pub code: Option<String>,
    /// The constraint, index or column that forbade it, where the database names one.
    pub constraint: Option<String>,
    /// What we were doing, without any value.
    pub doing: String,
    /// What would be right, where that is known better than the kind knows it.
    pub hint: Option<String>,
}

/// The kinds of trouble that need different answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// What the schedule says of the connection cannot be used; nothing was connected to.
    Misconfigured,
    /// Nobody answered at the address, or the server takes nobody now.
    Unreachable,
    /// The server's certificate was not accepted, or it offers no encryption.
    TlsRefused,
    WrongCredentials,
    NoSuchDatabase,
    /// The server is of a version or of a make that we do not support.
    Unsupported,
    /// A setting of the session is not what we set it to.
    NotPinned,
    /// A privilege is missing, or row-level security would hide rows.
    Denied,
    /// A standby, a server in read-only mode, a rehearsal, a file that cannot be written.
    ReadOnly,
    LockTimeout,
    StatementTimeout,
    Deadlock,
    Serialization,
    /// A constraint or a trigger forbids the change.
    ConstraintViolated,
    DiskFull,
    /// A table, column or type is not there any more.
    SchemaChanged,
    /// The schema calls a function that only the application registers (SQLite).
    ForeignFunction,
    ConnectionLost,
    /// The file or a page of it is not what it should be.
    Damaged,
    Other,
}

impl TroubleKind {
    /// What happened, as a sentence without a full stop.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Misconfigured => "the connection cannot be made as the schedule describes it",
            Self::Unreachable => "the database server cannot be reached",
            Self::TlsRefused => "no trusted encrypted connection could be made",
            Self::WrongCredentials => "the server refused the user or the password",
            Self::NoSuchDatabase => "there is no such database",
            Self::Unsupported => "the server, or its version, is not supported",
            Self::NotPinned => "the session did not take the settings that retentiond needs",
            Self::Denied => "the database user lacks a privilege",
            Self::ReadOnly => "the database takes no writes",
            Self::LockTimeout => "another session held a lock for too long",
            Self::StatementTimeout => "a statement ran longer than it may, or was cancelled",
            Self::Deadlock => "the statement was the victim of a deadlock",
            Self::Serialization => "a concurrent change made the transaction impossible",
            Self::ConstraintViolated => "a constraint or a trigger of the database forbids it",
            Self::DiskFull => "no space is left on the disk",
            Self::SchemaChanged => "a table, column or type is not there any more",
            Self::ForeignFunction => "the schema uses what only the application brings",
            Self::ConnectionLost => "the connection was lost",
            Self::Damaged => "the database is damaged, or the file is not a database",
            Self::Other => "an error that retentiond has no name for",
        }
    }

    /// What would be right.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Misconfigured => "correct the database's section in the schedule",
            Self::Unreachable => "check host, port and firewall, and that the server is up",
            Self::TlsRefused => {
                "name the authority that signed the server's certificate, and the host as the certificate names it"
            }
            Self::WrongCredentials => {
                "check the user, where the password is read from, and who may log in from this host"
            }
            Self::NoSuchDatabase => "check the spelling; letter case counts",
            Self::Unsupported => "PostgreSQL 14, MySQL 8.0, MariaDB 10.6 and newer are supported",
            Self::NotPinned => {
                "a proxy between here and the server may hand each transaction to another session: connect directly, \
                 or through session pooling"
            }
            Self::Denied => {
                "grant the privilege, and no more than the schedule needs: `retentiond grants` prints it"
            }
            Self::ReadOnly => {
                "a rehearsal never writes; to erase, name the primary server and not a standby"
            }
            Self::LockTimeout => "nothing was changed by the statement; it can be tried again",
            Self::StatementTimeout => {
                "a missing index is the usual cause; smaller batches help too"
            }
            Self::Deadlock | Self::Serialization => "it can be tried again from the start",
            Self::ConstraintViolated => {
                "rows elsewhere still need these rows: declare what becomes of them in the schedule"
            }
            Self::DiskFull => "make space on the server; deleting needs some for its log",
            Self::SchemaChanged => "check the schedule against the changed schema",
            Self::ForeignFunction => {
                "remove these rows by way of the application, or change the trigger that calls it"
            }
            Self::ConnectionLost => {
                "if a commit was under way, its outcome is read from the database at the next connection"
            }
            Self::Damaged => "restore it from a backup before anything else",
            Self::Other => {
                "look the code up in the manual of the database; its log has the message"
            }
        }
    }
}

impl Trouble {
    /// A trouble that the database did not number.
    pub fn new(kind: TroubleKind, doing: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            constraint: None,
            doing: doing.into(),
            hint: None,
        }
    }

    /// Says what would be right.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the database's own number.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Says what we were doing; it must not contain a value of a row.
    #[must_use]
    pub fn doing(mut self, doing: impl Into<String>) -> Self {
        self.doing = doing.into();
        self
    }

    /// Says what we were doing where nobody has said more than that a statement ran.
    #[must_use]
    pub fn doing_in(self, doing: &str) -> Self {
        if self.doing == self::doing(Phase::Running) {
            self.doing(doing)
        } else {
            self
        }
    }

    /// What would be right.
    #[must_use]
    pub fn advice(&self) -> &str {
        self.hint.as_deref().unwrap_or(self.kind.hint())
    }

    /// True where the same transaction may succeed when it is tried again from its start on the same session.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            TroubleKind::LockTimeout | TroubleKind::Deadlock | TroubleKind::Serialization
        )
    }

    /// True where the session is gone. What a transaction did that was open is not known then.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(
            self.kind,
            TroubleKind::ConnectionLost | TroubleKind::Unreachable
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.kind.sentence())?;
        match (&self.constraint, &self.code) {
            (Some(constraint), Some(code)) => write!(f, " ({constraint}; code {code})"),
            (Some(constraint), None) => write!(f, " ({constraint})"),
            (None, Some(code)) => write!(f, " (code {code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Trouble {}

/// When it happened: the same broken pipe means two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connecting,
    Running,
}

/// The trouble behind an error that does not come from the database but from the way to it; `None` where the
/// database itself answered.
pub(super) fn on_the_way(error: &sqlx::Error, phase: Phase) -> Option<Trouble> {
    let kind = match error {
        sqlx::Error::Database(_) => return None,
        sqlx::Error::Io(io) => io_kind(io, phase),
        sqlx::Error::Tls(_) => TroubleKind::TlsRefused,
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
            TroubleKind::Misconfigured
        }
        sqlx::Error::WorkerCrashed => TroubleKind::ConnectionLost,
        // A protocol that breaks off leaves a session that nobody can use.
        sqlx::Error::Protocol(_) if phase == Phase::Running => TroubleKind::ConnectionLost,
        sqlx::Error::Protocol(_) => TroubleKind::Unreachable,
        _ => TroubleKind::Other,
    };
    let trouble = Trouble::new(kind, doing(phase));
    Some(match way_hint(error, phase) {
        Some(hint) => trouble.hinting(hint),
        None => trouble,
    })
}

/// What is known of the way better than the kind knows it. The resolver has no error kind of its own.
fn way_hint(error: &sqlx::Error, phase: Phase) -> Option<&'static str> {
    match (error, phase) {
        (sqlx::Error::Protocol(_), Phase::Connecting) => Some(
            "what answers there is not the server that the schedule names: check host, port and engine",
        ),
        (sqlx::Error::Io(io), Phase::Connecting)
            if matches!(
                io.kind(),
                std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset
            ) =>
        {
            Some(
                "what answers there broke off: it is not the server that the schedule names, or it is starting or \
                 stopping",
            )
        }
        (sqlx::Error::Io(io), Phase::Connecting) if io.to_string().contains("lookup address") => {
            Some(
                "the name of the host cannot be resolved: check its spelling and the resolver of this host",
            )
        }
        (sqlx::Error::Io(io), Phase::Connecting)
            if io.kind() == std::io::ErrorKind::ConnectionRefused =>
        {
            Some("nothing listens there: check host and port, and that the server is up")
        }
        _ => None,
    }
}

fn io_kind(io: &std::io::Error, phase: Phase) -> TroubleKind {
    match (phase, io.kind()) {
        // rustls reports a refused certificate as invalid data.
        (Phase::Connecting, std::io::ErrorKind::InvalidData) => TroubleKind::TlsRefused,
        (Phase::Connecting, _) => TroubleKind::Unreachable,
        (Phase::Running, _) => TroubleKind::ConnectionLost,
    }
}

/// What we were doing, as long as nobody says it better.
pub(super) fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Connecting => "connecting",
        Phase::Running => "running a statement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_one_line_without_the_databases_message() {
        let mut trouble =
            Trouble::new(TroubleKind::ConstraintViolated, "deleting a batch").coded("23503");
        trouble.constraint = Some("orders_customer_fkey".to_owned());
        assert_eq!(
            trouble.to_string(),
            "deleting a batch: a constraint or a trigger of the database forbids it (orders_customer_fkey; code 23503)"
        );
        assert!(!trouble.is_retryable());
    }

    #[test]
    fn a_broken_pipe_means_two_things() {
        let broken = || sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into());
        let kind = |phase| on_the_way(&broken(), phase).map(|trouble| trouble.kind);
        assert_eq!(kind(Phase::Connecting), Some(TroubleKind::Unreachable));
        assert_eq!(kind(Phase::Running), Some(TroubleKind::ConnectionLost));
    }
}
