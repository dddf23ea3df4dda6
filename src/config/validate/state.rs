//! Where retentiond keeps its own files, and where it publishes checkpoints.

use std::path::PathBuf;

use crate::config::document::{Document, SinkTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::Sink;

use super::Reader;

const STATE_DIRECTORY: &str = "/var/lib/retentiond";

/// The state directory.
pub(super) fn directory(document: &Document, reader: &mut Reader<'_>) -> Option<PathBuf> {
    let written = document
        .state
        .as_ref()
        .and_then(|state| state.directory.as_ref());
    match written {
        None => Some(PathBuf::from(STATE_DIRECTORY)),
        Some(directory) => reader.path(directory),
    }
}

/// The places that keep checkpoints.
pub(super) fn sinks(document: &Document, reader: &mut Reader<'_>) -> Option<Vec<Sink>> {
    let written = document
        .state
        .as_ref()
        .and_then(|state| state.publish.as_deref())
        .unwrap_or_default();
    let all: Vec<Option<Sink>> = written.iter().map(|table| sink(table, reader)).collect();
    all.into_iter().collect()
}

fn sink(table: &Located<SinkTable>, reader: &mut Reader<'_>) -> Option<Sink> {
    match (&table.directory, &table.syslog) {
        (Some(directory), None) => reader.path(directory).map(Sink::Directory),
        (None, Some(socket)) => reader.path(socket).map(Sink::Syslog),
        (found, _) => {
            let sentence = if found.is_some() {
                "a checkpoint is published to one place in each table"
            } else {
                "this table does not say where checkpoints are published to"
            };
            let hint = "write { directory = \"/mnt/evidence\" } or { syslog = \"/dev/log\" }";
            let fault = Fault::error(table.at, sentence).hint(hint);
            reader.missing(table.at, &["directory", "syslog"], fault);
            None
        }
    }
}
