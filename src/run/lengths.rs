//! The periods that stand in columns, read before anything is planned.
//!
//! Apart, because a plan runs no query and needs one exact cutoff for each of them. What is read here is not believed
//! later: the removing statement compares the column again, and a value that came meanwhile keeps its rows.

use crate::db::{Session, Trouble};
use crate::resolve::{BoundLength, BoundRule, LengthIn, Program};
use crate::sql::{Alias, Expr, Op, Sql, Value};

/// A statement names each value; more different ones than this nobody has meant.
const VALUES_MAX: usize = 400;

/// A rule with more different periods in a column than a statement can name.
pub(super) struct TooMany {
    pub rule: String,
    pub column: String,
}

/// Reads the values of every such column. Of too many the shortest periods are known, and the rows of the others stay.
///
/// # Errors
/// The connection was lost. Another trouble leaves the periods unknown, and comes again where the rule is counted.
pub(super) async fn learn(
    session: &mut Session,
    program: &mut Program,
) -> Result<Vec<TooMany>, Trouble> {
    let mut too_many = Vec::new();
    for rule in &mut program.rules {
        let name = rule.name.clone();
        for column in columns(rule) {
            match values(session, column).await {
                Ok(known) => column.known = known,
                Err(trouble) if trouble.is_lost() => return Err(trouble),
                Err(_) => continue,
            }
            if column.known.len() > VALUES_MAX {
                column.known.truncate(VALUES_MAX);
                too_many.push(TooMany {
                    rule: name.clone(),
                    column: column.column.name.clone(),
                });
            }
        }
    }
    Ok(too_many)
}

fn columns(rule: &mut BoundRule) -> impl Iterator<Item = &mut LengthIn> {
    let periods = rule.purposes.iter_mut().flat_map(|purpose| {
        let cases = purpose.cases.iter_mut().map(|case| &mut case.period);
        cases.chain(purpose.otherwise.as_mut())
    });
    periods.filter_map(|period| match &mut period.length {
        BoundLength::InColumn(column) => Some(column.as_mut()),
        BoundLength::Fixed(_) => None,
    })
}

/// The believable values, in rising order, and one more than a statement can name where there are more.
async fn values(session: &mut Session, column: &LengthIn) -> Result<Vec<i64>, Trouble> {
    let counted = Expr::column(Alias::ROW, &column.column.name);
    let number = |count| Expr::Value(Value::Int(count), None);
    let (least, most) = column.between;
    let believed = Expr::all([
        counted.clone().compare(Op::GreaterOrEqual, number(least)),
        counted.clone().compare(Op::LessOrEqual, number(most)),
    ]);
    let mut sql = Sql::new(session.dialect());
    sql.push("SELECT DISTINCT ").expr(&counted);
    sql.push(" FROM ").table(&column.table).push(" AS ");
    sql.alias(Alias::ROW).push(" WHERE ").expr(&believed);
    sql.push(" ORDER BY ").expr(&counted).push(" LIMIT ");
    sql.number(VALUES_MAX as u64 + 1);
    let rows = session.rows(&sql).await?;
    let known = rows.iter().filter_map(|row| row.first()?.as_int());
    Ok(known
        .filter(|count| (least..=most).contains(count))
        .collect())
}
