//! Plays one form of removal through every walk, interference and timing, and judges what is left.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use retentiond::db::Session as Target;
use retentiond::disposal::{Apply, Keyed, LastStep, Rest, Sweep, Taken, Tally, Walk, Walker};
use retentiond::plan::{Action, Bound, Step};
use retentiond::schedule::Limits;
use retentiond::sql::{Expr, Value};
use retentiond::state::{DigestKey, Effect, Record, Store, Use};

use super::forms::Form;
use super::interference::{Fate, Interference};
use super::rig::{Rig, backend, every_intent_is_resolved, waits};
use crate::support::{Scratch, Server, Session, TextRow};

/// When the other session does what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timing {
    /// Committed after the bound was found and before the removal.
    Before,
    /// Under way before the removal begins, and committed while it waits.
    Committed,
    /// Under way before the removal begins, and rolled back while it waits.
    RolledBack,
}

const TIMINGS: [Timing; 3] = [Timing::Before, Timing::Committed, Timing::RolledBack];

/// The rows of every table, as text.
type Picture = BTreeMap<&'static str, Vec<TextRow>>;

/// The databases of one test.
struct Stage {
    form: Form,
    scratch: Scratch,
    other: Session,
    key: DigestKey,
    /// The number of the session that removes.
    backend: i64,
}

/// Plays a form on a server.
pub async fn play(server: Server, form: Form) {
    let Rig {
        scratch,
        schedule,
        step,
        mut session,
        authority,
    } = Rig::of(server, &form).await;
    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .expect("a store");
    let mut stage = Stage {
        other: scratch.second().await,
        key: store.digest_key().expect("a key"),
        form,
        scratch,
        backend: backend(&mut session).await,
    };
    let mut last = Apply::begin(&mut session, &mut store, authority, Utc::now)
        .await
        .expect("the target is ours");
    let mut played = 0;
    for walk in walks(&step, server) {
        for interference in stage.form.interferences.clone() {
            for timing in TIMINGS {
                stage
                    .scene(&mut session, &mut last, &step, &walk, &interference, timing)
                    .await;
                played += 1;
            }
        }
    }
    drop(last);
    every_intent_is_resolved(&mut stage.scratch, &mut store).await;
    assert!(played > 0, "nothing was played");
    println!("{server}: {played} permutations");
    session.close().await.expect("it closes");
    stage.other.close().await;
    stage.scratch.finish().await;
}

/// Every walk that could be chosen for the step.
fn walks(step: &Step, server: Server) -> Vec<Walk> {
    let key = step.target.key.clone();
    let mut walks = vec![
        Walk::KeyRanges {
            columns: key.clone(),
            between: None,
        },
        Walk::KeyRanges {
            columns: key.clone(),
            between: Some((10, 50)),
        },
        Walk::KeyLists(key.clone()),
    ];
    if let Some(driving) = &step.driving {
        let columns: Vec<_> = std::iter::once(driving.column.clone()).chain(key).collect();
        // Never chosen where others go along: there it begins with so few pages that a scene may not be on them.
        if server == Server::Postgres && step.bundle.is_empty() {
            walks.push(Walk::Pages(Sweep {
                first: 0,
                // The table is filled anew for each scene, and grows.
                end: 64,
                rest: Some(Rest {
                    columns: columns.clone(),
                    due: u64::MAX,
                }),
            }));
        }
        walks.push(Walk::StartRanges(columns.clone()));
        walks.push(Walk::KeyLists(columns));
    }
    if server == Server::Postgres {
        walks.push(Walk::heap(0));
        if matches!(step.action, Action::Overwrite(_)) {
            walks.push(Walk::Passes {
                sweep: Sweep {
                    first: 0,
                    end: 0,
                    rest: None,
                },
                row_bytes: 60,
            });
        }
    }
    walks
}

/// The scene is of one batch: the passes over the page, in which the rows come one by one, are put together.
async fn all_passes(
    bound: Bound,
    walker: &mut Walker,
    session: &mut Target,
    step: &Step,
    condition: &Expr,
) -> Bound {
    let Bound::Places(mut places) = bound else {
        return bound;
    };
    while let Some(Bound::Places(more)) = walker
        .next(session, step, condition)
        .await
        .expect("a bound")
    {
        places.extend(more);
    }
    places.sort_unstable();
    places.dedup();
    Bound::Places(places)
}

