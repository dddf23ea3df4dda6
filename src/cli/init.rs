//! `init`: a first schedule, written from a database.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use url::Url;

use crate::config;
use crate::db::{self, Access};
use crate::init::{Head, draft};

use super::context::At;
use super::{Exit, counted};

/// Write a first schedule from a database: its tables, keys, dates and references.
///
/// Every rule only observes, and no period is decided: the file says what to fill in. Columns that look personal are
/// named. Nothing is written to the database, and a file that is there is never overwritten.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// postgresql://USER@HOST:PORT/DATABASE, mysql:// or mariadb:// alike, or the file of an SQLite database.
    /// No password: it would show in the list of processes.
    #[arg(value_name = "URL|FILE")]
    from: String,
    /// The file to write; "-" writes to standard output.
    #[arg(long, value_name = "FILE", default_value = "retentiond.toml")]
    to: PathBuf,
    /// A file that holds the password.
    #[arg(long, value_name = "FILE", conflicts_with = "password_env")]
    password_file: Option<PathBuf>,
    /// An environment variable that holds the password.
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
    /// The server's Unix socket instead of a host: for PostgreSQL its directory.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// How the connection is protected, as `tls` in a schedule.
    #[arg(long, value_name = "MODE")]
    tls: Option<String>,
    /// The certificate authorities to trust, as `tls-ca` in a schedule.
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Where days, months and years begin and end, such as Europe/Amsterdam.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// What the schedule calls the database.
    #[arg(long, value_name = "NAME", default_value = "main")]
    name: String,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let to_stdout = args.to == Path::new("-");
    if !to_stdout && args.to.exists() {
        super::refuse(at.output, &there(&args.to));
        return Ok(Exit::Failed);
    }
    let section = match section(args) {
        Ok(section) => section,
        Err(why) => {
            super::refuse(at.output, &why);
            return Ok(Exit::Usage);
        }
    };
    let schedule = match config::read(&probe(&section), "retentiond.toml") {
        Ok((schedule, ..)) => schedule,
        Err((_, faults)) => {
            for fault in faults {
                super::say(format_args!("error: {}", fault.sentence));
                if let Some(hint) = fault.hint {
                    super::say(format_args!("  = help: {hint}"));
                }
            }
            super::refuse_json(at.output, "the options do not make a database section");
            return Ok(Exit::Usage);
        }
    };
    let Some(database) = schedule.databases.values().next() else {
        anyhow::bail!("failed to read the database section");
    };
    let head = Head {
        database: args.name.clone(),
        section,
        // There no service may write.
        state_is_beside: !std::path::absolute(&args.to).is_ok_and(|to| to.starts_with("/etc")),
    };
    let drafted = async {
        let mut session = db::open(database, Path::new("."), Access::Rehearse).await?;
        let catalog = session.catalog().await?;
        draft(&mut session, &catalog, &head).await
    };
    let text = match drafted.await {
        Ok(text) => text,
        Err(trouble) => {
            super::say(format_args!("error: {trouble}"));
            super::say(format_args!("  = help: {}", trouble.advice()));
            super::refuse_json(at.output, &trouble.to_string());
            return Ok(Exit::Database);
        }
    };
    if to_stdout {
        super::print(&text);
        return Ok(Exit::Done);
    }
    let rules = text.matches("\n[[rules]]\n").count();
    if let Err(error) = write_new(&args.to, &text) {
        let why = match error.kind() {
            std::io::ErrorKind::AlreadyExists => there(&args.to),
            _ => format!("failed to write {}: {error}", args.to.display()),
        };
        super::refuse(at.output, &why);
        return Ok(Exit::Failed);
    }
    told(at, &args.to, rules)
}

fn told(at: &At, file: &Path, rules: usize) -> anyhow::Result<Exit> {
    match at.output {
        super::Output::Json => super::print_json(&serde_json::json!({
            "file": file.display().to_string(),
            "rules": rules,
        }))?,
        super::Output::Text => super::print(&format!(
            "{}: {} that observe; fill in every keep = \"\" and what stands beside \"decide\", then run\n  \
             retentiond --schedule {} check\n",
            file.display(),
            counted(rules, "rule"),
            file.display()
        )),
    }
    Ok(Exit::Done)
}

