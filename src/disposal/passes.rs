//! PostgreSQL: rows that are overwritten where they lie.
//!
//! Overwriting writes a new version of the row. Where its page has room, the version stays there and no index learns of it
//! (a "heap-only tuple"); where it has none, the version goes to any page of the table, and every index of the table grows.
//! Pages are full as a rule. So the rows of a run of pages are overwritten in several passes, each a transaction: what a
//! pass left behind is room for the next one, as soon as the pages are read again.

use std::time::Duration;

use crate::anonymise::Rewrite;
use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::bound::{Place, asked};
use crate::plan::{Action, Bound, Step};
use crate::sql::{Alias, Dialect, Expr, Item, Lock, Sql, Value, select};

use super::walk::Sweep;

/// The pages whose rows are listed at once: sixteen megabytes, so that they are still in memory for the next pass.
const WINDOW: u64 = 2_048;
/// More passes over one page cost more than the room they make.
const PASSES_MAX: u16 = 32;
/// How often a run of pages is read for rows that others have changed, and so moved, meanwhile. What is found neither
/// then nor by an index is the next run's.
const LOOKS_MAX: u32 = 3;
/// How long a pass waits until nobody has a transaction open that may see what the pass before left behind; and how often
/// it looks. Where others have theirs open for longer, it does not wait again until they have ended.
const PATIENCE: Duration = Duration::from_millis(100);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// What the server keeps of a row on its page beside the row: a line pointer.
const POINTER: u64 = 4;
/// The least that a row takes: its header and a column.
const ROW_MIN: u64 = 32;
/// A longer value is kept elsewhere, and a pointer of so many bytes in the row.
const KEPT_IN_ROW: i64 = 2_000;
const KEPT_ELSEWHERE: i64 = 18;

/// The way through the rows of a heap, a few of each page at a time.
#[derive(Debug, Default)]
pub struct Passes {
    /// The run of pages in hand; the end is exclusive.
    first: u64,
    end: u64,
    looks: u32,
    /// Its due rows, in the order of their places, and the how many-th of its page each is.
    rows: Vec<(Place, u16)>,
    /// How many of them have been overwritten.
    done: u64,
    /// The most due rows of one page.
    most: u16,
    /// The pass in hand: of each page the rows from the first to before the second.
    pass: (u16, u16),
    /// Where the next batch begins, and where the last one began.
    at: usize,
    before: usize,
    /// What a row takes on its page, in bytes, and by how much less it takes when it was overwritten.
    row_bytes: u64,
    shrinks: u64,
    /// The last wait was in vain.
    impatient: bool,
}

impl Passes {
    /// At the beginning of a sweep of rows that take so many bytes each.
    pub fn new(sweep: &Sweep, row_bytes: u32) -> Self {
        Self {
            first: sweep.first,
            end: sweep.first,
            row_bytes: u64::from(row_bytes),
            ..Self::default()
        }
    }

    /// The next bound, of no more than so many rows; `None` at the end. Only reads.
    pub async fn next(
        &mut self,
        session: &mut Session,
        step: &Step,
        condition: &Expr,
        sweep: &Sweep,
        size: u64,
    ) -> Result<Option<Bound>, Trouble> {
        loop {
            if let Some(places) = self.batch(size) {
                return Ok(Some(Bound::Places(places)));
            }
            if self.pass.1 < self.most {
                self.pass = (self.pass.1, self.pass.1 + self.room(self.pass.1));
                self.at = 0;
                self.settle(session).await?;
                tidy(session, step, self.first, self.end).await?;
            } else if self.is_done() && !self.advance(sweep) {
                return Ok(None);
            } else {
                self.look(session, step, condition).await?;
            }
        }
    }

    /// Waits until the transactions have ended that were open beside the last batch: what they may see is not cleared away.
    async fn settle(&mut self, session: &mut Session) -> Result<(), Trouble> {
        let (_, upto) = open_transactions(session).await?;
        let mut waited = Duration::ZERO;
        loop {
            let (oldest, _) = open_transactions(session).await?;
            if oldest >= upto {
                self.impatient = false;
                return Ok(());
            }
            if self.impatient || waited >= PATIENCE {
                self.impatient = true;
                return Ok(());
            }
            // Between two batches: nobody waits for us meanwhile.
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            waited += LOOK_AGAIN_AFTER;
        }
    }

