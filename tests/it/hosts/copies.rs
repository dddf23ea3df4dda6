//! The directory of a host is a copy: made, lost, behind, ahead, another store's.

use std::fs;

use crate::support::{Server, every_database};

use super::rig::{Hosts, rows};

every_database!(
    async fn a_directory_is_taken_up_and_comes_back_elsewhere(server) {
        let mut hosts = Hosts::new(server, "taken_up").await;
        // A host that was alone until now: its store becomes the shared one.
        hosts.site.go(&["approve", "--all"]).exits(0);
        hosts.site.go(&["run", "--rule", "people"]).exits(0);
        fs::rename(hosts.site.state(), hosts.directory(1)).expect("moved");
        hosts.go(1, &["hold", "list"]).exits(0);
        hosts.go(1, &["run"]).exits(0).warns("it is the state store now");
        hosts.site.assert_enforced().await;
        let first = hosts.verified(1);
        assert_eq!(rows(&first), 57);
        let served: Vec<_> = first.iter().filter(|record| record["kind"] == "served").collect();
        assert_eq!(served.len(), 1);
        assert!(served[0]["before"].is_null() && served[0]["files"].as_u64() > Some(2), "{served:?}");
        hosts.go(1, &["audit", "show"]).exits(0).says("shares the state store from here on");
        // Another host reads it, and a host that has lost everything.
        assert_eq!(hosts.verified(2), first);
        fs::remove_dir_all(hosts.directory(1)).expect("lost");
        assert_eq!(hosts.verified(1), first);
        // Any of them goes on, and the others see it.
        hosts.go(2, &["run"]).exits(0);
        let second = hosts.verified(2);
        assert!(second.len() > first.len() && second.starts_with(&first));
        hosts.go(1, &["run"]).exits(0);
        let third = hosts.verified(1);
        assert!(third.len() > second.len() && third.starts_with(&second));
        assert_eq!(hosts.verified(3), third);
        hosts.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_and_pauses_go_with_the_store() {
    let hosts = Hosts::every_second(Server::Postgres, "holds").await;
    let placed = ["hold", "place", "visits", "--key", "-"];
    let schedule = hosts.schedule(1);
    let mut all = vec!["--schedule", schedule.to_str().expect("UTF-8")];
    all.extend(placed);
    all.extend([
        "--because",
        "suit",
        "--reference",
        "A 1",
        "--owner",
        "legal",
        "--review",
        "2030-01-01",
    ]);
    let mut command = std::process::Command::new(crate::cli::site::program());
    crate::cli::site::clean(&mut command).args(&all);
    let output = assert_cmd::Command::from_std(command)
        .write_stdin("1\n")
        .output()
        .expect("it runs");
    crate::cli::site::ran(&output).exits(0);
    let list = hosts.go(2, &["hold", "list"]).exits(0).out;
    assert!(list.contains("visits"), "{list}");
    hosts.go(2, &["run"]).exits(0);
    let left = hosts.go(1, &["hold", "list"]).exits(0).out;
    assert_eq!(left, list);
    hosts.verified(3);
    hosts.finish().await;
}

/// PostgreSQL was put back to an earlier state, or a standby was promoted that lagged: what a host has of the log beyond it
/// is kept and told, and the target says that it has seen more than the log knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgresql_has_lost_is_kept_and_told() {
    let mut hosts = Hosts::new(Server::Postgres, "lost").await;
    hosts.go(1, &["approve", "--all"]).exits(0);
    hosts.go(1, &["run", "--rule", "people"]).exits(0);
    let last = hosts
        .store
        .value("SELECT max(id) FROM retentiond_state.part")
        .await;
    hosts.go(1, &["run"]).exits(0);
    hosts
        .store
        .exec(&format!(
            "DELETE FROM retentiond_state.part WHERE id > {}",
            last.expect("a part")
        ))
        .await;
    let ran = hosts.go(1, &["run"]);
    assert!(
        ran.err.contains("does not have") && ran.code != Some(0),
        "{ran}"
    );
    let aside: Vec<_> = fs::read_dir(hosts.directory(1).join("aside"))
        .expect("a folder")
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    hosts.finish().await;
}

/// A write that never returned is in the directory and nowhere else: it never was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_ahead_is_put_back() {
    let hosts = Hosts::new(Server::Sqlite, "ahead").await;
    hosts.go(1, &["approve", "--all"]).exits(0);
    hosts.go(1, &["run"]).exits(0);
    let known = hosts.verified(1);
    let log = hosts.directory(1).join("log");
    let segment = fs::read_dir(&log)
        .expect("the log")
        .flatten()
        .map(|one| one.path());
    let mut segment = segment.filter(|path| path.extension().is_some_and(|end| end == "seg"));
    let segment = segment.next().expect("a segment");
    let mut held = fs::read(&segment).expect("a segment");
    let used = held.iter().rposition(|byte| *byte != 0).expect("text") + 1;
    let from = held[..used - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .expect("lines")
        + 1;
    let line = held[from..used].to_vec();
    held[used..used + line.len()].copy_from_slice(&line);
    fs::write(&segment, held).expect("written");
    fs::write(hosts.directory(1).join("holds-of-mine"), "not the store's").expect("written");
    fs::create_dir_all(hosts.directory(1).join("digests/2001-01")).expect("a folder");
    fs::write(
        hosts.directory(1).join("digests/2001-01/x.keys"),
        "gone elsewhere",
    )
    .expect("written");
    assert_eq!(hosts.verified(1), known);
    assert!(!hosts.directory(1).join("digests/2001-01/x.keys").exists());
    assert!(hosts.directory(1).join("holds-of-mine").exists());
    assert!(!hosts.directory(1).join("aside").exists());
    hosts.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_store_is_refused() {
    let hosts = Hosts::new(Server::Sqlite, "another").await;
    hosts.go(1, &["approve", "--all"]).exits(0);
    let log = hosts
        .go(
            1,
            &[
                "--output",
                "json",
                "audit",
                "verify",
                "--key",
                hosts.go(1, &["audit", "key"]).out.trim(),
            ],
        )
        .json();
    let log = log["log"].as_str().expect("an identity").to_owned();
    // A log that was never shared.
    hosts.site.go(&["approve", "--all"]).exits(0);
    fs::rename(hosts.site.state(), hosts.directory(2)).expect("moved");
    let before = fs::read_dir(hosts.directory(2).join("log"))
        .expect("a log")
        .count();
    hosts
        .go(2, &["run"])
        .exits(1)
        .warns("was not shared")
        .warns(&log);
    hosts
        .go(2, &["audit", "show"])
        .exits(1)
        .warns("was not shared");
    assert_eq!(
        fs::read_dir(hosts.directory(2).join("log"))
            .expect("a log")
            .count(),
        before
    );
    // A copy of another store.
    fs::create_dir_all(hosts.directory(3)).expect("a folder");
    fs::write(hosts.directory(3).join("shared"), "b7f1\n").expect("written");
    hosts
        .go(3, &["run"])
        .exits(1)
        .warns("is a copy of the state store b7f1")
        .warns(&log);
    // A backup goes into an empty directory, and nothing else.
    let backup = hosts.site.dir().join("backup");
    let backup = backup.to_str().expect("UTF-8");
    hosts.go(1, &["state", "backup", backup]).exits(0);
    hosts
        .go(3, &["state", "restore", backup])
        .exits(1)
        .warns("share");
    hosts.finish().await;
}

/// A user who may not make the tables, one who may use them, and a wrong password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_rights_is_told_what_is_missing() {
    let mut hosts = Hosts::new(Server::Sqlite, "rights").await;
    hosts.go(1, &["approve", "--all"]).exits(0);
    let user = hosts.store.create_user("right").await;
    hosts.write_as(3, &user, "right");
    hosts
        .go(3, &["check", "--connect"])
        .exits(4)
        .warns("the state store in")
        .warns("USAGE on the schema");
    hosts
        .go(3, &["run"])
        .exits(1)
        .warns("retentiond_state")
        .warns("SELECT, INSERT, UPDATE and DELETE");
    hosts
        .store
        .exec(&format!(
            "GRANT USAGE ON SCHEMA retentiond_state TO {user};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA retentiond_state TO {user}"
        ))
        .await;
    hosts.go(3, &["check", "--connect"]).exits(0);
    hosts.go(3, &["run", "--rule", "people"]).exits(0);
    hosts
        .store
        .exec(&format!(
            "REVOKE DELETE ON retentiond_state.part FROM {user}"
        ))
        .await;
    hosts
        .go(3, &["check", "--connect"])
        .exits(4)
        .warns("the rights to the tables");
    hosts.write_as(3, &user, "wrong");
    hosts
        .go(3, &["run"])
        .exits(1)
        .warns("refused the user or the password");
    hosts.go(3, &["daemon"]).exits(1);
    hosts.finish().await;
}
