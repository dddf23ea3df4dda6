//! When the daemon may be at work with a database, and how hard. No part of any meaning: it changes when rows go that are
//! due, and never which.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{NaiveTime, TimeDelta};

/// How the daemon serves a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// The hours in which runs may be at work, by the clocks of the database's zone.
    pub window: Option<Window>,
    /// After this long a run ends between two batches; the rest is the next one's.
    pub run_at_most: Option<TimeDelta>,
    /// A run begins later than its time by chance, up to this.
    pub jitter: TimeDelta,
    pub throttle: Throttle,
}

/// Where metrics are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Hours of the day, from the first to before the second; where the second is earlier they go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: NaiveTime,
    pub to: NaiveTime,
}

/// What slows a run down, between its batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Throttle {
    /// The share of the time in which batches may be at work, in percent; `None`: all of it.
    pub duty_percent: Option<u8>,
    pub rows_per_second: Option<u32>,
    /// The most that a replica may lag behind.
    pub replication_lag: Option<TimeDelta>,
    /// Where replicas of MySQL and MariaDB are asked, a host and a port; PostgreSQL knows its standbys.
    pub replicas: Vec<(String, u16)>,
    /// The most sessions of others that may be at work on the server.
    pub connections: Option<u32>,
    /// While this file is there nothing goes on.
    pub file: Option<PathBuf>,
}

impl Throttle {
    /// True where the server has to be asked.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.replication_lag.is_some() || self.connections.is_some()
    }
}