fn there(file: &Path) -> String {
    format!(
        "{} is there already, and is not overwritten: name another file with --to",
        file.display()
    )
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A schedule that has nothing but the database, to read the section as any other is read.
fn probe(section: &str) -> String {
    format!(
        "version = 1\n[state]\ndirectory = \"state\"\n{section}\n[[rules]]\nname = \"r\"\ntable = \"t\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"p\"\nstart = {{ column = \"c\" }}\nkeep = \"1 day\"\n"
    )
}

/// `[databases.NAME]` with its keys.
fn section(args: &Args) -> Result<String, String> {
    let bare = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
    if args.name.is_empty() || !args.name.chars().all(bare) {
        return Err("the name of a database has letters, digits, - and _ only".to_owned());
    }
    let mut text = format!("[databases.{}]\n", args.name);
    let mut put = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = {value}");
    };
    match url_of(&args.from)? {
        None => {
            put("engine", "\"sqlite\"");
            put("file", &quoted_path(Path::new(&args.from))?);
        }
        Some((engine, url)) => server(args, engine, &url, &mut put)?,
    }
    put("time-zone", &quoted(&args.time_zone));
    put(
        "column-time-zone",
        "\"UTC\"                 # decide: the zone of timestamps that carry none",
    );
    text.push_str("# cadence = \"30 2 * * *\"                # for the daemon: when it runs\n");
    Ok(text)
}

fn server(
    args: &Args,
    engine: &str,
    url: &Url,
    put: &mut impl FnMut(&str, &str),
) -> Result<(), String> {
    if url.password().is_some() {
        return Err("a password in a URL shows in the list of processes: leave it out, and give --password-file or \
                    --password-env"
            .to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "what follows ? or # in the URL is not understood: see --tls, --tls-ca and --socket"
                .to_owned(),
        );
    }
    put("engine", &quoted(engine));
    match (&args.socket, url.host_str()) {
        (Some(socket), _) => put("socket", &quoted_path(socket)?),
        (None, Some(host)) if !host.is_empty() => {
            put("host", &quoted(host.trim_matches(['[', ']'])));
            if let Some(port) = url.port() {
                put("port", &port.to_string());
            }
        }
        (None, _) => return Err("the URL names no host: give one, or --socket".to_owned()),
    }
    let database = decoded(url.path().trim_start_matches('/'))?;
    let user = decoded(url.username())?;
    if database.is_empty() || user.is_empty() {
        let form = format!("write {engine}://USER@HOST/DATABASE");
        return Err(format!("the URL names no account, or no database: {form}"));
    }
    put("database", &quoted(&database));
    put("user", &quoted(&user));
    if let Some(file) = &args.password_file {
        put("password", &format!("{{ file = {} }}", quoted_path(file)?));
    } else if let Some(name) = &args.password_env {
        put("password", &format!("{{ env = {} }}", quoted(name)));
    }
    if let Some(mode) = &args.tls {
        put("tls", &quoted(mode));
    }
    if let Some(file) = &args.tls_ca {
        put("tls-ca", &quoted_path(file)?);
    }
    Ok(())
}

/// The engine and the URL; `None`: it is the name of a file.
fn url_of(from: &str) -> Result<Option<(&'static str, Url)>, String> {
    let Some((scheme, _)) = from.split_once("://") else {
        return Ok(None);
    };
    let engine = match scheme {
        "postgresql" | "postgres" => "postgresql",
        "mysql" => "mysql",
        "mariadb" => "mariadb",
        _ => {
            return Err(
                "the URL must begin with postgresql://, mysql:// or mariadb://; an SQLite database is named by its file"
                    .to_owned(),
            );
        }
    };
    // The URL is not repeated: it may hold a password that somebody put there by mistake.
    let url = Url::parse(from).map_err(|error| format!("the URL is not one: {error}"))?;
    Ok(Some((engine, url)))
}

/// Percent-decoded.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(one) = rest.next() {
        if one != b'%' {
            bytes.push(one);
            continue;
        }
        let digits = [rest.next().unwrap_or(0), rest.next().unwrap_or(0)];
        let byte =
            hex::decode(digits).map_err(|_| "the URL has a % that is no escape".to_owned())?;
        bytes.extend(byte);
    }
    String::from_utf8(bytes).map_err(|_| "the URL is not UTF-8".to_owned())
}

/// Absolute, since the schedule may lie elsewhere.
fn quoted_path(path: &Path) -> Result<String, String> {
    let absolute =
        std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = absolute.to_str();
    text.map(quoted)
        .ok_or_else(|| format!("{} is not UTF-8", path.display()))
}

/// A basic string of TOML: JSON's are.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
