//! References by a key that is kept as text.

use crate::diagnostic::{Fault, Located};
use crate::schedule::KeyForm;

use super::reader::Reader;

/// The form in which `parent_columns` are written in the one column of `columns`. The outer `None` is a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a form left out are two answers"
)]
pub(super) fn as_text(
    form: Option<&Located<String>>,
    columns: &[Located<String>],
    parent_columns: &[Located<String>],
    reader: &mut Reader<'_>,
) -> Option<Option<KeyForm>> {
    let Some(form) = form else {
        return Some(None);
    };
    let mut refuse = |sentence: String, hint: &str| {
        reader.push(Fault::error(form.at, sentence).hint(hint));
        None
    };
    let read = match KeyForm::parse(&form.value) {
        Ok(read) => read,
        Err(what) => {
            return refuse(
                format!("this form {what}"),
                "write how the key stands in the text, its columns in braces: as-text = \"{id}\" or \"invoice:{id}\"; \
                 a brace that stands for itself is doubled",
            );
        }
    };
    if columns.len() != 1 {
        let sentence = format!("{} columns cannot hold one text", columns.len());
        return refuse(
            sentence,
            "with as-text, `columns` names the one column that holds the text",
        );
    }
    let named: Vec<&str> = read.columns().collect();
    let wanted: Vec<&str> = parent_columns
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    if let Some(name) = named.iter().find(|name| !wanted.contains(name)) {
        return refuse(
            format!("the form names {name}, which `parent-columns` does not"),
            "`parent-columns` and the form name the same columns",
        );
    }
    let times = |name: &str| named.iter().filter(|one| **one == name).count();
    if let Some(name) = wanted.iter().find(|name| times(name) != 1) {
        return refuse(
            format!("the form does not name {name} once"),
            "name each of `parent-columns` in the form, once: as-text = \"{tenant_id}/{number}\"",
        );
    }
    Some(Some(read))
}
