//! Whole partitions, while another session does something to them.

use std::time::Duration;

use retentiond::disposal::{Progress, Stop};
use retentiond::plan::Step;
use retentiond::run::DatabaseReport;

use crate::enforcing;
use crate::support::{Scratch, Server, Session};

const SCHEMA: &str = "CREATE TABLE event (id integer, happened_on date, on_hold boolean NOT NULL DEFAULT false,
        PRIMARY KEY (id, happened_on)) PARTITION BY RANGE (happened_on);
    CREATE TABLE event_2020 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE event_2021 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    CREATE TABLE event_rest PARTITION OF event DEFAULT;
    CREATE TABLE emptied (what text);
    CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO public.emptied VALUES (TG_TABLE_NAME); RETURN NULL; END';
    CREATE TRIGGER emptied BEFORE TRUNCATE ON event_2020 EXECUTE FUNCTION note_it();
    CREATE TRIGGER emptied BEFORE TRUNCATE ON event_2021 EXECUTE FUNCTION note_it();
    INSERT INTO event VALUES (1, '2020-01-01'), (2, '2020-06-01'), (3, '2020-07-01'), (4, '2021-03-01'),
        (5, '9000-01-01');";

const RULES: &str = "[limits]\nshare-per-run = \"100 %\"\n[[rules]]\nname = \"events\"\ntable = \"event\"\n\
    then = \"delete\"\npartitions = \"truncate\"\nholds = [{ when = \"on_hold\", because = \"a test\" }]\n\
    [[rules.purposes]]\nname = \"log\"\nstart = { column = \"happened_on\" }\nkeep = \"1 year\"\n";

