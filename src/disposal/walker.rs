//! Finds the next bound and follows the time that batches take.

use std::time::Duration;

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::{Bound, Range, Step};
use crate::resolve::Partition;
use crate::schedule::Limits;
use crate::sql::{Alias, Dialect, Expr, Order, Value};

use super::pace::{Pace, Unit};
use super::passes::Passes;
use super::place::{place, rows};
use super::rows_max;
use super::walk::{Sweep, Walk};

/// A place in a walk.
#[derive(Debug)]
pub struct Walker {
    walk: Walk,
    /// The last row of the batch before, in the walk's order.
    after: Option<Vec<Value>>,
    /// The first start event of the next batch, where the batch before ended between two of them.
    from: Option<Value>,
    page: u64,
    /// The rows of all batches until now.
    rows_taken: u64,
    pace: Pace,
    passes: Passes,
    /// The rows of the last list, in the walk's order.
    listed: Vec<Vec<Value>>,
    /// A bound that was too wide, cut.
    again: Option<Bound>,
    /// Partitions that come first, the next one last.
    whole: Vec<Partition>,
    /// The batch in hand is a partition: its time says nothing of others.
    in_partition: bool,
    /// Only rows within this.
    within: Expr,
    /// A page that is too much for one batch: its rows are listed.
    page_list: Option<Box<Walker>>,
    ended: bool,
}

impl Walker {
    /// At the beginning of a walk.
    #[must_use]
    pub fn new(walk: Walk, step: &Step, limits: Limits, dialect: Dialect) -> Self {
        let (walk, mut whole) = match walk {
            Walk::Partitions { whole, rest } => (*rest, whole),
            rows => (rows, Vec::new()),
        };
        whole.reverse();
        let rows_max =
            u64::from(limits.rows_per_batch).min(rows_max::rows_max(&walk, step, dialect));
        let unit = match walk {
            Walk::Pages(_) => Unit::Pages,
            Walk::KeyRanges {
                between: Some(_), ..
            } => Unit::Numbers,
            _ => Unit::Rows,
        };
        let target = Duration::from_millis(u64::from(limits.batch_duration_ms));
        let pace = Pace::new(unit, rows_max, target, step.bundle.is_empty());
        let passes = match &walk {
            Walk::Passes { sweep, row_bytes } => Passes::new(sweep, *row_bytes),
            _ => Passes::default(),
        };
        let after = match &walk {
            Walk::KeyRanges {
                between: Some((least, _)),
                ..
            } => Some(vec![Value::Int(least.saturating_sub(1))]),
            _ => None,
        };
        let page = match &walk {
            Walk::Pages(sweep) => sweep.first,
            _ => 0,
        };
        Self {
            walk,
            after,
            from: None,
            page,
            rows_taken: 0,
            pace,
            passes,
            listed: Vec::new(),
            again: None,
            whole,
            in_partition: false,
            within: Expr::Truth(true),
            page_list: None,
            ended: false,
        }
    }

    /// The next bound; `None` at the end. Only reads.
    ///
    /// # Errors
    /// The database's.
    pub async fn next(
        &mut self,
        session: &mut Session,
        step: &Step,
        condition: &Expr,
    ) -> Result<Option<Bound>, Trouble> {
        if let Some(partition) = self.whole.pop() {
            self.in_partition = true;
            return Ok(Some(Bound::Partition(partition)));
        }
        self.in_partition = false;
        if let Some(list) = &mut self.page_list {
            if let Some(bound) = Box::pin(list.next(session, step, condition)).await? {
                return Ok(Some(bound));
            }
            self.page_list = None;
        }
        if let Some(bound) = self.again.take() {
            return Ok(Some(bound));
        }
        if self.ended {
            return Ok(None);
        }
        match self.walk.clone() {
            Walk::Pages(sweep) => {
                let run = self.pages(&sweep);
                if run.is_some() || !self.looks_for_the_rest(sweep) {
                    return Ok(run);
                }
                Box::pin(self.next(session, step, condition)).await
            }
            Walk::Passes { sweep, .. } => {
                let size = self.pace.size();
                let passes = &mut self.passes;
                let some = passes.next(session, step, condition, &sweep, size).await?;
                if some.is_some() || !self.looks_for_the_rest(sweep) {
                    return Ok(some);
                }
                Box::pin(self.next(session, step, condition)).await
            }
            // Taken apart where the walk began.
            Walk::Partitions { .. } => Ok(None),
            Walk::StartRanges(columns) => {
                let within = step
                    .driving
                    .as_ref()
                    .map_or(Expr::Truth(true), |driving| driving.condition(Alias::ROW));
                self.starts(session, step, columns, &within).await
            }
            Walk::KeyRanges {
                columns,
                between: Some((_, greatest)),
            } => Ok(self.span(columns, greatest)),
            Walk::KeyRanges { columns, .. } => {
                self.range(session, step, columns, &Expr::Truth(true)).await
            }
            Walk::KeyLists(columns) => self.list(session, step, columns, condition).await,
        }
    }

