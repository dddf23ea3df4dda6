//! MySQL and MariaDB.

mod catalog;
mod connect;
mod kinds;
mod load;
mod read;
mod rights;
mod run;
mod trouble;

use sha2::{Digest, Sha256};
use sqlx::{Connection as _, MySqlConnection};

use crate::sql::{Dialect, Sql};

use super::cells::Cells;
use super::facts::{Facts, int, moment, only, text};
use super::trouble::Phase;
use super::{Access, Trouble};

pub(super) use catalog::catalog;
pub(super) use connect::open;
pub(super) use load::{behind, load};
pub(super) use rights::rights;
pub(super) use run::{each_row, execute, rows, run};

/// The connection, and which of the two answered.
#[derive(Debug)]
pub(super) struct Link {
    connection: MySqlConnection,
    pub(super) dialect: Dialect,
}

pub(super) async fn begin(link: &mut Link, access: Access) -> Result<(), Trouble> {
    let begin = match access {
        Access::Rehearse => "START TRANSACTION READ ONLY",
        Access::Enforce => "START TRANSACTION",
    };
    run(link, begin)
        .await
        .map_err(|trouble| trouble.doing("beginning a transaction"))
}

/// For the next transaction alone.
pub(super) async fn serializable(link: &mut Link) -> Result<(), Trouble> {
    run(link, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        .await
        .map_err(|trouble| trouble.doing("beginning a transaction"))
}

/// Nothing is planned for each row.
pub(super) async fn removing(_: &mut Link) -> Result<(), Trouble> {
    Ok(())
}

pub(super) async fn roll_back(link: &mut Link) -> Result<(), Trouble> {
    run(link, "ROLLBACK").await
}

/// Servers see to it themselves.
pub(super) async fn settle(_: &mut Link) -> Result<bool, Trouble> {
    Ok(true)
}

pub(super) async fn close(link: Link) -> Result<(), Trouble> {
    link.connection
        .close()
        .await
        .map_err(|error| trouble::of(&error, Phase::Running))
}

const FACTS: &str = "SELECT VERSION(), CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED), CURRENT_USER(), DATABASE()";

const VARIABLES: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN
    ('read_only', 'super_read_only', 'innodb_read_only', 'server_uuid', 'server_uid', 'server_id', 'datadir')";

/// These may write to a server that is `read_only`. What a role grants is not seen here: then we stop too early.
const EXEMPT: &str = "SELECT COUNT(*) FROM information_schema.user_privileges
     WHERE privilege_type IN ('SUPER', 'CONNECTION_ADMIN', 'READ_ONLY ADMIN', 'READ ONLY ADMIN')
       AND grantee = CONCAT('''',
               LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER())
                    - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1),
               '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')";

pub(super) async fn facts(link: &mut Link, _access: Access) -> Result<Facts, Trouble> {
    let dialect = link.dialect;
    let row = only(rows(link, &Sql::literal(dialect, FACTS)).await?)?;
    let variables = Variables::read(link).await?;
    let exempt = int(&only(rows(link, &Sql::literal(dialect, EXEMPT)).await?)?, 0)? > 0;
    Ok(Facts {
        version: text(&row, 0)?,
        dialect,
        read_only: variables.on("super_read_only")
            || variables.on("innodb_read_only")
            || (variables.on("read_only") && !exempt),
        now: moment(&row, 1)?,
        identity: format!("mysql {} {}", variables.server(), text(&row, 3)?),
        user: text(&row, 2)?,
    })
}

/// Variables of the server by name; the two servers have different ones.
struct Variables(Vec<(String, String)>);

impl Variables {
    async fn read(link: &mut Link) -> Result<Self, Trouble> {
        let rows = rows(link, &Sql::literal(link.dialect, VARIABLES)).await?;
        let pairs = rows.into_iter().map(|row| {
            let mut cells = Cells::of(row);
            Ok((cells.text()?, cells.text()?))
        });
        pairs.collect::<Result<_, Trouble>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let one = self.0.iter().find(|(one, _)| one == name)?;
        Some(&one.1)
    }

    /// MariaDB 12 has further words than ON, and each of them restricts somebody.
    fn on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value, "OFF" | "0"))
    }

    /// What tells this server from others: its own identifier, or else its number and where its data lie.
    fn server(&self) -> String {
        match self.get("server_uuid").or_else(|| self.get("server_uid")) {
            Some(own) if !own.is_empty() => own.to_owned(),
            _ => {
                let lies = Sha256::digest(self.get("datadir").unwrap_or_default());
                let number = self.get("server_id").unwrap_or_default();
                format!("{number}-{}", hex::encode(&lies[..6]))
            }
        }
    }
}
