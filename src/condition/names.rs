//! Names become columns of the rule's table.

use sqlparser::ast;

use crate::catalog::Column;

use super::Complaint;
use super::bind::{Beside, Binder, plain_arguments};

impl<'a> Binder<'a> {
    /// The column on the other side of a comparison.
    pub(super) fn beside(&self, other: &ast::Expr) -> Beside<'a> {
        match other {
            ast::Expr::Nested(inner) => self.beside(inner),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => {
                self.find(other).map_or(Beside::Nothing, Beside::Column)
            }
            ast::Expr::Function(call) => {
                match plain_arguments(call).and_then(|list| list.first().copied()) {
                    Some(first) if keeps_type(call) => self.beside(first),
                    _ => Beside::Nothing,
                }
            }
            _ => Beside::Nothing,
        }
    }

    pub(super) fn find(&self, expr: &ast::Expr) -> Option<&'a Column> {
        let name = match expr {
            ast::Expr::Identifier(name) => name,
            ast::Expr::CompoundIdentifier(parts) => {
                let (name, qualifier) = parts.split_last()?;
                let table = qualifier.last()?;
                if !table.value.eq_ignore_ascii_case(&self.table.name.table) {
                    return None;
                }
                name
            }
            _ => return None,
        };
        self.table.column(&name.value).or_else(|| {
            // Unquoted names are not case-sensitive in SQL; a quoted one is meant as written.
            let mut alike = self.table.columns.iter().filter(|one| {
                name.quote_style.is_none() && one.name.eq_ignore_ascii_case(&name.value)
            });
            let first = alike.next()?;
            alike.next().is_none().then_some(first)
        })
    }

    pub(super) fn column_of(&mut self, expr: &ast::Expr) -> Option<&'a Column> {
        let found = self.find(expr);
        if found.is_none() {
            let written = expr.to_string();
            let bare = written
                .rsplit('.')
                .next()
                .unwrap_or(&written)
                .trim_matches('"');
            let hint = match self.table.nearest_column(bare) {
                Some(near) => format!("did you mean {near}?"),
                None => "a condition speaks of the rule's own table only".to_owned(),
            };
            let sentence = format!("table {} has no column {written}", self.table.name);
            self.complaints.push(Complaint::new(sentence, hint));
        }
        found
    }
}

/// Functions whose answer is of the type of their first argument.
fn keeps_type(call: &ast::Function) -> bool {
    matches!(
        call.name.to_string().to_lowercase().as_str(),
        "coalesce" | "nullif" | "lower" | "upper" | "trim" | "abs"
    )
}
