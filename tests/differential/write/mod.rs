//! A world written down: statements for a database, a schedule, and a folder for `tests/cases`.

mod rows;
mod schedule;
mod schema;
mod starts;

pub use rows::{expected_reports, expected_rows, line, query};
pub use schedule::{database_lines, schedule};
pub use schema::{events, reports, script};

use crate::civil;
use crate::oracle::{State, Verdict};
use crate::support::Server;
use crate::world::{Known, Ref, Setting, Table, World};

/// The columns of a reference.
pub fn ref_columns(world: &World, reference: &Ref, by: usize) -> Vec<String> {
    match world.tables[reference.parent].key {
        crate::world::Key::Pair => vec![format!("r{by}_a"), format!("r{by}_b")],
        _ => vec![format!("r{by}")],
    }
}

pub fn key_columns(table: &Table) -> &'static [&'static str] {
    match table.key {
        crate::world::Key::Pair => &["tenant", "id"],
        _ => &["id"],
    }
}

fn is_declared(reference: &Ref) -> bool {
    !matches!(reference.known, Known::Undeclared | Known::ByType)
}

/// The world as a folder of `tests/cases`, to be pasted.
pub fn case(world: &World, setting: &Setting, server: Server, verdict: Option<&Verdict>) -> String {
    let (schema, rows) = script(world, setting, server);
    let now = civil::written(setting.now, "T", true);
    let mut text = format!(
        "--- schema.sql ({server})\n{schema}{rows}\n--- schedule.toml\n# why: \n# now: {now}Z\n"
    );
    for line in database_lines(setting) {
        text.push_str(&format!("# database: {line}\n"));
    }
    text.push_str(&schedule(world, server));
    let reported = reports(world, server).replace(events(server), "{{event}}");
    if !reported.is_empty() {
        text.push_str(&format!("\n--- events.sql\n{reported}"));
    }
    if let Some(verdict) = verdict {
        text.push_str("\n--- expected\n");
        text.push_str(&expected(world, &verdict.state));
    }
    text
}

fn expected(world: &World, state: &State) -> String {
    let mut text = String::new();
    for (place, table) in world.tables.iter().enumerate() {
        if table.there {
            let rows = expected_rows(world, place, state).join("\n");
            text.push_str(&format!("{};\n{rows}\n\n", query(world, place)));
        }
    }
    text
}
