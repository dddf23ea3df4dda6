//! When the daemon may be at work with a database, and how hard.

use chrono::{NaiveTime, TimeDelta};

use crate::config::document::{DatabaseTable, DefaultsTable, ThrottleTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::{Connection, Engine, Service, Throttle, Window};

use super::Reader;

const CAP_MAX: TimeDelta = TimeDelta::days(7);
const JITTER_MAX: TimeDelta = TimeDelta::hours(12);
const LAG_MAX: TimeDelta = TimeDelta::hours(1);

const PORT_OF_MYSQL: u16 = 3306;

/// What [defaults] says; an inner `None` is a fault that is recorded.
pub(super) struct Inherited {
    window: Option<Option<Window>>,
    run_at_most: Option<Option<TimeDelta>>,
    jitter: Option<Option<TimeDelta>>,
}

pub(super) fn inherited(table: Option<&DefaultsTable>, reader: &mut Reader<'_>) -> Inherited {
    let window = table.and_then(|table| table.window.as_ref());
    let run_at_most = table.and_then(|table| table.run_at_most.as_ref());
    let jitter = table.and_then(|table| table.jitter.as_ref());
    Inherited {
        window: window.map(|text| self::window(text, reader)),
        run_at_most: run_at_most.map(|text| lasting(text, CAP_MAX, reader)),
        jitter: jitter.map(|text| lasting(text, JITTER_MAX, reader)),
    }
}

/// How a database is served.
pub(super) fn service(
    table: &DatabaseTable,
    inherited: &Inherited,
    connection: Option<&Connection>,
    reader: &mut Reader<'_>,
) -> Option<Service> {
    let window = match (&table.window, inherited.window) {
        (Some(text), _) => window(text, reader).map(Some),
        (None, Some(inherited)) => inherited.map(Some),
        (None, None) => Some(None),
    };
    let run_at_most = match (&table.run_at_most, inherited.run_at_most) {
        (Some(text), _) => lasting(text, CAP_MAX, reader).map(Some),
        (None, Some(inherited)) => inherited.map(Some),
        (None, None) => Some(None),
    };
    let jitter = match (&table.jitter, inherited.jitter) {
        (Some(text), _) => lasting(text, JITTER_MAX, reader),
        (None, Some(inherited)) => inherited,
        (None, None) => Some(TimeDelta::zero()),
    };
    let throttle = match &table.throttle {
        None => Some(Throttle::default()),
        Some(throttle) => self::throttle(throttle, connection, reader),
    };
    Some(Service {
        window: window?,
        run_at_most: run_at_most?,
        jitter: jitter?,
        throttle: throttle?,
    })
}

/// "01:00-05:00".
fn window(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Window> {
    let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let found = text.value.split_once('-').and_then(|(from, to)| {
        let window = Window {
            from: time(from)?,
            to: time(to)?,
        };
        (window.from != window.to).then_some(window)
    });
    if found.is_none() {
        let sentence = format!("\"{}\" is not a window of the day", text.value);
        let hint =
            "write two different times of the day, such as \"01:00-05:00\" or \"22:00-06:00\"";
        reader.push(Fault::error(text.at, sentence).hint(hint));
    }
    found
}

/// "10 s", "30 minutes", "2 hours".
fn lasting(text: &Located<String>, most: TimeDelta, reader: &mut Reader<'_>) -> Option<TimeDelta> {
    let found =
        time_delta(&text.value).filter(|found| *found > TimeDelta::zero() && *found <= most);
    if found.is_none() {
        let sentence = format!("\"{}\" is not a duration that fits here", text.value);
        let hint = format!(
            "write one count of seconds, minutes or hours, at most {} hours: \"10 s\", \"30 minutes\", \"1 hour\"",
            most.num_hours()
        );
        reader.push(Fault::error(text.at, sentence).hint(hint));
    }
    found
}

fn time_delta(text: &str) -> Option<TimeDelta> {
    let (count, unit) = text.trim().split_once(' ')?;
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = count.parse().ok()?;
    match unit {
        "s" | "second" | "seconds" => TimeDelta::try_seconds(count),
        "minute" | "minutes" => TimeDelta::try_minutes(count),
        "hour" | "hours" => TimeDelta::try_hours(count),
        _ => None,
    }
}

fn throttle(
    table: &Located<ThrottleTable>,
    connection: Option<&Connection>,
    reader: &mut Reader<'_>,
) -> Option<Throttle> {
    let table = &table.value;
    let engine = connection.map(Connection::engine);
    let duty_percent = match &table.duty_cycle {
        None => Some(None),
        Some(text) => percent(text, reader).map(Some),
    };
    let rows_per_second = number(table.rows_per_second.as_ref(), reader);
    let connections = number(table.connections.as_ref(), reader);
    let replication_lag = match &table.replication_lag {
        None => Some(None),
        Some(text) => lasting(text, LAG_MAX, reader).map(Some),
    };
    let file = match &table.file {
        None => Some(None),
        Some(path) => reader.path(path).map(Some),
    };
    let replicas = replicas(table, reader);
    let fits = fits(table, engine, reader);
    fits?;
    Some(Throttle {
        duty_percent: duty_percent?,
        rows_per_second: rows_per_second?,
        replication_lag: replication_lag?,
        replicas: replicas?,
        connections: connections?,
        file: file?,
    })
}

/// What is asked must have somebody who can answer.
fn fits(table: &ThrottleTable, engine: Option<Engine>, reader: &mut Reader<'_>) -> Option<()> {
    let mut fits = Some(());
    let mut refuse = |at, sentence: &str, hint: &str| {
        reader.push(Fault::error(at, sentence).hint(hint));
        fits = None;
    };
    if engine == Some(Engine::Sqlite) {
        let lag = table.replication_lag.as_ref().map(|text| text.at);
        let connections = table.connections.as_ref().map(|number| number.at);
        for at in [lag, connections].into_iter().flatten() {
            refuse(
                at,
                "a file has no server that could be asked",
                "remove it; duty-cycle, rows-per-second and file serve every database",
            );
        }
    }
    let is_mysql = matches!(engine, Some(Engine::Mysql | Engine::Mariadb));
    match (&table.replication_lag, &table.replicas) {
        (Some(lag), None) if is_mysql => refuse(
            lag.at,
            "MySQL and MariaDB do not know how far their replicas are",
            "say where they are: replicas = [\"replica.example.com:3306\"]",
        ),
        (None, Some(replicas)) => refuse(
            replicas.at,
            "nobody asks these replicas",
            "write replication-lag = \"10 s\" beside them, or remove them",
        ),
        (Some(_), Some(replicas)) if engine == Some(Engine::Postgresql) => refuse(
            replicas.at,
            "PostgreSQL knows its standbys by itself",
            "remove it",
        ),
        _ => {}
    }
    fits
}

fn percent(text: &Located<String>, reader: &mut Reader<'_>) -> Option<u8> {
    let number = text.value.strip_suffix('%').map(str::trim_end);
    let digits = number.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let found = digits
        .and_then(|text| text.parse::<u8>().ok())
        .filter(|percent| (1..=100).contains(percent));
    if found.is_none() {
        let sentence = format!("\"{}\" is not a share of the time", text.value);
        let hint = "write a whole percentage from 1 to 100, such as \"50 %\"";
        reader.push(Fault::error(text.at, sentence).hint(hint));
    }
    found
}

/// Inner `None`: it is not written.
#[expect(
    clippy::option_option,
    reason = "a fault and a key left out are two answers"
)]
fn number(number: Option<&Located<i64>>, reader: &mut Reader<'_>) -> Option<Option<u32>> {
    let Some(number) = number else {
        return Some(None);
    };
    let found = u32::try_from(number.value).ok().filter(|found| *found > 0);
    if found.is_none() {
        let sentence = format!("{} is not a number that fits here", number.value);
        reader.push(Fault::error(number.at, sentence).hint("write a whole number, at least 1"));
    }
    found.map(Some)
}

fn replicas(table: &ThrottleTable, reader: &mut Reader<'_>) -> Option<Vec<(String, u16)>> {
    let Some(written) = &table.replicas else {
        return Some(Vec::new());
    };
    let mut all = Vec::new();
    let mut fits = true;
    for one in &written.value {
        let found = match one.value.rsplit_once(':') {
            None => Some((one.value.clone(), PORT_OF_MYSQL)),
            Some((host, port)) => port.parse().ok().map(|port| (host.to_owned(), port)),
        };
        match found.filter(|(host, port)| !host.is_empty() && *port > 0) {
            Some(found) => all.push(found),
            None => {
                let sentence = format!("\"{}\" is not a replica", one.value);
                let hint = "write a host, or a host and a port: \"replica.example.com:3306\"";
                reader.push(Fault::error(one.at, sentence).hint(hint));
                fits = false;
            }
        }
    }
    if written.value.is_empty() {
        let fault = Fault::error(written.at, "there is no replica here");
        reader.push(fault.hint("name at least one, or remove it and replication-lag"));
        fits = false;
    }
    fits.then_some(all)
}
