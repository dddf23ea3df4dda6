//! The digests of the keys that go, made on a thread of their own while the database removes the next rows.
//!
//! Apart, because they take longer than anything else that we do for a row, and nothing waits for them but the ledger's
//! row at the end of a batch. Making them durable goes on while the database commits. One thread serves all workers of a
//! run, each with a batch of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, anyhow};
use tokio::sync::oneshot;

use crate::audit::digests::{self, Block, root};
use crate::catalog::TableName;
use crate::fault::{Part, is_without};
use crate::sql::Value;
use crate::state::{DigestKey, Effect, SideFile};

use super::contents::CONTENT;
use super::digest::spell;
use super::{KeyDigest, Keyed, Tally};

/// So many keys are handed over at once.
const KEYS_AT_ONCE: usize = 256;
/// Or as many as take so many bytes: a key may be a text of any length.
const BYTES_AT_ONCE: usize = 16 * 1_024;
/// So many digests are sorted at once, while others are still to come.
const SORTED_AT_ONCE: usize = 2_048;
/// So many handfuls wait at most: the database is not asked for more before.
const HANDFULS_MAX: usize = 64;

/// The thread, as whoever removes rows sees it.
pub struct Digesting {
    work: SyncSender<(usize, Work)>,
    thread: RefCell<Option<JoinHandle<()>>>,
}

/// What is asked of it by one worker, in order.
enum Work {
    /// Rows of a batch, or of another attempt at it, come from here on; and the columns by which they are known again.
    Begin(Vec<String>),
    Keys(Handful),
    /// They were all: their digests are written, which is the first answer, and then made durable, which is the second.
    End {
        batch: String,
        written: oneshot::Sender<anyhow::Result<Digested>>,
        durable: oneshot::Sender<anyhow::Result<()>>,
    },
}

/// The digests of a batch are written, and on their way to the disk.
pub struct Durable(oneshot::Receiver<anyhow::Result<()>>);

/// Keys of one table that went under one effect, spelled one after the other. Not as values: a value that one thread
/// makes and another one drops takes both longer than its digest.
struct Handful {
    table: TableName,
    effect: &'static str,
    spelled: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Handful {
    fn add(&mut self, key: &[Value]) {
        spell(key, &mut self.spelled);
        self.ends.push(self.spelled.len());
    }
}

/// What a batch came to.
#[derive(Debug, Default)]
struct Digested {
    /// The digest of each table and effect.
    sums: BTreeMap<(TableName, &'static str), KeyDigest>,
    /// The root over the digests of each table.
    roots: BTreeMap<TableName, String>,
    /// The root over the digests of the rows by their content, and their table.
    contents: Option<(TableName, String)>,
}

impl Digesting {
    /// Begins the thread of a run. It ends when this is dropped.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(key: DigestKey, database: &str, side: SideFile) -> anyhow::Result<Self> {
        let (work, todo) = sync_channel(HANDFULS_MAX);
        let mut bench = Bench {
            key,
            database: database.to_owned(),
            keyed: BTreeMap::new(),
            side,
            batches: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("digests".to_owned())
            .spawn(move || {
                while let Ok((worker, work)) = todo.recv() {
                    bench.work(worker, work);
                }
            })
            .context("failed to begin a thread")?;
        Ok(Self {
            work,
            thread: RefCell::new(Some(thread)),
        })
    }

    /// The rows of a worker's batch, or of another attempt at it, come from here on; what is told of their content is of
    /// these columns.
    ///
    /// # Errors
    /// The thread ended.
    pub fn batch(&self, worker: usize, columns: Vec<String>) -> anyhow::Result<Told<'_>> {
        self.ask(worker, Work::Begin(columns))?;
        Ok(Told {
            digesting: self,
            worker,
            handful: RefCell::new(None),
        })
    }

    /// Waits until the digests of a batch are durable: before a receipt names them.
    ///
    /// # Errors
    /// The system's.
    pub async fn durable(&self, one: Durable) -> anyhow::Result<()> {
        one.0.await.map_err(|_| self.ended())?
    }

    fn ask(&self, worker: usize, work: Work) -> anyhow::Result<()> {
        self.work.send((worker, work)).map_err(|_| self.ended())
    }

    /// It ends before us only by a panic, which is ours then as if there were no thread.
    fn ended(&self) -> anyhow::Error {
        let thread = self.thread.borrow_mut().take();
        if let Some(Err(panic)) = thread.map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        anyhow!("the thread that digests keys has ended")
    }
}

/// The keys of one attempt at a batch, as the database tells them.
pub struct Told<'d> {
    digesting: &'d Digesting,
    worker: usize,
    handful: RefCell<Option<Handful>>,
}

