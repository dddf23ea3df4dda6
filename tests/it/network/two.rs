//! Two programs on one database: from two state directories, from a copied one, one of them asleep meanwhile.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::accounts::{agree, records, table, verifies};
use super::cuts::{DUE, refill, wired};
use super::proxy::{Fault, Proxy};
use super::wire::Way;
use crate::cli::site::{Ran, Site, go, ran};
use crate::cli::state::copy;
use crate::support::{Server, every_database};

/// The program on the same schedule with another state directory.
fn go_from(site: &Site, state: &str, arguments: &[&str]) -> Ran {
    let schedule = elsewhere(site, state);
    let mut all = vec!["--schedule", schedule.as_str()];
    all.extend(arguments);
    go(&all, &[])
}

/// A schedule that differs in its state directory alone.
fn elsewhere(site: &Site, state: &str) -> String {
    let text = std::fs::read_to_string(site.schedule()).expect("the schedule");
    let other = text.replace("directory = \"state\"", &format!("directory = \"{state}\""));
    let path = site.dir().join(format!("{state}.toml"));
    std::fs::write(&path, other).expect("a schedule");
    path.to_str().expect("UTF-8").to_owned()
}

pub fn send(signal: &str, child: &Child) {
    let status = Command::new("bash")
        .args(["-c", &format!("kill -{signal} {}", child.id())])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

every_database!(
    async fn two_state_directories_exclude_each_other(server) {
        let mut site = Site::approved(server, "two_states").await;
        go_from(&site, "other", &["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        refill(&mut site).await;
        // Before anything is counted, and whatever is due.
        go_from(&site, "other", &["run"]).exits(1).warns("belongs to another log");
        assert_eq!(site.count("visit").await, 40);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        assert_eq!(agree(&mut site).await, 2 * DUE);
        site.finish().await;
    }
);

every_database!(
    async fn of_two_that_begin_at_once_one_takes_the_database(server) {
        let mut site = Site::approved(server, "at_once").await;
        let other = elsewhere(&site, "other");
        go(&["--schedule", &other, "approve", "--all"], &[]).exits(0);
        let mut children = Vec::new();
        for schedule in [site.schedule().to_str().expect("UTF-8"), &other] {
            let mut command = Command::new(crate::cli::site::program());
            crate::cli::site::clean(&mut command)
                .args(["--schedule", schedule, "run"])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            children.push(command.spawn().expect("it starts"));
        }
        let ends: Vec<Ran> = children
            .into_iter()
            .map(|child| ran(&child.wait_with_output().expect("it ends")))
            .collect();
        let well = ends.iter().filter(|end| end.code == Some(0)).count();
        assert_eq!(well, 1, "{} {}", ends[0], ends[1]);
        site.assert_enforced().await;
        let head = table(&site, "head");
        assert_eq!(site.count(&head).await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn a_copied_state_directory_is_a_fork(server) {
        let mut site = Site::approved(server, "fork").await;
        site.go(&["run", "--rule", "people"]).exits(0);
        copy(&site.state(), &site.dir().join("clone"));
        // The clone is the first to go on, and has something to do.
        go_from(&site, "clone", &["run"]).exits(0);
        site.assert_enforced().await;
        let told = site.go(&["run"]).exits(1);
        told.warns("batches that this log does not know");
        site.go(&["audit", "acknowledge", "hr"]).exits(0);
        refill(&mut site).await;
        site.go(&["run"]).exits(0);
        // Now it is the clone that has been left behind.
        go_from(&site, "clone", &["run"]).exits(1);
        verifies(&site);
        site.finish().await;
    }
);

every_database!(
    async fn a_clone_that_removed_nothing_is_noticed_too(server) {
        let mut site = Site::approved(server, "idle_fork").await;
        site.go(&["run"]).exits(0);
        copy(&site.state(), &site.dir().join("clone"));
        refill(&mut site).await;
        // It takes hold of the database and is stopped before its first batch.
        let before = site.scratch.value(&format!("SELECT epoch FROM {}", table(&site, "head"))).await;
        site.scratch.exec("ALTER TABLE visit ADD COLUMN odd INTEGER").await;
        go_from(&site, "clone", &["approve", "--all"]).exits(0);
        site.scratch.exec("ALTER TABLE visit DROP COLUMN odd").await;
        go_from(&site, "clone", &["run", "--unsafe-without-approval", "--rule", "people"]).exits(0);
        let after = site.scratch.value(&format!("SELECT epoch FROM {}", table(&site, "head"))).await;
        assert_ne!(before, after);
        // As if the clone had removed nothing: what it left is its epoch alone.
        let undo = format!(
            "DELETE FROM {l} WHERE seq = (SELECT seq FROM {h}); ",
            l = table(&site, "ledger"),
            h = table(&site, "head")
        );
        let mut known = 0;
        let mut chain = String::new();
        for record in records(&site) {
            if record["kind"] == "done" {
                known = record["seq"].as_i64().expect("a number");
                chain = record["chain"].as_str().expect("a chain").to_owned();
            }
        }
        let back = format!("UPDATE {} SET seq = {known}, chain = '{chain}'", table(&site, "head"));
        site.scratch.exec(&format!("{undo}{back}")).await;
        site.go(&["run"]).exits(1).warns("another copy of this state directory");
        assert_eq!(site.count("visit").await, 40);
        site.go(&["audit", "acknowledge", "hr"]).exits(0);
        site.go(&["run"]).exits(0);
        go_from(&site, "clone", &["run"]).exits(1);
        site.assert_enforced().await;
        verifies(&site);
        site.finish().await;
    }
);

/// One run sleeps at a message; a clone of it tries; the first wakes up. Whatever the order, no row goes twice and no
/// receipt is wrong.
async fn asleep(server: Server) {
    let (mut site, proxy) = wired(server, "asleep").await;
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0);
    let messages = proxy.passed(Way::ToServer);
    let (mut fenced, mut refused, mut waited) = (0, 0, 0);
    let mut theirs_told = String::new();
    for place in 1..=6 {
        refill(&mut site).await;
        let clone = format!("clone{place}");
        copy(&site.state(), &site.dir().join(&clone));
        proxy.arm(Fault::None);
        let child = site.start_process(&["run"]);
        sleep_at(&proxy, &child, messages * place / 7).await;
        let theirs = go_from(&site, &clone, &["run"]);
        send("CONT", &child);
        let ours = ran(&child.wait_with_output().expect("it ends"));
        match theirs.code {
            Some(0) => fenced += u32::from(ours.code != Some(0)),
            _ if theirs.to_string().contains("does not end") => waited += 1,
            _ => refused += 1,
        }
        assert!(
            ours.code == Some(0) || theirs.code == Some(0) || theirs.code == Some(1),
            "{place}: {ours}\n{theirs}"
        );
        // Both logs hold; what is gone has one receipt in one of them.
        verifies(&site);
        let key = go_from(&site, &clone, &["audit", "key"]).exits(0).out;
        let state = site.dir().join(&clone);
        let state = state.to_str().expect("UTF-8");
        go(&["audit", "verify", state, "--key", key.trim()], &[]).exits(0);
        // Whoever is left goes on: an operator says that it is the first one.
        if site.go(&["run"]).code != Some(0) {
            site.go(&["audit", "acknowledge", "hr"]).exits(0);
            site.go(&["run"]).exits(0);
        }
        site.assert_enforced().await;
        go_from(&site, &clone, &["run"]).exits(1);
        let told = go_from(&site, &clone, &["audit", "export"]).exits(0).out;
        theirs_told.push_str(&told);
        each_batch_once(&mut site, &theirs_told).await;
    }
    println!("{server}: {fenced} fenced, {refused} refused, {waited} waited in vain");
    site.finish().await;
}

/// Stops the program as soon as it has sent so many messages.
async fn sleep_at(proxy: &Proxy, child: &Child, message: u64) {
    let began = Instant::now();
    while proxy.passed(Way::ToServer) < message {
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    send("STOP", child);
}

/// Every batch of the ledger has one receipt in our log, or else one in the log of a clone.
async fn each_batch_once(site: &mut Site, theirs: &str) {
    let ledger = table(site, "ledger");
    let kept = site
        .scratch
        .rows(&format!("SELECT batch_id, chain FROM {ledger}"))
        .await;
    let ours = records(site);
    for row in kept {
        let (batch, chain) = (row[0].clone().expect("an id"), row[1].clone().expect("one"));
        let mine = ours
            .iter()
            .filter(|record| record["kind"] == "done" && record["batch"] == *batch)
            .count();
        let line = format!("\"batch\":\"{batch}\",\"chain\":\"{chain}\"");
        assert!(mine <= 1, "{batch} has two receipts");
        assert!(mine == 1 || theirs.contains(&line), "{batch} has none");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sleeps_on_postgres() {
    asleep(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sleeps_on_mariadb() {
    asleep(Server::Mariadb).await;
}
