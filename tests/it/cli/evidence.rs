//! What can be proven afterwards: the log verified, its key, a database that was put back, a gap.

use crate::support::{Server, every_database};

use super::site::{Ran, Site, go, ran};

/// The ledger's tables.
fn table(site: &Site, name: &str) -> String {
    match site.scratch.server() {
        Server::Postgres => format!("retentiond.{name}"),
        _ => format!("retentiond_{name}"),
    }
}

/// Sets the database back to what it was after a batch, as a backup does.
async fn put_back(site: &mut Site, seq: u64) {
    let (head, ledger) = (table(site, "head"), table(site, "ledger"));
    let chain = site
        .scratch
        .value(&format!(
            "SELECT MAX(chain) FROM {ledger} WHERE seq = {seq}"
        ))
        .await
        .unwrap_or_default();
    site.scratch
        .exec(&format!(
            "UPDATE {head} SET seq = {seq}, chain = '{chain}'; DELETE FROM {ledger} WHERE seq > {seq};
             INSERT INTO visit VALUES (1, 'back', '2001-01-01'), (3, 'back', '2001-01-01');"
        ))
        .await;
}

pub(crate) fn key(site: &Site) -> String {
    site.go(&["audit", "key"]).exits(0).out.trim().to_owned()
}

pub(crate) fn verify(site: &Site, key: &str) -> Ran {
    let state = site.state();
    let state = state.to_str().expect("UTF-8");
    let ours = go(
        &["--output", "json", "audit", "verify", state, "--key", key],
        &[],
    );
    if key.contains('+') {
        let mut second = std::process::Command::new("python3");
        second.args(["tests/verifier/verify.py", state, "--key", key.trim()]);
        let theirs = ran(&second.output().expect("it runs"));
        assert_eq!(theirs.code, ours.code, "{theirs}");
        assert_eq!(theirs.json(), ours.json(), "the verifiers disagree");
    }
    go(&["audit", "verify", state, "--key", key], &[])
}

