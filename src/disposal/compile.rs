//! Whether the statements of a step can be compiled at all, before the first row.
//!
//! Apart from `measure`, which counts: SQLite compiles a table's triggers with each statement that fires them, and a
//! trigger may call a function that only the application registers. Servers know their functions by themselves.

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::{Action, Along, Step, along};
use crate::resolve::Decision;
use crate::sql::{Dialect, Expr, Sql, Target, Value, delete, update};

/// Compiles each statement that would remove, overwrite or free a row, and runs none.
///
/// # Errors
/// The database's: what the statement needs is not there.
pub async fn compiles(session: &mut Session, step: &Step) -> Result<(), Trouble> {
    if session.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let condition = &step.condition;
    let own = match &step.action {
        Action::Delete => delete(Dialect::Sqlite, &step.target, condition),
        Action::Overwrite(rewrite) => {
            let columns = rewrite.columns().iter().map(|one| one.column.clone());
            emptied(&step.target, columns, condition)
        }
    };
    compile(session, own).await?;
    for Along { reference, .. } in along(step) {
        let target = Target {
            table: reference.child.name.clone(),
            key: reference.child_key.clone(),
        };
        let all = Expr::Truth(true);
        let sql = match reference.decision {
            Decision::Detach => {
                let names = reference.relation.child_columns.iter();
                let columns = names.filter_map(|name| reference.child.column(name).cloned());
                emptied(&target, columns, &all)
            }
            _ => delete(Dialect::Sqlite, &target, &all),
        };
        compile(session, sql).await?;
    }
    Ok(())
}

async fn compile(session: &mut Session, sql: Sql) -> Result<(), Trouble> {
    session.execute(&sql.compiled_only()).await.map(drop)
}

/// An UPDATE of these columns; which values they get changes nothing in how it compiles.
fn emptied(target: &Target, columns: impl Iterator<Item = Column>, condition: &Expr) -> Sql {
    let set: Vec<(Column, Value)> = columns.map(|column| (column, Value::Null)).collect();
    update(Dialect::Sqlite, target, &set, condition)
}
