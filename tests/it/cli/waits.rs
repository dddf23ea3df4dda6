//! Whatever waits can be called off: a run that rests, who waits for a turn, a place that takes no connections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use crate::support::Server;

use super::daemon::{every_second, stop};
use super::desk::serving;
use super::service::{kinds, status, until, with};
use super::site::Site;
use super::underway::{end, send, slow, wait_until_some_are_gone};

/// 2000 rows at one in a second are more than half an hour's rest: a pause, a reload and SIGTERM do not wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_rest_ends_when_somebody_says_so() {
    let mut site = Site::migrated(Server::Sqlite, "long_rest").await;
    slow(&mut site).await;
    let all = site.count("visit").await;
    let slowly = "cadence = \"* * * * * *\"\nthrottle = { rows-per-second = 1 }";
    let text = with(&site, slowly);
    site.write(&text);
    let rests = |site: &Site| status(site)["jobs"][0]["throttled"] == "rows-per-second";
    let child = serving(&site);
    wait_until_some_are_gone(&mut site, all).await;
    until("rests", || rests(&site));
    let left = site.count("visit").await;
    site.go(&["pause"]).exits(0);
    until("paused", || status(&site)["jobs"][0]["state"] == "paused");
    // The rest is owed all the same.
    site.go(&["resume"]).exits(0);
    until("rests", || rests(&site));
    assert_eq!(site.count("visit").await, left);
    // Somebody else may use the database meanwhile.
    let began = Instant::now();
    site.go(&["audit", "acknowledge", "hr"]).exits(0);
    assert!(began.elapsed() < Duration::from_secs(10));
    until("rests", || rests(&site));
    // A schedule without it goes on at once.
    site.write(&every_second(&site));
    send("HUP", &child);
    wait_until_some_are_gone(&mut site, left).await;
    site.write(&text);
    stop(child);
    site.finish().await;
}

/// A cap is for the run as a whole, however often it begins anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_is_over_all_attempts() {
    let mut site = Site::migrated(Server::Postgres, "cap_whole").await;
    much(&mut site).await;
    let capped = "cadence = \"* * * * * *\"\nrun-at-most = \"3 s\"";
    let text = with(&site, capped).replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
    site.write(&text);
    let all = site.count("visit").await;
    let child = serving(&site);
    wait_until_some_are_gone(&mut site, all).await;
    let began = Instant::now();
    let runs = |site: &Site| {
        let records = kinds(site);
        records
            .iter()
            .filter(|one| one["kind"] == "run-started")
            .count()
    };
    // Each reload makes the run begin anew, well before three seconds are over.
    while status(&site)["jobs"][0]["last-end"].is_null() {
        assert!(began.elapsed() < Duration::from_secs(30), "it never ends");
        send("HUP", &child);
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    assert!(runs(&site) >= 2);
    let told = stop(child);
    assert!(told.err.contains("\"reason\":\"run-at-most\""), "{told}");
    site.finish().await;
}

