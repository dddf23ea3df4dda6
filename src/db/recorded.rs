//! The statements of a task, for whoever asks how a database would carry each of them out. Only in builds for tests.

use std::sync::{Arc, Mutex, PoisonError};

use crate::sql::Sql;

/// Statements, as they were asked.
pub type Statements = Arc<Mutex<Vec<Sql>>>;

tokio::task_local! {
    static RECORD: Statements;
}

/// Keeps every statement of what is done, in `into`.
pub async fn recorded<T>(into: Statements, done: impl Future<Output = T>) -> T {
    RECORD.scope(into, done).await
}

pub(super) fn note(sql: &Sql) {
    let _ = RECORD.try_with(|record| {
        let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
        record.push(sql.clone());
    });
}
