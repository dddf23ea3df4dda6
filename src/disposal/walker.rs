//! Finds the next bound and follows the time that batches take.

use std::time::Duration;

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::{Bound, Range, Step};
use crate::resolve::Partition;
use crate::schedule::Limits;
use crate::sql::{Alias, Dialect, Expr, Order, Value};

use super::cut::Cut;
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
    /// Bounds that were too wide.
    cut: Cut,
    passes: Passes,
    /// Partitions that come first, the next one last.
    whole: Vec<Partition>,
    /// The batch in hand is a partition: its time says nothing of others.
    in_partition: bool,
    /// Only rows within this.
    within: Expr,
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
            cut: Cut::default(),
            passes,
            whole,
            in_partition: false,
            within: Expr::Truth(true),
            ended: false,
        }
    }

    /// The rows of one page, listed.
    fn of_page(page: u64, step: &Step, pace: &Pace) -> Self {
        Self {
            pace: pace.in_rows(),
            within: Expr::Pages(Alias::ROW, page, page + 1),
            walk: Walk::KeyLists(step.target.key.clone()),
            after: None,
            from: None,
            page: 0,
            rows_taken: 0,
            cut: Cut::default(),
            passes: Passes::default(),
            whole: Vec::new(),
            in_partition: false,
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
        if let Some(bound) = self.next_cut(session, step, condition).await? {
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

    /// What is left of bounds that were too wide.
    async fn next_cut(
        &mut self,
        session: &mut Session,
        step: &Step,
        condition: &Expr,
    ) -> Result<Option<Bound>, Trouble> {
        while let Some(list) = self.cut.pages.last_mut() {
            if let Some(bound) = Box::pin(list.next(session, step, condition)).await? {
                return Ok(Some(bound));
            }
            self.cut.pages.pop();
        }
        if let Some(bound) = self.cut.bounds.pop() {
            return Ok(Some(bound));
        }
        let Some(mut range) = self.cut.ranges.pop() else {
            return Ok(None);
        };
        let rest = range.condition(session.dialect());
        let (columns, at) = (range.columns.clone(), (1, self.pace.size() - 1));
        let upto = place(session, step, &columns, &rest, Order::Up, at).await?;
        if let Some(upto) = upto {
            let mut front = range.clone();
            front.before = None;
            front.upto = Some(upto.clone());
            (range.from, range.after) = (None, Some(upto));
            self.cut.ranges.push(range);
            range = front;
        }
        Ok(Some(Bound::Range(range)))
    }

    /// True where what comes next depends on what is under way: on how many rows a sweep has found, or on whether a whole
    /// partition could be had.
    #[must_use]
    pub fn waits_for_all(&self) -> bool {
        if self.in_partition || !self.whole.is_empty() {
            return true;
        }
        let is_open = !self.ended && self.cut.is_empty();
        match &self.walk {
            Walk::Pages(sweep) => is_open && sweep.rest.is_some() && self.page >= sweep.end,
            _ => false,
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
        match self.cut.pages.last_mut() {
            Some(list) => list.taken(rows, held_for),
            None => self.pace.taken(rows, held_for),
        }
    }

    /// Cuts a bound that was too wide: its parts come next. False where it cannot be cut: it is one row.
    pub fn halve(&mut self, bound: Bound, step: &Step) -> bool {
        if let Bound::Keys { columns, keys } = bound {
            let pace = match self.cut.pages.last_mut() {
                Some(list) => &mut list.pace,
                None => &mut self.pace,
            };
            pace.halve();
            return self.cut.keys(columns, keys);
        }
        // Of a partition the rows are found among the others.
        let size = match bound {
            Bound::Partition(_) => return true,
            _ => self.pace.halve(),
        };
        match bound {
            Bound::Pages { first, end } => {
                let known_end = match &self.walk {
                    Walk::Pages(sweep) => sweep.end,
                    _ => end,
                };
                if !self.cut.pages((first, end), known_end) {
                    let list = Self::of_page(first, step, &self.pace);
                    self.cut.pages.push(list);
                }
                true
            }
            Bound::Range(range) => {
                self.cut.range(range);
                size > 1
            }
            Bound::Places(_) => {
                self.passes.again();
                size > 1
            }
            Bound::Partition(_) | Bound::Keys { .. } => true,
        }
    }
}
