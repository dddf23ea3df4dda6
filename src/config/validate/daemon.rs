//! How a daemon is spoken to.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::config::document::{DaemonTable, Document};
use crate::diagnostic::Fault;

use super::Reader;

/// The system's limit is 107; the socket is made under a longer name first.
const SOCKET_BYTES_MAX: usize = 100;

fn table(document: &Document) -> Option<&DaemonTable> {
    document.daemon.as_ref().map(|table| &table.value)
}

/// The socket; inner `None`: the default one.
#[expect(
    clippy::option_option,
    reason = "a fault and a key left out are two answers"
)]
pub(super) fn socket(document: &Document, reader: &mut Reader<'_>) -> Option<Option<PathBuf>> {
    let Some(written) = table(document).and_then(|table| table.socket.as_ref()) else {
        return Some(None);
    };
    let path = reader.path(written)?;
    if path.as_os_str().as_bytes().len() > SOCKET_BYTES_MAX {
        let sentence = format!(
            "the path of a socket has {SOCKET_BYTES_MAX} bytes at most, and this one has {}",
            path.as_os_str().as_bytes().len()
        );
        let fault = Fault::error(written.at, sentence);
        reader.push(fault.hint("write a shorter one, such as \"/run/retentiond/socket\""));
        return None;
    }
    Some(Some(path))
}
