//! A hold that somebody places beside a run: whoever was told that it stands never sees the row go afterwards.
//!
//! The batch's bound is found; then the hold is named in the target, in every order of the two: before the batch begins,
//! while it waits for a row that another session has locked, begun but not committed, and while the batch has the head.

use std::cell::Cell;
use std::time::Duration;

use chrono::Utc;
use retentiond::db::{self, Access, Session as Target};
use retentiond::disposal::{Apply, Authority, Failure, LastStep, Taken, UnknownHold, Walk, Walker};
use retentiond::ledger;
use retentiond::plan::{Bound, Step};
use retentiond::schedule::{Limits, Schedule};
use retentiond::state::{Hold, Over, Store, Use, salt};

use super::forms::Form;
use super::rig::{Rig, backend, every_intent_is_resolved, waits};
use crate::support::{Scratch, Server, Session, every_database};

const HOLD: &str = "01890000-0000-7000-8000-000000000000";

async fn second(schedule: &Schedule, scratch: &Scratch) -> Target {
    let database = schedule.databases.values().next().expect("one database");
    db::open(database, scratch.dir(), Access::Enforce)
        .await
        .expect("a second session")
}

async fn bound(session: &mut Target, last: &Apply<'_>, step: &Step) -> Bound {
    let walk = Walk::KeyLists(step.target.key.clone());
    let mut walker = Walker::new(walk, step, Limits::STANDARD, session.dialect());
    let found = walker.next(session, step, last.condition(step)).await;
    found.expect("a bound").expect("a bound")
}

async fn items(scratch: &mut Scratch) -> Option<String> {
    scratch.value("SELECT count(*) FROM item").await
}

every_database!(
    async fn a_hold_is_placed_beside_a_batch(server) {
        for form in [Form::alone(), Form::undeclared()] {
            beside(server, form).await;
        }
    }
);

every_database!(
    /// The daemon and whoever speaks to it have one store: a hold may come between the plan of a run and its first batch.
    async fn a_hold_is_placed_between_the_plan_and_the_first_batch(server) {
        let Rig { scratch, schedule, mut session, authority, .. } = Rig::of(server, &Form::alone()).await;
        let mut store = Store::open(&schedule.state_directory, Use::Append).await.expect("a store");
        let mut hand = store.clone();
        let hold = Hold {
            hold: HOLD.to_owned(),
            database: authority.database.clone(),
            rule: "items".to_owned(),
            schema: String::new(),
            table: "item".to_owned(),
            shallow: false,
            over: Over::Condition("id = 30".to_owned()),
            because: "litigation".to_owned(),
            reference: "2026/17".to_owned(),
            owner: "legal".to_owned(),
            review: Utc::now().date_naive(),
            placed_at: Utc::now(),
            placed_by: "somebody".to_owned(),
            salt: salt().expect("a salt"),
            target: None,
        };
        hand.place_hold(&hold).await.expect("placed");
        let begun = Apply::begin(&mut session, &mut store, authority.clone(), Utc::now).await;
        let refused = begun.err().expect("the plan does not know the hold");
        assert!(refused.is::<UnknownHold>(), "{refused:?}");
        let knows = Authority { holds: [HOLD.to_owned()].into(), ..authority };
        let begun = Apply::begin(&mut session, &mut store, knows, Utc::now).await;
        begun.expect("the next run knows it").finish().await.expect("nothing is left");
        session.close().await.expect("it closes");
        scratch.finish().await;
    }
);

/// A place with a batch's session, one that places holds, and one that is in the way.
struct Scene {
    server: Server,
    form: Form,
    step: Step,
    schema: String,
    scratch: Scratch,
    session: Target,
    placing: Target,
    other: Session,
    /// The number of the batch's session.
    number: i64,
}

async fn beside(server: Server, form: Form) {
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
    let mut scene = Scene {
        server,
        form,
        step,
        schema: authority.schema.clone(),
        placing: second(&schedule, &scratch).await,
        other: scratch.second().await,
        number: backend(&mut session).await,
        scratch,
        session,
    };
    let last = Apply::begin(&mut scene.session, &mut store, authority, Utc::now).await;
    let mut last = last.expect("ours");
    scene.refill().await;
    scene.named_before(&mut last).await;
    if server != Server::Sqlite {
        scene.named_and_not_committed(&mut last).await;
        scene.refill().await;
        scene.named_while_it_waits(&mut last).await;
        scene.named_while_it_signs(&mut last).await;
    }
    last.finish().await.expect("the last receipt");
    drop(last);
    every_intent_is_resolved(&mut scene.scratch, &mut store).await;
    scene.session.close().await.expect("it closes");
    scene.placing.close().await.expect("it closes");
    scene.other.close().await;
    scene.scratch.finish().await;
}

