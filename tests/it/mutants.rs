//! `tests/mutants/list` keeps in step with the sources: what a mutant replaces stands there, once. A line that was
//! just rewritten may be mended the next time that the mutants are played; a list that has rotted may not.

use std::fs;
use std::path::Path;

/// Of so many mutants at most one may not fit.
const UNFIT_ONE_IN: usize = 10;

/// One mistake to make: the file, and the text that it takes away.
struct Mutant {
    name: String,
    file: String,
    old: Vec<String>,
}

fn mutants(list: &str) -> Vec<Mutant> {
    let mut found: Vec<Mutant> = Vec::new();
    for line in list.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            found.push(Mutant {
                name: name.to_owned(),
                file: String::new(),
                old: Vec::new(),
            });
        }
        let Some(last) = found.last_mut() else {
            continue;
        };
        if line.starts_with("src/") {
            line.clone_into(&mut last.file);
        } else if let Some(old) = line.strip_prefix("- ") {
            last.old.push(old.to_owned());
        }
    }
    found
}

#[test]
fn the_mutants_fit_their_sources() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        fs::read_to_string(repository.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let all = mutants(&read("tests/mutants/list"));
    let count = all.len();
    assert!(count > 90, "the list is there");
    let mut unfit = Vec::new();
    for mutant in all {
        let times = read(&mutant.file).matches(&mutant.old.join("\n")).count();
        if times != 1 {
            unfit.push(format!("{}: {times} times in {}", mutant.name, mutant.file));
        }
    }
    println!("{}", unfit.join("\n"));
    assert!(
        unfit.len() * UNFIT_ONE_IN <= count,
        "mend the list:\n{}",
        unfit.join("\n")
    );
}
