//! Connecting to MySQL or MariaDB and pinning the session.

use secrecy::ExposeSecret;
use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use crate::schedule::{Connection, Endpoint, Tls, TlsMode};
use crate::sql::{Dialect, Sql, Value};

use super::super::alike;
use super::super::facts::{only, text};
use super::super::pins::{Pin, compare};
use super::super::trouble::Phase;
use super::super::{Access, Opening, SessionLimits, Trouble, TroubleKind, reach, secret};
use super::{Link, execute, rows, run, trouble};

/// Statements that stay prepared. Beyond it each new one closes another, and waits 40 ms (see `run`); a schedule has
/// about a dozen statements for each rule. Servers allow 16382 over all connections.
const STATEMENTS_MAX: usize = 1_000;

/// Opens and pins a session.
pub async fn open(connection: &Connection, opening: &Opening<'_>) -> Result<Link, Trouble> {
    let Connection::Server { endpoint, .. } = connection else {
        return Err(misconfigured("connecting to MySQL by a file"));
    };
    let doing = format!(
        "connecting to MySQL or MariaDB at {}",
        reach::place(endpoint)
    );
    let options = options(connection, opening)?;
    let connection = reach::within(async move { options.connect().await })
        .await
        .map_err(|error| match error {
            Some(error) => trouble::of(&error, Phase::Connecting).doing(doing.as_str()),
            None => Trouble::new(TroubleKind::Unreachable, doing.as_str()).hinting(reach::SILENT),
        })?;
    let mut link = Link {
        connection,
        dialect: Dialect::Mysql,
    };
    pin(&mut link, opening)
        .await
        .map_err(|trouble| match trouble.kind {
            TroubleKind::NotPinned | TroubleKind::Unsupported => trouble,
            _ => trouble.doing(format!("{doing}, preparing the session")),
        })?;
    Ok(link)
}

fn options(connection: &Connection, opening: &Opening<'_>) -> Result<MySqlConnectOptions, Trouble> {
    let Connection::Server {
        endpoint,
        database,
        user,
        password,
        tls,
        ..
    } = connection
    else {
        return Err(misconfigured("connecting to MySQL by a file"));
    };
    reach::permit(endpoint, tls)?;
    let mut options = MySqlConnectOptions::new()
        .username(user)
        .database(database)
        .statement_cache_capacity(STATEMENTS_MAX)
        .disable_statement_logging();
    if let Some(source) = password {
        options = options.password(secret::read(source, opening.base)?.expose_secret());
    }
    options = match endpoint {
        Endpoint::Tcp { host, port } => options.host(host).port(*port),
        Endpoint::Socket { path, .. } => options.host("localhost").socket(path),
    };
    protect(options, tls, opening)
}

fn protect(
    options: MySqlConnectOptions,
    tls: &Tls,
    opening: &Opening<'_>,
) -> Result<MySqlConnectOptions, Trouble> {
    let mode = match tls.mode {
        TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
        TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
        TlsMode::UnsafeEncryptOnly => MySqlSslMode::Required,
        TlsMode::DisableOnLoopback | TlsMode::UnsafePlaintext => MySqlSslMode::Disabled,
    };
    let mut options = options.ssl_mode(mode);
    if let Some(ca) = &tls.ca {
        options = options.ssl_ca(reach::file(
            opening.base,
            ca,
            "certificate of the authority",
        )?);
    }
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => Ok(options
            .ssl_client_cert(reach::file(opening.base, certificate, "certificate")?)
            .ssl_client_key(reach::file(opening.base, key, "key")?)),
        (None, None) => Ok(options),
        _ => Err(misconfigured("reading the client's certificate")
            .hinting("certificate and key belong together: name both or neither")),
    }
}

/// Set from nothing, not added to what the server has: ANSI_QUOTES would turn our texts into identifiers,
/// NO_BACKSLASH_ESCAPES change what they mean, PAD_CHAR_TO_FULL_LENGTH what a key reads as, and NO_ZERO_DATE forbid
/// the comparison that finds a zero date. PIPES_AS_CONCAT is what the driver wants.
const SET: &str = "SET SESSION time_zone = '+00:00',
    sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION',
    autocommit = 1, completion_type = 0, foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0,
    sql_auto_is_null = 0, sql_big_selects = 1, sql_select_limit = 18446744073709551615,
    innodb_lock_wait_timeout = ";

/// The settings that a session must have, by the names of both servers.
fn pins(link: &Link, access: Access, limits: SessionLimits, read: &[Vec<Value>]) -> Vec<Pin> {
    let known = |name: &str| {
        read.iter()
            .any(|row| row.first().and_then(Value::as_text) == Some(name))
    };
    // MariaDB 11.1 renamed the variables as MySQL had.
    let (isolation, read_only) = if known("transaction_isolation") {
        ("transaction_isolation", "transaction_read_only")
    } else {
        ("tx_isolation", "tx_read_only")
    };
    let lock_wait = seconds(limits.lock_wait_ms).to_string();
    let refuses = match access {
        Access::Rehearse => "ON",
        Access::Enforce => "OFF",
    };
    let mut pins: Vec<Pin> = [
        ("time_zone", "+00:00"),
        ("autocommit", "ON"),
        ("completion_type", "NO_CHAIN"),
        ("foreign_key_checks", "ON"),
        ("sql_select_limit", "18446744073709551615"),
        ("character_set_client", "utf8mb4"),
        ("character_set_results", "utf8mb4"),
        (isolation, "READ-COMMITTED"),
        (read_only, refuses),
    ]
    .map(|(name, must)| Pin::new(name, must))
    .into();
    pins.push(Pin::new("innodb_lock_wait_timeout", lock_wait.as_str()));
    pins.push(Pin::new("lock_wait_timeout", lock_wait));
    pins.push(match link.dialect {
        Dialect::Mariadb => Pin::new(
            "max_statement_time",
            seconds(limits.statement_ms).to_string(),
        ),
        _ => Pin::new("max_execution_time", limits.statement_ms.to_string()),
    });
    pins
}

