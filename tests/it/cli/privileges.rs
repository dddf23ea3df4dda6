//! The least rights: what `grants` prints is enough, and each part of it is needed; what the guard refuses.

use retentiond::db::{Access, TroubleKind};
use retentiond::sql::Sql;

use super::site::{Ran, Site};
use crate::support::{Server, Target};

/// A site whose schedule connects as a new role that has what was printed; gives the role and the statements.
async fn permitted(server: Server, what: &str) -> (Site, String, Vec<String>) {
    let mut site = Site::migrated(server, "least").await;
    let user = site.scratch.create_user("secret").await;
    let statements = printed(&site, &user, what);
    for statement in &statements {
        site.scratch.exec(statement).await;
    }
    let mut parts = site.parts();
    parts.database = site.scratch.toml_database_as("hr", &user, "secret");
    site.write(&parts.text());
    (site, user, statements)
}

fn printed(site: &Site, user: &str, what: &str) -> Vec<String> {
    let asked = ["grants", "--for", what, "--to", user, "--host", "127.0.0.1"];
    let ran = site.go(&asked).exits(0);
    let grants = ran.out.lines().filter(|line| line.starts_with("GRANT "));
    grants
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

/// "GRANT DELETE, SELECT (a, b) ON x TO y" is three: DELETE, SELECT (a) and SELECT (b), each with its REVOKE.
fn parts(statement: &str) -> Vec<(String, String)> {
    let rest = statement.strip_prefix("GRANT ").expect("a grant");
    let (what, to) = rest.split_once(" ON ").expect("a place");
    let (place, role) = to.rsplit_once(" TO ").expect("a role");
    let mut found = Vec::new();
    let mut depth = 0;
    let mut word = String::new();
    for letter in what.chars().chain([',']) {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(std::mem::take(&mut word).trim().to_owned());
                continue;
            }
            _ => {}
        }
        word.push(letter);
    }
    let each = found.iter().flat_map(|one| match one.split_once(" (") {
        Some((privilege, columns)) => columns
            .trim_end_matches(')')
            .split(", ")
            .map(|column| format!("{privilege} ({column})"))
            .collect(),
        None => vec![one.clone()],
    });
    each.map(|one| {
        (
            format!("GRANT {one} ON {place} TO {role}"),
            format!("REVOKE {one} ON {place} FROM {role}"),
        )
    })
    .collect()
}

/// Needed, and not by a run of these rules: to see the catalogue whole; to place and lift holds.
fn is_not_seen_by_a_run(grant: &str) -> bool {
    [
        "GRANT TRIGGER",
        "GRANT REFERENCES",
        "retentiond_hold",
        "\"hold\"",
    ]
    .iter()
    .any(|one| grant.contains(one))
}

const TABLES: [&str; 3] = ["note", "visit", "person"];

async fn keep_copies(site: &mut Site) {
    for table in TABLES {
        let copy = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        site.scratch.exec(&copy).await;
    }
}

/// Everything as it was before the first contact.
async fn begin_again(site: &mut Site) {
    let _ = std::fs::remove_dir_all(site.state());
    let ours = match site.scratch.server() {
        Server::Postgres => "retentiond.",
        _ => "retentiond_",
    };
    for table in ["head", "ledger"] {
        site.scratch
            .exec(&format!("DELETE FROM {ours}{table}"))
            .await;
    }
    for table in TABLES {
        site.scratch.exec(&format!("DELETE FROM {table}")).await;
    }
    for table in ["visit", "note", "person"] {
        let again = format!("INSERT INTO {table} SELECT * FROM kept_{table}");
        site.scratch.exec(&again).await;
    }
}

fn check(site: &Site) -> Ran {
    site.go(&["check", "--connect"])
}

