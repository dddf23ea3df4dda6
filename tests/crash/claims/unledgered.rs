//! The same where the target has no ledger: what the log tells is what is gone, as far as it says that anybody knows.

use std::collections::BTreeMap;

use retentiond::state::{Effect, Record, Store, Use};

use super::super::stage::Stage;
use super::{Accounts, add, gone, without_passing};

/// Rows gone are those of the receipts, and at most those of batches of which the log says that nobody knows.
pub async fn at_any_moment(stage: &mut Stage, what: &str) {
    let (told, unknown) = told(stage).await;
    let gone = without_passing(gone(stage).await);
    let told = without_passing(told);
    if stage.assurance == Some("transaction-status") {
        assert!(unknown.is_empty(), "{what}: the server can be asked");
        assert_eq!(gone, told, "{what}: rows gone and the log");
        return;
    }
    let most = without_passing(unknown);
    let places = gone.keys().chain(told.keys()).chain(most.keys());
    for place in places {
        let of = |accounts: &Accounts| accounts.get(place).copied().unwrap_or(0);
        let (least, here, more) = (of(&told), of(&gone), of(&most));
        assert!(
            least <= here && here <= least + more,
            "{what}: {place:?}: {here} gone, {least} told, {more} unknown"
        );
    }
}

/// What receipts tell, and what batches were about to commit of which nobody knows whether they did.
async fn told(stage: &Stage) -> (Accounts, Accounts) {
    let mut store = Store::open(&stage.state(), Use::Read)
        .await
        .expect("a store");
    let entries = store.records(&["done", "committing", "unknown"]).await;
    let mut about: BTreeMap<String, (String, Vec<Effect>)> = BTreeMap::new();
    let (mut told, mut unknown) = (Accounts::new(), Accounts::new());
    for entry in entries.expect("the log") {
        match entry.record {
            Record::Done { rule, effects, .. } => add(&mut told, &rule, &effects),
            Record::Committing {
                batch,
                rule,
                effects,
                ..
            } => {
                about.insert(batch, (rule, effects));
            }
            Record::Unknown { batch, .. } => {
                let (rule, effects) = &about[&batch];
                add(&mut unknown, rule, effects);
            }
            _ => {}
        }
    }
    (told, unknown)
}
