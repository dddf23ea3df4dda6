//! Dates written as text of fixed width.

use chrono::{NaiveDate, NaiveDateTime};

use crate::sql::{Expr, ShapePart};

/// A pattern of fields and literals, such as `%d-%m-%Y %H:%M:%S`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Field(Field),
    Literal(char),
    Fraction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Field {
    fn width(self) -> u8 {
        if self == Self::Year { 4 } else { 2 }
    }

    fn strftime(self) -> &'static str {
        match self {
            Self::Year => "%Y",
            Self::Month => "%m",
            Self::Day => "%d",
            Self::Hour => "%H",
            Self::Minute => "%M",
            Self::Second => "%S",
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A field that is unknown, missing or there twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.chars();
        while let Some(one) = rest.next() {
            parts.push(if one == '%' {
                field(&mut rest)?
            } else {
                Part::Literal(one)
            });
        }
        let pattern = Self(parts);
        pattern.complete()?;
        Ok(pattern)
    }

    fn complete(&self) -> Result<(), String> {
        let mut fields: Vec<Field> = self.fields();
        let count = fields.len();
        fields.sort_unstable();
        fields.dedup();
        if fields.len() != count {
            return Err("a field stands twice in the pattern".to_owned());
        }
        let whole = [Field::Year, Field::Month, Field::Day];
        if !whole.iter().all(|field| fields.contains(field)) {
            return Err("the pattern must have %Y, %m and %d".to_owned());
        }
        let fraction = self.0.iter().position(|part| *part == Part::Fraction);
        if fraction.is_some_and(|at| at + 1 != self.0.len()) {
            return Err("%.f can only stand at the end of the pattern".to_owned());
        }
        Ok(())
    }

    fn fields(&self) -> Vec<Field> {
        self.0
            .iter()
            .filter_map(|part| match part {
                Part::Field(field) => Some(*field),
                _ => None,
            })
            .collect()
    }

    /// True where the pattern has a time of day.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.fields().contains(&Field::Hour)
    }

    /// True where the pattern ends in a literal Z, which means UTC.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.0.last() == Some(&Part::Literal('Z'))
    }

    /// True where texts sort as the times they denote.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        self.fields().is_sorted()
    }

    /// The shape of a text in this pattern.
    #[must_use]
    pub fn shape(&self) -> Vec<ShapePart> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Field(Field::Month) => ShapePart::Month,
                Part::Field(Field::Day) => ShapePart::Day,
                Part::Field(field) => ShapePart::Digits(field.width()),
                Part::Literal(one) => ShapePart::Literal(*one),
                Part::Fraction => ShapePart::Fraction,
            })
            .collect()
    }

    /// Each field with the place of its first character, counted from 1, and its width.
    fn places(&self) -> Vec<(Field, (u32, u32))> {
        let mut places = Vec::new();
        let mut at = 1;
        for part in &self.0 {
            match part {
                Part::Field(field) => {
                    places.push((*field, (at, u32::from(field.width()))));
                    at += u32::from(field.width());
                }
                Part::Literal(_) => at += 1,
                Part::Fraction => {}
            }
        }
        places
    }

    /// Where a field stands, if the pattern has it.
    pub(super) fn place(&self, field: Field) -> Option<(u32, u32)> {
        let places = self.places();
        places
            .iter()
            .find(|(one, _)| *one == field)
            .map(|(_, place)| *place)
    }

    /// A column in this pattern as a text that sorts as its times do.
    #[must_use]
    pub fn reordered(&self, column: Expr) -> Expr {
        if self.is_in_order() {
            return column;
        }
        let mut pieces = self.places();
        pieces.sort_by_key(|(field, _)| *field);
        let pieces = pieces.into_iter().map(|(_, piece)| piece).collect();
        Expr::Pieces(Box::new(column), pieces)
    }

    /// The time that a text in this pattern denotes; what the pattern does not have is zero. `None`: the text is not in
    /// the pattern, or denotes no time.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<NaiveDateTime> {
        let mut rest = text;
        let mut found = [None; 6];
        let mut micros = 0;
        for part in &self.0 {
            rest = match part {
                Part::Field(field) => {
                    let (digits, after) = rest.split_at_checked(usize::from(field.width()))?;
                    found[*field as usize] = Some(number(digits)?);
                    after
                }
                Part::Literal(one) => rest.strip_prefix(*one)?,
                Part::Fraction if rest.is_empty() => rest,
                Part::Fraction => {
                    micros = fraction(rest.strip_prefix('.')?)?;
                    ""
                }
            };
        }
        let [year, month, day, hour, minute, second] = found;
        let day = NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?)?;
        let time = |field: Option<u32>| field.unwrap_or(0);
        let at = day.and_hms_micro_opt(time(hour), time(minute), time(second), micros)?;
        rest.is_empty().then_some(at)
    }

    /// A time as [`Pattern::reordered`] would give it, cut down to the fields that the pattern has.
    #[must_use]
    pub fn sortable(&self, at: NaiveDateTime) -> String {
        let mut format = String::new();
        if self.is_in_order() {
            for part in &self.0 {
                match part {
                    Part::Field(field) => format.push_str(field.strftime()),
                    Part::Literal('%') => format.push_str("%%"),
                    Part::Literal(one) => format.push(*one),
                    Part::Fraction => format.push_str("%.6f"),
                }
            }
        } else {
            let mut fields = self.fields();
            fields.sort_unstable();
            fields
                .iter()
                .for_each(|field| format.push_str(field.strftime()));
        }
        at.format(&format).to_string()
    }
}

