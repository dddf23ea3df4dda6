//! The text of a first schedule.

use std::fmt::Write as _;

use crate::catalog::{Catalog, Column, ForeignKey, RelationKind, Table, TableName};
use crate::sql::Dialect;

use super::{Candidate, names};

/// What stands above the rules: made by who knows how the database was reached.
#[derive(Debug, Clone)]
pub struct Head {
    /// The name of the database in the schedule.
    pub database: String,
    /// `[databases.NAME]` and its keys.
    pub section: String,
}

type Found<'a> = (&'a Table, Vec<Candidate>);

/// No rule can be written for the table; why.
pub(super) fn why_not(table: &Table) -> Option<&'static str> {
    match table.relation {
        RelationKind::View => return Some("a view"),
        RelationKind::Foreign => {
            return Some("a foreign table: declare the database that holds the rows");
        }
        RelationKind::Virtual => return Some("a virtual table: its rows follow another table's"),
        RelationKind::SystemVersioned => {
            return Some("system-versioned: a removed row would stay in its history");
        }
        RelationKind::Distributed => {
            return Some("distributed by Citus: its rows cannot be locked before they are judged");
        }
        RelationKind::Table | RelationKind::Partitioned => {}
    }
    if table.inherits.is_some() {
        return Some("a part of another table");
    }
    if !table.storage.takes_back() {
        return Some("its engine cannot roll back");
    }
    (table.primary_key.is_empty() && table.unique.is_empty())
        .then_some("no key by which a row could be named: declare one with `key`")
}

/// The whole file.
pub(super) fn write(
    catalog: &Catalog,
    found: &[Found<'_>],
    head: &Head,
    dialect: Dialect,
) -> String {
    let mut text = beginning(head);
    let ruled: Vec<&TableName> = found
        .iter()
        .filter(|(_, candidates)| !candidates.is_empty())
        .map(|(table, _)| &table.name)
        .collect();
    let draft = Draft {
        catalog,
        ruled: &ruled,
        dialect,
    };
    for (table, candidates) in found
        .iter()
        .filter(|(table, _)| ruled.contains(&&table.name))
    {
        text.push_str(&draft.rule(table, candidates));
    }
    let rest: Vec<&Table> = found
        .iter()
        .map(|(table, _)| *table)
        .filter(|table| !ruled.contains(&&table.name))
        .collect();
    text.push_str(&draft.remainder(&rest));
    text
}

fn beginning(head: &Head) -> String {
    format!(
        "#:schema ./schedule.schema.json\n\
         # A first schedule, written from the database itself. Nothing in it is law: every rule only observes.\n\
         #   1. retentiond schema > schedule.schema.json    lets an editor complete and check this file\n\
         #   2. fill in every keep = \"\", and what stands beside \"decide\"; take out the rules that you do not need\n\
         #   3. retentiond check, then check --connect, then plan: what would be due?\n\
         #   4. take out mode = \"observe\" where a rule is to act, and approve it\n\
         \n\
         version = 1\n\
         \n\
         [state]\n\
         directory = \"state\"                        # receipts, approvals, keys: beside this file\n\
         \n\
         {}\n",
        head.section
    )
}

struct Draft<'a> {
    catalog: &'a Catalog,
    /// Tables that get a rule.
    ruled: &'a [&'a TableName],
    dialect: Dialect,
}

