//! Many conditions about one row, asked in one statement, so that their answers are of one moment.

use crate::catalog::TableName;
use crate::db::{Session, Trouble};

use crate::resolve::Hop;
use crate::sql::{Alias, Expr, Is, Item, Lock, Subquery, Value, select};

use super::model::Truth;

/// Conditions that are asked together.
#[derive(Debug, Default)]
pub(super) struct Questions(Vec<Expr>);

/// The place of a question among its answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot(usize);

/// What the database answered.
pub(super) struct Answers(Vec<Truth>);

impl Questions {
    pub fn ask(&mut self, condition: Expr) -> Slot {
        self.0.push(condition);
        Slot(self.0.len() - 1)
    }

    /// Asks them of the row; `None`: there is no such row.
    pub async fn of(
        self,
        session: &mut Session,
        table: &TableName,
        record: &Expr,
    ) -> Result<Option<Answers>, Trouble> {
        let mut items = vec![Item::One];
        items.extend(self.0.into_iter().map(Item::Truth));
        let sql = select(
            session.dialect(),
            table,
            &items,
            record,
            None,
            None,
            Lock::None,
        );
        let rows = session.rows(&sql).await?;
        Ok(rows.first().map(|row| {
            let answers = row.iter().skip(1);
            Answers(answers.map(truth).collect())
        }))
    }
}

pub(super) fn truth(value: &Value) -> Truth {
    match value.as_int() {
        Some(0) => Truth::False,
        Some(_) => Truth::True,
        None => Truth::Unknown,
    }
}

impl Answers {
    pub fn of(&self, slot: Slot) -> Truth {
        self.0.get(slot.0).copied().unwrap_or(Truth::Unknown)
    }

    pub fn holds(&self, slot: Slot) -> bool {
        self.of(slot) == Truth::True
    }
}

/// Counts rows of a table.
pub(super) async fn count(
    session: &mut Session,
    table: &TableName,
    condition: &Expr,
) -> Result<u64, Trouble> {
    let sql = select(
        session.dialect(),
        table,
        &[Item::Count],
        condition,
        None,
        None,
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let count = rows
        .first()
        .and_then(|row| row.first())
        .and_then(Value::as_int);
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0))
}

/// Aliases of a way back, far from those that a predicate takes.
const WAY_BACK: u32 = 30_000;

/// One step of a way, from a row to another.
pub(super) struct Step {
    pub hop: Hop,
    /// What must hold where it ends; NULL is taken for true.
    pub there: Option<Expr>,
}

/// A way that leads over references alone.
pub(super) fn steps(hops: &[Hop]) -> Vec<Step> {
    let step = |hop: &Hop| Step {
        hop: hop.clone(),
        there: None,
    };
    hops.iter().map(step).collect()
}

/// A condition about the row at the end of a way: that the way leads to it from a row of `from` which meets `begins`,
/// a condition about [`Alias::ROW`].
pub(super) fn at_the_end_of(way: &[Step], from: &TableName, begins: &Expr) -> Expr {
    back(way, from, begins, Alias::ROW)
}

fn back(way: &[Step], from: &TableName, begins: &Expr, here: Alias) -> Expr {
    let Some((last, before)) = way.split_last() else {
        return begins.realias(Alias::ROW, here);
    };
    let counts = |condition: Option<&Expr>, at: Alias| {
        condition.map_or(Expr::Truth(true), |condition| {
            condition.realias(Alias::ROW, at).is(Is::NotFalse)
        })
    };
    let alias = Alias(WAY_BACK + u32::try_from(way.len()).unwrap_or(0));
    let hop = &last.hop;
    let table = before.last().map_or(from, |step| &step.hop.parent);
    let found = Expr::Exists(Box::new(Subquery {
        table: table.clone(),
        alias,
        joins: vec![],
        condition: Expr::all([
            hop.clone().back(table).link(here, alias),
            counts(hop.when.as_ref(), alias),
            back(before, from, begins, alias),
        ]),
    }));
    Expr::all([counts(last.there.as_ref(), here), found])
}
