//! Whether the records can be true together.

use std::collections::BTreeMap;

use super::super::record::Record;
use super::chain::Chain;
use super::{Code, Finding};

/// What contradicts the records before it.
pub fn judge(chain: &Chain) -> Vec<Finding> {
    let mut epoch = None;
    // Whether a batch still waits for its end.
    let mut batches: BTreeMap<&str, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for (_, record) in &chain.carried {
        match record {
            Record::Boot { epoch: last } => epoch = Some(*last),
            Record::Intent { batch, .. } => {
                batches.insert(batch, true);
            }
            Record::Done { batch, .. } => {
                batches.insert(batch, false);
            }
            _ => {}
        }
    }
    for (n, record) in &chain.kept {
        let wrong = match record {
            Record::Genesis { .. } => *n != 0,
            _ if *n == 0 => true,
            Record::Boot { epoch: next } => {
                let wrong = epoch.is_some_and(|last| *next <= last);
                epoch = Some(*next);
                wrong
            }
            Record::Intent { batch, .. } => batches.insert(batch, true).is_some(),
            Record::Committing { batch, .. } => batches.get(batch.as_str()) != Some(&true),
            Record::Done { batch, .. }
            | Record::NotApplied { batch, .. }
            | Record::Unknown { batch, .. } => batches.insert(batch, false) != Some(true),
            _ => false,
        };
        if wrong {
            found.push(Finding {
                code: Code::Order,
                from: *n,
                to: Some(*n),
            });
        }
    }
    found
}
