//! Connecting to PostgreSQL and pinning the session.

use secrecy::ExposeSecret;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::schedule::{Connection, Endpoint, Tls, TlsMode};
use crate::sql::{Dialect, Sql, Value};

use super::super::alike;
use super::super::facts::{int, only, text};
use super::super::pins::{Pin, compare};
use super::super::trouble::Phase;
use super::super::{Access, Opening, SessionLimits, Trouble, TroubleKind, reach, secret};
use super::{Link, rows, trouble};

/// How long a transaction of ours may sit idle before the server ends it: our own thinking between two statements
/// takes milliseconds, and a stopped process must not hold locks.
const IDLE_IN_TRANSACTION_MS: u64 = 60_000;

/// PostgreSQL 14.
const OLDEST: i64 = 140_000;

/// Opens and pins a session.
pub async fn open(connection: &Connection, opening: &Opening<'_>) -> Result<Link, Trouble> {
    let Connection::Server { endpoint, .. } = connection else {
        return Err(misconfigured("connecting to PostgreSQL by a file"));
    };
    let doing = format!("connecting to PostgreSQL at {}", reach::place(endpoint));
    let options = options(connection, opening)?;
    let connection = reach::within(async move { options.connect().await })
        .await
        .map_err(|error| match error {
            Some(error) => trouble::of(&error, Phase::Connecting).doing(doing.as_str()),
            None => Trouble::new(TroubleKind::Unreachable, doing.as_str()).hinting(reach::SILENT),
        })?;
    let mut link = Link {
        connection,
        removing: false,
    };
    pin(&mut link, opening)
        .await
        .map_err(|trouble| match trouble.kind {
            TroubleKind::NotPinned | TroubleKind::Unsupported => trouble,
            _ => trouble.doing(format!("{doing}, preparing the session")),
        })?;
    Ok(link)
}

/// The options, every one of them set: the driver takes what is not from the environment (PGHOST, PGPASSWORD …).
fn options(connection: &Connection, opening: &Opening<'_>) -> Result<PgConnectOptions, Trouble> {
    let Connection::Server {
        endpoint,
        database,
        user,
        password,
        tls,
        ..
    } = connection
    else {
        return Err(misconfigured("connecting to PostgreSQL by a file"));
    };
    reach::permit(endpoint, tls)?;
    let mut options = PgConnectOptions::new_without_pgpass()
        .username(user)
        .database(database)
        .application_name("retentiond")
        // The session sets it; a connection pooler may refuse it here.
        .extra_float_digits(None)
        .disable_statement_logging();
    if options.get_options().is_some() {
        return Err(misconfigured("connecting to PostgreSQL with PGOPTIONS set")
            .hinting("unset PGOPTIONS: a session must not depend on the environment"));
    }
    options = match password {
        Some(source) => options.password(secret::read(source, opening.base)?.expose_secret()),
        // Not PGPASSWORD.
        None => options.password(""),
    };
    options = match endpoint {
        Endpoint::Tcp { host, port } => options.host(host).port(*port),
        Endpoint::Socket { path, port } => options.host("localhost").socket(path).port(*port),
    };
    protect(options, tls, opening)
}

fn protect(
    options: PgConnectOptions,
    tls: &Tls,
    opening: &Opening<'_>,
) -> Result<PgConnectOptions, Trouble> {
    let mode = match tls.mode {
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::UnsafeEncryptOnly => PgSslMode::Require,
        TlsMode::DisableOnLoopback | TlsMode::UnsafePlaintext => PgSslMode::Disable,
    };
    let options = options.ssl_mode(mode);
    let options = match &tls.ca {
        Some(ca) => options.ssl_root_cert(reach::file(
            opening.base,
            ca,
            "certificate of the authority",
        )?),
        // No certificate more than the system's, whatever PGSSLROOTCERT says.
        None => options.ssl_root_cert_from_pem(Vec::new()),
    };
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => Ok(options
            .ssl_client_cert(reach::file(opening.base, certificate, "certificate")?)
            .ssl_client_key(reach::file(opening.base, key, "key")?)),
        (None, None) => match ["PGSSLCERT", "PGSSLKEY"]
            .into_iter()
            .find(|name| std::env::var_os(name).is_some())
        {
            // The driver has no way to take it back.
            Some(name) => Err(
                misconfigured(format!("connecting to PostgreSQL with {name} set")).hinting(
                    format!("unset {name}, or name certificate and key in the schedule"),
                ),
            ),
            None => Ok(options),
        },
        _ => Err(misconfigured("reading the client's certificate")
            .hinting("certificate and key belong together: name both or neither")),
    }
}

