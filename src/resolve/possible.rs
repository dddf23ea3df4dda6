//! Texts that have the shape of a date and are none: 31 February, month 13, a quarter past 25.
//!
//! A shape is digits at their places; whether a calendar has such a day is asked here, in comparisons of pieces of the
//! text, because a row with such a date can be dated by nobody.

use crate::sql::{Expr, Op, Value};

use super::pattern::{Field, Pattern};

/// Months without so many days; 29 February is a matter of the year.
const NEVER: [&str; 6] = ["0230", "0231", "0431", "0631", "0931", "1131"];

impl Pattern {
    /// A text of this pattern's shape denotes a day and a time of day.
    #[must_use]
    pub fn possible(&self, column: &Expr) -> Expr {
        let piece = |fields: &[Field]| self.piece(column, fields);
        let day = piece(&[Field::Day]);
        let in_year = piece(&[Field::Month, Field::Day]);
        // The shape sees to months from 01 to 12 and days from 01 to 31.
        let mut terms = vec![Expr::any([
            day.compare(Op::LessOrEqual, text("28")),
            Expr::all([
                one_of(&in_year, NEVER.iter().copied()).negated(),
                Expr::any([
                    in_year.compare(Op::NotEqual, text("0229")),
                    self.leap_year(column),
                ]),
            ]),
        ])];
        let times = [
            (Field::Hour, "23"),
            (Field::Minute, "59"),
            (Field::Second, "59"),
        ];
        for (field, last) in times {
            if self.place(field).is_some() {
                terms.push(piece(&[field]).compare(Op::LessOrEqual, text(last)));
            }
        }
        Expr::all(terms)
    }

    fn leap_year(&self, column: &Expr) -> Expr {
        let fourth: Vec<String> = (1..25).map(|four| format!("{:02}", four * 4)).collect();
        let from = self.place(Field::Year).map_or(1, |(from, _)| from + 2);
        let last_two = bytes(Expr::Pieces(Box::new(column.clone()), vec![(from, 2)]));
        Expr::any([
            one_of(&last_two, fourth.iter().map(String::as_str)),
            one_of(
                &self.piece(column, &[Field::Year]),
                ["1600", "2000", "2400"].into_iter(),
            ),
        ])
    }

    fn piece(&self, column: &Expr, fields: &[Field]) -> Expr {
        let places = fields.iter().filter_map(|field| self.place(*field));
        bytes(Expr::Pieces(Box::new(column.clone()), places.collect()))
    }
}

fn bytes(expr: Expr) -> Expr {
    Expr::ByteWise(Box::new(expr))
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::Text(text.to_owned()), None)
}

fn one_of<'a>(piece: &Expr, values: impl Iterator<Item = &'a str>) -> Expr {
    Expr::In(Box::new(piece.clone()), values.map(text).collect())
}
