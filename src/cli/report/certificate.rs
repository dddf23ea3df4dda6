//! A certificate of destruction, for people.

use std::fmt::Write as _;

use crate::audit::certificate::{Certificate, Line};
use crate::state::{Assurance, Basis, RunReason};

use super::{rows, second};

/// What is certified, and what is not.
const STATEMENT: &str = "The rows were removed from the database, or their personal values overwritten, by committed \
    transactions of the database. Copies outside of it (backups, exports, replicas that lag) are not part of this \
    certificate and end with their own periods.";

/// The facts that stand above the table, in words.
fn facts(made: &Certificate) -> Vec<(&'static str, String)> {
    let ended = match (made.ended, made.ending) {
        (Some(at), Some(ending)) => format!("{} ({})", second(at), super::ending(ending)),
        _ => "not ended: the run is under way, or was cut short".to_owned(),
    };
    let mut facts = vec![
        ("database", made.database.clone()),
        ("run", made.run.clone()),
        (
            "started",
            format!("{} by {}", second(made.started), made.by),
        ),
        ("as of", second(made.as_of)),
        ("ended", ended),
        ("schedule", made.schedule.to_string()),
        ("program", format!("retentiond {}", made.program)),
        ("log", made.log.clone()),
        ("rows", made.rows.to_string()),
    ];
    facts.extend(restored(made));
    match made.assurance {
        None | Some(Assurance::CannotRollBack) => {}
        Some(Assurance::TransactionStatus) => facts.push((
            "assurance",
            "the database has no ledger; after a crash its server was asked what became of a transaction".to_owned(),
        )),
        Some(Assurance::Inferred) => facts.push((
            "assurance",
            "the database has no ledger; what was not acknowledged is counted as unknown".to_owned(),
        )),
    }
    if made.recovered > 0 {
        let by = match made.assurance {
            Some(Assurance::TransactionStatus) => "the database's server",
            _ => "the database's own ledger",
        };
        let told = format!("{} batches, told by {by} after a crash", made.recovered);
        facts.push(("recovered", told));
    }
    if !made.weaker.is_empty() {
        let told = format!(
            "weakest, for {}: a table cannot roll back, and a failed batch leaves rows removed that no receipt counts",
            made.weaker.join(", ")
        );
        facts.push(("assurance", told));
    }
    if made.unknown > 0 {
        let seen = made.seen.map_or(String::new(), |seen| {
            format!(
                ": of their rows {} were seen gone and {} there",
                seen.gone, seen.there
            )
        });
        let told = format!(
            "{} batches of which nobody can tell what they removed{seen}",
            made.unknown
        );
        facts.push(("unknown", told));
    }
    facts
}

/// What the run has to do with a database that was put back.
fn restored(made: &Certificate) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(lost) = &made.put_back {
        let told = format!(
            "to an earlier state before this run: {} batches ({}), with receipts {} to {}, were not in it any more",
            lost.batches,
            rows(lost.rows),
            lost.since.map_or("from the beginning".to_owned(), second),
            second(lost.until)
        );
        facts.push(("put back", told));
    }
    if made.reason == RunReason::Returned {
        let told = "the rows had been removed before, came back with the database, and were removed again as somebody \
                    approved";
        facts.push(("returned", told.to_owned()));
    }
    facts
}

fn purposes(line: &Line) -> String {
    let one = |basis: &Basis| {
        let mut text = basis.name.clone();
        let legal = [&basis.ground, &basis.citation];
        let legal: Vec<&str> = legal.into_iter().flatten().map(String::as_str).collect();
        if !legal.is_empty() {
            let _ = write!(text, " ({})", legal.join(", "));
        }
        text
    };
    line.purposes.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// For a terminal or a letter.
#[must_use]
pub fn text(made: &Certificate) -> String {
    let mut out = "CERTIFICATE OF DESTRUCTION\n\n".to_owned();
    for (name, value) in facts(made) {
        let _ = writeln!(out, "{name:<10} {value}");
    }
    for line in &made.lines {
        let _ = writeln!(
            out,
            "\n{}: {} {} under the rule {}, {} to {}",
            line.table,
            rows(line.rows),
            line.effect,
            line.rule,
            second(line.first),
            second(line.last)
        );
        if !line.purposes.is_empty() {
            let _ = writeln!(out, "  kept until then for: {}", purposes(line));
        }
    }
    if made.lines.is_empty() {
        out.push_str("\nNothing was due.\n");
    }
    let _ = writeln!(out, "\n{STATEMENT}\n");
    match &made.checkpoint {
        Some(note) => {
            let _ = write!(
                out,
                "It is covered by this checkpoint of the log, to be verified with\n{}\n\n{note}",
                made.key
            );
        }
        None => out.push_str("No checkpoint of the log covers it yet.\n"),
    }
    out
}

/// One page, with nothing loaded from elsewhere.
#[must_use]
pub fn html(made: &Certificate) -> String {
    let mut out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Certificate of destruction\
        </title><style>body{font:16px/1.5 serif;max-width:50em;margin:2em auto;padding:0 1em}\
        table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;\
        border-bottom:1px solid #ccc}td.n{text-align:right}pre{white-space:pre-wrap;word-break:break-all;\
        font-size:12px}</style></head>\n<body><h1>Certificate of destruction</h1>\n<table>\n"
        .to_owned();
    for (name, value) in facts(made) {
        let _ = writeln!(out, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
    }
    out.push_str("</table>\n<h2>What was destroyed</h2>\n<table>\n<tr><th>class of data</th><th>effect</th><th>rows</th>\
        <th>rule</th><th>kept until then for</th><th>when</th></tr>\n");
    for line in &made.lines {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{} to {}</td></tr>",
            escaped(&line.table),
            escaped(&line.effect),
            line.rows,
            escaped(&line.rule),
            escaped(&purposes(line)),
            second(line.first),
            second(line.last)
        );
    }
    let _ = writeln!(out, "</table>\n<p>{STATEMENT}</p>");
    match &made.checkpoint {
        Some(note) => {
            let _ = writeln!(
                out,
                "<h2>Proof</h2>\n<p>Covered by this checkpoint of the log, to be verified with the key below it.</p>\n\
                 <pre>{}</pre>\n<pre>{}</pre>",
                escaped(note),
                escaped(&made.key)
            );
        }
        None => out.push_str("<p>No checkpoint of the log covers it yet.</p>\n"),
    }
    out.push_str("</body></html>\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
