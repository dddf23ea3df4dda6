//! A database's plan, without what depends on its version, its statistics or its mood: which table is reached how.

use retentiond::sql::Value;

use crate::support::Server;

/// All of a table or of an index is read.
pub const WHOLE: &str = "whole";

/// What is read, table by table, and whether rows are sorted.
pub fn steps(server: Server, statement: &str, plan: &[Vec<Value>]) -> Vec<String> {
    // A walk in the order of the key reads as far as its limit, and goes on from there.
    let walks = statement.contains(" LIMIT ");
    let mut steps = match server {
        Server::Postgres => postgres(&column(plan, 0), walks),
        Server::Mariadb => plan.iter().flat_map(|line| mariadb(line, walks)).collect(),
        Server::Sqlite => {
            let lines = column(plan, 3);
            lines
                .iter()
                .filter_map(|line| sqlite(line, walks))
                .collect()
        }
    };
    steps.sort();
    steps.dedup();
    steps
}

fn column(plan: &[Vec<Value>], place: usize) -> Vec<&str> {
    plan.iter().map(|line| text(line, place)).collect()
}

fn text(line: &[Value], place: usize) -> &str {
    line.get(place).and_then(Value::as_text).unwrap_or_default()
}

/// All of it, or as much as a limit asks for.
fn all(walks: bool, what: &str) -> String {
    match walks {
        true => format!("walks {what}"),
        false => format!("{WHOLE} {what}"),
    }
}

fn postgres(lines: &[&str], walks: bool) -> Vec<String> {
    let mut steps = Vec::new();
    // A bitmap of an index is made under the table that it is for.
    let mut of_bitmap = String::new();
    for (place, line) in lines.iter().enumerate() {
        let node = line.trim_start().trim_start_matches("->").trim_start();
        // How far it is read is said below it, before the next node.
        let rest = lines.get(place + 1..).unwrap_or_default();
        let below = rest.iter().take_while(|line| !line.contains("->"));
        let has = |what: &str| {
            below
                .clone()
                .any(|line| line.trim_start().starts_with(what))
        };
        let table = node.split(" on ").nth(1).unwrap_or_default().to_owned();
        if node.starts_with("Seq Scan on") {
            // It ends at the limit, but what was removed before is read again each time.
            steps.push(format!("{table}: {WHOLE} table"));
        } else if node.starts_with("Bitmap Heap Scan on") {
            of_bitmap = table;
        } else if let Some(index) = node.strip_prefix("Bitmap Index Scan on ") {
            steps.push(format!("{of_bitmap}: index {index}"));
        } else if let Some((_, index)) = node.split_once(" using ") {
            let index = index.split(' ').next().unwrap_or_default();
            let name = format!("index {index}");
            let reach = match has("Index Cond:") {
                true => name,
                false => all(walks, &name),
            };
            steps.push(format!("{table}: {reach}"));
        } else if node.starts_with("Tid Range Scan on") {
            steps.push(format!("{table}: pages"));
        } else if node.starts_with("Tid Scan on") {
            steps.push(format!("{table}: places"));
        } else if node == "Sort" || node == "Incremental Sort" {
            steps.push("sorted".to_owned());
        }
    }
    steps
}

/// id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
fn mariadb(line: &[Value], walks: bool) -> Vec<String> {
    let (table, reach, key, extra) = (text(line, 2), text(line, 3), text(line, 5), text(line, 9));
    let mut steps = Vec::new();
    // What was gathered on the way is no table.
    if !table.is_empty() && !table.starts_with('<') {
        let index = format!("index {key}");
        steps.push(match reach {
            "ALL" => format!("{table}: {WHOLE} table"),
            "index" => format!("{table}: {}", all(walks, &index)),
            _ => format!("{table}: {index}"),
        });
    }
    if extra.contains("Using filesort") {
        steps.push("sorted".to_owned());
    }
    steps
}

fn sqlite(detail: &str, walks: bool) -> Option<String> {
    if detail.contains("USE TEMP B-TREE FOR ORDER BY") {
        return Some("sorted".to_owned());
    }
    let (verb, rest) = detail.split_once(' ')?;
    let table = rest.split(' ').next()?;
    let index = match rest.split_once("INDEX ") {
        Some((_, index)) => format!("index {}", index.split(' ').next()?),
        None if rest.contains("USING INTEGER PRIMARY KEY") => "key".to_owned(),
        None => "table".to_owned(),
    };
    match verb {
        "SEARCH" => Some(format!("{table}: {index}")),
        // Other names are lists of ours and what was gathered on the way.
        "SCAN" if table.starts_with('t') => Some(format!("{table}: {}", all(walks, &index))),
        _ => None,
    }
}
