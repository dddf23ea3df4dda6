//! How a daemon is spoken to.

use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::config::document::{DaemonTable, Document};
use crate::diagnostic::{Fault, Located};
use crate::schedule::Listen;

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
    short(written, reader).map(Some)
}

fn short(written: &Located<String>, reader: &mut Reader<'_>) -> Option<PathBuf> {
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
    Some(path)
}

/// Where metrics are read; inner `None`: nowhere.
#[expect(
    clippy::option_option,
    reason = "a fault and a key left out are two answers"
)]
pub(super) fn listen(document: &Document, reader: &mut Reader<'_>) -> Option<Option<Listen>> {
    let table = table(document);
    let Some(written) = table.and_then(|table| table.listen.as_ref()) else {
        return Some(None);
    };
    if written.value.contains('/') {
        return short(written, reader).map(|path| Some(Listen::Unix(path)));
    }
    let permitted = table.and_then(|table| table.unsafe_listen_on_a_network.as_ref());
    let permitted = permitted.is_some_and(|yes| yes.value);
    let fault = match written.value.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() || permitted => {
            return Some(Some(Listen::Tcp(address)));
        }
        Ok(_) => Fault::error(written.at, "others than this host reach this address").hint(
            "write an address of this host itself, such as \"127.0.0.1:9187\", or a path; unsafe-listen-on-a-network = true \
             lets everybody who reaches it read names of databases and rules, and numbers of rows",
        ),
        Err(_) => {
            let sentence = format!("\"{}\" is not where metrics can be read", written.value);
            Fault::error(written.at, sentence).hint(
                "write an address and a port, \"127.0.0.1:9187\", or a path, \"/run/retentiond/metrics\"",
            )
        }
    };
    reader.push(fault);
    None
}