every_database!(
    async fn a_log_is_verified_without_a_schedule(server) {
        let site = Site::approved(server, "verified").await;
        site.go(&["run"]).exits(0);
        let old = key(&site);
        verify(&site, &old).exits(0).says("verified\n").says(&old);
        let new = site.go(&["audit", "rotate-key"]).exits(0).out;
        assert_ne!(new.trim(), old);
        assert_eq!(key(&site), new.trim());
        site.go(&["run"]).exits(0);
        for key in [&old, new.trim()] {
            verify(&site, key).exits(0).says("verified\n").says(&old).says(new.trim());
        }
        let file = site.dir().join("key");
        std::fs::write(&file, &new).expect("written");
        verify(&site, file.to_str().expect("UTF-8")).exits(0);
        verify(&site, "nothing").exits(1).warns("neither a verifier key nor a file");
        // The key is the owner's alone.
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(site.state().join("signing.key")).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let segment = site.state().join("log/00000000000000000000.seg");
        let mut bytes = std::fs::read(&segment).expect("the log");
        let place = bytes.windows(12).position(|part| part == b"\"run-started").expect("a run");
        bytes[place - 100] ^= 2;
        std::fs::write(&segment, bytes).expect("damage");
        verify(&site, &new).exits(7).says("NOT verified").says("changed after it was written");
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_no_run() {
    let mut site = Site::approved(Server::Sqlite, "no_key").await;
    let key = site.state().join("signing.key");
    let kept = std::fs::read(&key).expect("a key");
    std::fs::remove_file(&key).expect("removed");
    site.go(&["run"]).exits(1).warns("signing.key is not there");
    assert!(!key.exists());
    std::fs::write(&key, "PRIVATE+KEY+nonsense").expect("written");
    let ran = site.go(&["run"]).exits(1).warns("signing.key is damaged");
    assert!(!ran.err.contains("nonsense"), "{ran}");
    site.assert_untouched().await;
    std::fs::write(&key, kept).expect("put back");
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

every_database!(
    async fn a_database_that_was_put_back_is_noticed_once(server) {
        let mut site = Site::approved(server, "put_back").await;
        let text = site.parts().text();
        site.write(&text.replace("share-per-run", "rows-per-batch = 6\nshare-per-run"));
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        let head = table(&site, "head");
        let last: u64 = site.scratch.value(&format!("SELECT seq FROM {head}")).await
            .and_then(|seq| seq.parse().ok()).expect("a number");
        assert!(last > 3);
        put_back(&mut site, last - 2).await;
        let json = site.json(&["run"]);
        let lost = &json[0]["regression"];
        assert_eq!((&lost["batches"], &lost["from-seq"]), (&2.into(), &last.into()), "{json}");
        assert!(lost["since"].is_string() && lost["until"].is_string());
        site.assert_enforced().await;
        // The numbers begin anew from there, and nobody is told again.
        let json = site.json(&["run"]);
        assert!(json[0]["regression"].is_null(), "{json}");
        site.go(&["audit", "show"]).exits(0).says("was put back to an earlier state: 2 batches");
        let key = key(&site);
        verify(&site, &key).exits(0).says("a database was put back to an earlier state");
        // Back to before the first batch.
        put_back(&mut site, 0).await;
        site.go(&["run"]).exits(0).says("was put back to an earlier state").says("from the beginning");
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_gap_stops_everything_until_it_is_acknowledged(server) {
        let mut site = Site::approved(server, "gap").await;
        site.go(&["audit", "acknowledge", "hr"]).exits(1).warns("was never worked on");
        site.go(&["run", "--rule", "people"]).exits(0);
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("nothing to acknowledge");
        // As many batches as the log knows of, and others.
        let (head, ledger) = (table(&site, "head"), table(&site, "ledger"));
        site.scratch.exec(&format!("UPDATE {head} SET chain = 'another'")).await;
        site.go(&["run"]).exits(1).warns("tells of other batches than this log").warns("audit acknowledge hr");
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("acknowledged: hr stands at batch 1");
        site.go(&["run", "--rule", "people"]).exits(0);
        // The state directory is lost, and with it the log.
        std::fs::remove_dir_all(site.state()).expect("removed");
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(1).warns("belongs to another log").warns("audit acknowledge hr");
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("taken over from the log");
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        assert!(site.count(&ledger).await > 1);
        site.go(&["audit", "show"]).exits(0).says("GAP acknowledged by");
        let key = key(&site);
        verify(&site, &key).exits(0).says("an operator went on with a database");
        site.finish().await;
    }
);

/// The checkpoints in a directory, oldest first.
fn published(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .expect("the directory")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_published_and_find_a_log_that_was_cut() {
    let mut site = Site::migrated(Server::Sqlite, "published").await;
    let text = site.parts().text();
    let publish = "publish = [{ directory = \"evidence\" }, { syslog = \"log.sock\" }]\n";
    site.write(&text.replace("[state]\n", &format!("[state]\n{publish}")));
    // Neither place is there: it is told, and nothing is held up.
    let told = site.go(&["approve", "--all"]).exits(0);
    told.warns("was not published to the directory")
        .warns("was not published to the system log");
    let evidence = site.dir().join("evidence");
    std::fs::create_dir(&evidence).expect("a directory");
    let socket =
        std::os::unix::net::UnixDatagram::bind(site.dir().join("log.sock")).expect("a socket");
    site.go(&["run", "--rule", "people"]).exits(0);
    let mut line = [0; 2000];
    let length = socket.recv(&mut line).expect("a line");
    let line = String::from_utf8_lossy(&line[..length]).into_owned();
    assert!(line.starts_with("<37>1 20"), "{line}");
    assert!(
        line.contains(" checkpoint - checkpoint retentiond.log/"),
        "{line}"
    );
    assert_eq!(published(&evidence).len(), 1);
    drop(socket);
    let old = site.dir().join("old");
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(site.state())
        .arg(&old)
        .status();
    assert!(copied.expect("cp runs").success());
    site.go(&["run"])
        .exits(0)
        .warns("was not published to the system log");
    let kept = published(&evidence);
    assert_eq!(kept.len(), 2);
    site.assert_enforced().await;
    let key = key(&site);
    let judged = |last: &std::path::Path| {
        let state = site.state();
        let (state, last) = (
            state.to_str().expect("UTF-8"),
            last.to_str().expect("UTF-8"),
        );
        go(
            &[
                "audit",
                "verify",
                state,
                "--key",
                &key,
                "--checkpoint",
                last,
            ],
            &[],
        )
    };
    judged(&kept[1]).exits(0);
    // Another history, under the same key and of the same size, does not take the evidence's place.
    std::fs::remove_dir_all(site.state()).expect("removed");
    std::fs::rename(&old, site.state()).expect("put back");
    judged(&kept[0]).exits(0);
    judged(&kept[1])
        .exits(7)
        .says("a checkpoint from elsewhere covers them");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_daemon_signs() {
    let site = Site::approved(Server::Sqlite, "idle").await;
    let text = site.parts().text();
    site.write(
        &text
            .replace("time-zone = ", "cadence = \"0 0 1 1 *\"\ntime-zone = ")
            .replace(
                "[state]\n",
                "[state]\npublish = [{ directory = \"evidence\" }]\n",
            ),
    );
    let evidence = site.dir().join("evidence");
    std::fs::create_dir(&evidence).expect("a directory");
    let mut child = site.start_process(&["daemon", "--sign-every-seconds", "1"]);
    let began = std::time::Instant::now();
    while published(&evidence).len() < 2 {
        assert!(
            began.elapsed() < std::time::Duration::from_secs(20),
            "it never signs"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    child.kill().expect("killed");
    child.wait().expect("it ends");
    verify(&site, &key(&site)).exits(0);
    site.finish().await;
}

every_database!(
    async fn a_run_is_certified_from_the_log(server) {
        let site = Site::approved(server, "certified").await;
        let text = site.parts().text();
        let legal = "  ground = \"contract <b>\"\n  citation = \"XN-2\"\n";
        site.write(&text.replace("  name = \"relation\"\n", &format!("  name = \"relation\"\n{legal}")));
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        // The schedule is another one since.
        site.write(&text);
        let exported = site.go(&["audit", "export"]).exits(0).out;
        let lines: Vec<serde_json::Value> = exported
            .lines()
            .map(|line| serde_json::from_str(line).expect("a record"))
            .collect();
        for (n, line) in lines.iter().enumerate() {
            assert_eq!(line["n"], n);
        }
        let last = (lines.len() - 1).to_string();
        assert_eq!(site.go(&["audit", "export", "--from", &last]).exits(0).out.lines().count(), 1);
        let started = lines.iter().find(|line| line["record"]["kind"] == "run-started").expect("a run");
        let run = started["record"]["run"].as_str().expect("a name");
        let made = site.json(&["audit", "certificate", run]);
        assert_eq!(made["rows"], 57, "{made}");
        assert_eq!(made["ending"], "finished");
        let people = made["lines"].as_array().expect("lines").iter().find(|line| line["rule"] == "people");
        let people = people.expect("a line");
        assert_eq!((&people["rows"], &people["effect"]), (&12.into(), &"anonymised".into()));
        assert_eq!(people["purposes"][0]["citation"], "XN-2");
        let note = made["checkpoint"].as_str().expect("a checkpoint");
        let kept = site.dir().join("kept");
        std::fs::write(&kept, note).expect("written");
        let state = site.state();
        let arguments = ["audit", "verify", state.to_str().expect("UTF-8"), "--key", made["key"].as_str().expect("a key"),
            "--checkpoint", kept.to_str().expect("UTF-8")];
        go(&arguments, &[]).exits(0);
        let told = site.go(&["audit", "certificate", run]).exits(0);
        told.says("CERTIFICATE OF DESTRUCTION").says("12 rows anonymised under the rule people").says("contract <b>, XN-2");
        let short = run.rsplit('-').next().expect("an end");
        let page = site.go(&["audit", "certificate", short, "--format", "html"]).exits(0);
        page.says("<h1>Certificate of destruction</h1>").says("relation (contract &lt;b&gt;, XN-2)").says(note.trim_end());
        site.go(&["audit", "certificate", "nothing"]).exits(2).warns("the log has no run nothing");
        site.finish().await;
    }
);

/// `audit prove` with keys on its standard input.
fn prove(site: &Site, rule: &str, keys: &str) -> serde_json::Value {
    let mut command = std::process::Command::new(super::site::program());
    command.arg("--schedule").arg(site.schedule()).args([
        "--output", "json", "audit", "prove", "--rule", rule, "--key", "-",
    ]);
    let output = assert_cmd::Command::from_std(command)
        .write_stdin(keys)
        .output()
        .expect("it runs");
    ran(&output).exits(0).json()
}

every_database!(
    async fn a_record_is_proven_to_be_erased(server) {
        let site = Site::approved(server, "proven").await;
        let text = site.parts().text();
        site.write(&text.replace("share-per-run", "rows-per-batch = 6\nshare-per-run"));
        site.go(&["run"]).exits(0);
        let told = prove(&site, "visits", "7\n31\n1000\n2\n");
        let answers = told["answers"].as_array().expect("answers");
        let counts: Vec<usize> = answers.iter().map(|one| one["erased"].as_array().expect("a list").len()).collect();
        // Note 2 went with visit 4, and visit 2 went as well; note 7 stands at visit 14.
        assert_eq!(counts, [2, 0, 0, 2], "{told}");
        assert_eq!(told["receipts-without-digests"], 0);
        let first = &answers[0]["erased"][0];
        let digest = hex::decode(first["digest"].as_str().expect("a digest")).expect("hex");
        let leaf: Vec<u8> = first["among"]["leaf"].as_array().expect("a leaf").iter()
            .flat_map(|one| hex::decode(one.as_str().expect("text")).expect("hex")).collect();
        assert!(leaf.chunks(32).any(|one| one == digest));
        // The root of the digests is in the receipt, and the receipt under a checkpoint.
        let lines = site.go(&["audit", "export"]).exits(0).out;
        let n = usize::try_from(first["record"].as_u64().expect("a number")).expect("small");
        let record = lines.lines().nth(n).expect("the receipt");
        assert!(record.contains(first["among"]["root"].as_str().expect("a root")));
        use retentiond::audit::tree::{Hash, is_included, leaf as leaf_hash};
        let included = &first["included"];
        let path: Vec<Hash> = included["path"].as_array().expect("a path").iter()
            .map(|one| one.as_str().expect("text").parse().expect("a hash")).collect();
        let root: Hash = included["root"].as_str().expect("a root").parse().expect("a hash");
        let size = included["size"].as_u64().expect("a size");
        assert!(is_included(leaf_hash(record.as_bytes()), n as u64, size, &path, root));
        assert!(included["checkpoint"].as_str().is_some_and(|note| note.contains(&format!("\n{size}\n"))));
        site.go(&["audit", "prove", "--rule", "visits", "--key", "7"]).exits(1).warns("standard input only");
        // The month is over, and its key with it.
        let month = chrono::Utc::now().format("digests/%Y-%m").to_string();
        std::fs::remove_dir_all(site.state().join(month)).expect("destroyed");
        let told = prove(&site, "visits", "7\n");
        assert_eq!(told["answers"][0]["erased"], serde_json::json!([]));
        assert!(told["receipts-without-digests"].as_u64().is_some_and(|lost| lost > 5));
        site.finish().await;
    }
);
