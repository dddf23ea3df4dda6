//! The schedule of a world, as a person would write it.

use super::{is_declared, key_columns, ref_columns};
use crate::civil::{From, Keep};
use crate::condition::Cond;
use crate::support::Server;
use crate::world::{
    Decision, Hold, HoldBy, Known, Length, Newest, Overwrite, Purpose, Setting, Then, World,
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

pub(super) struct Writer<'a> {
    pub(super) world: &'a World,
    pub(super) server: Server,
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
            let list: Vec<String> = rule.holds.iter().map(|one| self.hold(table, one)).collect();
            text.push_str(&format!("holds = [{}]\n", list.join(", ")));
        }
        if let Some(newest) = &rule.newest {
            text.push_str(&self.newest(table, newest));
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
                Some(Decision::Keeps) | None => continue,
            };
            let column = ref_columns(self.world, reference, by)[0].clone();
            let name = self.world.name(child);
            let line = format!("  \"{name}.{column}\" = \"{word}\"\n");
            if decided.contains(&line) {
                continue;
            }
            decided.push(line);
            if matches!(word, "with-parent" | "at-due") && child != table {
                self.children(child, decided);
            }
        }
    }

    fn hold(&self, table: usize, hold: &Hold) -> String {
        let depth = if hold.shallow {
            ", depth = \"shallow\""
        } else {
            ""
        };
        let (child, by, when, until) = match &hold.by {
            HoldBy::Row(when) => {
                return format!(
                    "{{ when = \"{}\", because = \"a reason\"{depth} }}",
                    when.sql()
                );
            }
            HoldBy::Table {
                child,
                by,
                when,
                until,
            } => (*child, *by, when, *until),
        };
        let holding = &self.world.tables[child];
        let reference = &holding.refs[by];
        let mut text = format!("{{ table = \"{}\"", self.world.name(child));
        let ways = holding
            .refs
            .iter()
            .filter(|one| one.parent == table)
            .count();
        let typed = reference.known == Known::ByType;
        if ways > 1 || typed {
            text.push_str(&format!(
                ", columns = {:?}, parent-columns = {:?}",
                ref_columns(self.world, reference, by),
                key_columns(&self.world.tables[table])
            ));
        }
        let conditions: Vec<String> = typed
            .then(|| "kind = 'this'".to_owned())
            .into_iter()
            .chain(when.as_ref().map(|when| format!("({})", when.sql())))
            .collect();
        if !conditions.is_empty() {
            text.push_str(&format!(", when = \"{}\"", conditions.join(" AND ")));
        }
        if let Some(date) = until {
            let told = self.date(child, date);
            text.push_str(&format!(", until = {{ column = \"d{date}\"{told} }}"));
        }
        format!("{text}, because = \"a reason\"{depth} }}")
    }

    fn newest(&self, table: usize, newest: &Newest) -> String {
        let per: Vec<&str> = [(newest.per_status, "status"), (newest.per_amount, "amount")]
            .into_iter()
            .filter_map(|(is, name)| is.then_some(name))
            .collect();
        format!(
            "keep-newest = {{ per = {per:?}, count = {}, by = {{ column = \"d{}\"{} }} }}\n",
            newest.count,
            newest.date,
            self.date(table, newest.date)
        )
    }

    fn length(&self, table: usize, length: &Length) -> String {
        let place = if length.way.is_empty() {
            "column = \"keep_for\"".to_owned()
        } else {
            format!(
                "column = \"{}.keep_for\", via = [{}]",
                self.world.name(self.world.end_of(table, &length.way)),
                self.steps(table, &length.way)
            )
        };
        let unit = if length.months { "months" } else { "days" };
        let (least, most) = if length.across {
            ("1 month".to_owned(), "6 months".to_owned())
        } else {
            (
                format!("{} {unit}", length.at_least),
                format!("{} {unit}", length.at_most),
            )
        };
        format!("{{ {place}, unit = \"{unit}\", at-least = \"{least}\", at-most = \"{most}\" }}")
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
            let keep = match &purpose.length {
                None => format!("\"{}\"", word(keep)),
                Some(length) => self.length(table, length),
            };
            text.push_str(&format!(
                "  keep = {keep}\n  counted-from = \"{}\"\n",
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
