//! The real program, killed at any moment: what is gone, what the ledger has and what the log tells agree after the
//! next run.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::Utc;
use retentiond::disposal::{Apply, KeyDigest, Keyed};
use retentiond::sql::Value;
use retentiond::state::{Record, Store, Use};

use super::forms::Form;
use super::rig::{Rig, every_intent_is_resolved};
use crate::support::{Scratch, Server, every_database};

/// Enough for a run of some seconds.
const ROWS: i64 = 20_000;

/// When the program is killed: so long after the first row of that run went.
const KILLS_MS: [u64; 6] = [0, 7, 23, 61, 150, 400];

fn run(rig: &Rig) -> Child {
    Command::new(env!("CARGO_BIN_EXE_retentiond"))
        .arg("run")
        .arg("--schedule")
        .arg(rig.scratch.dir().join("retentiond.toml"))
        .arg("--unsafe-without-approval")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn ends_well(child: Child) {
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn fill(scratch: &mut Scratch) {
    let sql = match scratch.server() {
        Server::Postgres => format!(
            "INSERT INTO item (id, closed_on, name) SELECT i, date '2015-01-01' + (i % 1000)::int, 'x'
             FROM generate_series(1, {ROWS}) AS i"
        ),
        Server::Mariadb => format!(
            "INSERT INTO item (id, closed_on, name) SELECT seq, date '2015-01-01' + INTERVAL (seq % 1000) DAY, 'x'
             FROM seq_1_to_{ROWS}"
        ),
        Server::Sqlite => format!(
            "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {ROWS})
             INSERT INTO item (id, closed_on, name)
             SELECT i, date('2015-01-01', '+' || (i % 1000) || ' days'), 'x' FROM s"
        ),
    };
    scratch.exec(&sql).await;
}

async fn left(scratch: &mut Scratch) -> i64 {
    let count = scratch
        .value("SELECT count(*) FROM item")
        .await
        .expect("a count");
    count.parse().expect("a number")
}

/// What the receipts tell: rows and digest.
async fn told(store: &mut Store) -> (i64, String, u32) {
    let (mut rows, mut sum, mut recovered) = (0, [0_u64; 4], 0);
    for entry in store.records(&["done"]).await.expect("the log") {
        let Record::Done {
            effects,
            recovered: again,
            ..
        } = entry.record
        else {
            continue;
        };
        recovered += u32::from(again);
        for effect in effects {
            rows += i64::try_from(effect.rows).expect("a number");
            add(&mut sum, &effect.digest);
        }
    }
    let words: String = sum
        .iter()
        .map(|word| hex::encode(word.to_le_bytes()))
        .collect();
    (rows, words, recovered)
}

/// Adds a digest as the program does: numbers of 256 bits.
fn add(sum: &mut [u64; 4], digest: &str) {
    let bytes = hex::decode(digest).expect("a digest");
    let mut carry = false;
    for (mine, theirs) in sum.iter_mut().zip(bytes.chunks_exact(8)) {
        let theirs = u64::from_le_bytes(theirs.try_into().expect("eight bytes"));
        let (word, first) = mine.overflowing_add(theirs);
        let (word, second) = word.overflowing_add(u64::from(carry));
        *mine = word;
        carry = first || second;
    }
}

every_database!(
    async fn a_killed_run_leaves_nothing_untold(server) {
        let mut form = Form::alone();
        form.rules = form.rules.replacen("[[rules]]", LIMITS, 1);
        let mut rig = Rig::of(server, &form).await;
        fill(&mut rig.scratch).await;
        for after in KILLS_MS {
            let before = left(&mut rig.scratch).await;
            let mut child = run(&rig);
            // A run that ended before it was killed is as good.
            while left(&mut rig.scratch).await == before && child.try_wait().expect("a child").is_none() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            tokio::time::sleep(Duration::from_millis(after)).await;
            child.kill().expect("killed");
            child.wait().expect("it ends");
        }
        let gone_by_then = ROWS - left(&mut rig.scratch).await;
        ends_well(run(&rig));
        assert_eq!(left(&mut rig.scratch).await, 0, "{gone_by_then} had gone before");
        let mut store = Store::open(&rig.schedule.state_directory, Use::Append).await.expect("a store");
        let (rows, digest, recovered) = told(&mut store).await;
        let key = store.digest_key().expect("a key");
        let keyed = Keyed::new(&key, "scratch", &rig.step.target.table);
        let mut all = KeyDigest::default();
        (1..=ROWS).for_each(|id| all.add(keyed.digest(&[Value::Int(id)])));
        assert_eq!((rows, digest), (ROWS, all.to_string()));
        let batches = every_intent_is_resolved(&mut rig.scratch, &mut store).await;
        println!("{server}: {batches} batches, {recovered} found in the ledger, {gone_by_then} rows before the last run");
        rig.session.close().await.expect("closed");
        rig.scratch.finish().await;
    }
);

const LIMITS: &str = "[limits]\nrows-per-run = 1000000\nshare-per-run = \"100 %\"\nrows-per-batch = 200\n\n[[rules]]";

/// The server is still at work on a commit when the program is dead: whoever comes next waits, and tells the truth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_outlives_the_program_is_waited_for() {
    let mut form = Form::alone();
    form.rules = form.rules.replacen("[[rules]]", LIMITS, 1);
    let mut rig = Rig::of(Server::Postgres, &form).await;
    rig.scratch.exec(&form.rows).await;
    rig.scratch
        .exec(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF OLD.id = 10 THEN PERFORM pg_sleep(7); END IF; RETURN OLD; END $$;
             CREATE CONSTRAINT TRIGGER slow AFTER DELETE ON item DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION slow();",
        )
        .await;
    let mut child = run(&rig);
    let committing = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'
                      AND wait_event = 'PgSleep'";
    while rig.scratch.value(committing).await.as_deref() == Some("0") {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "it ended by itself"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().expect("killed");
    child.wait().expect("it ends");
    assert_eq!(left(&mut rig.scratch).await, 7, "nothing is committed yet");
    let mut store = Store::open(&rig.schedule.state_directory, Use::Append)
        .await
        .expect("a store");
    let last = Apply::begin(
        &mut rig.session,
        &mut store,
        rig.authority.clone(),
        Utc::now,
    )
    .await;
    drop(last.expect("the target is ours"));
    assert_eq!(
        left(&mut rig.scratch).await,
        2,
        "recovery has waited for the commit"
    );
    let (rows, _, recovered) = told(&mut store).await;
    assert_eq!((rows, recovered), (5, 1));
    assert_eq!(
        every_intent_is_resolved(&mut rig.scratch, &mut store).await,
        1
    );
    rig.session.close().await.expect("closed");
    rig.scratch.finish().await;
}
