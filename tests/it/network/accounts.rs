//! Whether what is gone, what the ledger has and what the log tells agree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::site::{Site, go};
use crate::support::Server;

/// The ledger's tables.
pub fn table(site: &Site, name: &str) -> String {
    match site.scratch.server() {
        Server::Postgres => format!("retentiond.{name}"),
        _ => format!("retentiond_{name}"),
    }
}

/// The records of the log, in order.
pub fn records(site: &Site) -> Vec<Value> {
    let lines = site.go(&["audit", "export"]).exits(0).out;
    let record = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect("a record");
        line["record"].take()
    };
    lines.lines().map(record).collect()
}

/// Rows of some effects.
pub fn rows_of(effects: &Value) -> u64 {
    let effects = effects.as_array().expect("effects");
    effects
        .iter()
        .filter_map(|effect| effect["rows"].as_u64())
        .sum()
}

/// Every intent has one end, and the receipts in force are the ledger. Gives the rows of all receipts.
pub async fn agree(site: &mut Site) -> u64 {
    let mut open: BTreeMap<String, u32> = BTreeMap::new();
    let mut told: Vec<(i64, Vec<Option<String>>)> = Vec::new();
    let mut rows = 0;
    for record in records(site) {
        let batch = record["batch"].as_str().unwrap_or_default().to_owned();
        match record["kind"].as_str().expect("a kind") {
            "intent" => assert_eq!(open.insert(batch, 0), None, "announced twice"),
            "not-applied" => *open.get_mut(&batch).expect("announced") += 1,
            "done" => {
                *open.get_mut(&batch).expect("announced") += 1;
                rows += rows_of(&record["effects"]);
                let row = vec![
                    Some(record["seq"].to_string()),
                    Some(batch),
                    record["chain"].as_str().map(str::to_owned),
                ];
                told.push((record["seq"].as_i64().expect("a number"), row));
            }
            "regressed" => {
                let to = record["to-seq"].as_i64().expect("a number");
                told.retain(|(seq, _)| *seq <= to);
            }
            _ => {}
        }
    }
    assert!(open.values().all(|ends| *ends == 1), "{open:?}");
    let ledger = table(site, "ledger");
    let kept = format!("SELECT seq, batch_id, chain FROM {ledger} ORDER BY seq");
    let told: Vec<_> = told.into_iter().map(|(_, row)| row).collect();
    assert_eq!(site.scratch.rows(&kept).await, told, "ledger and log");
    rows
}

/// The log verifies.
pub fn verifies(site: &Site) {
    let key = site.go(&["audit", "key"]).exits(0).out;
    let state = site.state();
    let state = state.to_str().expect("UTF-8");
    go(&["audit", "verify", state, "--key", key.trim()], &[]).exits(0);
}
