//! One connection: scripts in, rows of text out.

use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Column, Connection, MySqlConnection, PgConnection, Row, SqliteConnection, Type,
    TypeInfo, ValueRef,
};

/// One row; NULL is `None`.
pub type TextRow = Vec<Option<String>>;

#[derive(Debug)]
pub enum Session {
    Postgres(PgConnection),
    Mariadb(MySqlConnection),
    Sqlite(SqliteConnection),
}

impl Session {
    /// Runs one or many statements.
    pub async fn exec(&mut self, sql: &str) {
        if let Err(error) = self.try_exec(sql).await {
            panic!("{error}\nin: {sql}");
        }
    }

    /// Runs one or many statements, for those that are expected to fail. The number is what the
    /// driver says of the affected rows; SQLite's is wrong after a SELECT.
    pub async fn try_exec(&mut self, sql: &str) -> sqlx::Result<u64> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        Ok(match self {
            Session::Postgres(connection) => script.execute(connection).await?.rows_affected(),
            Session::Mariadb(connection) => script.execute(connection).await?.rows_affected(),
            Session::Sqlite(connection) => script.execute(connection).await?.rows_affected(),
        })
    }

    /// The rows of a query as text, in the query's order. Alike in all three databases: bytes are
    /// lower-case hex, booleans are "1" and "0", NULL is `None`. Numbers, dates and times are as
    /// the database writes them.
    pub async fn rows(&mut self, sql: &str) -> Vec<TextRow> {
        match self.try_rows(sql).await {
            Ok(rows) => rows,
            Err(error) => panic!("{error}\nin: {sql}"),
        }
    }

    /// As `rows`, for a query that is expected to fail.
    pub async fn try_rows(&mut self, sql: &str) -> sqlx::Result<Vec<TextRow>> {
        // A raw query uses the text protocol of PostgreSQL and MariaDB: values arrive written out.
        let query = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Session::Postgres(connection) => {
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(postgres_row).collect()
            }
            Session::Mariadb(connection) => {
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(mariadb_row).collect()
            }
            Session::Sqlite(connection) => {
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(sqlite_row).collect()
            }
        }
    }

    /// The only value of a query with one row and one column.
    pub async fn value(&mut self, sql: &str) -> Option<String> {
        let mut rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "one row is expected of: {sql}");
        assert_eq!(rows[0].len(), 1, "one column is expected of: {sql}");
        rows.remove(0).remove(0)
    }

    pub async fn close(self) {
        let closed = match self {
            Session::Postgres(connection) => connection.close().await,
            Session::Mariadb(connection) => connection.close().await,
            Session::Sqlite(connection) => connection.close().await,
        };
        closed.expect("a connection closes");
    }
}

fn postgres_row(row: &PgRow) -> sqlx::Result<TextRow> {
    let cell = |index| {
        let text: Option<&str> = row.try_get_unchecked(index)?;
        let kind = row.column(index).type_info().name();
        Ok(text.map(|text| match (kind, text) {
            ("BOOL", "t") => "1".to_owned(),
            ("BOOL", "f") => "0".to_owned(),
            ("BYTEA", text) => text.trim_start_matches(r"\x").to_owned(),
            (_, text) => text.to_owned(),
        }))
    };
    (0..row.len()).map(cell).collect()
}

fn mariadb_row(row: &MySqlRow) -> sqlx::Result<TextRow> {
    let cell = |index| {
        let bytes: Option<&[u8]> = row.try_get_unchecked(index)?;
        let kind = row.column(index).type_info();
        let holds_bytes = kind.name() == "BIT"
            || <[u8] as Type<sqlx::MySql>>::compatible(kind)
                && !<str as Type<sqlx::MySql>>::compatible(kind);
        Ok(bytes.map(|bytes| match holds_bytes {
            true => hex::encode(bytes),
            false => String::from_utf8_lossy(bytes).into_owned(),
        }))
    };
    (0..row.len()).map(cell).collect()
}

fn sqlite_row(row: &SqliteRow) -> sqlx::Result<TextRow> {
    let cell = |index| {
        let value = row.try_get_raw(index)?;
        if value.is_null() {
            return Ok(None);
        }
        // The type of the value; the column's is only a wish.
        let kind = value.type_info().name().to_owned();
        Ok(Some(match kind.as_str() {
            "INTEGER" => row.try_get_unchecked::<i64, _>(index)?.to_string(),
            "REAL" => row.try_get_unchecked::<f64, _>(index)?.to_string(),
            "BLOB" => hex::encode(row.try_get_unchecked::<&[u8], _>(index)?),
            _ => row.try_get_unchecked::<String, _>(index)?,
        }))
    };
    (0..row.len()).map(cell).collect()
}
