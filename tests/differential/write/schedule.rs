//! The schedule of a world, as a person would write it.

use super::{is_declared, key_columns, ref_columns};
use crate::civil::{self, DAY, From, Keep, SECOND};
use crate::condition::Cond;
use crate::support::Server;
use crate::world::{
    Cell, DateColumn, Decision, Kind, Known, Overwrite, Purpose, Setting, Start, Then, World,
};

/// What the schedule says of the database beside where it is.
pub fn database_lines(setting: &Setting) -> Vec<String> {
    vec![
        format!("time-zone = \"{}\"", setting.zone.name()),
        format!("column-time-zone = \"{}\"", setting.column_zone.name()),
    ]
}

/// Relations and rules.
pub fn schedule(world: &World, server: Server) -> String {
    let writer = Writer { world, server };
    let mut text = writer.relations();
    for table in 0..world.tables.len() {
        text.push_str(&writer.rule(table));
    }
    text
}

struct Writer<'a> {
    world: &'a World,
    server: Server,
}

impl Writer<'_> {
    fn relations(&self) -> String {
        let mut text = String::new();
        for (place, table) in self.world.tables.iter().enumerate() {
            for (by, reference) in table.refs.iter().enumerate() {
                if !table.there || is_declared(reference) {
                    continue;
                }
                let when = match reference.known {
                    Known::ByType => "when = \"kind = 'this'\"\n",
                    _ => "",
                };
                text.push_str(&format!(
                    "\n[[databases.case.relations]]\nchild = \"{}\"\ncolumns = {:?}\nparent = \"{}\"\n\
                     parent-columns = {:?}\n{when}",
                    self.world.name(place),
                    ref_columns(self.world, reference, by),
                    self.world.name(reference.parent),
                    key_columns(&self.world.tables[reference.parent]),
                ));
            }
        }
        text
    }

    fn rule(&self, table: usize) -> String {
        let Some(rule) = &self.world.tables[table].rule else {
            return String::new();
        };
        let name = self.world.name(table);
        let then = match rule.then {
            Then::Delete => "delete",
            Then::Anonymise(_) => "anonymise",
        };
        let mut text =
            format!("\n[[rules]]\nname = \"{name}\"\ntable = \"{name}\"\nthen = \"{then}\"\n");
        if rule.observe {
            text.push_str("mode = \"observe\"\n");
        }
        if !rule.holds.is_empty() {
            text.push_str(&format!("holds = {}\n", reasons(&rule.holds)));
        }
        if let Some(with) = rule.if_a_child_stays {
            text.push_str(&format!("if-a-child-stays = {}\n", overwrite(with)));
        }
        if let Then::Anonymise(with) = rule.then {
            text.push_str(&format!("anonymise = {}\n", overwrite(with)));
        }
        for (number, purpose) in rule.purposes.iter().enumerate() {
            text.push_str(&self.purpose(table, number, purpose));
        }
        let mut decided = Vec::new();
        self.children(table, &mut decided);
        if !decided.is_empty() {
            text.push_str(&format!("\n  [rules.children]\n{}", decided.concat()));
        }
        text
    }

    fn children(&self, table: usize, decided: &mut Vec<String>) {
        for (child, by) in self.world.refs_to(table) {
            let reference = &self.world.tables[child].refs[by];
            let word = match reference.decision {
                Some(Decision::WithParent) => "with-parent",
                Some(Decision::OwnRule) => "own-rule",
                Some(Decision::AtDue) => "at-due",
                Some(Decision::Detach) => "detach",
                None => continue,
            };
            let column = ref_columns(self.world, reference, by)[0].clone();
            let name = self.world.name(child);
            decided.push(format!("  \"{name}.{column}\" = \"{word}\"\n"));
            if matches!(word, "with-parent" | "at-due") {
                self.children(child, decided);
            }
        }
    }

    fn purpose(&self, table: usize, number: usize, purpose: &Purpose) -> String {
        let mut text = format!("\n  [[rules.purposes]]\n  name = \"p{number}\"\n");
        if let Some(when) = &purpose.when {
            text.push_str(&format!("  when = \"{}\"\n", when.sql()));
        }
        if !purpose.unless.is_empty() {
            text.push_str(&format!("  unless = {}\n", reasons(&purpose.unless)));
        }
        if let Some(zone) = purpose.zone {
            text.push_str(&format!("  time-zone = \"{}\"\n", zone.name()));
        }
        text.push_str(&format!(
            "  start = {}\n",
            self.start(table, &purpose.start)
        ));
        if let Some((keep, from)) = purpose.otherwise {
            text.push_str(&format!(
                "  keep = \"{}\"\n  counted-from = \"{}\"\n",
                word(keep),
                counted(from)
            ));
        }
        if let Some(with) = purpose.at_end {
            text.push_str(&format!("  at-end = {}\n", overwrite(with)));
        }
        for (number, case) in purpose.cases.iter().enumerate() {
            text.push_str(&format!(
                "\n    [[rules.purposes.cases]]\n    name = \"c{number}\"\n    when = \"{}\"\n    keep = \"{}\"\n    \
                 counted-from = \"{}\"\n",
                case.when.sql(),
                word(case.keep),
                counted(case.from)
            ));
            if let Some(start) = &case.start {
                text.push_str(&format!("    start = {}\n", self.start(table, start)));
            }
        }
        text
    }

    fn start(&self, table: usize, start: &Start) -> String {
        match start {
            Start::Column { way, date } => {
                let end = self.world.end_of(table, way);
                let told = self.date(end, *date);
                if way.is_empty() {
                    return format!("{{ column = \"d{date}\"{told} }}");
                }
                let steps = self.steps(table, way);
                let name = self.world.name(end);
                format!("{{ column = \"{name}.d{date}\", via = [{steps}]{told} }}")
            }
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

    fn related(&self, child: usize, by: usize, way: &[usize]) -> String {
        let columns = ref_columns(self.world, &self.world.tables[child].refs[by], by);
        if way.is_empty() {
            return step(&columns, None);
        }
        let first = step(&columns, Some(self.world.name(child)));
        format!("{first}, {}", self.steps(child, way))
    }

    fn steps(&self, from: usize, way: &[usize]) -> String {
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
    fn date(&self, table: usize, date: usize) -> String {
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

fn reasons(conditions: &[Cond]) -> String {
    let list: Vec<String> = conditions
        .iter()
        .enumerate()
        .map(|(number, one)| {
            format!(
                "{{ when = \"{}\", because = \"reason {number}\" }}",
                one.sql()
            )
        })
        .collect();
    format!("[{}]", list.join(", "))
}

fn overwrite(with: Overwrite) -> String {
    let mut parts = Vec::new();
    let fixed: Vec<&str> = [(with.name, "name = \"ANON\""), (with.visits, "visits = 0")]
        .into_iter()
        .filter_map(|(is, text)| is.then_some(text))
        .collect();
    if !fixed.is_empty() {
        parts.push(format!("set = {{ {} }}", fixed.join(", ")));
    }
    if with.note {
        parts.push("null = [\"note\"]".to_owned());
    }
    format!("{{ {} }}", parts.join(", "))
}

fn word(keep: Keep) -> String {
    match keep {
        Keep::None => "none".to_owned(),
        Keep::Hours(count) => format!("{count} hours"),
        Keep::Days(count) => format!("{count} days"),
        Keep::Weeks(count) => format!("{count} weeks"),
        Keep::Months(count) => format!("{count} months"),
        Keep::Years(count) => format!("{count} years"),
    }
}

fn counted(from: From) -> String {
    match from {
        From::Event => "event".to_owned(),
        From::Month => "end-of-month".to_owned(),
        From::Quarter => "end-of-quarter".to_owned(),
        From::Year => "end-of-year".to_owned(),
        From::BookYear(month, day) => format!("end-of-book-year {month:02}-{day:02}"),
    }
}
