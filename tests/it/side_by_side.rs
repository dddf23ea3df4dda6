//! Several transactions that remove rows of one table at once, with every kind of bound: each row goes once, has one
//! receipt, and the receipts stand in the order of the ledger.

use retentiond::audit::verify::verify;
use retentiond::run::DatabaseReport;
use retentiond::state::{Record, Store, Use, log_folder};

use crate::enforcing::{enforce, write};
use crate::support::{Scratch, Server};

/// Nobody looks on.
struct Alone;

impl retentiond::disposal::Progress for Alone {
    fn counting(&mut self, _rule: &str) {}
    fn batch_done(&mut self, _step: &retentiond::plan::Step, _rows: u64) {}
}

const ROWS: usize = 900;

fn rules(workers: u32, rows_per_batch: u32, children: &str) -> String {
    format!(
        "[limits]\nrows-per-batch = {rows_per_batch}\nworkers = {workers}\nrows-per-run = 1_000_000\n\
         share-per-run = \"100 %\"\n\
         [[rules]]\nname = \"orders\"\ntable = \"orders\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"contract\"\nstart = {{ column = \"ended_on\" }}\nkeep = \"30 days\"\n{children}"
    )
}

/// Every third row is kept; a row has as many children as its number says, up to six.
async fn fill(scratch: &mut Scratch, indexed: bool) {
    let index = if indexed {
        "CREATE INDEX orders_ended ON orders (ended_on);"
    } else {
        ""
    };
    let mut sql = format!(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, ended_on DATE);
         CREATE TABLE line (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL,
                            CONSTRAINT line_order FOREIGN KEY (order_id) REFERENCES orders (id));
         CREATE INDEX line_of ON line (order_id); {index}\n"
    );
    let rows = |of: &mut dyn FnMut(usize) -> Vec<String>| -> String {
        (1..=ROWS).flat_map(&mut *of).collect::<Vec<_>>().join(", ")
    };
    let orders = rows(&mut |n| {
        let ended = if n % 3 == 0 {
            "9000-01-01"
        } else {
            "2001-01-01"
        };
        vec![format!("({n}, DATE '{ended}')")]
    });
    let lines = rows(&mut |n| {
        (0..n % 7)
            .map(|k| format!("({}, {n})", n * 10 + k))
            .collect()
    });
    sql.push_str(&format!(
        "INSERT INTO orders VALUES {orders};\nINSERT INTO line VALUES {lines};"
    ));
    scratch.exec(&sql).await;
}

fn failures(report: &DatabaseReport) -> Vec<&String> {
    report
        .rules
        .iter()
        .filter_map(|rule| rule.failure.as_ref())
        .collect()
}

/// What the log and the ledger tell agrees with each other, and with the rows.
async fn accounted(scratch: &mut Scratch, state: &std::path::Path, orders: u64, lines: u64) {
    let mut store = Store::open(state, Use::Read).await.expect("the state");
    let entries = store
        .records(&["intent", "done", "not-applied"])
        .await
        .expect("the log");
    let (mut open, mut at_once, mut told, mut seqs) = (0, 0, (0, 0), Vec::new());
    for entry in entries {
        match entry.record {
            Record::Intent { .. } => open += 1,
            Record::NotApplied { .. } => open -= 1,
            Record::Done { seq, effects, .. } => {
                open -= 1;
                seqs.push(seq);
                for effect in effects {
                    match effect.table.ends_with("line") {
                        true => told.1 += effect.rows,
                        false => told.0 += effect.rows,
                    }
                }
            }
            _ => {}
        }
        at_once = at_once.max(open);
    }
    assert!(at_once > 1, "one batch after the other");
    assert_eq!(open, 0, "every intent has its end");
    assert_eq!(told, (orders, lines), "the receipts");
    let batches = i64::try_from(seqs.len()).expect("a number");
    assert_eq!(
        seqs,
        (1..=batches).collect::<Vec<_>>(),
        "in the order of the ledger"
    );
    assert!(batches > 3, "{batches} batches");
    let key = store.verifier_key().expect("a key");
    drop(store);
    let judged = verify(&log_folder(state), &key, &[]).expect("the log is read");
    assert!(judged.is_sound(), "{judged:?}");
    let head = match scratch.server() {
        Server::Postgres => "retentiond.head",
        _ => "retentiond_head",
    };
    let seq = scratch.value(&format!("SELECT seq FROM {head}")).await;
    assert_eq!(seq, Some(batches.to_string()));
}

