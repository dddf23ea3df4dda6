//! A fresh value for each row, from the source of randomness alone.

mod bytes;
pub(super) mod number;
mod text;

use crate::catalog::{Column, ColumnKind, Table};
use crate::sql::{Alias, Dialect, Expr, Is, Value};

use super::Complaint;
use super::constraint::{Subject, Verdict, choices, verdict};
use super::source::{Failed, Random, below};
use number::Numbers;
use text::Form;

/// The bits of chance from which on two rows are taken never to meet: those of a positive BIGINT.
pub(super) const UNIQUE_BITS_MIN: u32 = 63;

/// How a random value is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipe {
    Text(Form),
    /// One of the values that the type or a CHECK allows.
    Choice(Vec<String>),
    /// A UUID of version 4 (RFC 9562, section 5.4).
    Uuid,
    Number(Numbers),
    Bytes(u32),
}

/// A value of the column's type must be possible for certain: with its length, its range, its values, and every CHECK
/// that mentions it.
pub(super) fn check(column: &Column, table: &Table, dialect: Dialect) -> Result<Recipe, Complaint> {
    let is_unique = table.unique.iter().any(|set| *set == [column.name.clone()]);
    let bits_min = if is_unique { UNIQUE_BITS_MIN } else { 1 };
    match column.kind {
        ColumnKind::Text => a_text(column, table, dialect, bits_min),
        ColumnKind::Other if dialect == Dialect::Sqlite && column.sql_type.is_empty() => {
            a_text(column, table, dialect, bits_min)
        }
        ColumnKind::Enum => one_of(column.enum_values.clone(), column, table, dialect),
        ColumnKind::Uuid => opaque(Recipe::Uuid, column, table, dialect),
        ColumnKind::Bytes => opaque(Recipe::Bytes(bytes::count(column)), column, table, dialect),
        ColumnKind::Other if dialect == Dialect::Sqlite && bytes::is_blob(column) => {
            opaque(Recipe::Bytes(bytes::count(column)), column, table, dialect)
        }
        ColumnKind::Integer | ColumnKind::Unsigned | ColumnKind::Decimal | ColumnKind::Float => {
            number::check(column, table, dialect).map(Recipe::Number)
        }
        ColumnKind::Boolean => Err(cannot(column, "two values hide nothing; use a fixed value")),
        ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::Instant => Err(cannot(
            column,
            "use a fixed date, or { generalise = \"year\" }",
        )),
        ColumnKind::Inet => Err(cannot(column, "use null, or generalise it to its network")),
        ColumnKind::Time | ColumnKind::Year | ColumnKind::Json | ColumnKind::Other => {
            Err(cannot(column, "use null or a fixed value"))
        }
    }
}

fn cannot(column: &Column, hint: &str) -> Complaint {
    let sentence = format!(
        "no random values are made for column {} ({})",
        column.name, column.sql_type
    );
    Complaint::new(sentence, hint)
}

fn unproven(column: &Column) -> Complaint {
    Complaint::new(
        format!(
            "a CHECK mentions column {}, and random values cannot be proven to pass it",
            column.name
        ),
        "use a fixed value that passes the check",
    )
}

fn opaque(
    recipe: Recipe,
    column: &Column,
    table: &Table,
    dialect: Dialect,
) -> Result<Recipe, Complaint> {
    match verdict(table, column, dialect, &Subject::Opaque) {
        Verdict::Passes => Ok(recipe),
        Verdict::Fails | Verdict::Unproven => Err(unproven(column)),
    }
}

fn a_text(
    column: &Column,
    table: &Table,
    dialect: Dialect,
    bits_min: u32,
) -> Result<Recipe, Complaint> {
    if let Some(form) = Form::find(column, table, dialect, bits_min) {
        return Ok(Recipe::Text(form));
    }
    let choices = choices(table, column, dialect);
    if !choices.is_empty() {
        return one_of(choices, column, table, dialect);
    }
    if bits_min > 1 && Form::find(column, table, dialect, 1).is_some() {
        return Err(Complaint::new(
            format!(
                "column {} is UNIQUE and too short for random values that never meet",
                column.name
            ),
            "use null where the column allows it, or make the column longer",
        ));
    }
    Err(unproven(column))
}