/// The settings that a session must have. The search path stays the database's own: its triggers may need it.
fn pins(access: Access, limits: SessionLimits) -> Vec<Pin> {
    let mut pins: Vec<Pin> = [
        ("TimeZone", "UTC"),
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("extra_float_digits", "1"),
        ("bytea_output", "hex"),
        // Rows that a policy hides must be an error, not a smaller count.
        ("row_security", "off"),
        ("standard_conforming_strings", "on"),
        ("transform_null_equals", "off"),
        ("quote_all_identifiers", "off"),
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_deferrable", "off"),
        // Keys are bound, and a plan for "any key" scans the table.
        ("plan_cache_mode", "force_custom_plan"),
        ("jit", "off"),
        // A notice of a trigger may quote a row, and the driver logs notices.
        ("client_min_messages", "error"),
        ("application_name", "retentiond"),
    ]
    .map(|(name, must)| Pin::new(name, must))
    .into();
    let idle_ms = IDLE_IN_TRANSACTION_MS;
    pins.push(Pin::new(
        "statement_timeout",
        limits.statement_ms.to_string(),
    ));
    pins.push(Pin::new("lock_timeout", limits.lock_wait_ms.to_string()));
    pins.push(Pin::new(
        "idle_in_transaction_session_timeout",
        idle_ms.to_string(),
    ));
    if access == Access::Rehearse {
        // Last: it must not stand in the way of the others.
        pins.push(Pin::new("default_transaction_read_only", "on"));
    }
    pins
}

/// Sets all at once, then reads them back in a statement of its own: behind a proxy that hands each transaction to
/// another session the two are likely to differ.
async fn pin(link: &mut Link, opening: &Opening<'_>) -> Result<(), Trouble> {
    supported(link).await?;
    let pins = pins(opening.access, opening.limits);
    let mut set = Sql::new(Dialect::Postgres);
    set.push("SELECT 1");
    for pin in &pins {
        set.push(", set_config(")
            .bind(Value::Text(pin.name.to_owned()));
        set.push(", ")
            .bind(Value::Text(pin.must.clone()))
            .push(", false)");
    }
    rows(link, &set).await?;
    stay_durable(link).await?;
    let read = "SELECT name, setting FROM pg_settings";
    let read = rows(link, &Sql::literal(Dialect::Postgres, read)).await?;
    compare(&pins, &read)?;
    // Nobody but a superuser can change it, and with "replica" no foreign key is watched and no trigger fires.
    compare(&[Pin::new("session_replication_role", "origin")], &read)
}

/// A commit that was acknowledged must be in the log on disk; what a server does beyond that is its own affair.
async fn stay_durable(link: &mut Link) -> Result<(), Trouble> {
    let sql = "SELECT set_config('synchronous_commit', 'on', false)
                WHERE current_setting('synchronous_commit') = 'off'";
    rows(link, &Sql::literal(Dialect::Postgres, sql)).await?;
    Ok(())
}

/// Whether it is PostgreSQL at all, new enough, and alone in taking writes: asked first, of a server that may know nothing
/// else.
async fn supported(link: &mut Link) -> Result<(), Trouble> {
    let version = ask(link, "SELECT version()").await?;
    alike::of_postgres(&text(&version, 0)?)?;
    let facts = "SELECT current_setting('server_version_num')::int,
                        (SELECT count(*) FROM pg_catalog.pg_extension WHERE extname IN ('bdr', 'spock'))::int";
    let facts = ask(link, facts).await?;
    let version = int(&facts, 0)?;
    if version < OLDEST {
        let doing = format!("connecting to PostgreSQL {}", version / 10_000);
        return Err(Trouble::new(TroubleKind::Unsupported, doing));
    }
    if int(&facts, 1)? > 0 {
        return Err(alike::one_of_several_writers(
            "a node of a cluster in which several take writes (the extension bdr or spock)",
        ));
    }
    Ok(())
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Value>, Trouble> {
    only(rows(link, &Sql::literal(Dialect::Postgres, text)).await?)
}

fn misconfigured(doing: impl Into<String>) -> Trouble {
    Trouble::new(TroubleKind::Misconfigured, doing)
}
