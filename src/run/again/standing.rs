//! What the log says of approvals to remove again what came back: the last regression of a database alone counts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::plan::StepKind;
use crate::state::{Entry, Record, ReturnApproval, Store};

use super::super::prepare::Halt;

/// An approval that has not been carried out to its end.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub approval: ReturnApproval,
    /// Rows that went under it until now: a run that died has left the rest.
    pub done: u64,
}

impl Open {
    /// How many rows may still go.
    pub fn left(&self) -> u64 {
        self.approval.rows_max.saturating_sub(self.done)
    }
}

/// Where a database stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The record that tells of the last regression, and when it was written.
    pub regression: Option<(u64, DateTime<Utc>)>,
    /// By rule.
    pub open: BTreeMap<String, Open>,
}

impl Standing {
    pub async fn of(store: &mut Store, database: &str) -> Result<Self, Halt> {
        let kinds = [
            "adopted",
            "regressed",
            "return-approved",
            "return-erased",
            "done",
        ];
        let entries = store.records(&kinds).await.map_err(Halt::Records)?;
        Ok(Self::read(entries, database))
    }

    fn read(entries: Vec<Entry>, wanted: &str) -> Self {
        let mut standing = Self::default();
        let mut known: Option<String> = None;
        for Entry { seq, at, record } in entries {
            match record {
                // A backup from before our tables was put back: it is known by no ledger, and by its new name here.
                Record::Adopted { database, target } if database == wanted => {
                    if known.is_some_and(|known| known != target) {
                        standing.regression = Some((seq, at));
                        standing.open.clear();
                    }
                    known = Some(target);
                }
                Record::Regressed { database, .. } if database == wanted => {
                    standing.regression = Some((seq, at));
                    standing.open.clear();
                }
                Record::ReturnApproved(approval) if approval.database == wanted => {
                    let is_for_it =
                        standing.regression.map(|(n, _)| n) == Some(approval.regression);
                    if is_for_it {
                        let rule = approval.rule.clone();
                        standing.open.insert(rule, Open { approval, done: 0 });
                    }
                }
                Record::ReturnErased { database, rule, .. } if database == wanted => {
                    standing.open.remove(&rule);
                }
                Record::Done {
                    database,
                    rule,
                    step,
                    effects,
                    ..
                } if database == wanted && step == StepKind::Returned.word() => {
                    if let Some(open) = standing.open.get_mut(&rule) {
                        open.done += effects.iter().map(|effect| effect.rows).sum::<u64>();
                    }
                }
                _ => {}
            }
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Fingerprint;
    use crate::state::Effect;

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn regressed() -> Record {
        Record::Regressed {
            database: "hr".to_owned(),
            target: "t".to_owned(),
            from_seq: 2,
            to_seq: 1,
            since: None,
            until: at(),
            batches: 1,
            rows: 3,
        }
    }

    fn approved(regression: u64) -> Record {
        Record::ReturnApproved(ReturnApproval {
            database: "hr".to_owned(),
            rule: "visits".to_owned(),
            regression,
            meaning: Fingerprint::of(""),
            schema: Fingerprint::of(""),
            rows_max: 3,
            expires: at(),
            by: "me".to_owned(),
        })
    }

    fn done(step: &str) -> Record {
        Record::Done {
            run: "r".to_owned(),
            batch: "r-1".to_owned(),
            database: "hr".to_owned(),
            rule: "visits".to_owned(),
            step: step.to_owned(),
            seq: 2,
            chain: String::new(),
            schedule: Fingerprint::of(""),
            schema: Fingerprint::of(""),
            effects: vec![Effect {
                table: "visit".to_owned(),
                effect: "deleted".to_owned(),
                rows: 2,
                digest: String::new(),
                keys: None,
                contents: None,
            }],
            duration_ms: 0,
            recovered: false,
            assurance: None,
        }
    }

    fn left(records: Vec<Record>) -> Option<u64> {
        let entries = records.into_iter().enumerate();
        let entries = entries.map(|(n, record)| Entry {
            seq: n as u64,
            at: at(),
            record,
        });
        let standing = Standing::read(entries.collect(), "hr");
        standing.open.get("visits").map(Open::left)
    }

    #[test]
    fn an_approval_is_for_one_regression_and_so_many_rows() {
        let erased = Record::ReturnErased {
            database: "hr".to_owned(),
            rule: "visits".to_owned(),
            regression: 0,
            run: "r".to_owned(),
            rows: 2,
            stays: 0,
        };
        assert_eq!(left(vec![approved(0)]), None, "it was never put back");
        assert_eq!(left(vec![regressed(), approved(0)]), Some(3));
        assert_eq!(
            left(vec![regressed(), approved(0), done("returned")]),
            Some(1)
        );
        assert_eq!(
            left(vec![regressed(), approved(0), done("disposition")]),
            Some(3)
        );
        assert_eq!(left(vec![regressed(), approved(0), regressed()]), None);
        assert_eq!(left(vec![regressed(), regressed(), approved(0)]), None);
        assert_eq!(left(vec![regressed(), approved(0), erased]), None);
    }
}
