//! The schedule reader: `tests/configs/invalid/*.toml` each give exactly the text of the `.stderr` beside them,
//! `tests/configs/valid/*.toml` and `config/**/*.toml` are read without a word, and the JSON Schema agrees with the
//! reader. `BLESS=1` rewrites the golden files.

use std::fs;
use std::path::{Path, PathBuf};

use retentiond::config;
use retentiond::diagnostic::{Style, render};
use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect_toml_files(folder, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no schedules in {}", folder.display());
    found
}

/// A folder in between may hold other files, such as the schemas of the examples.
fn collect_toml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_toml_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
}

fn golden(path: &Path, found: &str) -> Result<(), String> {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, found).expect("the golden file can be written");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    let name = path.display();
    Err(format!(
        "{name} expects:\n{expected}\nfound:\n{found}\n(BLESS=1 accepts)"
    ))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn invalid_schedules_are_refused_in_exactly_these_words() {
    let mut wrong = Vec::new();
    for path in toml_files(&repository().join("tests/configs/invalid")) {
        let text = fs::read_to_string(&path).expect("the case is text");
        let found = match config::read(&text, &file_name(&path)) {
            Err((source, faults)) => {
                assert!(
                    !faults.permit(),
                    "{}: refused without an error",
                    path.display()
                );
                render(&source, &faults, Style::Plain)
            }
            // The warnings have cases in the same folder.
            Ok((_, source, warnings)) => render(&source, &warnings, Style::Plain),
        };
        assert!(!found.is_empty(), "{}: nothing is wrong", path.display());
        wrong.extend(golden(&path.with_extension("stderr"), &found).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn no_golden_text_is_left_behind() {
    let folder = repository().join("tests/configs/invalid");
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        assert!(path.with_extension("toml").exists(), "{}", path.display());
    }
}

#[test]
fn secrets_are_not_shown() {
    for path in toml_files(&repository().join("tests/configs/invalid")) {
        let text = fs::read_to_string(&path).expect("the case is text");
        let text = match config::read(&text, "a.toml") {
            Ok((_, source, faults)) | Err((source, faults)) => {
                assert_eq!(source.text.len(), text.len(), "{}", path.display());
                render(&source, &faults, Style::Plain)
            }
        };
        assert!(!text.contains("hunter2"), "{}", path.display());
    }
}

fn good_schedules() -> Vec<PathBuf> {
    let mut all = toml_files(&repository().join("config"));
    all.extend(toml_files(&repository().join("tests/configs/valid")));
    all
}

#[test]
fn good_schedules_are_read_without_a_word() {
    for path in good_schedules() {
        match config::load(&path) {
            Ok((schedule, source, warnings)) => {
                assert!(!schedule.rules.is_empty());
                let text = render(&source, &warnings, Style::Plain);
                assert_eq!(text, "", "{}", path.display());
            }
            Err((source, faults)) => panic!("{}", render(&source, &faults, Style::Plain)),
        }
    }
}

#[test]
fn good_schedules_agree_with_the_json_schema() {
    let schema: Value = serde_json::from_str(&config::json_schema()).expect("the schema is JSON");
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("schedule.json", schema)
        .expect("the schema is a resource");
    let index = compiler
        .compile("schedule.json", &mut schemas)
        .expect("the schema is a schema");
    for path in good_schedules() {
        let text = fs::read_to_string(&path).expect("the schedule is text");
        let document: toml::Value = toml::from_str(&text).expect("the schedule is TOML");
        let document = as_json(document);
        if let Err(error) = schemas.validate(&document, index) {
            panic!("{}: {error:#}", path.display());
        }
    }
}

/// As editors do it: a TOML date is a string in JSON.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Datetime(when) => Value::String(when.to_string()),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(k, v)| (k, as_json(v))).collect(),
    }
}

#[test]
fn the_shipped_json_schema_is_the_reader_s() {
    let path = repository().join("config/schedule.schema.json");
    if let Err(difference) = golden(&path, &config::json_schema()) {
        panic!("{difference}");
    }
}

