//! Databases: what holds for every engine. How a server is reached is in `connection`.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::config::document::{DatabaseTable, DefaultsTable, Document};
use crate::diagnostic::{Fault, Located};
use crate::schedule::{Connection, Database, DeclaredKey, DeclaredRelation, Engine, Witness};

use super::reader::{Inside, Reader};
use super::{connection, relation, service, time};

/// All databases, by name.
pub(super) fn databases(
    document: &Document,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<String, Database>> {
    let entries = document
        .databases
        .as_ref()
        .map(|all| all.value.0.as_slice());
    let entries = entries.unwrap_or_default();
    let inherited = inherited(document, reader);
    if entries.is_empty() {
        let fault = Fault::nowhere("the schedule names no database")
            .hint("write a table [databases.NAME] with engine, host, database and user");
        // The only one may have been of a wrong kind, and taken out by stage 2.
        if document.databases.is_none() || reader.is_complete() {
            reader.missing_at_top(&["databases"], fault);
        }
        return None;
    }
    let all: Vec<_> = entries
        .iter()
        .map(|(name, table)| database(name, table, &inherited, reader))
        .collect();
    all.into_iter()
        .map(|one| one.map(|one| (one.name.value.clone(), one)))
        .collect()
}

/// The zone of every declared database, where it is right.
pub(super) fn zones(
    document: &Document,
    databases: Option<&BTreeMap<String, Database>>,
) -> BTreeMap<String, Option<Tz>> {
    let entries = document
        .databases
        .as_ref()
        .map(|all| all.value.0.as_slice());
    entries
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| {
            let database = databases.and_then(|all| all.get(&name.value));
            (name.value.clone(), database.map(|one| one.zone))
        })
        .collect()
}

/// What [defaults] says; an inner `None` is a fault that is recorded.
struct Inherited {
    zone: Option<Option<Tz>>,
    cadence: Option<Option<Located<String>>>,
    service: service::Inherited,
}

fn inherited(document: &Document, reader: &mut Reader<'_>) -> Inherited {
    let table: Option<&DefaultsTable> = document.defaults.as_ref().map(|table| &table.value);
    let zone = table.and_then(|table| table.time_zone.as_ref());
    let cadence = table.and_then(|table| table.cadence.as_ref());
    Inherited {
        zone: zone.map(|text| time::zone(text, reader)),
        cadence: cadence.map(|text| time::cadence(text, reader)),
        service: service::inherited(table, reader),
    }
}

fn database(
    name: &Located<String>,
    table: &Located<DatabaseTable>,
    inherited: &Inherited,
    reader: &mut Reader<'_>,
) -> Option<Database> {
    let inside = Inside {
        what: "database",
        at: table.at,
    };
    let name = reader.name(name, "database");
    let connection = connection::connection(&table.value, inside, reader);
    let zone = match (&table.time_zone, inherited.zone) {
        (Some(text), _) => time::zone(text, reader),
        (None, Some(zone)) => zone,
        (None, None) => {
            let hint = "write time-zone = \"Europe/Amsterdam\" here or in [defaults]: days, months \
                        and years begin and end somewhere";
            reader.required(None, "time-zone", inside, hint).copied()
        }
    };
    let column_zone = match &table.column_time_zone {
        None => Some(None),
        Some(text) => time::zone(text, reader).map(Some),
    };
    let cadence = match (&table.cadence, &inherited.cadence) {
        (Some(text), _) => time::cadence(text, reader).map(Some),
        (None, Some(cadence)) => cadence.clone().map(Some),
        (None, None) => Some(None),
    };
    let service = service::service(
        &table.value,
        &inherited.service,
        connection.as_ref(),
        reader,
    );
    let keys = keys(&table.value, reader);
    let relations = relations(&table.value, reader);
    let engine = connection.as_ref().map(Connection::engine);
    let assurance = assurance(table.value.assurance.as_ref(), engine, reader);
    Some(Database {
        name: name?,
        connection: connection?,
        zone: zone?,
        column_zone: column_zone?,
        cadence: cadence?,
        service: service?,
        keys: keys?,
        relations: relations?,
        assurance: assurance?,
    })
}

/// Less than the ledger, where the database has it and the schedule says so.
fn assurance(
    text: Option<&Located<String>>,
    engine: Option<Engine>,
    reader: &mut Reader<'_>,
) -> Option<Witness> {
    let Some(text) = text else {
        return Some(Witness::Ledger);
    };
    let asked = reader.word(text)?;
    let fault = match (asked, engine) {
        (Witness::Inferred | Witness::TransactionStatus, Some(Engine::Sqlite)) => {
            Fault::error(text.at, "a SQLite file always has room for the ledger")
                .hint("remove `assurance`, and run `retentiond migrate`")
        }
        (Witness::TransactionStatus, Some(Engine::Mysql | Engine::Mariadb)) => Fault::error(
            text.at,
            "only PostgreSQL tells what became of a transaction",
        )
        .hint("write \"inferred\", or remove `assurance` and have a DBA create the ledger: `retentiond migrate --print`"),
        _ => return Some(asked),
    };
    reader.push(fault);
    None
}

fn keys(table: &DatabaseTable, reader: &mut Reader<'_>) -> Option<Vec<DeclaredKey>> {
    let tables = table.keys.as_deref().unwrap_or_default();
    reader.unique(
        tables.iter().filter_map(|key| key.value.table.as_ref()),
        |name| format!("two keys are declared of the table \"{name}\""),
        "one key identifies its rows",
    );
    let all: Vec<_> = tables
        .iter()
        .map(|table| relation::key(table, reader))
        .collect();
    all.into_iter().collect()
}

fn relations(table: &DatabaseTable, reader: &mut Reader<'_>) -> Option<Vec<DeclaredRelation>> {
    let tables = table.relations.as_deref().unwrap_or_default();
    let all: Vec<_> = tables
        .iter()
        .map(|table| relation::relation(table, reader))
        .collect();
    all.into_iter().collect()
}
