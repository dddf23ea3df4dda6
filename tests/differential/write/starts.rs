//! Start events, and how their columns are to be read.

use super::ref_columns;
use super::schedule::Writer;
use crate::civil::{self, DAY, SECOND};
use crate::support::Server;
use crate::world::{Cell, Choice, DateColumn, Decision, Kind, Start};

impl Writer<'_> {
    pub(super) fn start(&self, table: usize, start: &Start) -> String {
        match start {
            Start::Column { way, date } => {
                let end = self.world.end_of(table, way);
                let told = self.date(end, *date);
                let place = if way.is_empty() {
                    format!("column = \"d{date}\"")
                } else {
                    let steps = self.steps(table, way);
                    let name = self.world.name(end);
                    format!("column = \"{name}.d{date}\", via = [{steps}]")
                };
                if self.world.tables[end].dates[*date].kind != Kind::TwoForms {
                    return format!("{{ {place}{told} }}");
                }
                let [first, second] = ["%Y-%m-%d", "%d.%m.%Y"]
                    .map(|form| format!("{{ {place}, format = \"{form}\"{told} }}"));
                format!("{{ earliest-of = [{first}, {second}] }}")
            }
            Start::Unused { named: false } => "{ unused-by = \"all\" }".to_owned(),
            Start::Unused { named: true } => {
                let refs = self.world.refs_to(table).into_iter();
                let names: Vec<String> = refs
                    .map(|(child, by)| (child, by, &self.world.tables[child].refs[by]))
                    .filter(|(.., one)| one.decision == Some(Decision::Keeps))
                    .map(|(child, by, one)| {
                        let column = &ref_columns(self.world, one, by)[0];
                        format!("{}.{column}", self.world.name(child))
                    })
                    .collect();
                format!("{{ unused-by = {names:?} }}")
            }
            Start::Event(name) => format!("{{ event = \"{name}\" }}"),
            Start::Chosen(choice) => self.chosen(table, choice),
            Start::Several { latest, of } => {
                let kind = if *latest { "latest-of" } else { "earliest-of" };
                let list: Vec<String> = of.iter().map(|one| self.start(table, one)).collect();
                format!("{{ {kind} = [{}] }}", list.join(", "))
            }
            Start::Related {
                latest,
                child,
                by,
                way,
                date,
                only,
                if_none,
            } => {
                let kind = if *latest { "latest" } else { "earliest" };
                let end = self.world.end_of(*child, way);
                let steps = self.related(*child, *by, way);
                let mut told = self.date(end, *date);
                if let Some(only) = only {
                    told.push_str(&format!(", only = \"{}\"", only.sql()));
                }
                if let Some(start) = if_none {
                    told.push_str(&format!(", if-none = {}", self.start(table, start)));
                }
                let name = self.world.name(end);
                format!("{{ {kind} = \"{name}.d{date}\", via = [{steps}]{told} }}")
            }
        }
    }

    fn chosen(&self, table: usize, choice: &Choice) -> String {
        let sql = match choice {
            Choice::Coalesce(a, b) => format!("COALESCE(d{a}, d{b})"),
            Choice::Greatest(a, b) => format!("GREATEST(d{a}, d{b})"),
            Choice::Least(a, b) => format!("LEAST(d{a}, d{b})"),
            Choice::Case(when, a, b) => {
                let otherwise = b.map(|b| format!(" ELSE d{b}")).unwrap_or_default();
                format!("CASE WHEN {} THEN d{a}{otherwise} END", when.sql())
            }
        };
        let told = self.date(table, choice.columns()[0]);
        format!("{{ sql = \"{sql}\"{told} }}")
    }

    fn related(&self, child: usize, by: usize, way: &[usize]) -> String {
        let columns = ref_columns(self.world, &self.world.tables[child].refs[by], by);
        if way.is_empty() {
            return step(&columns, None);
        }
        let first = step(&columns, Some(self.world.name(child)));
        format!("{first}, {}", self.steps(child, way))
    }

    pub(super) fn steps(&self, from: usize, way: &[usize]) -> String {
        let mut table = from;
        let mut steps = Vec::new();
        for by in way {
            let reference = &self.world.tables[table].refs[*by];
            steps.push(step(&ref_columns(self.world, reference, *by), None));
            table = reference.parent;
        }
        steps.join(", ")
    }

    /// How a column is to be read, after a comma.
    pub(super) fn date(&self, table: usize, date: usize) -> String {
        let column = &self.world.tables[table].dates[date];
        let sqlite = self.server == Server::Sqlite;
        let mut told = String::new();
        let format = match column.kind {
            Kind::TextDay => Some("%d-%m-%Y"),
            Kind::TextTime => Some("%Y-%m-%dT%H:%M:%S"),
            Kind::Epoch(1) => Some("epoch-seconds"),
            Kind::Epoch(1_000) => Some("epoch-milliseconds"),
            Kind::Epoch(_) => Some("epoch-microseconds"),
            Kind::Julian => Some("julian-day"),
            Kind::Day if sqlite => Some("%Y-%m-%d"),
            Kind::DayInStamp | Kind::Naive(_) if sqlite => Some("%Y-%m-%d %H:%M:%S"),
            Kind::Instant if sqlite => Some("%Y-%m-%dT%H:%M:%SZ"),
            _ => None,
        };
        if let Some(format) = format {
            told.push_str(&format!(", format = \"{format}\""));
        }
        match column.kind {
            Kind::DayInStamp => told.push_str(", holds = \"days\""),
            Kind::Naive(Some(zone)) => told.push_str(&format!(", time-zone = \"{}\"", zone.name())),
            _ => {}
        }
        if column.not_before != civil::day_of(1980, 1, 1) {
            told.push_str(&format!(
                ", not-before = {}",
                civil::written_day(column.not_before)
            ));
        }
        if let Some(last) = column.not_after {
            told.push_str(&format!(", not-after = {}", civil::written_day(last)));
        }
        told + &Self::never(column)
    }

    fn never(column: &DateColumn) -> String {
        let value = match (&column.never, column.kind) {
            (Some(Cell::Day(day)), Kind::Day) => civil::written_day(*day),
            (Some(Cell::Day(day)), _) => {
                let (year, month, day) = civil::ymd(*day);
                format!("\"{day:02}-{month:02}-{year:04}\"")
            }
            (Some(Cell::Local(shown)), _) => {
                format!("\"{} 00:00:00\"", civil::written_day(shown.div_euclid(DAY)))
            }
            (Some(Cell::Instant(at)), Kind::Epoch(per_second)) => {
                (at / (SECOND / per_second)).to_string()
            }
            _ => return String::new(),
        };
        format!(", never = {value}")
    }
}

fn step(columns: &[String], table: Option<String>) -> String {
    let before = table.map(|name| format!("{name}.")).unwrap_or_default();
    match columns {
        [one] => format!("\"{before}{one}\""),
        several => format!("\"({before}{})\"", several.join(", ")),
    }
}