async fn left(scratch: &mut Scratch, what: &str) -> Option<String> {
    scratch.value(&format!("SELECT count(*) FROM {what}")).await
}

async fn every_row_goes_once(server: Server, indexed: bool, rows_per_batch: u32) {
    let mut scratch = Scratch::create(server, "side").await;
    fill(&mut scratch, indexed).await;
    let children = "[rules.children]\nline = \"with-parent\"\n";
    let schedule = write(&scratch, &rules(3, rows_per_batch, children));
    let lines = "line WHERE order_id % 3 <> 0";
    let due: u64 = left(&mut scratch, lines)
        .await
        .expect("lines")
        .parse()
        .expect("a number");
    let report = enforce(&scratch, &schedule, &mut Alone).await;
    assert_eq!(failures(&report), Vec::<&String>::new());
    assert_eq!(left(&mut scratch, "orders").await.as_deref(), Some("300"));
    assert_eq!(left(&mut scratch, lines).await.as_deref(), Some("0"));
    accounted(&mut scratch, &schedule.state_directory, 600, due).await;
    scratch.finish().await;
}

async fn every_walk(server: Server) {
    for indexed in [true, false] {
        // Of two parents with their children some batches are too many, and are cut; several at once.
        for rows_per_batch in [5, 40] {
            every_row_goes_once(server, indexed, rows_per_batch).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_goes_once_on_postgres() {
    every_walk(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_goes_once_on_mariadb() {
    every_walk(Server::Mariadb).await;
}

/// One batch fails: what the others have in hand is brought to its end and told, and nothing more is begun.
async fn one_fails(server: Server) {
    let mut scratch = Scratch::create(server, "side").await;
    fill(&mut scratch, true).await;
    let children = "[rules.children]\nline = \"with-parent\"\n";
    let schedule = write(&scratch, &rules(3, 20, children));
    let refuse = match server {
        Server::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
               $$BEGIN IF OLD.id = 400 THEN RAISE EXCEPTION 'not this one'; END IF; RETURN OLD; END$$;
             CREATE TRIGGER refuse BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();"
        }
        _ => {
            "CREATE TRIGGER refuse BEFORE DELETE ON orders FOR EACH ROW
               IF OLD.id = 400 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF;"
        }
    };
    scratch.exec(refuse).await;
    let report = enforce(&scratch, &schedule, &mut Alone).await;
    assert_eq!(failures(&report).len(), 1);
    assert_eq!(
        left(&mut scratch, "orders WHERE id = 400").await.as_deref(),
        Some("1")
    );
    let orders: u64 = left(&mut scratch, "orders")
        .await
        .expect("orders")
        .parse()
        .expect("a number");
    let lines: u64 = left(&mut scratch, "line")
        .await
        .expect("lines")
        .parse()
        .expect("a number");
    let of = |n: usize| (n % 7) as u64;
    let all: u64 = (1..=ROWS).map(of).sum();
    assert!(orders < ROWS as u64, "the batches before it are done");
    accounted(
        &mut scratch,
        &schedule.state_directory,
        ROWS as u64 - orders,
        all - lines,
    )
    .await;
    scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_fails_and_the_others_are_told_on_postgres() {
    one_fails(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_fails_and_the_others_are_told_on_mariadb() {
    one_fails(Server::Mariadb).await;
}
