//! Literal values: what a column becomes, and what means "has not happened".

use toml::Value;

use crate::config::shape::Scalar;
use crate::diagnostic::{Fault, Located};
use crate::schedule::Literal;

use super::reader::Reader;
use super::time::civil;

/// A fixed value.
pub(super) fn literal(
    value: &Located<Scalar>,
    reader: &mut Reader<'_>,
) -> Option<Located<Literal>> {
    let result = match &value.value.0 {
        Value::String(text) => Ok(Literal::Text(text.clone())),
        Value::Integer(number) => Ok(Literal::Integer(*number)),
        Value::Boolean(yes) => Ok(Literal::Boolean(*yes)),
        Value::Float(_) => decimal(reader.written(value.at)),
        Value::Datetime(when) => moment(when),
        Value::Array(_) | Value::Table(_) => Err((
            "a column cannot become a list or a table",
            "write one text, number, date, true or false",
        )),
    };
    match result {
        Ok(literal) => Some(Located::new(literal, value.at)),
        Err((sentence, hint)) => {
            reader.push(Fault::error(value.at, sentence).hint(hint));
            None
        }
    }
}

/// The digits as written: a binary fraction would change the value.
fn decimal(written: &str) -> Result<Literal, (&'static str, &'static str)> {
    let digits = written.replace('_', "");
    let digits = digits.strip_prefix('+').unwrap_or(&digits);
    if digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
    {
        return Ok(Literal::Decimal(digits.to_owned()));
    }
    Err((
        "this number has no plain decimal form",
        "write its digits, such as 0.25, without an exponent",
    ))
}

fn moment(when: &toml::value::Datetime) -> Result<Literal, (&'static str, &'static str)> {
    match (when.date, when.time) {
        (Some(date), None) => civil(date)
            .map(Literal::Date)
            .ok_or(("there is no such day", "write a day of the calendar")),
        (Some(_), Some(_)) => Ok(Literal::DateTime(when.to_string())),
        (None, _) => Err((
            "a time of day alone has no type of its own here",
            "write it as a text: \"00:00:00\"",
        )),
    }
}

/// A value that means "has not happened".
pub(super) fn never(value: &Located<Scalar>, reader: &mut Reader<'_>) -> Option<Located<Literal>> {
    let literal = literal(value, reader)?;
    match literal.value {
        Literal::Text(_) | Literal::Integer(_) | Literal::Date(_) | Literal::DateTime(_) => {
            Some(literal)
        }
        Literal::Decimal(_) | Literal::Boolean(_) => {
            let fault = Fault::error(value.at, "this value cannot stand in a column of dates")
                .hint("write a date, a text or a whole number, such as 9999-12-31");
            reader.push(fault);
            None
        }
    }
}
