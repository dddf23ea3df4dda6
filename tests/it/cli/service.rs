//! The daemon as a service: windows, caps, pauses, cadences of rules, what it missed, what slows it down, and how all of
//! it is seen.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Server, every_database};

use super::daemon::{every_second, stop, wait_for};
use super::desk::serving;
use super::evidence::{key, verify};
use super::site::Site;
use super::state::told_by_the_log;
use super::underway::{slow, wait_until_some_are_gone};

pub(super) fn with(site: &Site, keys: &str) -> String {
    let text = site.parts().text();
    text.replace("time-zone = ", &format!("{keys}\ntime-zone = "))
}

pub(super) fn status(site: &Site) -> Value {
    site.json(&["status"])
}

pub(super) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The kinds of records of the log.
pub(super) fn kinds(site: &Site) -> Vec<Value> {
    let exported = site.go(&["audit", "export"]).exits(0).out;
    let lines = exported.lines();
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["record"].clone()
        })
        .collect()
}

every_database!(
    async fn a_pause_holds_everything_and_outlives_the_daemon(server) {
        let mut site = Site::migrated(server, "pause").await;
        slow(&mut site).await;
        let slowly = every_second(&site).replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
        site.write(&slowly);
        let all = site.count("visit").await;
        let child = serving(&site);
        wait_until_some_are_gone(&mut site, all).await;
        site.go(&["pause"]).exits(0).says("are paused until");
        site.go(&["pause"]).exits(0).says("were paused already");
        until("paused", || status(&site)["jobs"][0]["state"] == "paused");
        let left = site.count("visit").await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(site.count("visit").await, left);
        site.go(&["status"]).exits(5).says("runs on hr are paused");
        stop(child);
        let child = serving(&site);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(site.count("visit").await, left);
        site.go(&["resume"]).exits(0).says("begin again");
        wait_until_some_are_gone(&mut site, left).await;
        site.write(&every_second(&site));
        stop(child);
        let child = serving(&site);
        wait_for(&mut site, "visit", 10).await;
        wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
        stop(child);
        let records = kinds(&site);
        let told = |kind: &str| records.iter().filter(|one| one["kind"] == kind).count();
        assert_eq!((told("paused"), told("resumed")), (1, 1));
        assert!(records.iter().any(|one| one["kind"] == "runs-missed" && one["because"] == "paused" && one["made-up"] == true));
        assert_eq!(told_by_the_log(&site), all - 10 + 15 + 12);
        verify(&site, &key(&site)).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

/// A window that is closed now, one that is open, and a run that may take a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_and_caps() {
    let mut site = Site::migrated(Server::Postgres, "windows").await;
    slow(&mut site).await;
    let all = site.count("visit").await;
    let hour = |hours: i64| {
        let then = chrono::Utc::now() + chrono::TimeDelta::hours(hours);
        then.format("%H:%M").to_string()
    };
    let zone = "time-zone = \"UTC\"\n";
    let closed = format!(
        "cadence = \"* * * * * *\"\nwindow = \"{}-{}\"",
        hour(3),
        hour(5)
    );
    let text = with(&site, &closed).replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
    assert!(text.contains(zone), "{text}");
    site.write(&text);
    let child = serving(&site);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(site.count("visit").await, all);
    let next = status(&site)["jobs"][0]["next"]
        .as_str()
        .expect("a moment")
        .to_owned();
    assert!(next.contains(&format!("T{}", &hour(3)[..2])), "{next}");
    stop(child);
    let open = format!(
        "cadence = \"* * * * * *\"\nwindow = \"{}-{}\"\nrun-at-most = \"1 s\"",
        hour(-2),
        hour(2)
    );
    let text = with(&site, &open).replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
    site.write(&text);
    let child = serving(&site);
    // Several runs, each of which counts and plans anew.
    let began = Instant::now();
    while site.count("visit").await != 10 {
        assert!(began.elapsed() < Duration::from_secs(90), "never done");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let told = stop(child).warns("the run ends here; the rest is done later");
    assert!(told.err.contains("\"reason\":\"run-at-most\""), "{told}");
    let records = kinds(&site);
    let runs = records.iter().filter(|one| one["kind"] == "run-started");
    assert!(runs.count() >= 2, "one run did it all");
    site.finish().await;
}

/// A rule with a cadence of its own, and one without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_with_a_cadence_of_its_own() {
    let mut site = Site::approved(Server::Sqlite, "rule_cadence").await;
    let text = with(&site, "cadence = \"0 0 29 2 *\"");
    site.write(&text.replace(
        "table = \"person\"",
        "table = \"person\"\ncadence = \"* * * * * *\"",
    ));
    // An approval binds no cadence.
    let child = serving(&site);
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    assert_eq!(site.count("visit").await, 40);
    let status = status(&site);
    let jobs: Vec<_> = status["jobs"]
        .as_array()
        .expect("jobs")
        .iter()
        .map(|job| job["rule"].clone())
        .collect();
    assert_eq!(jobs, [Value::Null, Value::from("people")]);
    stop(child);
    verify(&site, &key(&site)).exits(0);
    site.finish().await;
}

/// What came due while no daemon was there is made up for by one run, and told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_made_up_for_once() {
    let mut site = Site::approved(Server::Sqlite, "missed").await;
    site.write(&with(&site, "cadence = \"0 * * * *\""));
    stop(serving(&site));
    let kept = site.state().join("daemon.json");
    let text = std::fs::read_to_string(&kept).expect("what is waited for");
    let mut json: Value = serde_json::from_str(&text).expect("JSON");
    let ago = chrono::Utc::now() - chrono::TimeDelta::hours(30);
    let hour = ago.format("%Y-%m-%dT%H:00:00Z").to_string();
    json["hr"]["next"] = Value::from(hour);
    std::fs::write(&kept, json.to_string()).expect("kept");
    let child = serving(&site);
    wait_for(&mut site, "visit", 10).await;
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    stop(child).warns("runs were missed");
    let records = kinds(&site);
    let missed: Vec<_> = records
        .iter()
        .filter(|one| one["kind"] == "runs-missed")
        .collect();
    assert_eq!(missed.len(), 1);
    assert_eq!(
        (&missed[0]["because"], &missed[0]["made-up"]),
        (&Value::from("down"), &Value::from(true))
    );
    assert_eq!(missed[0]["count"], 31, "{missed:?}");
    let runs = records.iter().filter(|one| one["kind"] == "run-started");
    assert_eq!(runs.count(), 1);
    site.go(&["audit", "show"])
        .exits(0)
        .says("no daemon was at work; one run makes up for them");
    verify(&site, &key(&site)).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

every_database!(
    async fn what_slows_a_run_down_has_a_name_and_nothing_waits_in_a_transaction(server) {
        let mut site = Site::migrated(server, "throttle").await;
        slow(&mut site).await;
        let file = site.dir().join("not-now");
        std::fs::write(&file, "").expect("a file");
        let throttle = format!("cadence = \"* * * * * *\"\nthrottle = {{ rows-per-second = 200, duty-cycle = \"90 %\", file = {file:?} }}");
        let text = with(&site, &throttle).replace("share-per-run", "rows-per-batch = 5\nshare-per-run");
        site.write(&text);
        let all = site.count("visit").await;
        let child = serving(&site);
        until("throttled", || status(&site)["jobs"][0]["throttled"] == "file");
        site.go(&["status"]).exits(5).says("remove the file to go on");
        assert_eq!(site.count("visit").await, all);
        // Whatever is throttled, the database is free.
        site.scratch.exec("INSERT INTO visit VALUES (9000, 'x', '9000-01-01'); DELETE FROM visit WHERE id = 9000").await;
        std::fs::remove_file(&file).expect("removed");
        wait_until_some_are_gone(&mut site, all).await;
        if server == Server::Sqlite {
            // 2000 rows are ten seconds' worth; twice a second it is looked at.
            let (before, began) = (site.count("visit").await, Instant::now());
            tokio::time::sleep(Duration::from_secs(3)).await;
            let gone = before - site.count("visit").await;
            let most = 200.0 * (began.elapsed().as_secs_f64() + 1.0);
            assert!(gone > 0 && (gone as f64) < most, "{gone} rows in {:?}", began.elapsed());
        }
        std::fs::write(&file, "").expect("a file");
        until("throttled", || {
            let job = status(&site)["jobs"][0].clone();
            job["throttled"] == "file" || job["state"] == "waiting"
        });
        site.scratch.exec("INSERT INTO visit VALUES (9000, 'x', '9000-01-01'); DELETE FROM visit WHERE id = 9000").await;
        std::fs::remove_file(&file).expect("removed");
        let told = stop(child);
        assert!(told.err.contains("\"reason\":\"file\""), "{told}");
        site.finish().await;
    }
);

/// A server whose replicas do not say how far they are is left alone, and so is one that is busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_lag_and_busy_servers() {
    // Other tests are at work on the same servers: only that it waits can be told.
    for (server, throttle, reason) in [
        (
            Server::Postgres,
            "replication-lag = \"10 s\"",
            "replication-lag-unknown",
        ),
        (
            Server::Mariadb,
            "replication-lag = \"10 s\", replicas = [\"127.0.0.1:1\"]",
            "replication-lag-unknown",
        ),
        (Server::Postgres, "connections = 1", "connections"),
        (Server::Mariadb, "connections = 1", "connections"),
    ] {
        let mut site = Site::approved(server, "lag").await;
        let keys = format!("cadence = \"* * * * * *\"\nthrottle = {{ {throttle} }}");
        site.write(&with(&site, &keys));
        let sleep = match server {
            Server::Postgres => "SELECT pg_sleep(5)",
            _ => "SELECT SLEEP(5)",
        };
        let (mut one, mut two) = (site.scratch.second().await, site.scratch.second().await);
        let busy = reason == "connections";
        let child = async {
            let child = serving(&site);
            until(reason, || status(&site)["jobs"][0]["throttled"] == reason);
            child
        };
        let child = if busy {
            let (_, _, child) = tokio::join!(one.rows(sleep), two.rows(sleep), async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                child.await
            });
            child
        } else {
            let child = child.await;
            site.assert_untouched().await;
            child
        };
        let told = stop(child);
        assert!(
            told.err.contains(&format!("\"reason\":\"{reason}\"")),
            "{told}"
        );
        one.close().await;
        two.close().await;
        site.finish().await;
    }
}