fn one_of(
    all: Vec<String>,
    column: &Column,
    table: &Table,
    dialect: Dialect,
) -> Result<Recipe, Complaint> {
    let fits = |text: &String| {
        let length = text.chars().count();
        column.length_max.is_none_or(|max| length <= max as usize)
            && verdict(table, column, dialect, &Subject::text(text)) == Verdict::Passes
    };
    let left: Vec<String> = all.into_iter().filter(fits).collect();
    match left.len() {
        0 => Err(unproven(column)),
        1 => Err(cannot(
            column,
            "only one value is allowed; use it as a fixed value",
        )),
        _ => Ok(Recipe::Choice(left)),
    }
}

impl Recipe {
    /// How many bits of chance are in one value.
    pub(super) fn bits(&self) -> u32 {
        match self {
            Self::Text(form) => form.bits(),
            Self::Choice(values) => values.len().ilog2(),
            Self::Uuid => 122,
            Self::Number(numbers) => numbers.bits(),
            Self::Bytes(count) => count * 8,
        }
    }

    /// Only a text can be told from any other: by a shape that only we make. A NULL stays and is finished.
    pub(super) fn finished(&self, column: &Column, alias: Alias) -> Option<Expr> {
        let Self::Text(form) = self else {
            return None;
        };
        let one = Expr::column(alias, &column.name);
        let shaped = Expr::Shaped(Box::new(one.clone()), form.shape()?).is(Is::True);
        Some(match column.nullable {
            true => Expr::any([one.is(Is::Null), shaped]),
            false => shaped,
        })
    }

    /// One new value.
    pub(super) fn replacement(
        &self,
        dialect: Dialect,
        random: &mut dyn Random,
    ) -> Result<Value, Failed> {
        match self {
            Self::Text(form) => form.make(random).map(Value::Text),
            Self::Choice(values) => {
                let index = below(values.len() as u128, random)?;
                let chosen = usize::try_from(index)
                    .ok()
                    .and_then(|index| values.get(index));
                Ok(chosen.map_or(Value::Null, |text| Value::Text(text.clone())))
            }
            Self::Uuid => {
                let mut bytes = [0; 16];
                random.fill(&mut bytes)?;
                let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
                Ok(Value::Text(uuid.to_string()))
            }
            Self::Number(numbers) => numbers.make(dialect, random),
            Self::Bytes(count) => {
                let mut bytes = vec![0; *count as usize];
                random.fill(&mut bytes)?;
                Ok(Value::Bytes(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{column, table, varchar};

    fn made(column: &Column, unique: bool, check_text: &str) -> Result<Recipe, Complaint> {
        let mut table = table(vec![column.clone()]);
        if unique {
            table.unique.push(vec![column.name.clone()]);
        }
        if !check_text.is_empty() {
            table.checks.push(check_text.into());
        }
        check(column, &table, Dialect::Postgres)
    }

    #[test]
    fn what_cannot_be_made_is_refused() {
        for (kind, taken) in [
            (ColumnKind::Text, true),
            (ColumnKind::Uuid, true),
            (ColumnKind::Bytes, true),
            (ColumnKind::Integer, true),
            (ColumnKind::Boolean, false),
            (ColumnKind::Date, false),
            (ColumnKind::Instant, false),
            (ColumnKind::Json, false),
            (ColumnKind::Inet, false),
            (ColumnKind::Other, false),
        ] {
            let column = column("a", kind, "integer");
            assert_eq!(made(&column, false, "").is_ok(), taken, "{kind:?}");
        }
    }

    #[test]
    fn a_check_must_be_passed_for_certain() {
        for (check_text, taken) in [
            ("CHECK ((length((a)::text) <= 30))", true),
            ("CHECK ((length((a)::text) = 10))", true),
            ("CHECK ((a ~~ '%@%'::text))", true),
            ("CHECK ((a ~ '^[^@]+@[^@]+[.][a-z]+$'::text))", true),
            (
                "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))",
                true,
            ),
            ("CHECK (a IN ('x'))", false),
            ("CHECK ((a ~ '^[A-Z]+$'::text))", false),
            ("CHECK ((upper(a) = a))", false),
            ("CHECK ((lower(a) = a) AND (a <> ''))", true),
            ("CHECK ((other > 3))", true),
            ("CHECK ((a > b))", false),
            ("CHECK (a IS NOT NULL OR b IS NOT NULL)", true),
            ("CHECK (frobnicate(a", false),
        ] {
            assert_eq!(
                made(&varchar("a", 60), false, check_text).is_ok(),
                taken,
                "{check_text}"
            );
        }
    }

    #[test]
    fn unique_needs_bits() {
        for (length, taken) in [(60, true), (20, true), (13, true), (12, false)] {
            assert_eq!(
                made(&varchar("a", length), true, "").is_ok(),
                taken,
                "{length}"
            );
        }
    }
}
