//! The schedule as TOML: reading it, checking it, and the JSON Schema of its keys.
//!
//! Apart, because it is the only importer of `toml`: downstream there is only [`crate::schedule`]. A reading has three
//! stages, each a module: `syntax` (is it TOML?), `document` (has every key its right name and kind?) and `validate`
//! (does it mean something?). Each stage gives all its faults, and the later ones run as far as they can.
//! Nothing here may connect to a database, run anything, or know what time it is.

mod document;
mod example;
mod lists;
mod recover;
mod schema;
mod secrets;
mod shape;
mod syntax;
mod validate;
mod words;

use std::path::Path;

use crate::diagnostic::{Fault, Faults, Source};
use crate::schedule::Schedule;

pub use schema::json_schema;

/// What a reading ends with: the schedule and its warnings, or the faults. The text comes back in both, for showing
/// the lines that the faults (also those that the resolver finds later) point at.
pub type Reading = Result<(Schedule, Source, Faults), (Source, Faults)>;

/// Reads a schedule's file. Relative paths in it are taken as beside the file.
///
/// # Errors
///
/// Every fault found in the file, or that it cannot be read.
pub fn load(path: &Path) -> Reading {
    let name = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => read_beside(text, name, base),
            Err(_) => Err(unreadable(
                name,
                "the schedule is not text in UTF-8".to_owned(),
            )),
        },
        Err(error) => {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
                std::io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
                _ => error.to_string(),
            };
            let sentence = format!("the schedule cannot be read: {why}");
            Err(unreadable(name, sentence))
        }
    }
}

/// Reads a schedule's text. The name is for messages; relative paths are taken as beside a file of that name.
///
/// # Errors
///
/// Every fault found in the text.
pub fn read(text: &str, name: &str) -> Reading {
    let base = Path::new(name).parent().unwrap_or(Path::new(""));
    read_beside(text.to_owned(), name.to_owned(), base)
}

fn read_beside(text: String, name: String, base: &Path) -> Reading {
    let mut source = Source {
        name,
        text: text.clone(),
    };
    let (table, secrets) = match syntax::parse(&text, &mut source) {
        Ok(parsed) => parsed,
        Err(faults) => return Err((source, faults)),
    };
    let recovered = recover::document(table);
    let mut faults = recovered.faults;
    let schedule = recovered.document.and_then(|document| {
        let mut reader = validate::Reader::new(&text, base, &recovered.removed);
        let schedule = validate::schedule(&document, &mut reader);
        faults.extend(reader.into_faults());
        schedule
    });
    let mut faults = secrets.scrub(faults);
    match schedule {
        Some(schedule) if faults.permit() => Ok((schedule, source, faults)),
        _ => {
            if faults.permit() {
                faults.push(Fault::nowhere("the schedule could not be understood"));
            }
            Err((source, faults))
        }
    }
}

fn unreadable(name: String, sentence: String) -> (Source, Faults) {
    let mut faults = Faults::default();
    faults.push(
        Fault::nowhere(sentence).hint("name another file with --schedule or RETENTIOND_SCHEDULE"),
    );
    let text = String::new();
    (Source { name, text }, faults)
}