pub(super) fn get(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// promtool has nothing to say against it.
fn lint(body: &str) {
    let mut lint = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool");
    lint.stdin
        .take()
        .expect("stdin")
        .write_all(body.as_bytes())
        .expect("written");
    let lint = lint.wait_with_output().expect("it ends");
    let said =
        String::from_utf8_lossy(&lint.stderr).into_owned() + &String::from_utf8_lossy(&lint.stdout);
    assert!(lint.status.success() && said.is_empty(), "{said}");
}

/// There is what there is, and nothing else; nothing is changed.
fn routes(port: u16) {
    assert!(get(port, "GET /healthz HTTP/1.0\r\n\r\n").contains("200 OK"));
    assert!(get(port, "HEAD /readyz HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
    assert!(get(port, "GET /readyz?x HTTP/1.1\r\n\r\n").ends_with("ready\n"));
    assert!(get(port, "GET / HTTP/1.1\r\n\r\n").contains("404"));
    assert!(get(port, "POST /metrics HTTP/1.1\r\n\r\n").contains("405"));
    assert!(get(port, "nonsense\r\n\r\n").contains("400"));
    assert!(get(port, &("GET /".to_owned() + &"x".repeat(9000))).contains("400"));
}

/// What is read over HTTP: nothing that changes anything, no value of a row, and what promtool calls right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_health() {
    let mut site = Site::approved(Server::Sqlite, "metrics").await;
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").port()
    };
    let elsewhere = site.dir().join("elsewhere \"quoted\"");
    std::fs::create_dir(&elsewhere).expect("a directory");
    let text = every_second(&site).replace(
        "directory = \"state\"\n",
        &format!("directory = \"state\"\npublish = [{{ directory = {elsewhere:?} }}]\n[daemon]\nlisten = \"127.0.0.1:{port}\"\n"),
    );
    site.write(&text);
    let child = serving(&site);
    wait_for(&mut site, "visit", 10).await;
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    until("the end of the run", || {
        get(port, "GET /metrics HTTP/1.1\r\n\r\n")
            .contains("retentiond_rule_rows_disposed_total{database=\"hr\",rule=\"people\"} 12")
    });
    let answer = get(port, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(
        head.starts_with("HTTP/1.1 200 OK") && head.contains("version=0.0.4"),
        "{head}"
    );
    for wanted in [
        "retentiond_rule_rows_disposed_total{database=\"hr\",rule=\"visits\"} 45",
        "retentiond_rule_overdue_rows{database=\"hr\",rule=\"visits\"} 0",
        "retentiond_rule_oldest_overdue_age_seconds{database=\"hr\",rule=\"visits\"} 0",
        "retentiond_rule_held_rows{database=\"hr\",rule=\"visits\"} 0",
        "retentiond_rule_last_success_timestamp_seconds{database=\"hr\",rule=\"people\"} 1",
        "retentiond_job_throttled{database=\"hr\",reason=\"file\",rule=\"\"} 0",
        "retentiond_paused{database=\"hr\"} 0",
        "retentiond_batch_duration_seconds_count{database=\"hr\",rule=\"\"} ",
        "retentiond_log_published_timestamp_seconds{place=\"",
        "retentiond_log_records ",
    ] {
        assert!(body.contains(wanted), "no {wanted:?} in\n{body}");
    }
    assert!(!body.contains(super::site::CANARY), "{body}");
    lint(body);
    routes(port);
    site.go(&["status"])
        .exits(0)
        .says("all is well")
        .says("hr")
        .says("visits");
    stop(child);
    site.go(&["status"]).exits(1).warns("no daemon serves");
    site.finish().await;
}

/// A database that takes long holds no other one up, and each has its own turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_are_served_side_by_side() {
    let mut slow_one = Site::migrated(Server::Postgres, "beside_slow").await;
    slow(&mut slow_one).await;
    let mut quick = Site::migrated(Server::Sqlite, "beside_quick").await;
    let sqlite = quick.scratch.toml_database("quick");
    let mut parts = slow_one.parts();
    parts.limits = "rows-per-batch = 1\nshare-per-run = \"100 %\"".to_owned();
    parts.database = parts.database + "\n" + &sqlite;
    for rule in [&mut parts.visits, &mut parts.people] {
        *rule = rule.replace("then = ", "database = \"hr\"\nthen = ");
    }
    let of_quick = quick
        .parts()
        .visits
        .replace("\"visits\"", "\"quick-visits\"");
    parts
        .people
        .push_str(&of_quick.replace("then = ", "database = \"quick\"\nthen = "));
    let text = parts
        .text()
        .replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = ");
    slow_one.write(&text);
    slow_one.go(&["approve", "--all"]).exits(0);
    let all = slow_one.count("visit").await;
    let child = serving(&slow_one);
    wait_until_some_are_gone(&mut slow_one, all).await;
    wait_for(&mut quick, "visit", 10).await;
    assert!(
        slow_one.count("visit").await > 10,
        "the slow one was waited for"
    );
    stop(child);
    verify(&slow_one, &key(&slow_one)).exits(0);
    slow_one.finish().await;
    quick.finish().await;
}