impl Stage {
    async fn scene(
        &mut self,
        session: &mut Target,
        last: &mut Apply<'_>,
        step: &Step,
        walk: &Walk,
        interference: &Interference,
        timing: Timing,
    ) {
        let scene = format!("{:?}, {}, {timing:?}", walk.explained(), interference.name);
        self.refill().await;
        let initial = picture(&self.form, &mut self.other).await;
        let mut walker = Walker::new(walk.clone(), step, Limits::STANDARD, session.dialect());
        let bound = walker
            .next(session, step, last.condition(step))
            .await
            .expect("a bound")
            .expect("a bound");
        let bound = all_passes(bound, &mut walker, session, step, last.condition(step)).await;
        // What has moved is not where it was: the next look finds it.
        let moves = matches!(bound, Bound::Places(_)) && timing != Timing::RolledBack;
        let interference = &Interference {
            fate: match interference.fate {
                Fate::Goes if moves => Fate::Either,
                other => other,
            },
            ..interference.clone()
        };
        self.other.exec(begin(self.scratch.server())).await;
        let sql = self.named(interference.sql);
        self.other.exec(&sql).await;
        let meddled = picture(&self.form, &mut self.other).await;
        let before = if timing == Timing::RolledBack {
            initial
        } else {
            meddled
        };
        let taken = if timing == Timing::Before {
            self.other.exec("COMMIT").await;
            last.take(session, step, &bound).await
        } else {
            let done = Cell::new(false);
            let take = async {
                let taken = last.take(session, step, &bound).await;
                done.set(true);
                taken
            };
            let end = if timing == Timing::Committed {
                "COMMIT"
            } else {
                "ROLLBACK"
            };
            let (taken, waited) = tokio::join!(take, self.release(&done, end));
            assert!(
                waited || interference.fate != Fate::Stays,
                "{scene}: nothing waited"
            );
            taken
        };
        let Ok(Taken::Done { tally, .. }) = taken else {
            panic!("{scene}: {taken:?}");
        };
        last.finish().await.expect("a receipt");
        let after = picture(&self.form, &mut self.other).await;
        let told = self.judge(step, &scene, interference, timing, &before, &after);
        assert_eq!(tally, told, "{scene}: what was told");
        self.receipt(last, &told, &scene).await;
    }

    /// The table of the reports under its name.
    fn named(&self, sql: &str) -> String {
        sql.replace(
            "REPORTS",
            match self.scratch.server() {
                Server::Postgres => "retentiond.event",
                Server::Mariadb | Server::Sqlite => "retentiond_event",
            },
        )
    }

