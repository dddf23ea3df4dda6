//! Rows of PostgreSQL that are overwritten a few of each page at a time: what others do between two passes.

use chrono::Utc;
use retentiond::disposal::{Apply, Progress, Stop, Sweep, Walk, Walker, run_step};
use retentiond::plan::Step;
use retentiond::schedule::Limits;
use retentiond::state::{Store, Use};

use super::forms::Form;
use super::rig::{Rig, every_intent_is_resolved};
use crate::support::{Server, Session};

/// Another session, at work once a batch is done.
struct Meddler {
    other: Session,
    sql: Vec<&'static str>,
    batches: u32,
}

impl Progress for Meddler {
    fn counting(&mut self, _rule: &str) {}

    fn batch_done(&mut self, _step: &Step, _rows: u64) {
        self.batches += 1;
    }

    async fn between(&mut self, _stop: &Stop) {
        if self.batches > 0 {
            for sql in self.sql.drain(..) {
                self.other.exec(sql).await;
            }
        }
    }
}

/// All rows lie on one page, and none becomes shorter: each goes in a pass of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moves_between_two_passes_is_found_again_and_what_is_covered_again_stays() {
    let form = Form::overwrite("set = { name = \"ANON\" }");
    let mut rig = Rig::of(Server::Postgres, &form).await;
    rig.scratch.exec(&form.rows).await;
    let mut store = Store::open(&rig.schedule.state_directory, Use::Append)
        .await
        .expect("a store");
    let mut meddler = Meddler {
        other: rig.scratch.second().await,
        sql: vec![
            "UPDATE item SET remark = 'moved' WHERE id = 30",
            "UPDATE item SET held = true WHERE id = 40",
            "UPDATE item SET closed_on = NULL WHERE id = 50",
            "DELETE FROM item WHERE id = 70",
        ],
        batches: 0,
    };
    let mut last = Apply::begin(
        &mut rig.session,
        &mut store,
        rig.authority.clone(),
        Utc::now,
    )
    .await
    .expect("the target is ours");
    let walk = Walk::Passes {
        sweep: Sweep {
            first: 0,
            end: 1,
            rest: None,
        },
        row_bytes: 60,
    };
    let walker = Walker::new(walk, &rig.step, Limits::STANDARD, rig.session.dialect());
    let (outcome, ended) = run_step(
        &mut rig.session,
        &rig.step,
        walker,
        &mut last,
        &Stop::default(),
        &mut meddler,
    )
    .await;
    assert!(ended.is_ok(), "{ended:?}");
    last.finish().await.expect("a receipt");
    drop(last);
    assert_eq!(outcome.tally.rows(), 3);
    let done = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM item WHERE name = 'ANON'";
    assert_eq!(
        rig.scratch.value(done).await.as_deref(),
        Some("10 20 30"),
        "the held one and the one that is open again stay"
    );
    assert_eq!(
        every_intent_is_resolved(&mut rig.scratch, &mut store).await,
        3,
        "a batch for each row"
    );
    rig.session.close().await.expect("closed");
    meddler.other.close().await;
    rig.scratch.finish().await;
}
