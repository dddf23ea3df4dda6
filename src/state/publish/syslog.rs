//! The system's log: a message for each checkpoint, from which the note can be had again.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{SecondsFormat, Utc};

use crate::schedule::Syslog;

use super::Sent;

/// "Security, notice" in RFC 5424.
const PRIORITY: u32 = 4 * 8 + 5;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Hands a message over. Nobody answers: that it was taken further is for whoever reads the other end.
///
/// # Errors
/// Nobody listens there.
pub(super) fn tell(place: &Syslog, what: &Sent) -> anyhow::Result<()> {
    let message = message(what);
    match place {
        Syslog::Socket(socket) => {
            let sender = UnixDatagram::unbound()?;
            // A log that does not listen must not make us wait.
            sender.set_nonblocking(true)?;
            sender
                .send_to(message.as_bytes(), socket)
                .with_context(|| format!("failed to write to {}", socket.display()))?;
        }
        Syslog::Udp(to) => {
            let address = address(to)?;
            let any = if address.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let sender = UdpSocket::bind(any)?;
            sender
                .send_to(message.as_bytes(), address)
                .with_context(|| format!("failed to send to {to}"))?;
        }
        Syslog::Tcp(to) => {
            let mut stream = TcpStream::connect_timeout(&address(to)?, TIMEOUT)
                .with_context(|| format!("failed to connect to {to}"))?;
            stream.set_write_timeout(Some(TIMEOUT))?;
            // RFC 6587, section 3.4.1.
            let framed = format!("{} {message}", message.len());
            stream
                .write_all(framed.as_bytes())
                .and_then(|()| stream.flush())
                .with_context(|| format!("failed to send to {to}"))?;
        }
    }
    Ok(())
}

fn address(to: &str) -> anyhow::Result<SocketAddr> {
    to.to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .with_context(|| format!("{to} has no address"))
}

/// As RFC 5424 has it.
fn message(what: &Sent) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!(
        "<{PRIORITY}>1 {} {} retentiond {} checkpoint - checkpoint {} {} {}",
        Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
        if host.is_empty() { "-" } else { host },
        std::process::id(),
        what.checkpoint.origin,
        what.checkpoint.size,
        BASE64.encode(&what.note)
    )
}
