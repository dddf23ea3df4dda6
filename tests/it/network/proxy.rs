//! A wire between the program and a server that can be cut, stopped up, slowed down, or led elsewhere.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::wire::{Framer, Way, is_commit, is_ready};
use crate::support::Server;

/// What the wire does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Both ends are closed when so many messages went this way.
    Cut(Way, u64),
    /// From then on nothing is passed on, and nobody is told.
    Hole(Way, u64),
    /// At the COMMIT of this number.
    AtCommit(u64, Then),
}

/// What becomes of a COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The server never sees it.
    CutBefore,
    /// The server gets it, and the wire is cut at once.
    CutBehind,
    /// The server has answered; the answer is lost with the wire.
    CutAnswer,
    /// The server has answered; nobody hears of it, and the wire stays as it is.
    HoleAnswer,
}

/// The wire.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: Server,
    backend: Mutex<SocketAddr>,
    fault: Mutex<Fault>,
    to_server: AtomicU64,
    to_client: AtomicU64,
    commits: AtomicU64,
    /// Raised to cut every wire that is there.
    cut_all: watch::Sender<u64>,
}

/// What one connection has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The next answer of the server is the last that it gives, and it is not passed on.
    LastAnswer(bool),
    Hole,
    Cut,
}

impl Proxy {
    /// A wire to a server, on a thread of its own: the tests wait for programs and block.
    pub fn start(server: Server, port: u16) -> Proxy {
        let backend = SocketAddr::from(([127, 0, 0, 1], port));
        let shared = Arc::new(Shared {
            server,
            backend: Mutex::new(backend),
            fault: Mutex::new(Fault::None),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            cut_all: watch::Sender::new(0),
        });
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let mine = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(serve(listener, mine));
        });
        Proxy { port, shared }
    }

    /// From now on this happens; the counts begin anew.
    pub fn arm(&self, fault: Fault) {
        *self.shared.fault.lock().expect("a fault") = fault;
        for count in [
            &self.shared.to_server,
            &self.shared.to_client,
            &self.shared.commits,
        ] {
            count.store(0, Ordering::SeqCst);
        }
    }

    /// How many messages went this way since.
    pub fn passed(&self, way: Way) -> u64 {
        self.shared.count(way).load(Ordering::SeqCst)
    }

    /// How many transactions were committed since.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::SeqCst)
    }

    /// Cuts what is there; new connections lead to another server.
    pub fn swap(&self, port: u16) {
        *self.shared.backend.lock().expect("a backend") = SocketAddr::from(([127, 0, 0, 1], port));
        self.cut();
    }

    /// Cuts what is there, holes too.
    pub fn cut(&self) {
        self.shared.cut_all.send_modify(|count| *count += 1);
    }
}

impl Shared {
    fn count(&self, way: Way) -> &AtomicU64 {
        match way {
            Way::ToServer => &self.to_server,
            Way::ToClient => &self.to_client,
        }
    }

    /// What becomes of the connection before and after this message.
    fn judge(&self, way: Way, message: &[u8]) -> (State, State) {
        let nth = self.count(way).fetch_add(1, Ordering::SeqCst) + 1;
        let commit = way == Way::ToServer && is_commit(self.server, message);
        let which = match commit {
            true => self.commits.fetch_add(1, Ordering::SeqCst) + 1,
            false => 0,
        };
        match *self.fault.lock().expect("a fault") {
            Fault::Cut(on, after) if on == way && nth == after => (State::Open, State::Cut),
            Fault::Hole(on, after) if on == way && nth == after => (State::Open, State::Hole),
            Fault::AtCommit(wanted, then) if which == wanted && commit => match then {
                Then::CutBefore => (State::Cut, State::Cut),
                Then::CutBehind => (State::Open, State::Cut),
                Then::CutAnswer => (State::Open, State::LastAnswer(true)),
                Then::HoleAnswer => (State::Open, State::LastAnswer(false)),
            },
            _ => (State::Open, State::Open),
        }
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        tokio::spawn(connect(client, Arc::clone(&shared)));
    }
}

async fn connect(client: TcpStream, shared: Arc<Shared>) {
    let backend = *shared.backend.lock().expect("a backend");
    let Ok(server) = TcpStream::connect(backend).await else {
        return;
    };
    // Message by message: none waits for the next one.
    for end in [&client, &server] {
        end.set_nodelay(true).expect("an option of every socket");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let state = Arc::new(watch::Sender::new(State::Open));
    for (way, from, to) in [
        (Way::ToServer, from_client, to_server),
        (Way::ToClient, from_server, to_client),
    ] {
        let relay = Relay {
            way,
            from,
            to,
            state: Arc::clone(&state),
            shared: Arc::clone(&shared),
        };
        tokio::spawn(relay.run());
    }
}

struct Relay {
    way: Way,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    state: Arc<watch::Sender<State>>,
    shared: Arc<Shared>,
}

impl Relay {
    async fn run(mut self) {
        let mut state = self.state.subscribe();
        let mut all = self.shared.cut_all.subscribe();
        tokio::select! {
            () = self.pass() => {}
            _ = state.wait_for(|state| *state == State::Cut) => {}
            _ = all.changed() => {}
        }
        // Whoever ends first ends the other.
        self.state.send_replace(State::Cut);
    }

    async fn pass(&mut self) {
        let mut framer = Framer::new(self.shared.server, self.way);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let Ok(read @ 1..) = self.from.read(&mut buffer).await else {
                return;
            };
            for message in framer.take(&buffer[..read]) {
                if !self.one(&message).await {
                    return;
                }
            }
        }
    }

    /// False once the connection is to end.
    async fn one(&mut self, message: &[u8]) -> bool {
        let now = *self.state.borrow();
        match now {
            State::Open => {}
            State::LastAnswer(cut) => {
                if self.way == Way::ToClient && is_ready(self.shared.server, message) {
                    self.state
                        .send_replace(if cut { State::Cut } else { State::Hole });
                }
                return true;
            }
            State::Hole => return true,
            State::Cut => return false,
        }
        let (before, after) = self.shared.judge(self.way, message);
        if before != State::Open {
            self.state.send_replace(before);
            return false;
        }
        if after != State::Open && after != State::Cut {
            // Before the message goes: its answer may be here at once.
            self.state.send_replace(after);
        }
        if self.to.write_all(message).await.is_err() {
            return false;
        }
        if after == State::Cut {
            let _ = self.to.flush().await;
            self.state.send_replace(State::Cut);
        }
        true
    }
}
