//! References that only the schedule knows: whether they can be what they are declared to be.

use crate::catalog::{Column, ColumnKind, Compared, KeyPart, KeyText, Storage, Table};
use crate::diagnostic::{Fault, Faults, Located, Span};
use crate::schedule::{DeclaredRelation, FormPart, HoldTable, KeyForm};
use crate::sql::Dialect;

use super::program::{BoundHold, BoundPurpose, BoundReference};
use super::{Surroundings, seen_by, start, unknown_table};

/// Refuses a rule that has to do with a reference that cannot be: at either end of it, or between.
pub(super) fn check(
    around: &Surroundings<'_>,
    own: &Table,
    references: &[BoundReference],
    purposes: &[BoundPurpose],
    holds: &[BoundHold],
    faults: &mut Faults,
) {
    let tables = seen_by(around, own, references, purposes, holds);
    for relation in &around.database.relations {
        let ends = [&relation.child, &relation.parent];
        let found = ends.map(|name| around.catalog.table(&name.value));
        let concerned = |table: &Table| tables.iter().any(|one| one.name == table.name);
        if !found.iter().flatten().any(|table| concerned(table)) {
            continue;
        }
        match found {
            [Some(child), Some(parent)] => {
                told(text(around, relation, child, parent), faults);
            }
            _ => {
                let missing = ends
                    .into_iter()
                    .zip(found)
                    .filter(|(_, table)| table.is_none());
                missing.for_each(|(name, _)| faults.push(unknown_table(around.catalog, name)));
            }
        }
    }
}

/// Tells the fault; the outer `None` is one.
#[expect(
    clippy::option_option,
    reason = "a fault and a key that is not kept as text are two answers"
)]
pub(super) fn told(
    text: Result<Option<KeyText>, Box<Fault>>,
    faults: &mut Faults,
) -> Option<Option<KeyText>> {
    text.map_err(|fault| faults.push(*fault)).ok()
}

/// How the key is kept as text, if it is.
pub(super) fn text(
    around: &Surroundings<'_>,
    relation: &DeclaredRelation,
    child: &Table,
    parent: &Table,
) -> Result<Option<KeyText>, Box<Fault>> {
    let ends = Ends {
        dialect: around.dialect,
        child,
        parent,
    };
    let to: Vec<&Column> = columns(parent, &relation.parent_columns)?;
    let from: Vec<&Column> = columns(child, &relation.columns)?;
    ends.text(
        &from,
        &to,
        relation.as_text.as_ref(),
        place(&relation.columns),
    )
}

/// The same of a table of holds.
pub(super) fn text_of_holds(
    around: &Surroundings<'_>,
    rows: &HoldTable,
    holds: &Table,
    held: &Table,
    named: &[String],
) -> Result<Option<KeyText>, Box<Fault>> {
    let ends = Ends {
        dialect: around.dialect,
        child: holds,
        parent: held,
    };
    let from = columns(holds, &rows.columns)?;
    let to: Vec<&Column> = named.iter().filter_map(|name| held.column(name)).collect();
    ends.text(&from, &to, rows.as_text.as_ref(), place(&rows.columns))
}

fn place(columns: &[Located<String>]) -> Span {
    columns
        .first()
        .map_or(Span { start: 0, end: 0 }, |one| one.at)
}

fn columns<'a>(table: &'a Table, names: &[Located<String>]) -> Result<Vec<&'a Column>, Box<Fault>> {
    let found = names.iter().map(|name| {
        let column = table.column(&name.value);
        column.ok_or_else(|| Box::new(start::unknown_column(table, name)))
    });
    found.collect()
}

/// The tables at both ends of a reference.
struct Ends<'a> {
    dialect: Dialect,
    child: &'a Table,
    parent: &'a Table,
}

