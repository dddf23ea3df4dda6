//! Tables and rows as statements.

use super::rows::{cell, key, link};
use super::{is_declared, key_columns, ref_columns};
use crate::support::Server;
use crate::world::{Key, Kind, Known, Row, Setting, World};

/// The statements that make the tables, and those that fill them.
pub fn script(world: &World, setting: &Setting, server: Server) -> (String, String) {
    let (mut schema, mut rows) = (String::new(), String::new());
    for (place, table) in world.tables.iter().enumerate() {
        if !table.there {
            continue;
        }
        schema.push_str(&create(world, place, server));
        if !table.rows.is_empty() {
            let lines: Vec<String> = table
                .rows
                .iter()
                .enumerate()
                .map(|(number, row)| values(world, place, number, row, setting, server))
                .collect();
            let name = world.name(place);
            let insert = format!("INSERT INTO {name} VALUES\n  {};\n", lines.join(",\n  "));
            // It looks after each row, also where that refers to a later one of the same statement.
            if server == Server::Mariadb && table.tree(place).is_some() {
                rows.push_str(&format!(
                    "SET foreign_key_checks = 0;\n{insert}SET foreign_key_checks = 1;\n"
                ));
            } else {
                rows.push_str(&insert);
            }
        }
    }
    (schema, rows)
}

/// The reports about rows of a world, as rows of the table of events.
pub fn reports(world: &World, server: Server) -> String {
    let mut lines = Vec::new();
    for (place, table) in world.tables.iter().enumerate() {
        for report in &table.reports {
            let at = report.at.map_or("NULL".to_owned(), |at| at.to_string());
            let key = key(table.key, report.row).join("");
            let name = world.name(place);
            lines.push(format!("('{name}', '{}', '{key}', {at}, 0)", report.event));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "INSERT INTO {} (rule, event, row_key, happened_at, reported_at) VALUES\n  {};\n",
        events(server),
        lines.join(",\n  ")
    )
}

/// The table of reported events.
pub fn events(server: Server) -> &'static str {
    match server {
        Server::Postgres => "retentiond.event",
        Server::Mariadb | Server::Sqlite => "retentiond_event",
    }
}

fn create(world: &World, place: usize, server: Server) -> String {
    let table = &world.tables[place];
    let name = world.name(place);
    let mut parts = Vec::new();
    for column in key_columns(table) {
        parts.push(format!("{column} {} NOT NULL", key_type(table.key)));
    }
    for (by, reference) in table.refs.iter().enumerate() {
        let null = if reference.nullable { "" } else { " NOT NULL" };
        for column in ref_columns(world, reference, by) {
            let kind = key_type(world.tables[reference.parent].key);
            parts.push(format!("{column} {kind}{null}"));
        }
    }
    parts.push("kind varchar(10)".to_owned());
    for (date, column) in table.dates.iter().enumerate() {
        parts.push(format!("d{date} {}", date_type(column.kind, server)));
    }
    for column in [
        "status varchar(10)",
        "flag boolean",
        "amount integer",
        "keep_for integer",
        "name varchar(20) NOT NULL",
        "note varchar(20)",
        "visits integer",
    ] {
        parts.push(column.to_owned());
    }
    parts.push(format!("PRIMARY KEY ({})", key_columns(table).join(", ")));
    for (by, reference) in table
        .refs
        .iter()
        .enumerate()
        .filter(|(_, one)| is_declared(one))
    {
        let action = match reference.known {
            Known::Cascade => " ON DELETE CASCADE",
            Known::SetNull => " ON DELETE SET NULL",
            _ => "",
        };
        parts.push(format!(
            "FOREIGN KEY ({}) REFERENCES {} ({}){action}",
            ref_columns(world, reference, by).join(", "),
            world.name(reference.parent),
            key_columns(&world.tables[reference.parent]).join(", "),
        ));
    }
    let mut sql = format!("CREATE TABLE {name} (\n  {}\n);\n", parts.join(",\n  "));
    for (date, column) in table.dates.iter().enumerate() {
        if column.indexed {
            sql.push_str(&format!(
                "CREATE INDEX {name}_d{date} ON {name} (d{date});\n"
            ));
        }
    }
    sql
}

fn key_type(key: Key) -> &'static str {
    match key {
        Key::Text => "varchar(20)",
        Key::Int | Key::Pair => "integer",
    }
}

fn date_type(kind: Kind, server: Server) -> &'static str {
    match (kind, server) {
        (Kind::TextDay | Kind::TextTime | Kind::TwoForms, _) => "varchar(30)",
        (Kind::Epoch(_), _) => "bigint",
        (Kind::Julian, Server::Sqlite) => "real",
        (Kind::Julian, Server::Postgres) => "double precision",
        (Kind::Julian, Server::Mariadb) => "double",
        (_, Server::Sqlite) => "text",
        (Kind::Day, _) => "date",
        (Kind::DayInStamp | Kind::Naive(_), Server::Postgres) => "timestamp",
        (Kind::DayInStamp | Kind::Naive(_), Server::Mariadb) => "datetime(6)",
        (Kind::Instant, Server::Postgres) => "timestamptz",
        (Kind::Instant, Server::Mariadb) => "timestamp(6) NULL DEFAULT NULL",
    }
}

fn values(
    world: &World,
    place: usize,
    number: usize,
    row: &Row,
    setting: &Setting,
    server: Server,
) -> String {
    let table = &world.tables[place];
    let text = |one: Option<&str>| one.map_or("NULL".to_owned(), |one| format!("'{one}'"));
    let mut cells: Vec<String> = key(table.key, number)
        .iter()
        .map(|one| literal(table.key, one))
        .collect();
    for (reference, to) in table.refs.iter().zip(&row.refs) {
        let kind = world.tables[reference.parent].key;
        let values = link(world, reference.parent, *to);
        cells.extend(values.iter().map(|one| {
            one.as_ref()
                .map_or("NULL".to_owned(), |one| literal(kind, one))
        }));
    }
    cells.push(text(
        row.typed.map(|typed| if typed { "this" } else { "that" }),
    ));
    for (date, column) in row.dates.iter().zip(&table.dates) {
        cells.push(cell(date, column.kind, setting, server));
    }
    cells.push(text(row.fields.status));
    cells.push(match row.fields.flag {
        Some(true) => "TRUE".to_owned(),
        Some(false) => "FALSE".to_owned(),
        None => "NULL".to_owned(),
    });
    let number = |one: Option<i64>| one.map_or("NULL".to_owned(), |one| one.to_string());
    cells.push(number(row.fields.number));
    cells.push(number(row.fields.length));
    cells.push(text(Some(&row.personal.name)));
    cells.push(text(row.personal.note.as_deref()));
    cells.push(number(row.personal.visits));
    format!("({})", cells.join(", "))
}

fn literal(key: Key, value: &str) -> String {
    match key {
        Key::Text => format!("'{value}'"),
        Key::Int | Key::Pair => value.to_owned(),
    }
}