    /// Pages that the table gets while we walk hold no row that was due when we began.
    fn pages(&mut self, sweep: &Sweep) -> Option<Bound> {
        let first = self.page;
        let mut end = first + self.pace.size();
        if sweep.rest.is_some() {
            if first >= sweep.end {
                return None;
            }
            end = end.min(sweep.end);
        } else {
            if first > sweep.end {
                return None;
            }
            // The table may have grown since it was last counted: the last run goes to the end of the table.
            if end > sweep.end {
                end = u64::from(u32::MAX);
            }
        }
        self.page = end;
        Some(Bound::Pages { first, end })
    }

    /// After a sweep: whether due rows are looked for on other pages.
    fn looks_for_the_rest(&mut self, sweep: Sweep) -> bool {
        match sweep.rest {
            Some(rest) if self.rows_taken < rest.due => {
                self.pace = self.pace.in_rows();
                // A rehearsal finds the rows of the sweep where they were: they are not told twice.
                self.within = Expr::Pages(Alias::ROW, sweep.first, sweep.end).negated();
                self.walk = Walk::KeyLists(rest.columns);
                true
            }
            _ => {
                self.ended = true;
                false
            }
        }
    }

    /// So many numbers of the key, whether there are rows to them or not: nothing needs to be read.
    fn span(&mut self, columns: Vec<Column>, greatest: i64) -> Option<Bound> {
        let after = self.after.as_ref()?.first()?.as_int()?;
        if after >= greatest {
            self.ended = true;
            return None;
        }
        let upto = after
            .saturating_add_unsigned(self.pace.size())
            .min(greatest);
        let range = Range {
            columns,
            after: self.after.replace(vec![Value::Int(upto)]),
            upto: self.after.clone(),
            ..Range::default()
        };
        Some(Bound::Range(range))
    }

    /// Ends a batch between two start events, so that an index on them alone finds it and bounds it. Where one start
    /// event has more rows than a batch may have, they are told apart by their keys.
    async fn starts(
        &mut self,
        session: &mut Session,
        step: &Step,
        columns: Vec<Column>,
        within: &Expr,
    ) -> Result<Option<Bound>, Trouble> {
        let mut range = Range {
            columns,
            from: self.from.clone(),
            after: self.after.clone(),
            ..Range::default()
        };
        let rest = Expr::all([within.clone(), range.condition(session.dialect())]);
        let start = &range.columns[..1];
        let beyond = place(
            session,
            step,
            start,
            &rest,
            Order::Up,
            (1, self.pace.size()),
        )
        .await?;
        if let Some(beyond) = beyond {
            let last = self.after.as_ref().and_then(|after| after.first());
            if beyond.first() == self.from.as_ref().or(last) {
                return self.range(session, step, range.columns, within).await;
            }
            self.from = beyond.into_iter().next();
            self.after = None;
            range.before.clone_from(&self.from);
            return Ok(Some(Bound::Range(range)));
        }
        self.ended = true;
        range.upto = place(session, step, start, &rest, Order::Down, (1, 0)).await?;
        Ok(range.upto.is_some().then_some(Bound::Range(range)))
    }

    async fn range(
        &mut self,
        session: &mut Session,
        step: &Step,
        columns: Vec<Column>,
        within: &Expr,
    ) -> Result<Option<Bound>, Trouble> {
        let after = self.after.clone();
        let from = self.from.take();
        let rest = Range {
            columns: columns.clone(),
            from: from.clone(),
            after: after.clone(),
            ..Range::default()
        };
        let condition = Expr::all([within.clone(), rest.condition(session.dialect())]);
        let at = (1, self.pace.size() - 1);
        let mut upto = place(session, step, &columns, &condition, Order::Up, at).await?;
        if upto.is_none() {
            self.ended = true;
            upto = place(session, step, &columns, &condition, Order::Down, (1, 0)).await?;
        }
        let Some(upto) = upto else {
            return Ok(None);
        };
        self.after = Some(upto.clone());
        Ok(Some(Bound::Range(Range {
            columns,
            from,
            after,
            upto: Some(upto),
            ..Range::default()
        })))
    }

