//! A request: looked at, taken in, and carried out where its number of rows is confirmed.

use anyhow::Context;
use chrono::{NaiveDate, Utc};

use crate::db::Access;
use crate::run::Order;
use crate::run::erase::{Asked, Confirmed, Unerasable, ask, remember};
use crate::schedule::Database;
use crate::state::{Erasure, Sign, answer_by, operator, salt};

use super::super::context::{At, Loaded, complain, exit_of_halt};
use super::super::served::Errand;
use super::super::{Exit, Output, keys, print, print_json, refuse, report};
use super::Answer;
use super::carry_out::carry_out_request;

#[derive(Debug, clap::Args)]
pub struct RequestArgs {
    /// The rule whose row stands for the person.
    #[arg(long, value_name = "RULE", required = true)]
    rule: Option<String>,
    /// The key of the person's row: only "-", from standard input, columns separated by tabs.
    #[arg(long, value_name = "-", required = true, value_parser = keys::only_from_standard_input)]
    key: Option<String>,
    /// Show what would be erased and what would stay, and take nothing in: on a connection that reads only.
    #[arg(long, conflicts_with_all = ["received", "confirm"])]
    dry_run: bool,
    /// The day on which the person asked. Default: today.
    #[arg(long, value_name = "DATE")]
    received: Option<NaiveDate>,
    /// Erase at once: so many rows, as --dry-run counts them.
    #[arg(long, value_name = "ROWS")]
    confirm: Option<u64>,
    /// A test facility: the moment that counts as now.
    #[cfg(feature = "simulated-clock")]
    #[arg(long, value_name = "DATE", value_parser = super::super::plan::moment)]
    now: Option<chrono::DateTime<Utc>>,
}

impl RequestArgs {
    pub(super) fn errand(&self) -> Errand {
        if self.dry_run {
            Errand::None
        } else {
            Errand::WithInput
        }
    }

    fn supposed_now(&self) -> Option<chrono::DateTime<Utc>> {
        #[cfg(feature = "simulated-clock")]
        return self.now;
        #[cfg(not(feature = "simulated-clock"))]
        None
    }
}

pub(super) async fn run(at: &At, args: &RequestArgs) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = loaded.known_rule(args.rule.as_deref()) {
        return Ok(exit);
    }
    let Some(rule) = args
        .rule
        .as_deref()
        .and_then(|name| loaded.schedule.rule(name))
    else {
        return Ok(Exit::Usage);
    };
    let Some(database) = loaded.schedule.databases.get(&rule.database.value) else {
        anyhow::bail!("the schedule has no database {}", rule.database);
    };
    let today = today_in(database);
    let received = args.received.unwrap_or(today);
    if received > today {
        refuse(at.output, "--received is a day to come");
        return Ok(Exit::Usage);
    }
    let mut records = keys::records()?;
    let (Some(key), None) = (records.pop(), records.pop()) else {
        refuse(
            at.output,
            "one key is needed on standard input, of one person's row",
        );
        return Ok(Exit::Usage);
    };
    let stop = super::super::run::stop_when_told()?;
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.supposed_now(),
        only_rule: None,
        stop: &stop,
    };
    let (mut asked, mut answer) = match look(&order, database, &rule.name, &key).await? {
        Ok(found) => found,
        Err(why) => return Ok(refused(at, database, &why)),
    };
    if args.dry_run {
        show(at, &answer)?;
        return Ok(Exit::Done);
    }
    if args.confirm.is_some_and(|rows| rows != answer.rows) {
        return Ok(refused(
            at,
            database,
            &Unerasable::NotConfirmed(answer.rows),
        ));
    }
    let mut erasure = erasure(database, &rule.name, key)?;
    if let Err(why) = remember(&mut asked, &mut erasure).await {
        return Ok(refused(at, database, &why));
    }
    drop(asked);
    take_in(&loaded, &erasure, received).await?;
    if let Some(rows) = args.confirm {
        let confirmed = Confirmed::Exactly(rows);
        return carry_out_request(at, &loaded, &order, &erasure.erasure, confirmed).await;
    }
    answer.erasure = Some(erasure.erasure);
    answer.answer_by = Some(answer_by(received, false));
    show(at, &answer)?;
    Ok(Exit::Done)
}

async fn look(
    order: &Order<'_>,
    database: &Database,
    rule: &str,
    key: &[String],
) -> anyhow::Result<Result<(Asked, Answer), Unerasable>> {
    let mut asked = match ask(order, database, Access::Rehearse, rule, key).await {
        Ok(asked) => asked,
        Err(why) => return Ok(Err(why)),
    };
    let answer = Answer::before(order.schedule, &mut asked).await?;
    Ok(Ok((asked, answer)))
}

/// The day that it is where the people are.
pub(super) fn today_in(database: &Database) -> NaiveDate {
    database.day(Utc::now())
}

fn erasure(database: &Database, rule: &str, key: Vec<String>) -> anyhow::Result<Erasure> {
    Ok(Erasure {
        erasure: uuid::Uuid::now_v7().to_string(),
        database: database.name.value.clone(),
        rule: rule.to_owned(),
        key: Some(key),
        secret: salt()?,
        key_digest: None,
        row_digest: None,
        left_digest: None,
        columns: None,
        meanings: None,
    })
}

async fn take_in(loaded: &Loaded, erasure: &Erasure, received: NaiveDate) -> anyhow::Result<()> {
    let mut store = loaded.store_in_time().await?;
    let taken = store.receive(erasure, received, &operator()).await;
    taken.context("the request was not taken in")?;
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    Ok(())
}

pub(super) fn show(at: &At, answer: &Answer) -> anyhow::Result<()> {
    match at.output {
        Output::Json => print_json(answer),
        Output::Text => {
            print(&report::answer(answer));
            Ok(())
        }
    }
}

pub(super) fn refused(at: &At, database: &Database, why: &Unerasable) -> Exit {
    match why {
        Unerasable::Halt(halt) => {
            complain(database, halt);
            exit_of_halt(halt)
        }
        Unerasable::Unfit(why) => {
            refuse(at.output, why);
            Exit::Usage
        }
        Unerasable::NoRow => {
            refuse(
                at.output,
                "the key is that of no row: there is nothing to erase",
            );
            Exit::Usage
        }
        Unerasable::Changed => {
            refuse(
                at.output,
                "the row with that key has other values than when the request was taken in: it may be somebody else's by \
                 now; look at it, and say --still-theirs if it is the same person's; nothing was touched",
            );
            Exit::Guarded
        }
        Unerasable::NotConfirmed(rows) => {
            let why = format!(
                "{rows} rows would be touched, and another number was confirmed: look at it again with --dry-run; \
                 nothing was touched"
            );
            refuse(at.output, &why);
            Exit::Guarded
        }
    }
}