impl Scene {
    async fn refill(&mut self) {
        for table in self.form.tables.iter().rev() {
            self.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        self.scratch.exec(&self.form.rows).await;
    }

    async fn named_before(&mut self, last: &mut Apply<'_>) {
        let found = bound(&mut self.session, last, &self.step).await;
        let named = ledger::hold(&mut self.placing, &self.schema, HOLD, 1).await;
        named.expect("named");
        let taken = last.take(&mut self.session, &self.step, &found).await;
        assert!(matches!(taken, Err(Failure::Held(_))), "{taken:?}");
        assert_eq!(items(&mut self.scratch).await.as_deref(), Some("7"));
        let gone = ledger::let_go(&mut self.placing, &self.schema, HOLD).await;
        gone.expect("let go");
    }

    /// Nobody was told that it stands, and it comes to nothing: the batch may go on.
    async fn named_and_not_committed(&mut self, last: &mut Apply<'_>) {
        let found = bound(&mut self.session, last, &self.step).await;
        let names = match self.server {
            Server::Postgres => "retentiond.hold",
            _ => "retentiond_hold",
        };
        self.other.exec("BEGIN").await;
        let told = format!("INSERT INTO {names} (hold_id, placed_at) VALUES ('{HOLD}', 1)");
        self.other.exec(&told).await;
        let done = Cell::new(false);
        let take = async {
            let taken = last.take(&mut self.session, &self.step, &found).await;
            done.set(true);
            taken
        };
        let release = async {
            let mut polls = 0;
            while !done.get() && polls < 40 && !waits(&mut self.scratch, self.number, polls).await {
                polls += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.other.exec("ROLLBACK").await;
        };
        let (taken, ()) = tokio::join!(take, release);
        assert!(matches!(taken, Ok(Taken::Done { .. })), "{taken:?}");
        assert_eq!(items(&mut self.scratch).await.as_deref(), Some("2"));
    }

    /// The batch waits for a row and has not looked yet: the hold stands at once, and the batch finds it.
    async fn named_while_it_waits(&mut self, last: &mut Apply<'_>) {
        let found = bound(&mut self.session, last, &self.step).await;
        self.other.exec("BEGIN").await;
        self.other
            .exec("UPDATE item SET note = 'x' WHERE id = 30")
            .await;
        let take = last.take(&mut self.session, &self.step, &found);
        let place = async {
            until_it_waits(&mut self.scratch, self.number).await;
            let named = ledger::hold(&mut self.placing, &self.schema, HOLD, 1).await;
            named.expect("named");
            self.other.exec("ROLLBACK").await;
        };
        let (taken, ()) = tokio::join!(take, place);
        assert!(matches!(taken, Err(Failure::Held(_))), "{taken:?}");
        assert_eq!(items(&mut self.scratch).await.as_deref(), Some("7"));
        let gone = ledger::let_go(&mut self.placing, &self.schema, HOLD).await;
        gone.expect("let go");
    }

    /// The batch has looked, and has the head: whoever places a hold waits for its end.
    async fn named_while_it_signs(&mut self, last: &mut Apply<'_>) {
        let found = bound(&mut self.session, last, &self.step).await;
        let in_the_way: &[&str] = match self.server {
            Server::Postgres => &["BEGIN", "LOCK TABLE retentiond.ledger IN SHARE MODE"],
            _ => &[
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                "BEGIN",
                "SELECT * FROM retentiond_ledger FOR UPDATE",
            ],
        };
        for statement in in_the_way {
            self.other.exec(statement).await;
        }
        let acknowledged = Cell::new(false);
        let take = last.take(&mut self.session, &self.step, &found);
        let place = async {
            until_it_waits(&mut self.scratch, self.number).await;
            let name = async {
                let named = ledger::hold(&mut self.placing, &self.schema, HOLD, 1).await;
                named.expect("named");
                acknowledged.set(true);
                // Whoever is told that it stands finds the batch at its end.
                assert_eq!(items(&mut self.scratch).await.as_deref(), Some("2"));
            };
            let free = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                assert!(!acknowledged.get(), "it stood while a batch is at work");
                self.other.exec("ROLLBACK").await;
            };
            tokio::join!(name, free);
        };
        let (taken, ()) = tokio::join!(take, place);
        assert!(matches!(taken, Ok(Taken::Done { .. })), "{taken:?}");
        assert_eq!(items(&mut self.scratch).await.as_deref(), Some("2"));
    }
}

async fn until_it_waits(scratch: &mut Scratch, number: i64) {
    let mut polls = 0;
    while !waits(scratch, number, polls).await {
        polls += 1;
        assert!(polls < 2_000, "the batch waits for nobody");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
