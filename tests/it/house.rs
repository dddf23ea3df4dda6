//! The house rules that a compiler does not keep: which folder may know which, what occurs once, how long a file is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of `src` and the folders it may name. `docs/ARCHITECTURE.md` says why.
const MAY_KNOW: [(&str, &[&str]); 24] = [
    ("calendar", &[]),
    ("catalog", &[]),
    ("diagnostic", &[]),
    ("sql", &["catalog"]),
    ("schedule", &["calendar", "catalog", "diagnostic"]),
    (
        "config",
        &["calendar", "catalog", "condition", "diagnostic", "schedule"],
    ),
    ("condition", &["catalog", "sql"]),
    ("anonymise", &["catalog", "diagnostic", "schedule", "sql"]),
    (
        "resolve",
        &[
            "anonymise",
            "calendar",
            "catalog",
            "condition",
            "diagnostic",
            "schedule",
            "sql",
        ],
    ),
    (
        "plan",
        &[
            "anonymise",
            "calendar",
            "catalog",
            "resolve",
            "schedule",
            "sql",
        ],
    ),
    ("secret", &["schedule"]),
    (
        "db",
        &["catalog", "diagnostic", "schedule", "secret", "sql"],
    ),
    ("ledger", &["catalog", "db", "sql"]),
    ("fault", &[]),
    ("files", &["fault"]),
    ("audit", &["catalog", "fault", "files"]),
    ("state", &["audit", "fault", "files", "schedule", "secret"]),
    ("mirror", &["audit", "db", "files", "schedule", "sql"]),
    (
        "disposal",
        &[
            "anonymise",
            "audit",
            "catalog",
            "db",
            "fault",
            "ledger",
            "plan",
            "resolve",
            "schedule",
            "sql",
            "state",
        ],
    ),
    (
        "run",
        &[
            "calendar",
            "catalog",
            "db",
            "diagnostic",
            "disposal",
            "ledger",
            "plan",
            "resolve",
            "schedule",
            "sql",
            "state",
        ],
    ),
    (
        "explain",
        &[
            "calendar", "catalog", "db", "plan", "resolve", "schedule", "sql",
        ],
    ),
    ("init", &["catalog", "db", "resolve", "sql"]),
    (
        "daemon",
        &[
            "disposal", "files", "mirror", "plan", "run", "schedule", "state",
        ],
    ),
    (
        "cli",
        &[
            "audit",
            "config",
            "daemon",
            "db",
            "diagnostic",
            "disposal",
            "explain",
            "files",
            "init",
            "ledger",
            "mirror",
            "plan",
            "run",
            "schedule",
            "sql",
            "state",
        ],
    ),
];

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.extension().is_some_and(|one| one == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> BTreeMap<PathBuf, String> {
    files_below(Path::new("src"))
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            (path, text)
        })
        .collect()
}

/// The first folder of `src` in which a file lies.
fn room(path: &Path) -> Option<String> {
    let mut parts = path.components().skip(1);
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    parts.next().map(|_| first)
}

/// The words after every `crate::` that is code; a file's own tests at its bottom may know more.
fn named(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|one| one.is_alphanumeric() || *one == '_')
                .collect()
        })
        .collect()
}

#[test]
fn doors_open_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(room) = room(&path) else { continue };
        let Some((_, may)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{room} is not in the table: {}", path.display()));
            continue;
        };
        for other in named(&text) {
            let is_room = MAY_KNOW.iter().any(|(name, _)| *name == other);
            if is_room && other != room && !may.contains(&other.as_str()) {
                wrong.push(format!("{}: {room} may not know {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_belongs_to_one_folder_stays_there() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room(&path).unwrap_or_default();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for (word, home) in [
            ("sqlx::", "db"),
            ("toml::", "config"),
            ("tokio_cron_scheduler::", "daemon"),
            ("sd_notify", "daemon"),
            ("comfy_table", "cli"),
            ("indicatif", "cli"),
        ] {
            if room != home && code.iter().any(|line| line.contains(word)) {
                wrong.push(format!("{}: {word} belongs to {home}", path.display()));
            }
        }
        if code.iter().any(|line| line.contains("#[allow(")) {
            wrong.push(format!("{}: #[expect], never #[allow]", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_statement_is_vouched_for_in_one_place() {
    let places: Vec<String> = sources()
        .into_iter()
        .flat_map(|(path, text)| {
            text.lines()
                .filter(|line| line.contains("AssertSqlSafe("))
                .map(|_| path.display().to_string())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn nothing_pure_reads_a_clock() {
    let pure = [
        "calendar",
        "catalog",
        "diagnostic",
        "sql",
        "schedule",
        "config",
        "condition",
        "anonymise",
        "resolve",
        "plan",
    ];
    for (path, text) in sources() {
        let room = room(&path).unwrap_or_default();
        let reads = text.contains("Utc::now")
            || text.contains("SystemTime::now")
            || text.contains("Instant::now");
        let tested = path.to_string_lossy().contains("test");
        assert!(
            !(pure.contains(&room.as_str()) && reads) || tested,
            "{} reads a clock",
            path.display()
        );
    }
}

#[test]
fn files_are_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = fs::read_to_string("tests/it/main.rs").expect("the test binary's root");
    for entry in fs::read_dir("tests/it").expect("the tests").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.trim_end_matches(".rs");
        if stem != "main" {
            assert!(
                main.contains(&format!("mod {stem};")),
                "{name} is not in main.rs"
            );
        }
    }
}