    /// The next rows of the pass in hand.
    fn batch(&mut self, size: u64) -> Option<Vec<Place>> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (from, before) = self.pass;
        let mut places = Vec::new();
        let mut at = self.at;
        while at < self.rows.len() && places.len() < size {
            let (place, rank) = self.rows[at];
            if (from..before).contains(&rank) {
                places.push(place);
            }
            at += 1;
        }
        self.before = std::mem::replace(&mut self.at, at);
        (!places.is_empty()).then_some(places)
    }

    /// The last batch was too much: its rows come again.
    pub fn again(&mut self) {
        self.at = self.before;
    }

    /// How many rows of a page can be overwritten when so many have been: those made room by what they lost.
    fn room(&self, done: u16) -> u16 {
        let row = self.row_bytes.max(ROW_MIN);
        let becomes = row.saturating_sub(self.shrinks).max(ROW_MIN);
        let free = u64::from(done) * (row - becomes).saturating_sub(POINTER);
        let fit = u16::try_from(free / (becomes + POINTER)).unwrap_or(u16::MAX);
        let least = self.most.div_ceil(PASSES_MAX).max(1);
        fit.max(least).min(self.most - done)
    }

    /// So many rows of the last batch were overwritten.
    pub fn taken(&mut self, rows: u64) {
        self.done += rows;
    }

    /// Nothing is left of the run of pages in hand: as many rows as were listed have been overwritten.
    fn is_done(&self) -> bool {
        self.done >= self.rows.len() as u64 || self.looks >= LOOKS_MAX
    }

    /// Goes on to the next run of pages. Those that the table gets while we walk hold no row that was due when we began.
    fn advance(&mut self, sweep: &Sweep) -> bool {
        let beyond = match sweep.rest {
            Some(_) => self.end >= sweep.end,
            None => self.end > sweep.end,
        };
        if beyond {
            return false;
        }
        self.first = self.end;
        self.end = self.first + WINDOW;
        if sweep.rest.is_some() {
            self.end = self.end.min(sweep.end);
        } else if self.end > sweep.end {
            // The table may have grown since it was last counted.
            self.end = u64::from(u32::MAX);
        }
        self.looks = 0;
        true
    }

    /// Lists the due rows of the run of pages in hand.
    async fn look(
        &mut self,
        session: &mut Session,
        step: &Step,
        condition: &Expr,
    ) -> Result<(), Trouble> {
        let pages = Expr::Pages(Alias::ROW, self.first, self.end);
        let due = Expr::all([pages, asked(condition)]);
        let written = written(step);
        let mut items = vec![Item::Text(Expr::column(Alias::ROW, "ctid"))];
        items.extend(
            written
                .iter()
                .map(|(column, _)| Item::Bytes(column.clone())),
        );
        let dialect = session.dialect();
        let table = &step.target.table;
        let sql = select(dialect, table, &items, &due, None, None, Lock::None);
        let mut places = Vec::new();
        let mut shrinks: u64 = 0;
        let see = |row: Vec<Value>| {
            let Some(place) = row.first().and_then(Value::as_text).and_then(Place::read) else {
                return;
            };
            places.push(place);
            for (old, (_, new)) in row[1..].iter().zip(&written) {
                let less = in_row(old) - new;
                shrinks += u64::try_from(less).unwrap_or(0);
            }
        };
        session.each_row(&sql, see).await?;
        places.sort_unstable();
        self.shrinks = shrinks / (places.len() as u64).max(1);
        self.list(places);
        self.looks += 1;
        Ok(())
    }

    fn list(&mut self, places: Vec<Place>) {
        let mut last: Option<(Place, u16)> = None;
        self.rows.clear();
        self.done = 0;
        self.most = 0;
        for place in places {
            let rank = match last {
                Some((before, rank)) if before.page == place.page => rank.saturating_add(1),
                _ => 0,
            };
            last = Some((place, rank));
            self.most = self.most.max(rank.saturating_add(1));
            self.rows.push((place, rank));
        }
        // The first pass begins with the next batch; the pages have just been read.
        let first = if self.most == 0 { 0 } else { self.room(0) };
        self.pass = (0, first);
        self.at = 0;
    }
}

/// What is kept of a value in the row.
fn in_row(old: &Value) -> i64 {
    match old.as_int() {
        Some(bytes) if bytes > KEPT_IN_ROW => KEPT_ELSEWHERE,
        Some(bytes) => bytes,
        None => 0,
    }
}

