//! Random texts: a beginning that only we write, and digits.

use crate::anonymise::constraint::{Cell, Subject, Verdict, mentioning, verdict};
use crate::anonymise::source::{Failed, Random};
use crate::catalog::{Column, Table};
use crate::sql::{Dialect, ShapePart};

const HEX: &str = "0123456789abcdef";
/// Thirty-two letters and digits that survive any collation; none is mistaken for another.
const LETTERS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
/// A domain that nobody can have (RFC 2606, section 2; RFC 6761, section 6.4).
const MAIL: &str = "@example.invalid";
/// The digits of a text that can be recognised: fewer could be somebody's own.
const DIGITS_MIN: u8 = 4;
const DIGITS_MAX: u8 = 32;

/// How a random text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Form {
    prefix: &'static str,
    alphabet: &'static str,
    digits: u8,
    suffix: &'static str,
}

impl Form {
    /// The first form, the best before the others, that fits the column, has enough bits of chance and passes the
    /// CHECKs for certain: an e-mail address first where the column is about one.
    pub(super) fn find(
        column: &Column,
        table: &Table,
        dialect: Dialect,
        bits_min: u32,
    ) -> Option<Self> {
        let is_mail = column.name.to_lowercase().contains("mail")
            || mentioning(table, column).any(|text| text.contains('@'));
        let max = column.length_max.map_or(usize::MAX, |max| max as usize);
        forms(is_mail).find(|form| {
            form.length() <= max
                && form.bits() >= bits_min
                && verdict(table, column, dialect, &form.subject()) == Verdict::Passes
        })
    }

    fn length(&self) -> usize {
        self.prefix.len() + usize::from(self.digits) + self.suffix.len()
    }

    pub(super) fn bits(&self) -> u32 {
        u32::from(self.digits) * (self.alphabet.len() as u32).ilog2()
    }

    fn subject(&self) -> Subject {
        let mut cells: Vec<Cell> = self.prefix.chars().map(Cell::Is).collect();
        cells.extend((0..self.digits).map(|_| Cell::OneOf(self.alphabet)));
        cells.extend(self.suffix.chars().map(Cell::Is));
        Subject::Text(cells)
    }

    /// The shape by which the text is recognised; `None` where others could have it too.
    pub(super) fn shape(&self) -> Option<Vec<ShapePart>> {
        if self.prefix.is_empty() {
            return None;
        }
        let mut shape: Vec<ShapePart> = self.prefix.chars().map(ShapePart::Literal).collect();
        shape.push(ShapePart::Hex(self.digits));
        shape.extend(self.suffix.chars().map(ShapePart::Literal));
        Some(shape)
    }

    pub(super) fn make(&self, random: &mut dyn Random) -> Result<String, Failed> {
        let mut bytes = vec![0; usize::from(self.digits)];
        random.fill(&mut bytes)?;
        // Both alphabets divide 256, so that each character is as likely as another.
        let alphabet = self.alphabet.as_bytes();
        let digits = bytes
            .iter()
            .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]));
        Ok(self
            .prefix
            .chars()
            .chain(digits)
            .chain(self.suffix.chars())
            .collect())
    }
}

/// All forms, the best first: recognisable before not, more digits before fewer.
fn forms(is_mail: bool) -> impl Iterator<Item = Form> {
    let mail = ["anon-", "anon"].map(|prefix| (prefix, HEX, MAIL));
    let plain = ["anon-", "anon"].map(|prefix| (prefix, HEX, ""));
    let mail = mail.into_iter().filter(move |_| is_mail);
    mail.chain(plain)
        .flat_map(|kind| {
            (DIGITS_MIN..=DIGITS_MAX)
                .rev()
                .map(move |digits| (kind, digits))
        })
        .chain(
            (1..=DIGITS_MAX)
                .rev()
                .map(|digits| (("", LETTERS, ""), digits)),
        )
        .map(|((prefix, alphabet, suffix), digits)| Form {
            prefix,
            alphabet,
            digits,
            suffix,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::source::OperatingSystem;
    use crate::anonymise::testing::{table, varchar};

    fn look(name: &str, length: u32, bits_min: u32) -> Option<(usize, bool, bool)> {
        let column = varchar(name, length);
        let table = table(vec![column.clone()]);
        let form = Form::find(&column, &table, Dialect::Postgres, bits_min)?;
        let text = form.make(&mut OperatingSystem).ok()?;
        assert_eq!(text.len(), form.length());
        Some((text.len(), text.contains('@'), form.shape().is_some()))
    }

    #[test]
    fn the_form_follows_name_and_length() {
        for (name, length, bits_min, right) in [
            ("name", 200, 1, Some((37, false, true))),
            ("e_mail", 200, 1, Some((53, true, true))),
            ("EMAIL", 40, 63, Some((40, true, true))),
            ("email", 20, 63, Some((20, false, true))),
            ("name", 8, 1, Some((8, false, true))),
            ("name", 7, 1, Some((7, false, false))),
            ("name", 1, 1, Some((1, false, false))),
            ("name", 13, 63, Some((13, false, false))),
            ("name", 12, 63, None),
        ] {
            assert_eq!(look(name, length, bits_min), right, "{name} {length}");
        }
    }
}