impl Told<'_> {
    /// One row: its table, what happened to it, its key. That the thread ended is found at the end of the batch.
    pub fn tell(&self, table: &TableName, effect: &'static str, key: &[Value]) {
        if is_without(Part::Digests) {
            return;
        }
        let mut handful = self.handful.borrow_mut();
        if let Some(one) = handful.as_mut()
            && &one.table == table
            && one.effect == effect
            && one.ends.len() < KEYS_AT_ONCE
            && one.spelled.len() < BYTES_AT_ONCE
        {
            one.add(key);
            return;
        }
        let mut next = Handful {
            table: table.clone(),
            effect,
            spelled: Vec::new(),
            ends: Vec::with_capacity(KEYS_AT_ONCE),
        };
        next.add(key);
        if let Some(full) = handful.replace(next) {
            let _ = self.digesting.ask(self.worker, Work::Keys(full));
        }
    }

    /// Waits until all are digested and written, and puts the digests into the tally, and the roots into the effects
    /// that it comes to.
    ///
    /// # Errors
    /// They could not be written.
    pub async fn end(
        self,
        batch: &str,
        tally: &mut Tally,
    ) -> anyhow::Result<(Vec<Effect>, Durable)> {
        let Self {
            digesting,
            worker,
            handful,
        } = self;
        if let Some(last) = handful.into_inner() {
            digesting.ask(worker, Work::Keys(last))?;
        }
        let (written, digested) = oneshot::channel();
        let (durable, receiver) = oneshot::channel();
        let end = Work::End {
            batch: batch.to_owned(),
            written,
            durable,
        };
        digesting.ask(worker, end)?;
        let digested = digested.await.map_err(|_| digesting.ended())??;
        tally.digested(digested.sums);
        let mut effects = tally.effects();
        for effect in &mut effects {
            let table = digested
                .roots
                .iter()
                .find(|(table, _)| table.to_string() == effect.table);
            effect.keys = table.map(|(_, root)| root.clone());
            let contents = digested.contents.as_ref().filter(|(table, _)| {
                effect.effect == "deleted" && table.to_string() == effect.table
            });
            effect.contents = contents.map(|(_, root)| root.clone());
        }
        Ok((effects, Durable(receiver)))
    }
}

/// What the thread has.
struct Bench {
    key: DigestKey,
    database: String,
    keyed: BTreeMap<TableName, Keyed>,
    side: SideFile,
    /// What each worker has in hand.
    batches: BTreeMap<usize, InHand>,
}

/// The digests of one batch so far.
#[derive(Default)]
struct InHand {
    sums: BTreeMap<(TableName, &'static str), KeyDigest>,
    digests: BTreeMap<TableName, Vec<digests::KeyDigest>>,
    /// By which the rows of the batch are known again.
    columns: Vec<String>,
    /// Of the rows by their content: they are of one table, that of the step.
    contents: Option<(TableName, Vec<digests::KeyDigest>)>,
}

impl Bench {
    /// Whoever does not wait for an answer any more needs none.
    fn work(&mut self, worker: usize, work: Work) {
        match work {
            Work::Begin(columns) => {
                let fresh = InHand {
                    columns,
                    ..InHand::default()
                };
                self.batches.insert(worker, fresh);
            }
            Work::Keys(handful) => self.digest(worker, handful),
            Work::End {
                batch,
                written,
                durable,
            } => {
                let in_hand = self.batches.remove(&worker).unwrap_or_default();
                let digested = self.write(&batch, in_hand);
                let is_written = digested.is_ok();
                let _ = written.send(digested);
                if is_written {
                    let _ = durable.send(self.side.sync());
                }
            }
        }
    }

    fn digest(&mut self, worker: usize, handful: Handful) {
        let Handful {
            table,
            effect,
            spelled,
            ends,
        } = handful;
        let (key, database) = (&self.key, &self.database);
        let in_hand = self.batches.entry(worker).or_default();
        let keyed = self
            .keyed
            .entry(table.clone())
            .or_insert_with(|| Keyed::new(key, database, &table));
        if effect == CONTENT {
            let (_, all) = in_hand.contents.get_or_insert((table, Vec::new()));
            let mut begin = 0;
            for end in ends {
                all.push(keyed.digest_spelled(&spelled[begin..end]).bytes());
                begin = end;
            }
            return;
        }
        let all = in_hand.digests.entry(table.clone()).or_default();
        let sum = in_hand.sums.entry((table, effect)).or_default();
        let mut begin = 0;
        for end in ends {
            let digest = keyed.digest_spelled(&spelled[begin..end]);
            begin = end;
            sum.add(digest);
            all.push(digest.bytes());
            if all.len().is_multiple_of(SORTED_AT_ONCE) {
                let run = all.len() - SORTED_AT_ONCE;
                all[run..].sort_unstable();
            }
        }
    }

    /// Writes the digests beside the log.
    fn write(&mut self, batch: &str, in_hand: InHand) -> anyhow::Result<Digested> {
        let mut roots = BTreeMap::new();
        for (table, mut digests) in in_hand.digests {
            // A row that lost two references was told twice.
            // Not unstable: this one sees the runs that are sorted already.
            digests.sort();
            digests.dedup();
            let block = block(batch, &table, &digests, Vec::new());
            self.side.write(&block, &digests)?;
            roots.insert(table, root(&digests).to_string());
        }
        let mut contents = None;
        if let Some((table, mut digests)) = in_hand.contents {
            digests.sort_unstable();
            digests.dedup();
            let block = block(batch, &table, &digests, in_hand.columns);
            self.side.write(&block, &digests)?;
            contents = Some((table, root(&digests).to_string()));
        }
        Ok(Digested {
            sums: in_hand.sums,
            roots,
            contents,
        })
    }
}

fn block(
    batch: &str,
    table: &TableName,
    digests: &[digests::KeyDigest],
    columns: Vec<String>,
) -> Block {
    Block {
        batch: batch.to_owned(),
        schema: table.schema.clone(),
        table: table.table.clone(),
        count: digests.len(),
        columns,
    }
}