impl Ends<'_> {
    fn text(
        &self,
        from: &[&Column],
        to: &[&Column],
        form: Option<&KeyForm>,
        at: Span,
    ) -> Result<Option<KeyText>, Box<Fault>> {
        let Some(form) = form else {
            return self.alike(from, to, at).map(|()| None);
        };
        let [column] = from else {
            return Err(refused(
                at,
                "several columns cannot hold one text".to_owned(),
                NAME_ONE,
            ));
        };
        if column.kind != ColumnKind::Text {
            let sentence = format!(
                "the column {} of {} holds no text",
                column.name, self.child.name
            );
            return Err(refused(
                at,
                sentence,
                "leave as-text out: columns of one type are compared as they are",
            ));
        }
        let parts = self.parts(form, to, at)?;
        unambiguous(&parts, at)?;
        Ok(Some(self.key_text(column, parts)))
    }

    fn parts(&self, form: &KeyForm, to: &[&Column], at: Span) -> Result<Vec<KeyPart>, Box<Fault>> {
        let part = |part: &FormPart| match part {
            FormPart::Literal(text) => Ok(KeyPart::Literal(text.clone())),
            FormPart::Column(name) => {
                let column = to.iter().find(|column| &column.name == name);
                let Some(column) = column else {
                    let sentence = format!("the form names {name}, by which no row is referred to");
                    return Err(refused(at, sentence, "name the columns of the key"));
                };
                if !KeyText::can_be_written(column.kind) {
                    let sentence = format!(
                        "{} of {} has no one spelling as text: it is {}",
                        column.name, self.parent.name, column.sql_type
                    );
                    return Err(refused(
                        at,
                        sentence,
                        "a key that is kept as text is a whole number, a text or a uuid",
                    ));
                }
                Ok(KeyPart::Column((*column).clone()))
            }
        };
        form.parts().iter().map(part).collect()
    }

    fn key_text(&self, column: &Column, parts: Vec<KeyPart>) -> KeyText {
        let mut texts = parts.iter().filter_map(|part| match part {
            KeyPart::Column(of) if of.kind == ColumnKind::Text => Some(of),
            _ => None,
        });
        let alike = texts.all(|of| of.collation == column.collation);
        let compared = match self.dialect {
            _ if !alike => Compared::NotAtAll,
            // A default collation of PostgreSQL finds equal what has the same bytes.
            Dialect::Postgres if column.collation.is_none() => Compared::ByBytes,
            _ => Compared::Loosely,
        };
        let mut text = KeyText {
            column: column.clone(),
            parts,
            compared,
            looked_up: false,
        };
        text.looked_up = text.only().is_some_and(|(key, ..)| self.whole_number(key));
        text
    }

    /// The column holds whole numbers and nothing else. On SQLite only the rowid does.
    fn whole_number(&self, key: &Column) -> bool {
        match (&self.parent.storage, self.dialect) {
            (Storage::Rowid { alias }, Dialect::Sqlite) => alias.as_ref() == Some(&key.name),
            (_, Dialect::Sqlite) => false,
            _ => matches!(key.kind, ColumnKind::Integer | ColumnKind::Unsigned),
        }
    }

    /// Without a form both columns must hold the same: a database that compares a text with a number turns the text
    /// into one, and takes "042", " 42" or "42abc" for 42.
    fn alike(&self, from: &[&Column], to: &[&Column], at: Span) -> Result<(), Box<Fault>> {
        for (one, other) in from.iter().zip(to) {
            let kinds = [one.kind, other.kind];
            let text = kinds.contains(&ColumnKind::Text);
            let number = kinds.iter().any(|kind| {
                matches!(
                    kind,
                    ColumnKind::Integer
                        | ColumnKind::Unsigned
                        | ColumnKind::Decimal
                        | ColumnKind::Float
                )
            });
            let uuid = kinds.contains(&ColumnKind::Uuid) && self.dialect == Dialect::Postgres;
            if text && (number || uuid) {
                let sentence = format!(
                    "{} of {} is {}, and {} of {} is {}",
                    one.name,
                    self.child.name,
                    one.sql_type,
                    other.name,
                    self.parent.name,
                    other.sql_type
                );
                let hint = format!(
                    "declare how the key is written in the text: as-text = \"{{{}}}\"; the database would compare \
                     them as numbers, or not at all",
                    other.name
                );
                return Err(refused(at, sentence, &hint));
            }
        }
        Ok(())
    }
}

const NAME_ONE: &str = "with as-text, `columns` names the one column that holds the text";

fn refused(at: Span, sentence: String, hint: &str) -> Box<Fault> {
    Box::new(Fault::error(at, sentence).hint(hint.to_owned()))
}

/// Two keys must not have the same text. A number ends where something else than a digit comes; of texts, whose end
/// nothing shows, there may be one.
fn unambiguous(parts: &[KeyPart], at: Span) -> Result<(), Box<Fault>> {
    let mut texts = 0;
    for (index, part) in parts.iter().enumerate() {
        let KeyPart::Column(column) = part else {
            continue;
        };
        texts += usize::from(column.kind == ColumnKind::Text);
        let next = parts.get(index + 1);
        let ends = match next {
            None => true,
            Some(KeyPart::Column(_)) => false,
            Some(KeyPart::Literal(text)) => parts.len() == index + 2 || is_between(text),
        };
        if !ends {
            return Err(refused(
                at,
                format!("where {} ends cannot be told from the text", column.name),
                "put between two columns something that no number has: \"{tenant_id}/{number}\"",
            ));
        }
    }
    if texts > 1 {
        return Err(refused(
            at,
            "two texts in one cannot be told apart".to_owned(),
            "at most one of the columns of the form may be a text",
        ));
    }
    Ok(())
}

/// Neither its first nor its last character can belong to a number.
fn is_between(text: &str) -> bool {
    let foreign = |one: Option<char>| one.is_some_and(|one| !one.is_ascii_digit() && one != '-');
    foreign(text.chars().next()) && foreign(text.chars().last())
}