/// The columns whose old values may be read, and the bytes that the new value takes, about. Nothing for those of which
/// each row gets its own.
fn written(step: &Step) -> Vec<(Column, i64)> {
    let Action::Overwrite(rewrite) = &step.action else {
        return Vec::new();
    };
    let Some(values) = rewrite.uniform() else {
        return Vec::new();
    };
    let read = read_by(rewrite);
    let bytes = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Unsigned(_) => 8,
        Value::Text(text) => i64::try_from(text.len()).unwrap_or(i64::MAX / 2) + 4,
        Value::Bytes(bytes) => i64::try_from(bytes.len()).unwrap_or(i64::MAX / 2) + 4,
    };
    let read = values
        .into_iter()
        .filter(|(one, _)| read.contains(&one.name));
    read.map(|(column, value)| (column, bytes(&value)))
        .collect()
}

/// The columns that a condition of the step asks for anyway: what a role is granted is read off that.
fn read_by(rewrite: &Rewrite) -> Vec<String> {
    rewrite
        .finished(Alias::ROW)
        .columns_read(Alias::ROW)
        .into_iter()
        .collect()
}

/// The number of the oldest transaction that is open, and the number that the next one gets.
async fn open_transactions(session: &mut Session) -> Result<(i64, i64), Trouble> {
    const SQL: &str = "SELECT txid_snapshot_xmin(now), txid_snapshot_xmax(now) \
                         FROM (SELECT txid_current_snapshot() AS now) AS one";
    let rows = session.rows(&Sql::literal(Dialect::Postgres, SQL)).await?;
    let number = |at: usize| rows.first().and_then(|row| row.get(at)?.as_int());
    Ok((number(0).unwrap_or(0), number(1).unwrap_or(0)))
}

/// Reads the pages: the server clears a full page of what nobody sees any more when it is read, and not when it is written.
async fn tidy(session: &mut Session, step: &Step, first: u64, end: u64) -> Result<(), Trouble> {
    let pages = Expr::Pages(Alias::ROW, first, end);
    let (dialect, table) = (session.dialect(), &step.target.table);
    let sql = select(
        dialect,
        table,
        &[Item::Count],
        &pages,
        None,
        None,
        Lock::None,
    );
    session.rows(&sql).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(row_bytes: u32, shrinks: u64, per_page: &[u16]) -> Passes {
        let sweep = Sweep {
            first: 0,
            end: 9,
            rest: None,
        };
        let mut passes = Passes::new(&sweep, row_bytes);
        passes.shrinks = shrinks;
        let place = |page: usize, line: u16| Place {
            page: u32::try_from(page).expect("few pages"),
            line,
        };
        let of_page = |(page, rows): (usize, &u16)| (0..*rows).map(move |line| place(page, line));
        passes.list(per_page.iter().enumerate().flat_map(of_page).collect());
        passes
    }

    /// The places of each pass, in batches of so many.
    fn played(passes: &mut Passes, size: u64) -> Vec<Vec<usize>> {
        let mut all = Vec::new();
        loop {
            let mut pass = Vec::new();
            while let Some(batch) = passes.batch(size) {
                pass.push(batch.len());
            }
            all.push(pass);
            if passes.pass.1 >= passes.most {
                return all;
            }
            passes.pass = (passes.pass.1, passes.pass.1 + passes.room(passes.pass.1));
            passes.at = 0;
        }
    }

    #[test]
    fn rows_that_shrink_make_room_for_ever_more() {
        let mut passes = listed(300, 220, &[27, 27]);
        let sizes: Vec<usize> = played(&mut passes, 1_000).concat();
        assert_eq!(sizes, [2, 4, 14, 34], "1, 2, 7 and all others of each page");
    }

    #[test]
    fn rows_that_stay_as_long_go_one_by_one() {
        let passes = played(&mut listed(300, 0, &[5]), 1_000);
        assert_eq!(passes.concat(), [1; 5]);
        let passes = played(&mut listed(40, 0, &[200]), 1_000);
        assert!(passes.len() <= usize::from(PASSES_MAX), "{}", passes.len());
    }

    #[test]
    fn every_row_comes_once_however_the_batches_are_cut() {
        let mut passes = listed(300, 100, &[3, 0, 11, 1]);
        let rows: usize = played(&mut passes, 2).into_iter().flatten().sum();
        assert_eq!(rows, 15);
        let mut passes = listed(300, 100, &[3, 3, 3]);
        let first = passes.batch(2);
        passes.again();
        assert_eq!(passes.batch(2), first, "what was too much comes again");
        assert!(listed(300, 100, &[]).batch(2).is_none());
    }
}