    async fn list(
        &mut self,
        session: &mut Session,
        step: &Step,
        columns: Vec<Column>,
        condition: &Expr,
    ) -> Result<Option<Bound>, Trouble> {
        let rest = Range {
            columns: columns.clone(),
            after: self.after.clone(),
            ..Range::default()
        };
        let condition = Expr::all([
            self.within.clone(),
            rest.condition(session.dialect()),
            condition.clone(),
        ]);
        let rows = rows(
            session,
            step,
            &columns,
            &condition,
            Order::Up,
            (self.pace.size(), 0),
        )
        .await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        self.after = Some(last.clone());
        self.ended = (rows.len() as u64) < self.pace.size();
        let places: Vec<usize> = step
            .target
            .key
            .iter()
            .filter_map(|key| columns.iter().position(|column| column.name == key.name))
            .collect();
        let keys = rows
            .iter()
            .map(|row| places.iter().map(|place| row[*place].clone()).collect())
            .collect();
        self.listed = rows;
        Ok(Some(Bound::Keys {
            columns: step.target.key.clone(),
            keys,
        }))
    }

    /// Follows the time that the last batch took. `rows` counts those that went along as well.
    pub fn taken(&mut self, rows: u64, held_for: Duration) {
        self.rows_taken += rows;
        self.passes.taken(rows);
        if self.in_partition {
            return;
        }
        match &mut self.page_list {
            Some(list) => list.taken(rows, held_for),
            None => self.pace.taken(rows, held_for),
        }
    }

    /// Cuts a bound that was too wide and goes on with its first part. False where it cannot be cut: it is one row.
    pub fn halve(&mut self, bound: Bound, step: &Step) -> bool {
        if self.in_partition {
            // Its rows are found among the others.
            return true;
        }
        if let Some(list) = &mut self.page_list {
            return list.halve(bound, step);
        }
        let size = self.pace.halve();
        match bound {
            Bound::Pages { first, end } => {
                self.halve_pages(first, end, step);
                true
            }
            Bound::Range(range) => {
                self.after.clone_from(&range.after);
                self.from.clone_from(&range.from);
                self.ended = false;
                size > 1
            }
            Bound::Keys { columns, keys } => self.halve_keys(columns, keys),
            Bound::Places(_) => {
                self.passes.again();
                size > 1
            }
            Bound::Partition(_) => true,
        }
    }

    fn halve_pages(&mut self, first: u64, end: u64, step: &Step) {
        let Walk::Pages(sweep) = &self.walk else {
            return;
        };
        // The last run has no known end: what is cut off stays to be walked.
        let known = end.min(sweep.end.max(first + 1));
        self.ended = false;
        if known - first == 1 {
            self.page = first + 1;
            let lists = Walk::KeyLists(step.target.key.clone());
            self.page_list = Some(Box::new(Self {
                pace: self.pace.in_rows(),
                passes: Passes::default(),
                within: Expr::Pages(Alias::ROW, first, self.page),
                walk: lists,
                after: None,
                from: None,
                page: 0,
                rows_taken: 0,
                listed: Vec::new(),
                again: None,
                whole: Vec::new(),
                in_partition: false,
                page_list: None,
                ended: false,
            }));
            return;
        }
        let middle = first + (known - first).div_ceil(2);
        self.page = middle;
        self.again = Some(Bound::Pages { first, end: middle });
    }

    fn halve_keys(&mut self, columns: Vec<Column>, mut keys: Vec<Vec<Value>>) -> bool {
        let half = keys.len().div_ceil(2);
        let cut = keys.len() > half;
        // The second half is found again by the walk: it has not been touched.
        if cut {
            keys.truncate(half);
            self.listed.truncate(half);
            self.after = self.listed.last().cloned();
            self.ended = false;
        }
        self.again = Some(Bound::Keys { columns, keys });
        cut
    }
}
