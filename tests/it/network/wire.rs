//! Where a message of PostgreSQL's and of MySQL's protocol ends, and which one is a COMMIT.

use crate::support::Server;

/// The direction in which a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// Cuts one direction of one connection into messages.
#[derive(Debug)]
pub struct Framer {
    server: Server,
    way: Way,
    /// PostgreSQL's first message has no letter before its length.
    begun: bool,
    rest: Vec<u8>,
}

impl Framer {
    pub fn new(server: Server, way: Way) -> Framer {
        Framer {
            server,
            way,
            begun: false,
            rest: Vec::new(),
        }
    }

    /// Takes bytes as they come and gives the messages that are whole by now.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.rest.extend_from_slice(bytes);
        let mut messages = Vec::new();
        while let Some(length) = self.length().filter(|length| *length <= self.rest.len()) {
            let rest = self.rest.split_off(length);
            messages.push(std::mem::replace(&mut self.rest, rest));
            self.begun = true;
        }
        messages
    }

    fn length(&self) -> Option<usize> {
        match self.server {
            Server::Postgres => {
                let letter = usize::from(self.begun || self.way == Way::ToClient);
                let four = self.rest.get(letter..letter + 4)?;
                let length = u32::from_be_bytes(four.try_into().expect("four bytes"));
                Some(letter + length as usize)
            }
            _ => {
                let three = self.rest.get(..3)?;
                let length = u32::from_le_bytes([three[0], three[1], three[2], 0]);
                Some(4 + length as usize)
            }
        }
    }
}

/// True for the message of a client that ends a transaction well.
pub fn is_commit(server: Server, message: &[u8]) -> bool {
    let begins: &[u8] = match server {
        Server::Postgres => b"Q",
        // The number of the packet is the fourth byte, the command the fifth: a query.
        _ => &[3],
    };
    let body = match server {
        Server::Postgres => message,
        _ => message.get(4..).unwrap_or_default(),
    };
    body.starts_with(begins) && body.windows(6).any(|part| part == b"COMMIT")
}

/// True where a server says that it has done what was asked and waits for more.
pub fn is_ready(server: Server, message: &[u8]) -> bool {
    match server {
        Server::Postgres => message.first() == Some(&b'Z'),
        // An OK packet.
        _ => message.get(4) == Some(&0),
    }
}
