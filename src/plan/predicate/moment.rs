//! A start that an SQL expression chooses: what remains of it are comparisons of single columns.

use crate::calendar::Term;
use crate::resolve::{Dated, Moment};
use crate::sql::{Alias, Expr, Is};

use super::Predicates;

impl Predicates<'_> {
    /// The chosen event and its period are over.
    pub(super) fn moment_over(&self, moment: &Moment<Dated>, term: &Term, row: Alias) -> Expr {
        let over = |one: &Moment<Dated>| self.moment_over(one, term, row);
        match moment {
            Moment::Column(dated) => self.dated_over(dated, term, row),
            Moment::Coalesce(list) => {
                let mut before = Vec::new();
                let mut terms = Vec::new();
                for one in list {
                    let mine = over(one).is(Is::True);
                    terms.push(Expr::all(before.iter().cloned().chain([mine])));
                    before.push(certainly(one, Is::Null, row));
                }
                Expr::any(terms)
            }
            Moment::Greatest(list) => Expr::all(list.iter().map(over)),
            Moment::Least(list) => {
                let there = list.iter().map(|one| certainly(one, Is::NotNull, row));
                let one_over = Expr::any(list.iter().map(over));
                Expr::all(there.chain([one_over]))
            }
            Moment::Case(branches, otherwise) => {
                let rest = otherwise.as_deref().map_or(Expr::Truth(false), over);
                whichever(branches, over, rest, row)
            }
        }
    }
}

/// A claim about what a CASE chooses, where a condition that is NULL counts as the longer answer: the claim must hold
/// for what would be chosen with it and for what would be chosen without it.
fn whichever(
    branches: &[(Expr, Moment<Dated>)],
    claim: impl Fn(&Moment<Dated>) -> Expr,
    rest: Expr,
    row: Alias,
) -> Expr {
    let mut taken = Vec::new();
    let mut terms = Vec::new();
    for (when, one) in branches {
        let when = when.realias(Alias::ROW, row);
        let earlier = Expr::any(taken.clone());
        terms.push(Expr::any([earlier, when.clone().is(Is::False), claim(one)]));
        taken.push(when.is(Is::True));
    }
    terms.push(Expr::any([Expr::any(taken), rest]));
    Expr::all(terms)
}

/// The expression is NULL ([`Is::Null`]) or is not ([`Is::NotNull`]), whatever a condition that is NULL would choose.
fn certainly(moment: &Moment<Dated>, is: Is, row: Alias) -> Expr {
    let each = |list: &[Moment<Dated>]| -> Vec<Expr> {
        list.iter().map(|one| certainly(one, is, row)).collect()
    };
    match moment {
        Moment::Column(dated) => Expr::column(row, &dated.column.name).is(is),
        Moment::Coalesce(list) if is == Is::Null => Expr::all(each(list)),
        Moment::Coalesce(list) => Expr::any(each(list)),
        Moment::Greatest(list) | Moment::Least(list) if is == Is::Null => Expr::any(each(list)),
        Moment::Greatest(list) | Moment::Least(list) => Expr::all(each(list)),
        Moment::Case(branches, otherwise) => {
            let nothing = Expr::Truth(is == Is::Null);
            let rest = otherwise
                .as_deref()
                .map_or(nothing, |one| certainly(one, is, row));
            whichever(branches, |one| certainly(one, is, row), rest, row)
        }
    }
}