    async fn refill(&mut self) {
        for table in self.form.tables.iter().rev() {
            self.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        let rows = self.named(&self.form.rows);
        self.scratch.exec(&rows).await;
    }

    /// Ends the other transaction as soon as the removal waits for it; true if it did.
    async fn release(&mut self, done: &Cell<bool>, end: &str) -> bool {
        let mut polls = 0;
        let waited = loop {
            if done.get() {
                break false;
            }
            if waits(&mut self.scratch, self.backend, polls).await {
                break true;
            }
            polls += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        self.other.exec(end).await;
        waited
    }

    /// Compares the pictures with what must have become of the rows; gives what the receipt must tell.
    fn judge(
        &self,
        step: &Step,
        scene: &str,
        interference: &Interference,
        timing: Timing,
        before: &Picture,
        after: &Picture,
    ) -> Tally {
        let committed = timing != Timing::RolledBack;
        let mut tally = Tally::default();
        let taken = self.taken(before, after, self.form.target, scene);
        for id in ["10", "20", "40", "50"] {
            assert!(
                taken.contains(&id.to_owned()),
                "{scene}: {id} is due and is there: {after:?}"
            );
        }
        match (interference.fate, committed) {
            (Fate::Stays, true) => assert!(
                !taken.contains(&"30".to_owned()),
                "{scene}: 30 went: {before:?}"
            ),
            (Fate::Goes, _) | (_, false) => assert!(
                taken.contains(&"30".to_owned()),
                "{scene}: 30 stayed: {after:?}"
            ),
            (Fate::Either, true) => {}
        }
        for id in ["60", "70"] {
            assert!(!taken.contains(&id.to_owned()), "{scene}: {id} was not due");
        }
        let effect = if self.form.overwrites() {
            "anonymised"
        } else {
            "deleted"
        };
        self.count(step, &mut tally, self.form.target, effect, &taken);
        for table in &self.form.tables {
            let child = self.form.along.iter().find(|(name, ..)| name == table);
            let changed = self.taken(before, after, table, scene);
            match child {
                None if *table == self.form.target => {}
                None => assert!(changed.is_empty(), "{scene}: {table} lost {changed:?}"),
                Some((_, place, _)) => {
                    let of_taken =
                        |row: &&TextRow| row[*place].as_ref().is_some_and(|id| taken.contains(id));
                    let expected: Vec<String> =
                        before[table].iter().filter(of_taken).map(id).collect();
                    assert_eq!(
                        changed, expected,
                        "{scene}: the rows of {table} that went along"
                    );
                    let effect = if self.form.detached {
                        "detached"
                    } else {
                        "deleted"
                    };
                    self.count(step, &mut tally, table, effect, &changed);
                }
            }
        }
        tally
    }

    /// The keys of the rows of a table that went, or were overwritten; nothing else may have changed.
    fn taken(&self, before: &Picture, after: &Picture, table: &str, scene: &str) -> Vec<String> {
        let (before, after) = (&before[table], &after[table]);
        let was = |row: &TextRow| before.iter().find(|old| old[0] == row[0]);
        let mut changed = Vec::new();
        for row in after {
            let old = was(row).unwrap_or_else(|| panic!("{scene}: {table} has a new row {row:?}"));
            if old != row {
                changed.push(id(row));
            }
        }
        let is_there = |row: &&TextRow| after.iter().any(|new| new[0] == row[0]);
        let gone: Vec<String> = before.iter().filter(|row| !is_there(row)).map(id).collect();
        let overwritten = table == self.form.target && self.form.overwrites();
        let detached =
            self.form.detached && self.form.along.iter().any(|(name, ..)| *name == table);
        if overwritten || detached {
            assert!(gone.is_empty(), "{scene}: {table} lost {gone:?}");
            return changed;
        }
        assert!(changed.is_empty(), "{scene}: {table} changed {changed:?}");
        gone
    }

    fn count(
        &self,
        step: &Step,
        tally: &mut Tally,
        table: &str,
        effect: &'static str,
        ids: &[String],
    ) {
        let mut name = step.target.table.clone();
        table.clone_into(&mut name.table);
        let keyed = Keyed::new(&self.key, "scratch", &name);
        for id in ids {
            let number = id.parse().expect("a number");
            tally.count(&name, effect, keyed.digest(&[Value::Int(number)]));
        }
    }

    /// The last record of the log is the receipt of exactly these rows.
    async fn receipt(&self, last: &mut Apply<'_>, told: &Tally, scene: &str) {
        let entries = last
            .store()
            .records(&["done", "not-applied"])
            .await
            .expect("the log");
        match &entries.last().expect("a record").record {
            Record::Done { effects, .. } => {
                // The root of the file of digests is the receipt's own; `audit prove` is tested with it elsewhere.
                let counted: Vec<Effect> = effects
                    .iter()
                    .map(|effect| Effect {
                        keys: None,
                        contents: None,
                        ..effect.clone()
                    })
                    .collect();
                assert!(
                    effects
                        .iter()
                        .all(|effect| effect.keys.is_some() || effect.effect != "deleted")
                );
                assert_eq!(counted, told.effects(), "{scene}: the receipt");
            }
            other => panic!("{scene}: {other:?}"),
        }
    }
}

fn id(row: &TextRow) -> String {
    row[0].clone().expect("a key")
}

async fn picture(form: &Form, session: &mut Session) -> Picture {
    let mut picture = Picture::new();
    for table in &form.tables {
        let rows = session
            .rows(&format!("SELECT * FROM {table} ORDER BY id"))
            .await;
        picture.insert(table, rows);
    }
    picture
}

fn begin(server: Server) -> &'static str {
    match server {
        Server::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN",
    }
}
