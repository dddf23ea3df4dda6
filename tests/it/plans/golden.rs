//! `tests/plans`: for each database and table a file of the statements about it, each with how it is carried out.
//! `BLESS=1` rewrites them. One statement may have several ways, as statistics change while a run goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::support::Server;

/// Statements, and how each was carried out.
#[derive(Default)]
pub struct Seen {
    forms: BTreeMap<String, BTreeSet<String>>,
    times: BTreeMap<String, usize>,
}

impl Seen {
    pub fn add(&mut self, form: String, steps: &[String]) {
        *self.times.entry(form.clone()).or_default() += 1;
        self.forms.entry(form).or_default().insert(steps.join("; "));
    }

    /// How often a statement of the form was added.
    pub fn times(&self, form: &str) -> usize {
        self.times.get(form).copied().unwrap_or_default()
    }

    pub fn forms(&self) -> usize {
        self.forms.len()
    }

    /// As the files have it.
    fn files(&self) -> BTreeMap<&str, String> {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        for (form, ways) in &self.forms {
            let file = files.entry(table_of(form)).or_default();
            let _ = writeln!(file, "{form}");
            for way in ways {
                let _ = writeln!(file, "    {way}");
            }
        }
        files
    }
}

/// The table that a statement is about.
fn table_of(form: &str) -> &str {
    let rest = form
        .strip_prefix("UPDATE ")
        .or_else(|| Some(form.split_once(" FROM ")?.1));
    let name = rest
        .unwrap_or_default()
        .split(' ')
        .next()
        .unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    last.trim_matches(['"', '`'])
}

/// A statement without what changes from run to run: the name of the database, the numbers of its places, how many of
/// them a list has. How a text is found to be a date fills pages and reaches nothing.
pub fn form(text: &str, database: &str) -> String {
    let mut form = text.replace(database, "db");
    while let Some(at) = digit_after_place(&form) {
        form.remove(at + 1);
    }
    let form = form.replace('$', "?");
    let form = without(&form, "(typeof(", "(a date)");
    let form = without(&form, "(((SUBSTR(", "(a day that there is)");
    lists(&form)
}

fn digit_after_place(form: &str) -> Option<usize> {
    let bytes = form.as_bytes();
    let mut pairs = bytes.windows(2).enumerate();
    pairs.find_map(|(at, pair)| (pair[0] == b'$' && pair[1].is_ascii_digit()).then_some(at))
}

/// Every group that begins so, replaced.
fn without(text: &str, begins: &str, by: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(begins) {
        let (before, group) = rest.split_at(at);
        let mut depth = 0_usize;
        let end = group.find(|one| {
            match one {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        out.push_str(before);
        out.push_str(by);
        rest = end.and_then(|end| group.get(end + 1..)).unwrap_or_default();
    }
    out + rest
}

/// Lists of places, however long, and lists of such lists.
fn lists(text: &str) -> String {
    let mut text = text.to_owned();
    for (long, short) in [("?, ?", "?"), ("(?), (?)", "(?)")] {
        while text.contains(long) {
            text = text.replace(long, short);
        }
    }
    text
}

fn file_of(server: Server, table: &str) -> PathBuf {
    PathBuf::from(format!("tests/plans/{server}/{table}.plan"))
}

/// Compares with the files, or rewrites them.
pub fn check(server: Server, seen: &Seen) {
    let files = seen.files();
    if std::env::var_os("BLESS").is_some() {
        for (table, text) in &files {
            let file = file_of(server, table);
            fs::create_dir_all(file.parent().expect("a directory")).expect("it is made");
            fs::write(file, text).expect("it is written");
        }
        return;
    }
    let mut wrong = Vec::new();
    for (table, found) in &files {
        let file = file_of(server, table);
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let expected = read(&expected);
        for (form, ways) in read(found) {
            match expected.get(form) {
                None => wrong.push(format!("{}: new: {form}\n    {ways:?}", file.display())),
                Some(known) if !ways.is_subset(known) => wrong.push(format!(
                    "{}: {form}\n    expected {known:?}\n    found {ways:?}",
                    file.display()
                )),
                Some(_) => {}
            }
        }
        for form in expected.keys().filter(|form| !found.contains(**form)) {
            wrong.push(format!("{}: not asked any more: {form}", file.display()));
        }
    }
    let wrong = wrong.join("\n");
    assert!(wrong.is_empty(), "{wrong}\n(BLESS=1 accepts)");
}

/// A file, taken apart.
fn read(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut forms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut form = "";
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(way) => {
                forms.entry(form).or_default().insert(way);
            }
            None => form = line,
        }
    }
    forms
}

#[test]
fn a_form_is_the_same_whatever_was_bound() {
    let one = form(
        "SELECT t0.\"id\" FROM \"x_1\".\"visit\" AS t0 WHERE (t0.\"id\" IN ($1, $12, $3)) LIMIT $140",
        "x_1",
    );
    assert_eq!(
        one,
        "SELECT t0.\"id\" FROM \"db\".\"visit\" AS t0 WHERE (t0.\"id\" IN (?)) LIMIT ?"
    );
    assert_eq!(table_of(&one), "visit");
    assert_eq!(lists("((?, ?, ?), (?, ?))"), "((?))");
    assert_eq!(without("a (typeof(b) = (c)) d", "(typeof(", "e"), "a e d");
}