async fn each_is_needed(server: Server, what: &str) {
    let (mut site, _, statements) = permitted(server, what).await;
    keep_copies(&mut site).await;
    let run: &[&str] = match what {
        "rehearse" => &["run", "--dry-run"],
        _ => &["run", "--unsafe-without-approval"],
    };
    let whole = check(&site).exits(0);
    if what == "enforce" {
        assert!(!whole.err.contains("lacks"), "{whole}");
    }
    assert!(
        !whole.err.contains("more than the schedule needs"),
        "{whole}"
    );
    let mut not_needed = Vec::new();
    for (grant, revoke) in statements.iter().flat_map(|one| parts(one)) {
        begin_again(&mut site).await;
        site.scratch.exec(&revoke).await;
        let told = check(&site);
        let denied = told.err.contains("lacks");
        assert!(denied || grant.contains("REFERENCES"), "{revoke}: {told}");
        let ran = site.go(run);
        let failed = format!("{}{}", ran.out, ran.err).contains("lacks a privilege");
        if !failed && !is_not_seen_by_a_run(&grant) {
            not_needed.push(grant.clone());
        }
        assert!(!failed || ran.code != Some(0), "{revoke}: {ran}");
        site.scratch.exec(&grant).await;
    }
    assert!(
        not_needed.is_empty(),
        "printed and not needed: {not_needed:#?}"
    );
    begin_again(&mut site).await;
    match what {
        // It tells that nothing is approved.
        "rehearse" => {
            site.go(run).exits(6).says("57 rows would be touched");
            site.assert_untouched().await;
        }
        _ => {
            site.go(run).exits(0);
            site.assert_enforced().await;
        }
    }
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_privilege_of_a_rehearsal_is_needed_on_postgres() {
    each_is_needed(Server::Postgres, "rehearse").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_privilege_of_a_rehearsal_is_needed_on_mariadb() {
    each_is_needed(Server::Mariadb, "rehearse").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_privilege_of_a_run_is_needed_on_postgres() {
    each_is_needed(Server::Postgres, "enforce").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_privilege_of_a_run_is_needed_on_mariadb() {
    each_is_needed(Server::Mariadb, "enforce").await;
}

/// What a role has beyond its need is told.
async fn too_much_is_told(server: Server) {
    let (mut site, user, _) = permitted(server, "enforce").await;
    let to = match server {
        Server::Postgres => user.clone(),
        _ => format!("'{user}'@'127.0.0.1'"),
    };
    site.scratch
        .exec(&format!("GRANT INSERT, SELECT ON person TO {to}"))
        .await;
    check(&site)
        .exits(0)
        .warns(&format!(
            "the user {user} may do more than the schedule needs"
        ))
        .warns("INSERT");
    if server == Server::Postgres {
        site.scratch
            .exec(&format!(
                "ALTER ROLE {user} BYPASSRLS; GRANT CREATE ON SCHEMA public TO {user}"
            ))
            .await;
        check(&site)
            .exits(0)
            .warns("BYPASSRLS")
            .warns("CREATE on the schema public");
    }
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_told_on_postgres() {
    too_much_is_told(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_told_on_mariadb() {
    too_much_is_told(Server::Mariadb).await;
}

/// The statements of a script, as the client that is meant for it would send them.
fn statements(script: &str, server: Server) -> Vec<String> {
    let lines = script
        .lines()
        .filter(|line| !line.starts_with("--") && !line.starts_with("DELIMITER"));
    let whole: Vec<&str> = lines.collect();
    let whole = whole.join("\n");
    match server {
        Server::Postgres => vec![whole],
        _ => whole
            .split("//")
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect(),
    }
}

async fn the_guard(server: Server) {
    let mut site = Site::migrated(server, "guard").await;
    let user = site.scratch.create_user("secret").await;
    let held = site.parts();
    let script = site.go(&["guard-sql", "--against", &user]).exits(0);
    for statement in statements(&script.out, server) {
        site.scratch.exec(&statement).await;
    }
    site.scratch
        .exec("INSERT INTO visit VALUES (99, NULL, NULL)")
        .await;
    for statement in printed(&site, &user, "enforce") {
        site.scratch.exec(&statement).await;
    }
    let target = Target::of(&site.scratch).login(&user, "secret");
    let mut session = target.open(Access::Enforce).await.expect("a session");
    let dialect = session.dialect();
    // 39 is not due, 99 cannot be dated; nor may what is not due be overwritten.
    for refused in [
        "DELETE FROM visit WHERE id = 39",
        "DELETE FROM visit WHERE id = 99",
        "DELETE FROM visit WHERE id > 20",
        "UPDATE person SET name = 'X' WHERE id = 20",
    ] {
        let told = session.execute(&Sql::literal(dialect, refused)).await;
        let trouble = told.expect_err(refused);
        assert_eq!(
            trouble.kind,
            TroubleKind::ConstraintViolated,
            "{refused}: {trouble}"
        );
    }
    for permitted in [
        "DELETE FROM visit WHERE id = 29",
        "UPDATE person SET name = 'ANON' WHERE id = 2",
    ] {
        let done = session.execute(&Sql::literal(dialect, permitted)).await;
        done.unwrap_or_else(|trouble| panic!("{permitted}: {trouble}"));
    }
    session.close().await.expect("closed");
    let mut parts = held;
    parts.database = site.scratch.toml_database_as("hr", &user, "secret");
    site.write(&parts.text());
    let told = check(&site).exits(0);
    assert!(
        !told.err.contains("lacks") && !told.err.contains("copy of the row"),
        "{told}"
    );
    site.go(&["approve", "--all"]).exits(0);
    site.go(&["run"]).exits(0);
    // Whoever else works with the table is not looked at.
    site.scratch.exec("DELETE FROM visit WHERE id = 99").await;
    site.assert_enforced().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guard_on_postgres() {
    the_guard(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guard_on_mariadb() {
    the_guard(Server::Mariadb).await;
}

/// A file has permissions instead of roles.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_has_no_roles() {
    let site = Site::migrated(Server::Sqlite, "no_roles").await;
    site.go(&["grants"]).exits(0).says("readable and writable");
    site.go(&["guard-sql"]).exits(0).says("SQLite has no roles");
    site.finish().await;
}

/// "$user" comes first in the path of most servers: a role that is called as our schema would look its tables up there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_has_the_name_of_our_schema() {
    let (mut site, user, _) = permitted(Server::Postgres, "enforce").await;
    site.scratch
        .exec(&format!(
            "ALTER ROLE {user} SET search_path = retentiond, public"
        ))
        .await;
    let told = check(&site).exits(0);
    assert!(!told.err.contains("lacks"), "{told}");
    site.go(&["run", "--unsafe-without-approval"]).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}
