//! `audit prove`: whether one record was erased, by which rule and when.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::audit::digests::{Among, Block, KeyDigest, among};
use crate::audit::{Entry, Included};
use crate::disposal::readings;
use crate::state::{DigestKey, Digests, Month, Record, Store, Use};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json};

/// Answer whether records were erased, by which rule and when, with a proof.
///
/// Keys are read from standard input, one record to a line, columns separated by tabs, as the database writes them
/// (bytes as 0x00ff). They are never shown. Without the key of the month in which a record went nobody can ask; it is
/// destroyed thirteen months after the month's end, and then the answer is that nobody knows.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rule.
    #[arg(long, value_name = "NAME")]
    rule: String,
    /// "-": keys come from standard input, so that no process list shows them.
    #[arg(long, value_name = "-", allow_hyphen_values = true)]
    key: String,
    /// Records of this table, as receipts write it; by default of every table that the rule touched.
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
}

/// What is known of one line of the input.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    line: usize,
    erased: Vec<Proof>,
}

/// One receipt that a record stands in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Proof {
    /// The number of the receipt in the log.
    record: u64,
    at: DateTime<Utc>,
    run: String,
    table: String,
    effects: Vec<String>,
    digest: String,
    among: Among,
    /// That the receipt is in the log.
    included: Included,
}

/// The digests of one receipt and table.
struct Kept<'a> {
    entry: &'a Entry,
    run: &'a str,
    database: &'a str,
    /// As the receipt writes it.
    shown: &'a str,
    /// Its schema and its name.
    table: (String, String),
    effects: Vec<String>,
    key: DigestKey,
    sorted: Vec<KeyDigest>,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if args.key != "-" {
        bail!("keys are read from standard input only: write --key -");
    }
    let mut store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    let entries = store.records(&["done"]).await?;
    let (kept, lost) = kept(&store, &entries, args, Utc::now())?;
    let mut answers = Vec::new();
    for (n, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("failed to read standard input")?;
        let columns: Vec<&str> = line.split('\t').collect();
        answers.push(Answer {
            line: n + 1,
            erased: erased(&store, &kept, &columns)?,
        });
    }
    match at.output {
        Output::Json => print_json(&serde_json::json!({
            "answers": answers,
            "receipts-without-digests": lost.unexplained,
            "receipts-of-destroyed-months": lost.destroyed,
            "destroyed-months": lost.months,
        }))?,
        Output::Text => print(&told(&answers, &lost)),
    }
    Ok(Exit::Done)
}

/// Receipts about whose rows nobody can ask any more.
#[derive(Debug, Default)]
struct Lost {
    /// Their month's key was destroyed, which the log says.
    destroyed: usize,
    months: BTreeSet<String>,
    /// They should have digests, and have none, or other ones than they tell of.
    unexplained: usize,
}

impl Lost {
    fn add(&mut self, entry: &Entry, months: &[Month]) {
        let month = months.iter().rfind(|month| month.from < entry.seq);
        match month {
            Some(month) if month.is_destroyed => {
                self.destroyed += 1;
                self.months.insert(month.window.clone());
            }
            _ => self.unexplained += 1,
        }
    }
}

/// The digests of every receipt of the rule; and the receipts that have none any more.
fn kept<'a>(
    store: &Store,
    entries: &'a [Entry],
    args: &Args,
    now: DateTime<Utc>,
) -> anyhow::Result<(Vec<Kept<'a>>, Lost)> {
    let months = store.months()?;
    let mut files: BTreeMap<&str, Option<Digests>> = BTreeMap::new();
    let (mut kept, mut lost) = (Vec::new(), Lost::default());
    for entry in entries {
        let Record::Done {
            run,
            batch,
            database,
            rule,
            effects,
            ..
        } = &entry.record
        else {
            continue;
        };
        if *rule != args.rule {
            continue;
        }
        if !files.contains_key(run.as_str()) {
            files.insert(run, store.digests_of(run, now)?);
        }
        let mut tables: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
        for effect in effects {
            let place = (effect.table.as_str(), effect.keys.as_deref());
            tables.entry(place).or_default().push(effect.effect.clone());
        }
        for ((table, root), effects) in tables {
            if args.table.as_deref().is_some_and(|wanted| wanted != table) {
                continue;
            }
            let file = files.get(run.as_str()).and_then(Option::as_ref);
            let found = file.and_then(|(key, blocks)| {
                let is_it = |(block, sorted): &&(Block, Vec<KeyDigest>)| {
                    block.batch == *batch
                        && Some(crate::audit::digests::root(sorted).to_string().as_str()) == root
                };
                blocks.iter().find(is_it).map(|block| (key, block))
            });
            match found {
                Some((key, (block, sorted))) => kept.push(Kept {
                    entry,
                    run,
                    database,
                    shown: table,
                    table: (block.schema.clone(), block.table.clone()),
                    effects,
                    key: key.clone(),
                    sorted: sorted.clone(),
                }),
                None => lost.add(entry, &months),
            }
        }
    }
    Ok((kept, lost))
}

fn erased(store: &Store, kept: &[Kept<'_>], columns: &[&str]) -> anyhow::Result<Vec<Proof>> {
    let mut proofs = Vec::new();
    for one in kept {
        for digest in readings(
            &one.key,
            one.database,
            (&one.table.0, &one.table.1),
            columns,
        ) {
            if let Some(among) = among(&digest, &one.sorted) {
                proofs.push(Proof {
                    record: one.entry.seq,
                    at: one.entry.at,
                    run: one.run.to_owned(),
                    table: one.shown.to_owned(),
                    effects: one.effects.clone(),
                    digest: hex::encode(digest),
                    among,
                    included: store.included(one.entry.seq)?,
                });
            }
        }
    }
    Ok(proofs)
}

fn told(answers: &[Answer], lost: &Lost) -> String {
    let mut out = String::new();
    let all_can_be_asked = lost.destroyed + lost.unexplained == 0;
    for answer in answers {
        if answer.erased.is_empty() {
            let which = if all_can_be_asked {
                "no receipt tells of it"
            } else {
                "no receipt that can be asked tells of it"
            };
            out.push_str(&format!("line {}: {which}\n", answer.line));
        }
        for proof in &answer.erased {
            out.push_str(&format!(
                "line {}: {} {} on {}, record {} of the log (run {}){}\n",
                answer.line,
                proof.table,
                proof.effects.join(", "),
                super::super::report::second(proof.at),
                proof.record,
                proof.run,
                if proof.included.checkpoint.is_some() {
                    ", under a checkpoint"
                } else {
                    ", not signed yet"
                }
            ));
        }
    }
    if lost.destroyed > 0 {
        let months: Vec<&str> = lost.months.iter().map(String::as_str).collect();
        out.push_str(&format!(
            "{} receipts are of months whose key was destroyed ({}): of what went with them nobody can tell any more\n",
            lost.destroyed,
            months.join(", ")
        ));
    }
    if lost.unexplained > 0 {
        out.push_str(&format!(
            "{} receipts have no digests, or other ones than they tell of: of what went with them nobody can tell\n",
            lost.unexplained
        ));
    }
    out
}