impl Draft<'_> {
    fn rule(&self, table: &Table, candidates: &[Candidate]) -> String {
        let name = self.catalog.written(&table.name);
        let mut text = format!("\n[[rules]]\nname = {}\n", quoted(&name));
        let _ = writeln!(text, "table = {}", quoted(&name));
        if table.primary_key.is_empty()
            && let Some(unique) = table.unique.first()
        {
            let columns: Vec<String> = unique.iter().map(|column| quoted(column)).collect();
            let _ = writeln!(
                text,
                "key = [{}]                      # decide: what identifies a row",
                columns.join(", ")
            );
        }
        text.push_str("mode = \"observe\"                         # counts and touches nothing\n");
        text.push_str(
            "then = \"delete\"                          # decide: \"delete\" or \"anonymise\"\n",
        );
        text.push_str(&personal(table));
        if table.triggers.iter().any(|trigger| trigger.on_delete) {
            text.push_str("# A trigger runs when a row is deleted: does it keep a copy?\n");
        }
        text.push_str(&purpose(candidates));
        text.push_str(&self.children(table));
        text
    }

    /// Every reference to the table, and to what goes with it, with a first decision.
    fn children(&self, table: &Table) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut waiting = vec![&table.name];
        let mut seen = vec![&table.name];
        while let Some(parent) = waiting.pop() {
            let references: Vec<(&Table, &ForeignKey)> =
                self.catalog.references_to(parent).collect();
            for (child, key) in &references {
                if child.inherits.is_some() {
                    continue;
                }
                let times = references
                    .iter()
                    .filter(|(other, _)| other.name == child.name);
                let written = self.catalog.written(&child.name);
                let place = if times.count() > 1 {
                    format!("{written}.{}", key.columns.join(","))
                } else {
                    written
                };
                let (decision, why) = self.decision(child, key);
                let line = format!("  {} = \"{decision}\"{why}\n", bare_or_quoted(&place));
                if !lines.contains(&line) {
                    lines.push(line);
                }
                if decision == "with-parent" && !seen.contains(&&child.name) {
                    seen.push(&child.name);
                    waiting.push(&child.name);
                }
            }
        }
        if lines.is_empty() {
            return String::new();
        }
        format!(
            "\n  [rules.children]                       # decide each: \"with-parent\", \"at-due\", \"own-rule\", \"detach\"\n{}",
            lines.concat()
        )
    }

    fn decision(&self, child: &Table, key: &ForeignKey) -> (&'static str, &'static str) {
        if child.name == key.parent {
            (
                "detach",
                "                      # it refers to its own table",
            )
        } else if self.ruled.contains(&&child.name) {
            (
                "own-rule",
                "                    # it has a rule in this file",
            )
        } else {
            (
                "with-parent",
                "                 # it has no date of its own",
            )
        }
    }

    fn remainder(&self, tables: &[&Table]) -> String {
        if tables.is_empty() {
            return String::new();
        }
        let mut text = String::from("\n# Tables without a rule in this file:\n");
        for table in tables {
            let name = self.catalog.written(&table.name);
            let why = why_not(table).unwrap_or("no column that could start a period");
            let parents: Vec<String> = table
                .foreign_keys
                .iter()
                .map(|key| self.catalog.written(&key.parent))
                .collect();
            let _ = write!(text, "#   {name}: {why}");
            if !parents.is_empty() {
                let _ = write!(text, "; refers to {}", parents.join(", "));
            }
            text.push('\n');
            text.push_str(&personal(table).replace("# ", "#     "));
        }
        if self.dialect == Dialect::Sqlite {
            text.push_str(
                "# SQLite does not declare every reference: see [[databases.NAME.relations]].\n",
            );
        }
        text
    }
}

fn purpose(candidates: &[Candidate]) -> String {
    let mut text = String::from(
        "\n  [[rules.purposes]]\n  name = \"to be named\"                    # decide: why are these rows kept?\n",
    );
    for (index, one) in candidates.iter().enumerate() {
        let mut start = format!("column = {}", quoted(&one.column));
        if let Some(format) = &one.format {
            let _ = write!(start, ", format = {}", quoted(format));
        }
        let range = one
            .between
            .as_ref()
            .map_or_else(String::new, |(first, last)| {
                format!("   # {first} to {last}")
            });
        let mark = if index == 0 { "" } else { "# " };
        let _ = writeln!(text, "  {mark}start = {{ {start} }}{range}");
    }
    text.push_str(
        "  keep = \"\"                              # fill in: \"7 years\", \"30 days\" …\n",
    );
    text
}

fn personal(table: &Table) -> String {
    let found: Vec<String> = table
        .columns
        .iter()
        .filter_map(|column: &Column| {
            names::is_personal(column).map(|why| format!("{} ({why})", one_line(&column.name)))
        })
        .collect();
    if found.is_empty() {
        return String::new();
    }
    format!("# Looks personal: {}\n", found.join(", "))
}

/// A basic string of TOML: JSON's are, but for one character.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned())
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

fn bare_or_quoted(key: &str) -> String {
    let bare = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// A name in a comment must not end it.
fn one_line(name: &str) -> String {
    name.chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect()
}