#[test]
fn every_key_stands_in_the_annotated_schedule_and_is_described() {
    let text = fs::read_to_string(repository().join("config/retentiond.toml")).expect("text");
    let schema: Value = serde_json::from_str(&config::json_schema()).expect("the schema is JSON");
    let mut keys = Vec::new();
    collect_keys(&schema, &mut keys);
    assert!(keys.len() > 60, "only {} keys found", keys.len());
    for (key, described) in keys {
        assert!(described, "`{key}` has no description");
        let stands = text.lines().any(|line| {
            let code = line.trim_start_matches([' ', '#', '[']);
            code.starts_with(&format!("{key} = "))
                || line.contains(&format!("{{ {key} = "))
                || line.contains(&format!(", {key} = "))
                || line.contains(&format!("[{key}"))
                || line.contains(&format!(".{key}]"))
        });
        assert!(stands, "`{key}` does not stand in config/retentiond.toml");
    }
}

/// Whoever has never seen the code writes a schedule from the reference alone: each key is shown in use there.
#[test]
fn every_key_is_shown_in_use_in_the_reference() {
    let text = fs::read_to_string(repository().join("docs/schedule.md")).expect("text");
    let shown: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let fenced = text.split("```toml").skip(1);
    let fenced = fenced.filter_map(|rest| rest.split("```").next());
    let code = fenced.chain(shown).collect::<Vec<_>>().join("\n");
    let schema: Value = serde_json::from_str(&config::json_schema()).expect("the schema is JSON");
    let mut keys = Vec::new();
    collect_keys(&schema, &mut keys);
    for (key, _) in keys {
        let uses = [
            format!("{key} ="),
            format!("[{key}]"),
            format!("[{key}."),
            format!(".{key}]"),
        ];
        // A key whose end this one is ("last-key" for "key") is another.
        let stands = uses.iter().any(|one| {
            code.match_indices(one.as_str()).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let other = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
                !one.starts_with(char::is_alphabetic) || !before.is_some_and(other)
            })
        });
        assert!(stands, "`{key}` is not shown in use in docs/schedule.md");
    }
}

#[test]
fn every_schedule_that_ships_names_its_json_schema() {
    let mut all = toml_files(&repository().join("config"));
    all.extend(toml_files(&repository().join("examples")));
    for path in all {
        let text = fs::read_to_string(&path).expect("text");
        let first = text.lines().next().unwrap_or_default();
        let named = first.strip_prefix("#:schema ");
        let beside = path.parent().expect("a folder");
        let there = named.is_some_and(|named| beside.join(named).exists());
        assert!(there, "{}: {first}", path.display());
    }
}

fn collect_keys(schema: &Value, keys: &mut Vec<(String, bool)>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                for (key, property) in properties {
                    keys.push((key.clone(), property.get("description").is_some()));
                }
            }
            object.values().for_each(|value| collect_keys(value, keys));
        }
        Value::Array(list) => list.iter().for_each(|value| collect_keys(value, keys)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn comments_and_order_do_not_change_the_fingerprint() {
    let fingerprint = |text: &str| {
        let (schedule, _, _) = config::read(text, "a.toml").expect("a good schedule");
        schedule.fingerprint()
    };
    let text = fs::read_to_string(repository().join("tests/configs/valid/order-a.toml"));
    let other = fs::read_to_string(repository().join("tests/configs/valid/order-b.toml"));
    assert_eq!(
        fingerprint(&text.expect("text")),
        fingerprint(&other.expect("text"))
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let (source, faults) = config::load(Path::new("not-there.toml")).expect_err("no such file");
    let text = render(&source, &faults, Style::Plain);
    assert!(text.contains("the schedule cannot be read"), "{text}");
    assert!(text.contains("not-there.toml"), "{text}");
}

#[test]
fn relative_paths_are_beside_the_file() {
    use retentiond::schedule::Connection;
    let text = fs::read_to_string(repository().join("tests/configs/valid/order-a.toml"));
    let read = config::read(&text.expect("text"), "/etc/retentiond/a.toml");
    let (schedule, _, _) = read.expect("a good schedule");
    let path = match &schedule.databases["app"].connection {
        Connection::File { path } => path.as_path(),
        Connection::Server { .. } => panic!("it is a file"),
    };
    assert_eq!(path, Path::new("/etc/retentiond/app.db"));
}
