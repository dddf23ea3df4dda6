//! A server's certificate, by the beginning of a conversation that nothing follows.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

use super::PATIENCE;

/// The certificate that a server shows; the error is a sentence of ours.
pub(super) fn shown(
    is_postgres: bool,
    host: &str,
    port: u16,
) -> Result<CertificateDer<'static>, String> {
    let mut stream = connect(host, port).map_err(|_| "the server cannot be reached".to_owned())?;
    let asked = match is_postgres {
        true => ask_postgres(&mut stream),
        false => ask_mysql(&mut stream),
    };
    match asked {
        Ok(true) => {}
        Ok(false) => return Err("the server does not encrypt".to_owned()),
        Err(_) => return Err("the server does not answer as one".to_owned()),
    }
    let seen = Arc::new(Seen::new());
    let bare = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(bare).map_err(|_| "the host has no name".to_owned())?;
    let config = config(&seen).map_err(|error| error.to_string())?;
    let mut client =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    while client.is_handshaking()
        && client
            .complete_io(&mut stream)
            .is_ok_and(|(read, _)| read > 0)
    {}
    client.send_close_notify();
    let _ = client.complete_io(&mut stream);
    // One that wants a certificate of ours goes away, and has shown its own.
    let found = seen
        .certificate
        .lock()
        .ok()
        .and_then(|mut found| found.take());
    found.ok_or_else(|| "the server shows none".to_owned())
}

fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let bare = host.trim_matches(['[', ']']);
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in (bare, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// `SSLRequest` of PostgreSQL's protocol, which is answered by one letter.
fn ask_postgres(stream: &mut TcpStream) -> std::io::Result<bool> {
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"S")
}

/// Of the capabilities in MySQL's protocol: it encrypts, and what every server of today speaks.
const SSL: u32 = 0x0800;
const PROTOCOL_41: u32 = 0x0200;
const SECURE_CONNECTION: u32 = 0x8000;
/// The longest greeting, in bytes.
const GREETING_MAX: usize = 4096;

/// MySQL greets first, and says there whether it encrypts; what is asked for has no answer.
fn ask_mysql(stream: &mut TcpStream) -> std::io::Result<bool> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    let mut greeting = vec![0; length.min(GREETING_MAX)];
    stream.read_exact(&mut greeting)?;
    // After the protocol's version and the server's, which ends with a zero: a number, eight bytes and a zero.
    let named = greeting
        .iter()
        .skip(1)
        .position(|byte| *byte == 0)
        .map(|length| length + 2);
    let capabilities = named.and_then(|at| greeting.get(at + 13..at + 15));
    let encrypts = capabilities.is_some_and(|bytes| {
        let low = u32::from(bytes[0]) | u32::from(bytes[1]) << 8;
        low & SSL != 0
    });
    if !encrypts {
        return Ok(false);
    }
    let mut request = vec![32, 0, 0, head[3].wrapping_add(1)];
    request.extend((SSL | PROTOCOL_41 | SECURE_CONNECTION).to_le_bytes());
    request.extend((1_u32 << 24).to_le_bytes());
    // The character set (utf8mb4), and what is left for later versions.
    request.push(45);
    request.extend([0; 23]);
    stream.write_all(&request)?;
    Ok(true)
}

fn config(seen: &Arc<Seen>) -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(seen.provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    Ok(config)
}

/// Takes whatever is shown, and keeps it: nothing is said to whoever shows it.
#[derive(Debug)]
struct Seen {
    provider: Arc<CryptoProvider>,
    certificate: Mutex<Option<CertificateDer<'static>>>,
}

impl Seen {
    fn new() -> Self {
        Self {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            certificate: Mutex::default(),
        }
    }
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Ok(mut seen) = self.certificate.lock() {
            *seen = Some(certificate.clone().into_owned());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
