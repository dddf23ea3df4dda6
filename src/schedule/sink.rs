//! Places that keep what this host must not be able to change.

use std::path::PathBuf;

use super::SecretSource;

/// Where checkpoints of the log are copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// A file for each checkpoint, never written twice.
    Directory(PathBuf),
    /// A message of the system's log for each checkpoint.
    Syslog(Syslog),
    /// A POST for each checkpoint.
    Webhook(Webhook),
    /// An object for each checkpoint, never written twice.
    Bucket(Bucket),
}

/// Who takes messages of the system's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syslog {
    /// A datagram to this socket of the host.
    Socket(PathBuf),
    /// A datagram to this host and port.
    Udp(String),
    /// A connection to this host and port, in which each message has its length before it.
    Tcp(String),
}

/// A service that takes checkpoints over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// "https", or "http" where the host is this one. It may be a secret itself.
    pub url: String,
    /// The host, which may be shown.
    pub host: String,
    /// A header by which the service knows us, and where its value is kept.
    pub header: Option<(String, SecretSource)>,
    /// A certificate authority of one's own, PEM; none: the system's.
    pub ca: Option<PathBuf>,
}

/// A bucket of an object store that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// The address of the store, without the bucket.
    pub endpoint: String,
    /// The host of the endpoint, with its port where it has one.
    pub host: String,
    pub region: String,
    /// What stands before the name of every object.
    pub prefix: String,
    pub access_key: SecretSource,
    pub secret_key: SecretSource,
    /// A certificate authority of one's own, PEM; none: the system's.
    pub ca: Option<PathBuf>,
}

impl std::fmt::Display for Sink {
    /// Without what may be a secret: a path of a webhook often is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "the directory {}", path.display()),
            Self::Syslog(Syslog::Socket(path)) => {
                write!(f, "the system log at {}", path.display())
            }
            Self::Syslog(Syslog::Udp(to)) => write!(f, "the system log at udp://{to}"),
            Self::Syslog(Syslog::Tcp(to)) => write!(f, "the system log at tcp://{to}"),
            Self::Webhook(hook) => write!(f, "the webhook at {}", hook.host),
            Self::Bucket(bucket) => write!(f, "the bucket {} at {}", bucket.name, bucket.host),
        }
    }
}
