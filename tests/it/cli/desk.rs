//! While a daemon runs it alone appends: verbs that write have it act, with the outcome and the exit code that they
//! would have without one.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::{Server, every_database};

use super::daemon::{every_second, stop, wait_for};
use super::evidence::{key, verify};
use super::hold::placed;
use super::site::{Ran, Site, ran};
use super::state::told_by_the_log;
use super::underway::{end, send, slow, wait_until_some_are_gone};

/// A daemon that waits for a day that is far away.
pub(super) fn waiting(site: &Site) -> Child {
    let text = site.parts().text();
    site.write(&text.replace("time-zone = ", "cadence = \"0 0 29 2 *\"\ntime-zone = "));
    serving(site)
}

/// A daemon on the schedule as it is, once it can be spoken to.
pub(super) fn serving(site: &Site) -> Child {
    let child = site.start_process(&["daemon"]);
    let began = Instant::now();
    while UnixStream::connect(site.state().join("socket")).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "no socket");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn killed(mut child: Child) -> Ran {
    child.kill().expect("killed");
    ran(&child.wait_with_output().expect("reaped"))
}

every_database!(
    async fn the_daemon_does_what_verbs_ask_for(server) {
        let mut site = Site::migrated(server, "desk").await;
        let child = waiting(&site);
        let socket = std::fs::metadata(site.state().join("socket")).expect("a socket");
        assert!(socket.file_type().is_socket());
        assert_eq!(socket.permissions().mode() & 0o777, 0o600);
        site.go(&["run"]).exits(6).says("needs an approval");
        site.go(&["approve", "nobody"]).exits(2).warns("no rule nobody");
        site.go(&["approve", "--all"]).exits(0).says("approved: visits on hr");
        let hold = placed(&site, "visits", &["--key", "-"], "2\n");
        site.fed(&["hold", "place", "visits", "--review", "2020-01-31", "--because", "b", "--reference", "r", "--owner", "o",
            "--key", "-"], "999\n").exits(2).warns("1 of the keys are those of no row");
        site.go(&["hold", "list"]).exits(0).says(&hold);
        let run = site.json(&["run"]);
        assert_eq!(run[0]["rules"][0]["steps"][0]["done"]["rows"], 29 + 14, "{run}");
        assert_eq!(site.count("visit WHERE id <= 30").await, 1);
        site.go(&["hold", "lift", &hold]).exits(0).says("is lifted");
        site.go(&["hold", "lift", &hold]).exits(2).warns("no hold");
        site.go(&["run"]).exits(0);
        site.go(&["audit", "rotate-key"]).exits(0).says("retentiond");
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("nothing to acknowledge");
        site.go(&["audit", "expire", "--before", "2020-01-01"]).exits(1).warns("publishes nowhere");
        site.go(&["run", "--database", "nowhere"]).exits(2);
        site.go(&["run", "--nonsense"]).exits(2);
        let told = stop(child);
        assert!(!told.err.contains("litigation"), "{told}");
        assert!(!site.state().join("socket").exists(), "a socket that nobody serves");
        assert_eq!(told_by_the_log(&site), 30 + 15 + 12);
        // The key that signs is the one that the daemon was told to make.
        verify(&site, &key(&site)).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_hold_stands_before_the_daemon_answers(server) {
        let mut site = Site::migrated(server, "desk_hold").await;
        slow(&mut site).await;
        let slowly = site.parts().text().replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
        site.write(&slowly.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = "));
        let all = site.count("visit").await;
        let child = serving(&site);
        wait_until_some_are_gone(&mut site, all).await;
        let hold = placed(&site, "visits", &["--key", "-"], "30\n");
        let seen = site.count("visit").await;
        assert_eq!(site.count("visit WHERE id = 30").await, 1, "it was there when the hold was acknowledged");
        // The run that did not know it has ended, and the next one goes on without it.
        wait_until_some_are_gone(&mut site, seen).await;
        let told = stop(child).warns("a hold was placed");
        assert_eq!(site.count("visit WHERE id = 30").await, 1, "{told}");
        let child = waiting(&site);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE left_on < '2002-01-01'").await, 1);
        assert_eq!(site.count("note WHERE visit_id = 30").await, 1);
        site.go(&["hold", "lift", &hold]).exits(0);
        site.go(&["run"]).exits(0);
        stop(child);
        verify(&site, &key(&site)).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

/// Ctrl-C where the verb is, and a verb that is killed: the run ends between two batches, and nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_can_stop_and_can_die() {
    let mut site = Site::migrated(Server::Postgres, "desk_stop").await;
    slow(&mut site).await;
    let slowly = site
        .parts()
        .text()
        .replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
    site.write(&slowly.replace("time-zone = ", "cadence = \"0 0 29 2 *\"\ntime-zone = "));
    let child = serving(&site);
    let all = site.count("visit").await;
    let asking = site.start_process(&["run"]);
    wait_until_some_are_gone(&mut site, all).await;
    send("INT", &asking);
    end(asking).exits(8).says("run again to go on");
    let left = site.count("visit").await;
    let mut asking = site.start_process(&["run"]);
    wait_until_some_are_gone(&mut site, left).await;
    asking.kill().expect("killed");
    asking.wait().expect("reaped");
    let began = Instant::now();
    while site.go(&["audit", "show"]).out.matches("stopped").count() < 2 {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it goes on for nobody"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    // One after the other where two ask at once.
    let both = [site.start_process(&["run"]), site.start_process(&["run"])];
    for one in both {
        end(one).exits(0);
    }
    stop(child);
    assert_eq!(told_by_the_log(&site), all - 10 + 15 + 12);
    verify(&site, &key(&site)).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

/// A daemon that was killed leaves its socket: verbs go on without it, and the next one takes its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_nobody_serves_is_replaced() {
    let mut site = Site::migrated(Server::Sqlite, "desk_left").await;
    killed(waiting(&site));
    assert!(site.state().join("socket").exists());
    site.go(&["approve", "--all"]).exits(0);
    killed(waiting(&site));
    let child = waiting(&site);
    site.go(&["run"]).exits(0);
    stop(child);
    std::fs::write(site.state().join("socket"), "mine").expect("a file");
    site.go(&["daemon"])
        .exits(1)
        .warns("is there and is no socket");
    site.assert_enforced().await;
    site.finish().await;
}

/// Whoever says something else than a whole question of this version has asked for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_question_does_nothing() {
    let mut site = Site::approved(Server::Sqlite, "desk_noise").await;
    let child = waiting(&site);
    let socket = site.state().join("socket");
    let say = |text: &[u8]| {
        let mut stream = UnixStream::connect(&socket).expect("a connection");
        stream.write_all(text).expect("written");
        stream
    };
    let schedule = site.schedule();
    let question = |version: u32, words: &str| {
        format!(
            "{{\"version\":{version},\"program\":\"0\",\"arguments\":[{words}],\"schedule\":{:?},\"folder\":\"/\",\
             \"input\":null,\"operator\":\"nobody\"}}",
            schedule
        )
    };
    // Cut before its end.
    drop(say(question(1, "\"run\"").as_bytes()));
    let silent = say(b"");
    for (text, told) in [
        ("garbage\n".to_owned(), "understands version 1"),
        (question(2, "\"run\"") + "\n", "understands version 1"),
        (
            question(1, "\"run\"").replace("folder", "holder") + "\n",
            "is not understood",
        ),
        (question(1, "\"plan\"") + "\n", "nothing for a daemon to do"),
        (
            question(1, "\"daemon\"") + "\n",
            "nothing for a daemon to do",
        ),
        (question(1, "\"run\", 7") + "\n", "is not understood"),
    ] {
        let mut answer = String::new();
        let mut stream = say(text.as_bytes());
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.contains(told), "{text}: {answer}");
    }
    site.assert_untouched().await;
    // And a whole one, whose answer nobody waits for, is acted upon: a hold, which does not stop half-way.
    let words = "\"hold\",\"place\",\"visits\",\"--when\",\"-\",\"--because\",\"b\",\"--reference\",\"r\",\"--owner\",\
                 \"o\",\"--review\",\"2020-01-31\"";
    let held = question(1, words).replace("null", "\"id = 3\"");
    drop(say((held + "\n").as_bytes()));
    let began = Instant::now();
    while !site.go(&["hold", "list"]).out.contains("2020-01-31") {
        assert!(began.elapsed() < Duration::from_secs(10), "no hold");
    }
    let mut lines = BufReader::new(say((question(1, "\"run\"") + "\n").as_bytes())).lines();
    let last = lines.by_ref().map_while(Result::ok).last().expect("an end");
    assert_eq!(last, "{\"exit\":0}");
    drop(silent);
    stop(child);
    assert_eq!(site.count("visit WHERE id <= 30").await, 1);
    site.finish().await;
}

/// Another user of this host, as which nobody may ask; where the tests run as root there is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_sent_away() {
    let site = Site::approved(Server::Sqlite, "desk_stranger").await;
    let child = waiting(&site);
    let socket = site.state().join("socket");
    // The modes of the folder and of the socket keep them away; and where these were opened, their names do.
    for path in [site.dir(), &site.state(), &socket] {
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(path, all).expect("opened");
    }
    let talk = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nprint(len(s.recv(100)))";
    let asked = Command::new("setpriv")
        .args(["--reuid=65534", "--clear-groups", "python3", "-c", talk])
        .arg(&socket)
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("setpriv");
    let is_root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
    if is_root {
        let told = stop(child).warns("a stranger was sent away");
        assert_eq!(String::from_utf8_lossy(&asked.stdout), "0\n", "{told}");
    } else {
        stop(child);
    }
    site.finish().await;
}

/// Approvals while runs come every second: the store is the daemon's, and nobody waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_beside_runs() {
    let mut site = Site::migrated(Server::Sqlite, "desk_beside").await;
    site.write(&every_second(&site));
    let child = serving(&site);
    for _ in 0..3 {
        site.go(&["approve", "--all"]).exits(0);
    }
    wait_for(&mut site, "visit", 10).await;
    stop(child);
    verify(&site, &key(&site)).exits(0);
    site.finish().await;
}
