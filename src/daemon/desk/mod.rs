//! The daemon's socket: where verbs that write ask for what only the daemon may do while it runs.
//!
//! One line of JSON asks, and lines of JSON answer: what belongs on stdout and stderr as it comes, and the exit code at
//! the end. The daemon does what the verb would do by itself, so outcome and exit code are the same. A question is acted
//! upon once and only when the whole line has come: who is killed half-way has asked for nothing or for all of it.
//!
//! The socket is its owner's alone (0600), and whoever connects has to be that user or root. Keys of rows come in the
//! question, never in an argument list.

mod ask;
mod serve;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disposal::Stop;
use tokio::sync::mpsc::UnboundedSender;

pub use ask::{Asking, Unreachable, reach};
pub use serve::{Answer, Desk, attend};

/// The version of the protocol. Another one is refused in words.
pub const VERSION: u32 = 1;

/// The longest question, in bytes: keys of many rows may come with it.
const QUESTION_MAX: u64 = 16 << 20;

/// What is asked for. Never shown: it may have keys of rows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Question {
    pub version: u32,
    /// The version of the program that asks.
    pub program: String,
    /// The command line, without the name of the program.
    pub arguments: Vec<String>,
    /// The file of the schedule, absolute.
    pub schedule: PathBuf,
    /// The folder in which relative paths of the command line begin.
    pub folder: PathBuf,
    /// What stands on standard input, where the verb reads it.
    pub input: Option<String>,
    /// Who asks, as the operating system has it.
    pub operator: String,
}

/// A line of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// For stdout.
    Out(String),
    /// For stderr.
    Err(String),
    /// The end: the exit code.
    Exit(u8),
    /// Nothing was done, for this reason.
    Refused(String),
}

/// What may be said after a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Then {
    /// Stop between two batches: somebody pressed Ctrl-C.
    Stop,
}

/// Whoever asked, as long as the answer lasts. That nobody listens any more is no error: what was asked for is done.
#[derive(Clone)]
pub struct Caller {
    tell: UnboundedSender<Told>,
    /// Requested where the caller presses Ctrl-C or goes away, and when the daemon ends.
    pub stop: Stop,
}

impl Caller {
    /// Shows something on the caller's stdout.
    pub fn out(&self, text: &str) {
        let _ = self.tell.send(Told::Out(text.to_owned()));
    }

    /// Shows a line on the caller's stderr.
    pub fn err(&self, line: String) {
        let _ = self.tell.send(Told::Err(line));
    }
}
