//! Where a secret is kept: never in the schedule.

use crate::config::document::SecretTable;
use crate::config::shape::TextOr;
use crate::diagnostic::{Fault, Located};
use crate::schedule::SecretSource;

use super::reader::Reader;

/// How faults about a secret speak of it.
pub(super) struct Called {
    noun: &'static str,
    form: &'static str,
}

/// Of a database.
pub(super) const PASSWORD: Called = Called {
    noun: "password",
    form: "write { file = \"hr-password\" }, { credential = \"hr-password\" } or { env = \"HR_PASSWORD\" }",
};

/// Of a place that keeps checkpoints.
pub(super) const SINK_SECRET: Called = Called {
    noun: "secret",
    form: "write { file = \"evidence-secret\" }, { credential = \"evidence-secret\" } or { env = \"EVIDENCE_SECRET\" }",
};

/// Where a secret is kept.
pub(super) fn secret(
    written: &Located<TextOr<SecretTable>>,
    called: &Called,
    reader: &mut Reader<'_>,
) -> Option<SecretSource> {
    let Called { noun, form } = called;
    let TextOr::Table(table) = &written.value else {
        let fault = Fault::error(written.at, format!("a {noun} never stands in the schedule"))
            .label("the schedule is read, copied and kept by many; the secret is not")
            .hint(format!("{form}; and change this {noun}, it has been seen"));
        reader.push(fault);
        return None;
    };
    match (&table.file, &table.credential, &table.env) {
        (Some(file), None, None) => reader.path(file).map(SecretSource::File),
        (None, Some(name), None) => {
            let name = reader.filled(name, "this name of a credential")?;
            credential(&name, reader)
        }
        (None, None, Some(name)) => {
            let name = reader.filled(name, "this name of an environment variable")?;
            Some(SecretSource::Env(name.value))
        }
        (None, None, None) => {
            let sentence = format!("this does not say where the {noun} is kept");
            let fault = Fault::error(written.at, sentence);
            let keys = ["file", "credential", "env"];
            reader.missing(written.at, &keys, fault.hint(*form));
            None
        }
        _ => {
            let fault = Fault::error(written.at, format!("a {noun} is kept in one place"));
            reader.push(fault.hint(*form));
            None
        }
    }
}

fn credential(name: &Located<String>, reader: &mut Reader<'_>) -> Option<SecretSource> {
    if name.value.contains('/') || name.value == ".." {
        let fault = Fault::error(name.at, "a credential is named, not found by a path")
            .hint("write the name that the unit's LoadCredential= gives it; for a path, use file");
        reader.push(fault);
        return None;
    }
    Some(SecretSource::Credential(name.value.clone()))
}
