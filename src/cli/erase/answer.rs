//! What a person is told: what was erased, what stays, why, and until when. Nothing of anybody else.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::db::Session;
use crate::disposal::Regression;
use crate::explain::{Coverage, Failure, Subject, Surroundings, explain};
use crate::run::erase::{Asked, CarriedOut, Erased, Left, LeftBecause};
use crate::schedule::Schedule;

/// An answer to a request, or what it would be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answer {
    /// The request; `None`: nothing was taken in.
    pub erasure: Option<String>,
    pub database: String,
    pub rule: String,
    pub as_of: DateTime<Utc>,
    /// True where it was done, false where it is what would be done.
    pub done: bool,
    pub run: Option<String>,
    /// All rows that were touched, or would be: what has to be confirmed.
    pub rows: u64,
    pub erased: Vec<Erased>,
    pub stays: Vec<Stays>,
    /// Why the rest was not done.
    pub failure: Option<String>,
    /// What keeps removed rows readable in the database's own files.
    pub left_behind: Option<String>,
    /// What the database had lost since the last run: it was restored, or failed over.
    pub regression: Option<Regression>,
    pub answer_by: Option<NaiveDate>,
}

/// Rows that stay for one reason.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stays {
    pub rule: String,
    pub table: String,
    pub rows: u64,
    pub because: LeftBecause,
    /// The holds of the state store that cover some of them.
    pub holds: Vec<String>,
    /// The statutory minimums that keep them.
    pub duties: Vec<Duty>,
}

/// A statutory minimum that keeps rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Duty {
    pub purpose: String,
    pub ground: Option<String>,
    pub citation: Option<String>,
    /// `None`: its period has not begun, or nobody can date it.
    pub until: Option<NaiveDate>,
    pub rows: u64,
}

impl Answer {
    /// What would be done.
    ///
    /// # Errors
    /// The database's.
    pub async fn before(schedule: &Schedule, asked: &mut Asked) -> anyhow::Result<Self> {
        let left = std::mem::take(&mut asked.left);
        Ok(Self {
            erasure: None,
            database: asked.prepared.program.database.clone(),
            rule: asked.rule.clone(),
            as_of: asked.now(),
            done: false,
            run: None,
            rows: asked.touched(),
            erased: asked.erased.clone(),
            stays: stays(schedule, asked, left).await?,
            failure: None,
            left_behind: None,
            regression: None,
            answer_by: None,
        })
    }

    /// What was done.
    ///
    /// # Errors
    /// The database's.
    pub async fn after(schedule: &Schedule, done: &mut CarriedOut) -> anyhow::Result<Self> {
        let left = std::mem::take(&mut done.left);
        let asked = &mut done.asked;
        Ok(Self {
            erasure: None,
            database: asked.prepared.program.database.clone(),
            rule: asked.rule.clone(),
            as_of: asked.now(),
            done: true,
            run: Some(done.run.clone()),
            rows: done.erased.iter().map(|one| one.rows).sum(),
            erased: done.erased.clone(),
            stays: stays(schedule, asked, left).await?,
            failure: done.failure.clone(),
            left_behind: done.left_behind.clone(),
            regression: done.regression.clone(),
            answer_by: None,
        })
    }
}

async fn stays(
    schedule: &Schedule,
    asked: &mut Asked,
    left: Vec<Left>,
) -> anyhow::Result<Vec<Stays>> {
    let mut all = Vec::new();
    for one in left {
        let prepared = &mut asked.prepared;
        let around = Surroundings {
            program: &prepared.program,
            plan: &prepared.plan,
            catalog: &prepared.catalog,
            now: prepared.now,
        };
        let duties = duties(&mut prepared.session, &around, schedule, &one).await?;
        all.push(Stays {
            rule: one.rule,
            table: one.table,
            rows: one.rows,
            because: one.because,
            holds: one.holds,
            duties,
        });
    }
    Ok(all)
}

/// The minimums that keep some rows, each with its end: from the same predicates that keep them.
async fn duties(
    session: &mut Session,
    around: &Surroundings<'_>,
    schedule: &Schedule,
    left: &Left,
) -> anyhow::Result<Vec<Duty>> {
    let mut duties: Vec<Duty> = Vec::new();
    let bound = around
        .program
        .rules
        .iter()
        .find(|one| one.name == left.rule);
    let (Some(rule), Some(bound)) = (schedule.rule(&left.rule), bound) else {
        return Ok(duties);
    };
    for key in &left.keys {
        let told = match explain(session, around, &Subject::Rule(rule, bound), key).await {
            Ok(told) => told,
            Err(Failure::Trouble(trouble)) => return Err(trouble.into()),
            Err(Failure::Key(_)) => continue,
        };
        for ((purpose, written), bound) in told
            .purposes
            .iter()
            .zip(&rule.purposes)
            .zip(&bound.purposes)
        {
            if purpose.coverage == Coverage::DoesNotCover {
                continue;
            }
            let minimum = |case: Option<&str>| match case {
                Some(name) => bound
                    .cases
                    .iter()
                    .any(|one| one.name == name && one.period.period.at_least),
                None => bound
                    .otherwise
                    .as_ref()
                    .is_some_and(|one| one.period.at_least),
            };
            let lasting = purpose
                .periods
                .iter()
                .filter(|period| !period.over && minimum(period.case.as_deref()));
            for period in lasting {
                let duty = Duty {
                    purpose: purpose.purpose.clone(),
                    ground: written.legal.ground.clone(),
                    citation: written.legal.citation.clone(),
                    until: period.due.map(|at| day(at, &period.zone)),
                    rows: 1,
                };
                add(&mut duties, duty);
            }
        }
    }
    Ok(duties)
}

/// The day that it is in a zone.
fn day(at: DateTime<Utc>, zone: &str) -> NaiveDate {
    let known = zone.parse::<chrono_tz::Tz>();
    known.map_or(at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
}

fn add(duties: &mut Vec<Duty>, duty: Duty) {
    let same = |one: &&mut Duty| one.purpose == duty.purpose && one.until == duty.until;
    match duties.iter_mut().find(same) {
        Some(one) => one.rows += 1,
        None => duties.push(duty),
    }
}