/// These servers wait in whole seconds.
fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000).max(1)
}

async fn pin(link: &mut Link, opening: &Opening<'_>) -> Result<(), Trouble> {
    recognise(link).await?;
    let limits = opening.limits;
    let mut set = Sql::literal(link.dialect, SET);
    set.number(seconds(limits.lock_wait_ms))
        // For the locks of ALTER TABLE, which otherwise last a day (MariaDB) or a year (MySQL).
        .push(", lock_wait_timeout = ")
        .number(seconds(limits.lock_wait_ms));
    match link.dialect {
        Dialect::Mariadb => set
            .push(", max_statement_time = ")
            .number(seconds(limits.statement_ms)),
        _ => set
            .push(", max_execution_time = ")
            .number(limits.statement_ms),
    };
    execute(link, &set).await?;
    run(
        link,
        match opening.access {
            Access::Rehearse => "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
            Access::Enforce => "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
        },
    )
    .await?;
    let read = rows(link, &Sql::literal(link.dialect, "SHOW SESSION VARIABLES")).await?;
    takes_writes_alone(&read)?;
    compare(&pins(link, opening.access, limits, &read), &read)?;
    compare_mode(&read)
}

/// A node of a cluster whose other nodes take writes too locks rows for itself alone, and learns at the commit what they
/// did to the rows that it wrote; of the rows that it only read, never.
fn takes_writes_alone(read: &[Vec<Value>]) -> Result<(), Trouble> {
    let is = |name: &str, value: &str| {
        read.iter().any(|row| match row.as_slice() {
            [Value::Text(found), Value::Text(is)] => {
                found == name && is.eq_ignore_ascii_case(value)
            }
            _ => false,
        })
    };
    if is("wsrep_on", "ON") {
        return Err(alike::one_of_several_writers("a node of a Galera cluster"));
    }
    if is("group_replication_single_primary_mode", "OFF") {
        return Err(alike::one_of_several_writers(
            "a group of servers with several primaries",
        ));
    }
    Ok(())
}

/// The mode is a set: MariaDB and MySQL print it in an order of their own.
fn compare_mode(read: &[Vec<Value>]) -> Result<(), Trouble> {
    let mode = read.iter().find_map(|row| match row.as_slice() {
        [Value::Text(name), Value::Text(mode)] if name == "sql_mode" => Some(mode.as_str()),
        _ => None,
    });
    let mut words: Vec<&str> = mode.unwrap_or_default().split(',').collect();
    words.sort_unstable();
    let must = [
        "NO_ENGINE_SUBSTITUTION",
        "PIPES_AS_CONCAT",
        "STRICT_ALL_TABLES",
        "STRICT_TRANS_TABLES",
    ];
    if words == must {
        Ok(())
    } else {
        Err(Trouble::new(
            TroubleKind::NotPinned,
            format!("reading back the setting sql_mode, which is {words:?}"),
        ))
    }
}

/// Which of the two it is, and whether it is new enough. MariaDB may put "5.5.5-" before its version, for the sake
/// of old replicas.
async fn recognise(link: &mut Link) -> Result<(), Trouble> {
    let sql = "SELECT VERSION(), @@version_comment";
    let row = only(rows(link, &Sql::literal(Dialect::Mysql, sql)).await?)?;
    let version = text(&row, 0)?;
    alike::of_mysql(&version, &text(&row, 1)?)?;
    link.dialect = dialect(&version);
    let oldest = match link.dialect {
        Dialect::Mariadb => (10, 6),
        _ => (8, 0),
    };
    if number(&version) < oldest {
        let doing = format!("connecting to a server of version {version}");
        return Err(Trouble::new(TroubleKind::Unsupported, doing));
    }
    Ok(())
}

fn dialect(version: &str) -> Dialect {
    if version.to_ascii_lowercase().contains("mariadb") {
        Dialect::Mariadb
    } else {
        Dialect::Mysql
    }
}

fn number(version: &str) -> (u32, u32) {
    let plain = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut parts = plain
        .split(|one: char| !one.is_ascii_digit())
        .map(|part| part.parse().unwrap_or_default());
    (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    )
}

fn misconfigured(doing: impl Into<String>) -> Trouble {
    Trouble::new(TroubleKind::Misconfigured, doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for (version, expected, which) in [
            ("8.0.36", (8, 0), Dialect::Mysql),
            ("8.4.0-log", (8, 4), Dialect::Mysql),
            ("10.11.6-MariaDB-0+deb12u1", (10, 11), Dialect::Mariadb),
            ("5.5.5-10.6.18-MariaDB", (10, 6), Dialect::Mariadb),
            ("8.0.35-27", (8, 0), Dialect::Mysql),
        ] {
            assert_eq!((number(version), dialect(version)), (expected, which));
        }
        let row = |name: &str, value: &str| {
            vec![Value::Text(name.to_owned()), Value::Text(value.to_owned())]
        };
        assert!(takes_writes_alone(&[row("wsrep_on", "OFF"), row("autocommit", "ON")]).is_ok());
        assert!(takes_writes_alone(&[row("wsrep_on", "ON")]).is_err());
        let group = "group_replication_single_primary_mode";
        assert!(takes_writes_alone(&[row(group, "ON")]).is_ok());
        assert!(takes_writes_alone(&[row(group, "OFF")]).is_err());
        assert_eq!((seconds(1), seconds(5_000), seconds(5_001)), (1, 5, 6));
    }
}
