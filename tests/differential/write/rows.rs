//! Keys, references and cells as literals, and the rows that a table must have in the end.

use super::{key_columns, ref_columns};
use crate::civil::{self, DAY, SECOND};
use crate::oracle::State;
use crate::support::Server;
use crate::world::{Cell, Key, Kind, Link, Setting, World};

/// The values of a row's key.
pub fn key(kind: Key, row: usize) -> Vec<String> {
    match kind {
        Key::Int => vec![(row + 1).to_string()],
        Key::Text => vec![format!("k{}", row + 1)],
        Key::Pair => vec![(row % 2 + 1).to_string(), (row / 2 + 1).to_string()],
    }
}

pub fn link(world: &World, parent: usize, link: Link) -> Vec<Option<String>> {
    let kind = world.tables[parent].key;
    let values = match link {
        Link::To(row) => key(kind, row),
        Link::Nowhere => key(kind, 990),
        Link::Null => return vec![None; key(kind, 0).len()],
        Link::Freed(row) => {
            let rest = key(kind, row).into_iter().skip(1).map(Some);
            return std::iter::once(None).chain(rest).collect();
        }
    };
    values.into_iter().map(Some).collect()
}

pub fn cell(cell: &Cell, kind: Kind, setting: &Setting, server: Server) -> String {
    let quoted = |text: String| format!("'{text}'");
    let fraction = setting.fractions;
    match (cell, kind) {
        (Cell::Null, _) => "NULL".to_owned(),
        (Cell::Odd(text), _) => quoted(text.clone()),
        (Cell::Day(day), Kind::TextDay) => {
            let (year, month, day) = civil::ymd(*day);
            quoted(format!("{day:02}-{month:02}-{year:04}"))
        }
        (Cell::Day(day), Kind::TwoForms) if day % 2 != 0 => {
            let (year, month, day) = civil::ymd(*day);
            quoted(format!("{day:02}.{month:02}.{year:04}"))
        }
        (Cell::Day(day), _) => quoted(civil::written_day(*day)),
        (Cell::Local(shown), Kind::TextTime) => quoted(civil::written(*shown, "T", false)),
        (Cell::Local(shown), _) => quoted(civil::written(*shown, " ", fraction)),
        (Cell::Instant(at), Kind::Epoch(per_second)) => (at / (SECOND / per_second)).to_string(),
        (Cell::Instant(at), Kind::Julian) => {
            let micros_of_day = at.rem_euclid(DAY);
            #[expect(clippy::cast_precision_loss, reason = "a fraction of a day is a float")]
            let part = micros_of_day as f64 / DAY as f64 + 0.5;
            let days = at.div_euclid(DAY) + 2_440_587 + i64::from(part >= 1.0);
            let digits = format!("{:.8}", part.fract());
            format!("{days}{}", digits.trim_start_matches('0'))
        }
        (Cell::Instant(at), _) => match server {
            Server::Postgres => quoted(format!("{}+00", civil::written(*at, " ", true))),
            Server::Mariadb => quoted(civil::written(*at, " ", true)),
            Server::Sqlite => quoted(format!("{}Z", civil::written(*at, "T", false))),
        },
    }
}

/// Asks for everything of a table that a run may change.
pub fn query(world: &World, table: usize) -> String {
    let mut columns: Vec<String> = key_columns(&world.tables[table])
        .iter()
        .map(|one| (*one).to_owned())
        .collect();
    for (by, reference) in world.tables[table].refs.iter().enumerate() {
        columns.extend(ref_columns(world, reference, by));
    }
    columns.extend(["name", "note", "visits"].map(str::to_owned));
    format!("SELECT {} FROM {}", columns.join(", "), world.name(table))
}

/// The rows of [`query`], sorted as text.
pub fn expected_rows(world: &World, table: usize, state: &State) -> Vec<String> {
    let kind = world.tables[table].key;
    let mut lines: Vec<String> = state[table]
        .iter()
        .enumerate()
        .filter_map(|(place, row)| Some((place, row.as_ref()?)))
        .map(|(place, row)| {
            let mut cells: Vec<Option<String>> = key(kind, place).into_iter().map(Some).collect();
            for (reference, to) in world.tables[table].refs.iter().zip(&row.refs) {
                cells.extend(link(world, reference.parent, *to));
            }
            cells.push(Some(row.personal.name.clone()));
            cells.push(row.personal.note.clone());
            cells.push(row.personal.visits.map(|one| one.to_string()));
            line(cells)
        })
        .collect();
    lines.sort();
    lines
}

/// The reports that must be left of a table's rows: those about rows that have not gone.
pub fn expected_reports(world: &World, table: usize, state: &State) -> Vec<String> {
    let kind = world.tables[table].key;
    let reports = world.tables[table].reports.iter();
    let mut lines: Vec<String> = reports
        .filter(|one| state[table].get(one.row).is_none_or(Option::is_some))
        .map(|one| format!("{} | {}", one.event, key(kind, one.row).join("")))
        .collect();
    lines.sort();
    lines
}

pub fn line(cells: Vec<Option<String>>) -> String {
    let cells = cells
        .into_iter()
        .map(|cell| cell.unwrap_or("NULL".to_owned()));
    cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
}
