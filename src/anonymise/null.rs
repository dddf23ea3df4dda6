//! NULL instead of the value.

use crate::catalog::{Column, Table};
use crate::sql::{Alias, Dialect, Expr, Is};

use super::Complaint;
use super::constraint::{Subject, Verdict, verdict};

/// NULL must be allowed, and by every CHECK.
pub(super) fn check(column: &Column, table: &Table, dialect: Dialect) -> Result<(), Complaint> {
    let name = &column.name;
    if !column.nullable {
        return Err(Complaint::new(
            format!("column {name} is NOT NULL"),
            "use a fixed value or \"random\"",
        ));
    }
    if verdict(table, column, dialect, &Subject::Null) == Verdict::Fails {
        return Err(Complaint::new(
            format!("a CHECK does not let column {name} be NULL"),
            "use a fixed value that passes the check, or \"random\"",
        ));
    }
    Ok(())
}

/// The column is NULL.
pub(super) fn finished(column: &Column, alias: Alias) -> Expr {
    Expr::column(alias, &column.name).is(Is::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{column, table};
    use crate::catalog::ColumnKind;

    #[test]
    fn null_goes_where_null_may_go() {
        let nullable = column("a", ColumnKind::Text, "text");
        let required = Column {
            nullable: false,
            ..nullable.clone()
        };
        let plain = table(vec![nullable.clone()]);
        let checked = Table {
            checks: vec!["CHECK ((a IS NOT NULL))".into()],
            ..plain.clone()
        };
        let sized = Table {
            checks: vec!["CHECK ((length(a) > 3))".into()],
            ..plain.clone()
        };
        for (column, table, taken) in [
            (&nullable, &plain, true),
            (&required, &plain, false),
            (&nullable, &checked, false),
            (&nullable, &sized, true),
        ] {
            assert_eq!(check(column, table, Dialect::Postgres).is_ok(), taken);
        }
    }
}