/// Who waits behind a long run goes when told to, or when the daemon does; a run on a cadence that waits behind what
/// somebody asked for does so as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_turn_can_go() {
    let mut site = Site::migrated(Server::Postgres, "waits").await;
    much(&mut site).await;
    let slowly = site
        .parts()
        .text()
        .replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
    site.write(&slowly.replace("time-zone = ", "cadence = \"0 0 29 2 *\"\ntime-zone = "));
    let all = site.count("visit").await;
    let child = serving(&site);
    let first = site.start_process(&["run"]);
    wait_until_some_are_gone(&mut site, all).await;
    let second = site.start_process(&["run"]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    send("INT", &second);
    end(second).exits(8).warns("nothing was done there");
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    // One that is killed leaves no place behind that somebody else would wait for.
    let mut gone = site.start_process(&["approve", "--all"]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    gone.kill().expect("killed");
    gone.wait().expect("reaped");
    let third = site.start_process(&["audit", "acknowledge", "hr"]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop(child);
    end(first).exits(8);
    end(third).exits(8).warns("nothing was done there");
    // A run on a cadence, behind one that somebody asked for.
    site.write(&slowly.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = "));
    site.go(&["pause"]).exits(0);
    let child = serving(&site);
    let first = site.start_process(&["run"]);
    let left = site.count("visit").await;
    wait_until_some_are_gone(&mut site, left).await;
    site.go(&["resume"]).exits(0);
    until("waits", || status(&site)["jobs"][0]["state"] == "running");
    site.go(&["pause"]).exits(0);
    until("goes", || status(&site)["jobs"][0]["state"] == "paused");
    stop(child);
    end(first).exits(8);
    site.finish().await;
}

/// Five hundred visits more, one to a batch: half a minute on PostgreSQL.
async fn much(site: &mut Site) {
    let more =
        "INSERT INTO visit SELECT i, 'x', '2001-01-01' FROM generate_series(1000, 1499) AS i";
    site.scratch.exec(more).await;
    slow(site).await;
}

fn limit(child: &Child, files: usize) {
    let status = Command::new("prlimit")
        .args([
            format!("--pid={}", child.id()),
            format!("--nofile={files}:"),
        ])
        .status();
    assert!(status.expect("prlimit runs").success());
}

/// Seconds that a process was at work, by its own account.
fn worked(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("its account");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks: Vec<f64> = fields
        .split(' ')
        .skip(12)
        .take(2)
        .filter_map(|one| one.parse().ok())
        .collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// A daemon that may open no more files says so once, and waits until it may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_open_files_are_told_once() {
    let site = Site::approved(Server::Sqlite, "files").await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let text = with(&site, "cadence = \"0 0 29 2 *\"");
    site.write(&format!(
        "{text}\n[daemon]\nlisten = \"127.0.0.1:{port}\"\n"
    ));
    let child = serving(&site);
    until("listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    limit(&child, 3);
    let (before, began) = (worked(&child), Instant::now());
    let mut waiting = TcpStream::connect(("127.0.0.1", port)).expect("the kernel takes it");
    waiting
        .write_all(b"GET /healthz HTTP/1.0\r\n\r\n")
        .expect("written");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let share = (worked(&child) - before) / began.elapsed().as_secs_f64();
    assert!(share < 0.5, "it is at work for {share} of the time");
    limit(&child, 1024);
    let mut answer = String::new();
    let read = waiting.read_to_string(&mut answer);
    let told = stop(child);
    assert!(
        read.is_ok() && answer.contains("200 OK"),
        "{read:?} {answer} {told}"
    );
    let told = told.warns("connections are taken again");
    let once = told.err.matches("no connection is taken for now").count();
    assert_eq!(once, 1, "{told}");
    site.finish().await;
}

/// What is called like the socket and is none is somebody's file.
#[tokio::test]
async fn a_file_in_the_place_of_the_socket_is_left() {
    let site = Site::approved(Server::Sqlite, "no_socket").await;
    site.write(&every_second(&site));
    for name in ["socket", "socket.new"] {
        let path = site.state().join(name);
        std::fs::write(&path, "mine").expect("a file");
        site.go(&["daemon"])
            .exits(1)
            .warns("is there and is no socket");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "mine");
        std::fs::remove_file(&path).expect("removed");
    }
    site.finish().await;
}

/// A day begins where the people are: fourteen hours before UTC on Kiritimati, twelve after it on the other side.
#[tokio::test]
async fn days_are_those_of_the_zone() {
    let site = Site::approved(Server::Sqlite, "days").await;
    let text = site.parts().text();
    let zone = text
        .lines()
        .find(|line| line.starts_with("time-zone = "))
        .expect("a zone");
    for (name, hours) in [("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)] {
        site.write(&text.replace(zone, &format!("time-zone = \"{name}\"")));
        let today = (Utc::now() + TimeDelta::hours(hours)).date_naive();
        for (review, expected) in [(Some(today), true), (today.succ_opt(), false)] {
            let review = review.expect("a day").to_string();
            let arguments = [
                "hold",
                "place",
                "visits",
                "--review",
                &review,
                "--because",
                "b",
                "--reference",
                "r",
                "--owner",
                "o",
                "--key",
                "-",
            ];
            site.fed(&arguments, "2\n").exits(0);
            let listed = site.json(&["hold", "list"]);
            let plan = site.json(&["plan"]);
            assert_eq!(listed[0]["to-be-reviewed"], expected, "{name} {listed}");
            assert_eq!(
                plan[0]["holds"][0]["to-be-reviewed"], expected,
                "{name} {plan}"
            );
            let hold = listed[0]["hold"].as_str().expect("a name");
            site.go(&["hold", "lift", hold]).exits(0);
        }
    }
    site.finish().await;
}
