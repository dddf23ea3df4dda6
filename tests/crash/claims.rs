//! What must be true after the next start, whatever happened before.

mod unledgered;

use std::collections::BTreeMap;
use std::path::Path;

use retentiond::audit::digests::root;
use retentiond::audit::note::open;
use retentiond::audit::verify::verify;
use retentiond::state::{Effect, Record, Store, Use, log_folder};

use super::scene::{HELD, dump};
use super::stage::Stage;
use crate::support::Server;

/// Rows by rule, table and effect.
type Accounts = BTreeMap<(String, String, String), u64>;

fn last_part(table: &str) -> String {
    table.rsplit('.').next().unwrap_or(table).to_owned()
}

fn add(accounts: &mut Accounts, rule: &str, effects: &[Effect]) {
    for effect in effects {
        let place = (
            rule.to_owned(),
            last_part(&effect.table),
            effect.effect.clone(),
        );
        *accounts.entry(place).or_default() += effect.rows;
    }
}

/// What the ledger tells.
async fn ledger(stage: &mut Stage) -> (Accounts, Vec<String>) {
    let table = match stage.scratch.server() {
        Server::Postgres => "retentiond.ledger",
        _ => "retentiond_ledger",
    };
    let rows = stage
        .scratch
        .rows(&format!(
            "SELECT rule, effects, batch_id FROM {table} ORDER BY seq"
        ))
        .await;
    let (mut accounts, mut batches) = (Accounts::new(), Vec::new());
    for row in rows {
        let cell = |n: usize| row[n].clone().expect("a cell");
        let effects: Vec<Effect> = serde_json::from_str(&cell(1)).expect("effects");
        add(&mut accounts, &cell(0), &effects);
        batches.push(cell(2));
    }
    (accounts, batches)
}

/// What is gone or changed in the tables, whoever tells it.
async fn gone(stage: &mut Stage) -> Accounts {
    let rules: BTreeMap<&str, (&str, &str)> = BTreeMap::from([
        ("trace", ("traces", "")),
        ("visit", ("visits", "")),
        ("note", ("visits", "")),
        ("sticker", ("visits", "detached")),
        ("person", ("people", "anonymised")),
        ("member", ("members", "anonymised")),
        ("employee", ("employees", "anonymised")),
        ("title", ("employees", "")),
        ("salary", ("salaries", "")),
    ]);
    let now = dump(&mut stage.scratch).await;
    let mut accounts = Accounts::new();
    for ((table, before), (_, after)) in stage.before.iter().zip(&now) {
        let Some((rule, changed)) = rules.get(table) else {
            continue;
        };
        for row in before {
            let same = after.iter().find(|other| other[0] == row[0]);
            let effect = match same {
                None => "deleted",
                Some(other) if other != row => changed,
                Some(_) => continue,
            };
            let place = ((*rule).to_owned(), (*table).to_owned(), effect.to_owned());
            *accounts.entry(place).or_default() += 1;
        }
        assert!(after.len() <= before.len(), "a row of {table} was made");
    }
    accounts
}

/// At every moment: no held row is gone, and rows gone are rows in the ledger.
pub async fn at_any_moment(stage: &mut Stage, what: &str) {
    for held in HELD {
        let count = stage
            .scratch
            .value(&format!("SELECT count(*) FROM {held}"))
            .await;
        assert_eq!(count.as_deref(), Some("1"), "{what}: the held {held}");
    }
    if stage.assurance.is_some() {
        return unledgered::at_any_moment(stage, what).await;
    }
    let (told, _) = ledger(stage).await;
    assert_eq!(
        without_passing(gone(stage).await),
        without_passing(told),
        "{what}: rows gone and the ledger"
    );
}

/// A row that is overwritten first and goes later is gone once and told twice; its last effect is compared.
fn without_passing(mut accounts: Accounts) -> Accounts {
    accounts.retain(|(_, table, effect), _| !(table == "employee" && effect == "anonymised"));
    accounts
}

