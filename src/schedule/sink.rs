//! Places that keep what this host must not be able to change.

use std::path::PathBuf;

use serde::Serialize;

/// Where checkpoints of the log are copied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sink {
    /// A file for each checkpoint, never written twice.
    Directory(PathBuf),
    /// A datagram for each checkpoint to this socket.
    Syslog(PathBuf),
}

impl std::fmt::Display for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "the directory {}", path.display()),
            Self::Syslog(path) => write!(f, "the system log at {}", path.display()),
        }
    }
}
