//! The wire is cut at any message, and at every COMMIT in every way.

use std::collections::BTreeMap;

use super::accounts::{agree, verifies};
use super::proxy::{Fault, Proxy, Then};
use super::wire::Way;
use crate::cli::site::{CANARY, NOTES_DUE, PEOPLE_DUE, Ran, Site, VISITS_DUE};
use crate::support::Server;

/// Rows that a whole run touches.
pub const DUE: u64 = VISITS_DUE + NOTES_DUE + PEOPLE_DUE;

/// A site whose schedule leads through a wire, in some batches.
pub async fn wired(server: Server, hint: &str) -> (Site, Proxy) {
    let site = Site::new(server, hint).await;
    let proxy = Proxy::start(server, site.scratch.port());
    let direct = format!("port = {}\n", site.scratch.port());
    let mut parts = site.parts();
    parts.database = parts
        .database
        .replace(&direct, &format!("port = {}\n", proxy.port));
    parts.limits = format!("rows-per-batch = 10\n{}", parts.limits);
    site.write(&parts.text());
    site.go(&["migrate"]).exits(0);
    site.go(&["approve", "--all"]).exits(0);
    (site, proxy)
}

/// Makes everything due again.
pub async fn refill(site: &mut Site) {
    let visits: Vec<String> = (1..=VISITS_DUE)
        .map(|id| format!("({id}, '{CANARY}', '2001-01-01')"))
        .collect();
    let notes: Vec<String> = (1..=NOTES_DUE)
        .map(|id| format!("({id}, {}, '{CANARY}')", 2 * id))
        .collect();
    site.scratch
        .exec(&format!(
            "INSERT INTO visit VALUES {}; INSERT INTO note VALUES {};
             UPDATE person SET name = '{CANARY}', phone = '{CANARY}' WHERE id <= {PEOPLE_DUE};",
            visits.join(", "),
            notes.join(", ")
        ))
        .await;
}

/// What a run that met a fault says, without what differs from one to the next.
fn outcome(ran: &Ran) -> String {
    let told = format!("{} {}", ran.out, ran.err);
    let why = ["the connection was lost", "cannot be reached"]
        .into_iter()
        .find(|why| told.contains(why));
    format!("exit {:?}: {}", ran.code, why.unwrap_or("-"))
}

/// One run under a fault, and one without that makes it whole.
async fn round(site: &mut Site, proxy: &Proxy, fault: Fault, rounds: u64) -> String {
    proxy.arm(fault);
    let ran = site.go(&["run"]);
    proxy.arm(Fault::None);
    let told = outcome(&ran);
    assert!(
        matches!(ran.code, Some(0 | 4)),
        "{fault:?}: an end that nobody expects: {ran}"
    );
    assert!(!told.contains("exit Some(4): -"), "{fault:?}: {ran}");
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    assert_eq!(agree(site).await, rounds * DUE, "{fault:?}: {ran}");
    refill(site).await;
    told
}

async fn every_message(server: Server, way: Way) {
    let (mut site, proxy) = wired(server, "cuts").await;
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0);
    let messages = proxy.passed(way);
    refill(&mut site).await;
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    let mut rounds = 1;
    let stride = usize::try_from(messages / cuts().clamp(1, messages)).expect("a number");
    for after in (1..=messages).step_by(stride) {
        rounds += 1;
        let outcome = round(&mut site, &proxy, Fault::Cut(way, after), rounds).await;
        *told.entry(outcome).or_default() += 1;
    }
    println!(
        "{server}, {way:?}: {messages} messages, {} cuts: {told:?}",
        rounds - 1
    );
    verifies(&site);
    site.go(&["run"]).exits(0);
    site.go(&["run"]).exits(0).says("0 rows touched");
    site.finish().await;
}

/// How many places are tried; as many as there are messages on demand.
fn cuts() -> u64 {
    let given = std::env::var("RETENTIOND_CUTS").ok();
    given.and_then(|given| given.parse().ok()).unwrap_or(9)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_on_the_way_to_postgres() {
    every_message(Server::Postgres, Way::ToServer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_on_the_way_from_postgres() {
    every_message(Server::Postgres, Way::ToClient).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_on_the_way_to_mariadb() {
    every_message(Server::Mariadb, Way::ToServer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_on_the_way_from_mariadb() {
    every_message(Server::Mariadb, Way::ToClient).await;
}

/// Each COMMIT of a run, lost before the server has it, behind it, or with its answer; in all three ways on demand.
async fn every_commit(server: Server) {
    let (mut site, proxy) = wired(server, "commits").await;
    site.go(&["run"]).exits(0);
    refill(&mut site).await;
    // Not the first run, which also takes the database into its care.
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0);
    let commits = proxy.commits();
    assert!(commits >= 5, "{commits} batches");
    refill(&mut site).await;
    let ways = [Then::CutBefore, Then::CutBehind, Then::CutAnswer];
    let mut rounds = 2;
    for (which, then) in (1..=commits).flat_map(|which| ways.map(|then| (which, then))) {
        if cuts() < commits * 3 && ways[(which % 3) as usize] != then {
            continue;
        }
        rounds += 1;
        let fault = Fault::AtCommit(which, then);
        let told = round(&mut site, &proxy, fault, rounds).await;
        assert_eq!(told, "exit Some(4): the connection was lost", "{fault:?}");
    }
    // Where the answer alone was lost the commit was done, and was found in the ledger.
    let recovered = super::accounts::records(&site)
        .iter()
        .filter(|record| record["recovered"] == true)
        .count();
    assert!(
        recovered > 0 && recovered as u64 <= 2 * commits,
        "{recovered}"
    );
    println!(
        "{server}: {} commits lost, {recovered} found in the ledger",
        rounds - 2
    );
    verifies(&site);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_of_postgres_is_lost() {
    every_commit(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_of_mariadb_is_lost() {
    every_commit(Server::Mariadb).await;
}
