//! The load of a MySQL or MariaDB server; asked on a replica, also how far that is behind.

use sqlx::Row;
use sqlx::mysql::MySqlRow;

use crate::sql::Sql;

use super::super::facts::{only, text};
use super::super::load::{Lag, Load};
use super::super::trouble::Phase;
use super::super::{Trouble, text_of};
use super::{Link, rows, trouble};

const AT_WORK: &str = "SHOW GLOBAL STATUS LIKE 'Threads_running'";

const REPLICA: &str = "SHOW REPLICA STATUS";

pub(in crate::db) async fn load(link: &mut Link) -> Result<Load, Trouble> {
    let row = only(rows(link, &Sql::literal(link.dialect, AT_WORK)).await?)?;
    // Our own question is one of them.
    let at_work = text(&row, 1)?.parse::<u64>().ok();
    Ok(Load {
        at_work: at_work.map(|threads| threads.saturating_sub(1)),
        lag: Lag::Unknown,
    })
}

/// How far this server is behind the one that it replicates. The columns are found by their names, which differ.
pub(in crate::db) async fn behind(link: &mut Link) -> Result<Lag, Trouble> {
    let sql = Sql::literal(link.dialect, REPLICA);
    let channels = sqlx::query(text_of(&sql, ""))
        .fetch_all(&mut link.connection)
        .await
        .map_err(|error| trouble::of(&error, Phase::Running))?;
    let all = channels.iter().map(of_channel);
    Ok(all.reduce(Lag::or_worse).unwrap_or(Lag::Unknown))
}

fn of_channel(row: &MySqlRow) -> Lag {
    let names = ["Seconds_Behind_Master", "Seconds_Behind_Source"];
    let seconds = names.iter().find_map(|name| {
        let signed = row.try_get::<Option<i64>, _>(*name).ok().flatten();
        signed.or_else(|| {
            let unsigned = row.try_get::<Option<u64>, _>(*name).ok().flatten();
            unsigned.and_then(|seconds| i64::try_from(seconds).ok())
        })
    });
    seconds.map_or(Lag::Unknown, |seconds| {
        Lag::of_milliseconds(seconds.saturating_mul(1000))
    })
}