/// What another session does when the run has counted and begins with its batches.
enum Other {
    /// It does this at once.
    Acts(&'static str),
    /// It begins a transaction with this, and commits after a while.
    Begins(&'static str, Duration),
}

struct Interfering {
    other: Option<Other>,
    session: Option<Session>,
    waiting: Option<tokio::task::JoinHandle<Session>>,
}

impl Progress for Interfering {
    fn counting(&mut self, _rule: &str) {}
    fn batch_done(&mut self, _step: &Step, _rows: u64) {}

    async fn between(&mut self, _stop: &Stop) {
        let (Some(other), Some(mut session)) = (self.other.take(), self.session.take()) else {
            return;
        };
        match other {
            Other::Acts(script) => session.exec(script).await,
            Other::Begins(script, long) => {
                session.exec(&format!("BEGIN; {script}")).await;
                self.waiting = Some(tokio::spawn(async move {
                    tokio::time::sleep(long).await;
                    session.exec("COMMIT").await;
                    session
                }));
                return;
            }
        }
        self.session = Some(session);
    }
}

/// Runs while the other session acts; gives the report, the partitions that were emptied, and what is left.
async fn played(scratch: &mut Scratch, other: Other) -> (DatabaseReport, String, String) {
    scratch.exec(SCHEMA).await;
    let schedule = enforcing::write(scratch, RULES);
    let mut progress = Interfering {
        other: Some(other),
        session: Some(scratch.second().await),
        waiting: None,
    };
    let report = enforcing::enforce(scratch, &schedule, &mut progress).await;
    if let Some(waiting) = progress.waiting {
        waiting.await.expect("the other session").close().await;
    }
    if let Some(session) = progress.session {
        session.close().await;
    }
    let list = "SELECT coalesce(string_agg(";
    let emptied = format!("{list}what, ' ' ORDER BY what), '') FROM emptied");
    let left = format!("{list}id::text, ' ' ORDER BY id), '') FROM event");
    let emptied = scratch.value(&emptied).await.expect("a text");
    let left = scratch.value(&left).await.expect("a text");
    (report, emptied, left)
}

/// The receipts say what has gone.
async fn told(scratch: &mut Scratch, report: &DatabaseReport) -> u64 {
    let rows = "SELECT coalesce(sum((e->>'rows')::int), 0)::text FROM retentiond.ledger, json_array_elements(effects::json) e";
    let receipted = scratch.value(rows).await;
    let steps = report.rules.iter().flat_map(|rule| &rule.steps);
    let done: u64 = steps
        .filter_map(|step| step.done.as_ref())
        .flat_map(|done| &done.tables)
        .map(|effect| effect.rows)
        .sum();
    assert_eq!(receipted, Some(done.to_string()));
    done
}

async fn scene(other: Other, emptied: &str, left: &str, gone: u64) {
    let mut scratch = Scratch::create(Server::Postgres, "partitions").await;
    let (report, are_empty, are_left) = played(&mut scratch, other).await;
    assert_eq!((are_empty.as_str(), are_left.as_str()), (emptied, left));
    assert_eq!(told(&mut scratch, &report).await, gone);
    assert!(report.rules.iter().all(|rule| rule.failure.is_none()));
    scratch.finish().await;
}

#[tokio::test]
async fn nobody_interferes() {
    scene(Other::Acts("SELECT 1"), "event_2020 event_2021", "5", 4).await;
}

#[tokio::test]
async fn a_row_that_is_not_due_came() {
    let insert = "INSERT INTO event VALUES (9, '2020-02-02', true)";
    scene(Other::Acts(insert), "event_2021", "5 9", 4).await;
}

#[tokio::test]
async fn a_row_that_is_due_came() {
    let insert = "INSERT INTO event VALUES (9, '2020-02-02')";
    scene(Other::Acts(insert), "event_2020 event_2021", "5", 5).await;
}

#[tokio::test]
async fn a_row_was_put_on_hold_in_an_open_transaction() {
    let hold = "UPDATE event SET on_hold = true WHERE id = 2";
    let long = Duration::from_millis(60);
    scene(Other::Begins(hold, long), "event_2021", "2 5", 3).await;
}

#[tokio::test]
async fn somebody_writes_for_longer_than_we_wait() {
    let insert = "INSERT INTO event VALUES (9, '2020-02-02', true)";
    let long = Duration::from_millis(900);
    scene(Other::Begins(insert, long), "event_2021", "5 9", 4).await;
}

#[tokio::test]
async fn somebody_reads_for_longer_than_we_wait() {
    let read = "SELECT count(*) FROM event_2020";
    let long = Duration::from_millis(900);
    scene(Other::Begins(read, long), "event_2021", "5", 4).await;
}

#[tokio::test]
async fn the_partition_was_detached() {
    let detach = "ALTER TABLE event DETACH PARTITION event_2020";
    let mut scratch = Scratch::create(Server::Postgres, "partitions").await;
    let (report, emptied, left) = played(&mut scratch, Other::Acts(detach)).await;
    assert_eq!((emptied.as_str(), left.as_str()), ("event_2021", "5"));
    assert_eq!(told(&mut scratch, &report).await, 1);
    let kept = scratch.value("SELECT count(*)::text FROM event_2020").await;
    assert_eq!(
        kept.as_deref(),
        Some("3"),
        "no partition of the table any more"
    );
    scratch.finish().await;
}

#[tokio::test]
async fn another_table_was_attached_under_its_name() {
    let swap =
        "ALTER TABLE event DETACH PARTITION event_2020; ALTER TABLE event_2020 RENAME TO old;
        CREATE TABLE event_2020 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        INSERT INTO event VALUES (8, '2020-08-08')";
    let mut scratch = Scratch::create(Server::Postgres, "partitions").await;
    let (report, _, left) = played(&mut scratch, Other::Acts(swap)).await;
    assert_eq!(left.as_str(), "5");
    assert_eq!(told(&mut scratch, &report).await, 2);
    let kept = scratch.value("SELECT count(*)::text FROM old").await;
    assert_eq!(kept.as_deref(), Some("3"));
    scratch.finish().await;
}