/// Whether digests that were not durable yet may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    All,
    /// Power was lost: those of a receipt that was found in the ledger may be.
    OfRecoveredLost,
}

/// After a run that was not disturbed.
pub async fn at_the_end(stage: &mut Stage, what: &str, digests: Digests) {
    at_any_moment(stage, what).await;
    assert_eq!(
        dump(&mut stage.scratch).await,
        stage.after,
        "{what}: not what an undisturbed run leaves"
    );
    let (in_ledger, batches) = match stage.assurance {
        Some(_) => (Accounts::new(), Vec::new()),
        None => ledger(stage).await,
    };
    let mut store = Store::open(&stage.state(), Use::Read)
        .await
        .expect("a store");
    let entries = store
        .records(&[
            "intent",
            "done",
            "not-applied",
            "unknown",
            "boot",
            "regressed",
        ])
        .await
        .expect("the log");
    let mut open = BTreeMap::<String, u32>::new();
    // The receipts that are in force.
    let mut receipts: Vec<(i64, String, String, Vec<Effect>)> = Vec::new();
    let mut epoch = 0;
    for entry in entries {
        match entry.record {
            Record::Boot { epoch: next } => {
                assert!(next > epoch, "{what}: epoch {next} after {epoch}");
                epoch = next;
            }
            Record::Intent { batch, .. } => {
                assert_eq!(open.insert(batch, 0), None, "{what}: announced twice")
            }
            Record::NotApplied { batch, .. } | Record::Unknown { batch, .. } => {
                *open.get_mut(&batch).expect("announced") += 1;
            }
            Record::Done {
                run,
                batch,
                rule,
                seq,
                effects,
                recovered,
                ..
            } => {
                *open.get_mut(&batch).expect("announced") += 1;
                let may_lack = recovered && digests == Digests::OfRecoveredLost;
                for effect in effects.iter().filter(|_| !may_lack) {
                    assert!(
                        kept(&store, &run, &batch, effect),
                        "{what}: the digests of {batch} are gone"
                    );
                }
                receipts.push((seq, batch, rule, effects));
            }
            Record::Regressed { to_seq, .. } => receipts.retain(|(seq, ..)| *seq <= to_seq),
            _ => {}
        }
    }
    assert!(open.values().all(|times| *times == 1), "{what}: {open:?}");
    let (mut told, mut done) = (Accounts::new(), Vec::new());
    for (_, batch, rule, effects) in receipts {
        add(&mut told, &rule, &effects);
        done.push(batch);
    }
    if stage.assurance.is_none() {
        assert_eq!(
            done, batches,
            "{what}: the batches of the log and of the ledger"
        );
        assert_eq!(told, in_ledger, "{what}: the log and the ledger");
    }
    let key = store.verifier_key().expect("a key");
    let published = published(&stage.scratch.dir().join("elsewhere"));
    let judged = verify(&log_folder(&stage.state()), &key, &published).expect("a judgement");
    assert!(judged.is_sound(), "{what}: {:?}", judged.faults);
    // A checkpoint covers all before it.
    assert_eq!(judged.signed + 1, judged.records, "{what}: all is signed");
}

/// True where the digests that a receipt names are beside the log.
fn kept(store: &Store, run: &str, batch: &str, effect: &Effect) -> bool {
    let named: Vec<&String> = effect.keys.iter().chain(&effect.contents).collect();
    let found = store
        .digests_of(run, chrono::Utc::now())
        .expect("side files");
    let there = |name: &&String| {
        found.as_ref().is_some_and(|(_, blocks)| {
            blocks
                .iter()
                .any(|(block, sorted)| block.batch == batch && root(sorted).to_string() == **name)
        })
    };
    named.iter().all(there)
}

fn published(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the sink").flatten();
    let notes = entries.map(|entry| std::fs::read_to_string(entry.path()).expect("a note"));
    // A crash may leave the beginning of one, which says nothing.
    notes.filter(|note| open(note).is_ok()).collect()
}
