//! What is said: help, widths, colour, readers that went away.

use std::process::{Command, Stdio};

use crate::support::Server;

use super::site::{Site, clean, go, program, ran};

const VERBS: [&[&str]; 24] = [
    &["init"],
    &["check"],
    &["plan"],
    &["explain"],
    &["run"],
    &["approve"],
    &["audit"],
    &["audit", "show"],
    &["migrate"],
    &["grants"],
    &["guard-sql"],
    &["manual"],
    &["event"],
    &["event", "report"],
    &["event", "undo"],
    &["daemon"],
    &["status"],
    &["pause"],
    &["resume"],
    &["state"],
    &["state", "backup"],
    &["state", "restore"],
    &["schema"],
    &[],
];

#[test]
fn every_verb_explains_itself() {
    for verb in VERBS {
        for flag in ["-h", "--help"] {
            let mut arguments = verb.to_vec();
            arguments.push(flag);
            let ran = go(&arguments, &[]).exits(0).says("Usage: retentiond");
            assert!(ran.err.is_empty(), "{ran}");
            let wide = ran.out.lines().map(|line| line.chars().count()).max();
            assert!(wide <= Some(100), "{ran}");
        }
    }
    let long = go(&["--help"], &[]);
    for code in [
        "  0  done",
        "  1  failed",
        "  2  ",
        "  3  ",
        "  4  ",
        "  5  ",
        "  6  ",
        "  8  ",
    ] {
        assert!(long.out.contains(code), "no {code:?}: {long}");
    }
    go(&["--version"], &[]).exits(0).says("retentiond ");
    go(&[], &[]).exits(2).warns("Usage: retentiond");
    go(&["enforce"], &[])
        .exits(2)
        .warns("unrecognized subcommand");
    go(&["run", "--dryrun"], &[]).exits(2).warns("--dry-run");
    go(&["plan", "--as-of", "tomorrow"], &[])
        .exits(2)
        .warns("write a day (2027-01-01)");
}

fn shell(site: &Site, script: &str) -> super::site::Ran {
    let mut command = Command::new("bash");
    clean(&mut command)
        .args(["-o", "pipefail", "-c", script])
        .env("PROGRAM", program())
        .env("RETENTIOND_SCHEDULE", site.schedule())
        .stdin(Stdio::null());
    ran(&command.output().expect("it runs"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads() {
    let mut site = Site::approved(Server::Sqlite, "nobody_reads").await;
    for verb in [
        "check --connect",
        "plan --statements",
        "run --dry-run",
        "schema",
        "audit show",
        "--help",
        "migrate --print",
    ] {
        shell(
            &site,
            &format!("\"$PROGRAM\" {verb} | head -c 1 >/dev/null"),
        )
        .exits(0);
        shell(&site, &format!("\"$PROGRAM\" {verb} >&- 2>&-"));
        shell(&site, &format!("\"$PROGRAM\" {verb} 2>&- >/dev/null")).exits(0);
    }
    shell(&site, "\"$PROGRAM\" run --rule nobody 2>&-").exits(2);
    shell(&site, "\"$PROGRAM\" run >&- 2>&-").exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

/// A sequence that sets a colour or a weight ends in `m`; others move the cursor, as what shows progress does.
fn has_colours(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
            .starts_with('m')
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_terminal_and_elsewhere() {
    let site = Site::approved(Server::Sqlite, "terminal").await;
    let text = site.parts().text();
    site.write(&text.replace("table = \"visit\"", "table = \"visits\""));
    let on_terminal = |environment: &str, columns: u32| {
        let inner = format!("stty cols {columns}; {environment} \\\"$PROGRAM\\\" plan");
        shell(
            &site,
            &format!("TERM=xterm script -qec \"bash -c '{inner}'\" /dev/null"),
        )
    };
    let colours = on_terminal("", 80);
    assert!(has_colours(&colours.out), "{colours}");
    let plain = on_terminal("NO_COLOR=1", 80);
    assert!(!has_colours(&plain.out), "{plain}");
    let piped = site.go(&["plan"]).exits(3);
    assert!(
        !piped.err.contains('\u{1b}') && !piped.out.contains('\u{1b}'),
        "{piped}"
    );
    site.write(&text);
    for columns in [80, 200] {
        let ran = on_terminal("NO_COLOR=1", columns);
        let heading = ran.out.lines().find(|line| line.contains("oldest due"));
        assert!(
            heading.is_some_and(|line| line.contains("verdict")),
            "{ran}"
        );
        // The table; sentences are broken by the terminal.
        let table = ran.out.lines().skip(1).take(3);
        let widest = table.map(|line| line.trim_end().chars().count()).max();
        assert!(widest <= Some(columns as usize), "{widest:?}: {ran}");
    }
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_names_the_schedule() {
    let site = Site::new(Server::Sqlite, "environment").await;
    let schedule = site.schedule();
    let environment = [("RETENTIOND_SCHEDULE", schedule.to_str().expect("UTF-8"))];
    go(&["check"], &environment).exits(0).says("sound");
    go(&["check"], &[])
        .exits(3)
        .warns("/etc/retentiond/retentiond.toml");
    site.finish().await;
}

#[test]
fn the_manual_has_a_page_for_each_verb() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("pages");
    go(&["manual", to.to_str().expect("UTF-8")], &[])
        .exits(0)
        .says_nothing();
    let completions = ["retentiond.bash", "_retentiond", "retentiond.fish"]
        .map(|file| std::fs::read_to_string(to.join(file)).expect("a completion"));
    for verb in VERBS {
        let name = ["retentiond"]
            .iter()
            .chain(verb)
            .copied()
            .collect::<Vec<_>>();
        let page = to.join(format!("{}.1", name.join("-")));
        let page = std::fs::read_to_string(page).expect("a page");
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"));
        for text in &completions {
            assert!(verb.last().is_none_or(|verb| text.contains(verb)));
        }
    }
}