fn number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|one| one.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A fraction of a second in microseconds; further digits are cut off.
fn fraction(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|one| one.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<6}").get(..6)?.parse().ok()
}

fn field(rest: &mut std::str::Chars<'_>) -> Result<Part, String> {
    let field = match rest.next() {
        Some('Y') => Field::Year,
        Some('m') => Field::Month,
        Some('d') => Field::Day,
        Some('H') => Field::Hour,
        Some('M') => Field::Minute,
        Some('S') => Field::Second,
        Some('%') => return Ok(Part::Literal('%')),
        Some('.') if rest.next() == Some('f') => return Ok(Part::Fraction),
        _ => return Err("a pattern knows %Y %m %d %H %M %S and, at its end, %.f".to_owned()),
    };
    Ok(Part::Field(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_out_of_order_is_put_in_order() {
        let at = chrono::NaiveDate::from_ymd_opt(2021, 3, 4)
            .and_then(|day| day.and_hms_opt(5, 6, 7))
            .expect("a date");
        let pattern = Pattern::parse("%d-%m-%Y %H:%M").expect("a pattern");
        assert_eq!(pattern.sortable(at), "202103040506");
        let column = Expr::column(crate::sql::Alias::ROW, "d");
        assert_eq!(
            pattern.reordered(column.clone()),
            Expr::Pieces(
                Box::new(column),
                vec![(7, 4), (4, 2), (1, 2), (12, 2), (15, 2)]
            )
        );
        let pattern = Pattern::parse("%Y-%m-%dT%H:%M:%SZ").expect("a pattern");
        assert!(pattern.is_utc() && pattern.is_in_order());
        assert_eq!(pattern.sortable(at), "2021-03-04T05:06:07Z");
        assert_eq!(pattern.read("2021-03-04T05:06:07Z"), Some(at));
        let pattern = Pattern::parse("%d.%m.%Y%.f").expect("a pattern");
        let midnight = at.date().and_hms_micro_opt(0, 0, 0, 250_000);
        assert_eq!(pattern.read("04.03.2021.25"), midnight);
        for bad in [
            "04.03.2021.",
            "04.03.2021x",
            "31.02.2021",
            "4.3.2021",
            "+4.03.2021",
            "",
        ] {
            assert_eq!(pattern.read(bad), None, "{bad}");
        }
        for bad in ["%Y-%m", "%Y-%m-%d %Y", "%Y%m%d%.f:", "%q"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
