//! A site that several hosts serve: a directory and a schedule for each, one state store in PostgreSQL for all.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::cli::site::{Ran, Site, clean, go, program};
use crate::support::{Scratch, Server};

pub struct Hosts {
    pub site: Site,
    pub store: Scratch,
    cadence: &'static str,
}

impl Hosts {
    /// A site with its tables made.
    pub async fn new(server: Server, hint: &str) -> Hosts {
        let hosts = Hosts {
            site: Site::migrated(server, hint).await,
            store: Scratch::create(Server::Postgres, &format!("{hint}_state")).await,
            cadence: "",
        };
        (1..=3).for_each(|n| hosts.write(n));
        hosts
    }

    /// The same with all rules approved, and daemons that run every second.
    pub async fn every_second(server: Server, hint: &str) -> Hosts {
        let mut hosts = Hosts::new(server, hint).await;
        hosts.cadence = "cadence = \"* * * * * *\"\n";
        (1..=3).for_each(|n| hosts.write(n));
        hosts.go(1, &["approve", "--all"]).exits(0);
        hosts
    }

    /// Writes the schedule of a host.
    fn write(&self, n: usize) {
        self.write_as(n, self.store.user(), self.store.password());
    }

    /// The same for another user of the state store.
    pub fn write_as(&self, n: usize, user: &str, password: &str) {
        let table = self.store.toml_database_as("x", user, password);
        let keys = table.lines().filter(|line| {
            !["[", "engine", "time-zone"]
                .iter()
                .any(|one| line.starts_with(one))
        });
        let keys: Vec<&str> = keys.collect();
        let shared = format!(
            "[state]\ndirectory = \"host{n}\"\n\n[state.postgres]\n{}\n",
            keys.join("\n")
        );
        let text = self.site.parts().text();
        let text = text.replace("[state]\ndirectory = \"state\"\n", &shared);
        let text = text.replace("time-zone = ", &format!("{}time-zone = ", self.cadence));
        std::fs::write(self.schedule(n), text).expect("the schedule");
    }

    /// Leads a host to the state store over another port.
    pub fn reroute(&self, n: usize, port: u16) {
        let text = std::fs::read_to_string(self.schedule(n)).expect("a schedule");
        let (from, to) = (
            format!("port = {}\n", self.store.port()),
            format!("port = {port}\n"),
        );
        // The state store stands first.
        std::fs::write(self.schedule(n), text.replacen(&from, &to, 1)).expect("written");
    }

    pub fn schedule(&self, n: usize) -> PathBuf {
        self.site.dir().join(format!("host{n}.toml"))
    }

    pub fn directory(&self, n: usize) -> PathBuf {
        self.site.dir().join(format!("host{n}"))
    }

    /// Runs the program on a host.
    pub fn go(&self, n: usize, arguments: &[&str]) -> Ran {
        let schedule = self.schedule(n);
        let mut all = vec!["--schedule", schedule.to_str().expect("UTF-8")];
        all.extend(arguments);
        go(&all, &[])
    }

    /// Starts a daemon on a host; it may stand by.
    pub fn daemon(&self, n: usize) -> Child {
        let told = std::fs::File::create(self.told(n)).expect("a file");
        let mut command = std::process::Command::new(program());
        let child = clean(&mut command)
            .arg("--schedule")
            .arg(self.schedule(n))
            .arg("daemon")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(told)
            .spawn()
            .expect("it starts");
        self.until("the daemon answers", || {
            self.go(n, &["status"]).code != Some(1)
        });
        child
    }

    fn told(&self, n: usize) -> PathBuf {
        self.site.dir().join(format!("host{n}.told"))
    }

    /// What the last daemon of a host has told.
    pub fn words(&self, n: usize) -> String {
        std::fs::read_to_string(self.told(n)).expect("a file")
    }

    pub fn until(&self, what: &str, mut is: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is() {
            assert!(began.elapsed() < Duration::from_secs(40), "never: {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn until_it_serves(&self, n: usize) {
        self.until("it serves", || {
            let ran = self.go(n, &["status"]);
            ran.code != Some(1)
                && !ran.out.contains("standing by")
                && !ran.out.contains("state store")
        });
    }

    /// The log of a host verifies; gives its records.
    pub fn verified(&self, n: usize) -> Vec<serde_json::Value> {
        let key = self.go(n, &["audit", "key"]).exits(0).out.trim().to_owned();
        self.go(n, &["audit", "verify", "--key", &key])
            .exits(0)
            .says("verified");
        let exported = self.go(n, &["audit", "export"]).exits(0).out;
        let lines = exported.lines();
        lines
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
                line["record"].clone()
            })
            .collect()
    }

    pub async fn finish(self) {
        self.store.finish().await;
        self.site.finish().await;
    }
}

/// Sends a signal.
pub fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    let status = std::process::Command::new("bash")
        .args(["-c", &kill])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

/// The exit code of a daemon that ends by itself, or as it was told.
pub fn ended(child: &mut Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status.code();
        }
        assert!(began.elapsed() < Duration::from_secs(40), "it never ends");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The rows that receipts tell of.
pub fn rows(records: &[serde_json::Value]) -> u64 {
    let done = records.iter().filter(|record| record["kind"] == "done");
    let effects = done.flat_map(|record| record["effects"].as_array().expect("effects").clone());
    effects
        .map(|effect| effect["rows"].as_u64().expect("a count"))
        .sum()
}
