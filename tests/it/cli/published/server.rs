//! A small server that keeps what it is sent, over TLS or without, and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub line: String,
    /// With names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    /// 302 to an address.
    Elsewhere(String),
    /// The connection stays open and nothing comes.
    Nothing,
    /// As an object store does: an object is written once, and read.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(dead_code, reason = "only buckets ask for it")
    )]
    Object,
}

#[derive(Default)]
struct Inside {
    requests: Vec<Request>,
    answers: VecDeque<Answer>,
    objects: BTreeMap<String, String>,
    open: Vec<TcpStream>,
}

/// A server for the life of the test process.
pub struct Evidence {
    port: u16,
    inside: Arc<Mutex<Inside>>,
}

/// The folder of the test servers' certificates.
fn certificates() -> PathBuf {
    let ca = std::env::var("RETENTIOND_TEST_TLS_CA").expect("the servers of tests/run");
    PathBuf::from(ca).parent().expect("a folder").to_owned()
}

fn tls() -> Arc<rustls::ServerConfig> {
    let folder = certificates();
    let chain: Vec<_> = CertificateDer::pem_file_iter(folder.join("server.pem"))
        .expect("a certificate")
        .map(|one| one.expect("a certificate"))
        .collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key);
    Arc::new(config.expect("a server"))
}

impl Evidence {
    /// Over TLS, with the test servers' certificate.
    pub fn secure() -> Evidence {
        let tls = tls();
        Self::serve(move |stream, inside| {
            let Ok(connection) = rustls::ServerConnection::new(tls.clone()) else {
                return;
            };
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let _ = talk(&mut stream, inside);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    /// In plain text.
    pub fn plain() -> Evidence {
        Self::serve(|mut stream, inside| {
            let _ = talk(&mut stream, inside);
        })
    }

    fn serve(each: impl Fn(TcpStream, &Mutex<Inside>) + Send + 'static) -> Evidence {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let inside = Arc::new(Mutex::new(Inside::default()));
        let kept = inside.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let timeout = Some(std::time::Duration::from_secs(20));
                stream.set_read_timeout(timeout).expect("a timeout");
                kept.lock()
                    .expect("the server")
                    .open
                    .push(stream.try_clone().expect("a stream"));
                each(stream, &kept);
            }
        });
        Evidence { port, inside }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the next requests are answered; those after them are taken.
    pub fn answers(&self, answers: &[Answer]) {
        let mut inside = self.inside.lock().expect("the server");
        inside.answers = answers.iter().cloned().collect();
    }

    /// What came since the last time.
    pub fn came(&self) -> Vec<Request> {
        std::mem::take(&mut self.inside.lock().expect("the server").requests)
    }

    /// The objects of the store.
    #[cfg_attr(
        not(feature = "object-store"),
        expect(dead_code, reason = "only buckets ask for it")
    )]
    pub fn objects(&self) -> BTreeMap<String, String> {
        self.inside.lock().expect("the server").objects.clone()
    }

    #[cfg_attr(
        not(feature = "object-store"),
        expect(dead_code, reason = "only buckets ask for it")
    )]
    pub fn put(&self, name: &str, body: &str) {
        let mut inside = self.inside.lock().expect("the server");
        inside.objects.insert(name.to_owned(), body.to_owned());
    }
}

/// Reads one request and answers it.
fn talk(stream: &mut (impl Read + Write), inside: &Mutex<Inside>) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut *stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if line.is_empty() {
        return Ok(());
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let request = Request {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answered = {
        let mut inside = inside.lock().expect("the server");
        let answer = inside.answers.pop_front().unwrap_or(Answer::Status(200));
        inside.requests.push(request.clone());
        match answer {
            Answer::Nothing => None,
            Answer::Status(status) => Some((status, String::new(), String::new())),
            Answer::Elsewhere(to) => Some((302, format!("Location: {to}\r\n"), String::new())),
            Answer::Object => {
                let (status, body) = object(&request, &mut inside.objects);
                Some((status, String::new(), body))
            }
        }
    };
    let Some((status, header, body)) = answered else {
        std::thread::sleep(std::time::Duration::from_secs(20));
        return Ok(());
    };
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {}\r\n{header}\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

fn object(request: &Request, objects: &mut BTreeMap<String, String>) -> (u16, String) {
    let mut words = request.line.split(' ');
    let (verb, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_signed = query.contains("X-Amz-Signature=") && query.contains("X-Amz-Credential=AKID");
    if !is_signed {
        return (403, String::new());
    }
    match (verb, objects.get(path)) {
        ("PUT", Some(_))
            if request.headers.get("if-none-match").map(String::as_str) == Some("*") =>
        {
            (412, String::new())
        }
        ("PUT", _) => {
            objects.insert(path.to_owned(), request.body.clone());
            (200, String::new())
        }
        ("GET", Some(body)) => (200, body.clone()),
        _ => (404, String::new()),
    }
}
