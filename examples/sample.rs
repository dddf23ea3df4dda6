//! Makes the sample database of the demo: `cargo run --release --example sample -- FILE`.
//!
//! An example of its own, so that the demo needs nothing but cargo: no sqlite3, no server.

use std::error::Error;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

const SCHEMA: &str = include_str!("demo/schema.sql");
const DATA: &str = include_str!("demo/data.sql");

fn main() -> Result<(), Box<dyn Error>> {
    let Some(file) = std::env::args_os().nth(1) else {
        return Err("say where the database is to be made: sample FILE".into());
    };
    let file = Path::new(&file);
    if file.exists() {
        return Err(format!("{} is there already; it is not overwritten", file.display()).into());
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(make(file))
}

async fn make(file: &Path) -> Result<(), Box<dyn Error>> {
    // Nothing is lost if this is interrupted: the file is made anew. Afterwards it is an ordinary database.
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        .connect()
        .await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    sqlx::raw_sql(DATA).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
