//! The differential test: random schemas, schedules and rows, on every database, against an oracle that decides row by
//! row in plain Rust. Nothing too early, nothing left, the rehearsal is the run, and a second run finds nothing new.
//!
//! `README.md` in this folder says how to play millions, and how to replay what failed.

mod civil;
mod condition;
mod generate;
mod oracle;
mod play;
mod rng;
mod shrink;
#[path = "../it/support/mod.rs"]
mod support;
mod world;
mod write;

use std::time::{Duration, Instant};

use play::Outcome;
use support::{Server, every_database};
use world::{Setting, World};

/// Worlds in one database.
const BATCH: usize = 40;

/// Worlds on each database where nothing else is asked for; `tests/run` asks for more.
const USUAL: usize = 80;

/// Of so many worlds at most one may be refused: a test that is refused shows nothing.
const REFUSED_ONE_IN: usize = 8;

every_database! {
    async fn what_is_left_is_what_the_oracle_says(server) {
        let asked = Asked::from_environment();
        let mut told = Told::default();
        let begun = Instant::now();
        while asked.goes_on(&told, begun) {
            let seed = asked.seed.wrapping_add(told.batches);
            batch(&asked, seed, server, &mut told).await;
            told.batches += 1;
        }
        println!(
            "{server}: {} worlds, {} refused, {} rows judged, in {:?}, from seed {}",
            told.worlds, told.refused, told.judged, begun.elapsed(), asked.seed
        );
        assert!(told.failed.is_empty(), "{}", told.failed.join("\n\n"));
        assert!(told.worlds < 100 || told.refused * REFUSED_ONE_IN <= told.worlds, "{} refused", told.refused);
    }
}

/// What is to be played.
struct Asked {
    seed: u64,
    worlds: usize,
    /// One world of each batch only.
    only: Option<usize>,
    seconds: Option<u64>,
    failures: usize,
}

impl Asked {
    /// `RETENTIOND_DIFFERENTIAL=SEED`, `SEED:WORLD` to replay one; `RETENTIOND_DIFFERENTIAL_WORLDS` and
    /// `RETENTIOND_DIFFERENTIAL_SECONDS` for more of them.
    fn from_environment() -> Asked {
        let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
        let replay = std::env::var("RETENTIOND_DIFFERENTIAL").ok();
        let (seed, only) = match replay.as_deref().map(|text| text.split_once(':')) {
            Some(Some((seed, world))) => (seed.parse().ok(), world.parse().ok()),
            Some(None) => (number("RETENTIOND_DIFFERENTIAL"), None),
            None => (None, None),
        };
        let worlds = number("RETENTIOND_DIFFERENTIAL_WORLDS").map_or(USUAL, |worlds| {
            usize::try_from(worlds).expect("a number of worlds")
        });
        Asked {
            seed: seed.unwrap_or(1),
            worlds: if only.is_some() { 1 } else { worlds },
            only,
            seconds: number("RETENTIOND_DIFFERENTIAL_SECONDS"),
            failures: number("RETENTIOND_DIFFERENTIAL_FAILURES")
                .map_or(3, |one| usize::try_from(one).expect("a number")),
        }
    }

    fn goes_on(&self, told: &Told, begun: Instant) -> bool {
        let enough = match self.seconds {
            Some(seconds) => begun.elapsed() >= Duration::from_secs(seconds),
            None => told.worlds >= self.worlds,
        };
        !enough && told.failed.len() < self.failures
    }
}

#[derive(Default)]
struct Told {
    batches: u64,
    worlds: usize,
    refused: usize,
    /// Rows about which product and oracle agreed or did not: those before the run, and those before the second.
    judged: usize,
    failed: Vec<String>,
}

async fn batch(asked: &Asked, seed: u64, server: Server, told: &mut Told) {
    let setting = generate::setting(seed, server != Server::Sqlite);
    let numbers: Vec<usize> = match asked.only {
        Some(only) => vec![only],
        None => (0..BATCH).collect(),
    };
    let worlds: Vec<World> = numbers
        .iter()
        .map(|number| generate::world(seed, *number, &setting))
        .collect();
    if std::env::var_os("RETENTIOND_DIFFERENTIAL_SHOW").is_some() {
        for world in &worlds {
            println!("{}", write::case(world, &setting, server, None));
        }
    }
    let outcomes = match play::play(&worlds, &setting, server).await {
        Ok(outcomes) => outcomes,
        Err(why) => one_by_one(&worlds, &setting, server, &why).await,
    };
    told.worlds += worlds.len();
    for ((number, world), outcome) in numbers.iter().zip(worlds).zip(outcomes) {
        match outcome {
            Outcome::Agrees { judged } => told.judged += judged,
            Outcome::Refused(why) => {
                told.refused += 1;
                if std::env::var_os("RETENTIOND_DIFFERENTIAL_REFUSED").is_some() {
                    println!("refused {seed}:{number}: {why}");
                }
            }
            Outcome::Differs(how) if told.failed.len() < asked.failures => {
                let seed = format!("{seed}:{number}");
                let failed = failure(world, &setting, server, how, &seed).await;
                told.failed.push(failed);
            }
            Outcome::Differs(_) => {}
        }
    }
}

/// Where nothing could be run for all, each tells for itself.
async fn one_by_one(
    worlds: &[World],
    setting: &Setting,
    server: Server,
    why: &str,
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for world in worlds {
        let played = play::play(std::slice::from_ref(world), setting, server).await;
        outcomes.push(match played {
            Ok(mut one) => one.remove(0),
            Err(why) => Outcome::Differs(why),
        });
    }
    if outcomes
        .iter()
        .all(|one| matches!(one, Outcome::Agrees { .. } | Outcome::Refused(_)))
    {
        outcomes[0] = Outcome::Differs(format!("only together: {why}"));
    }
    outcomes
}

async fn failure(
    world: World,
    setting: &Setting,
    server: Server,
    how: String,
    seed: &str,
) -> String {
    let whole = std::env::var("RETENTIOND_DIFFERENTIAL_SHRINK").is_ok_and(|one| one == "0");
    let (small, how) = match whole {
        true => (world, how),
        false => shrink::shrink(world, setting, server, how).await,
    };
    let verdict = oracle::decide(&small, setting, oracle::state_of(&small));
    format!(
        "== {server}: RETENTIOND_DIFFERENTIAL={seed}\n{how}\n{}",
        write::case(&small, setting, server, verdict.as_ref())
    )
}

#[test]
fn a_seed_is_always_the_same_world() {
    let written = || -> String {
        let setting = generate::setting(7, true);
        let worlds = (0..BATCH).map(|number| generate::world(7, number, &setting));
        let case = |world: World| write::case(&world, &setting, Server::Postgres, None);
        worlds.map(case).collect()
    };
    let first = written();
    assert_eq!(first, written());
    assert!(first.len() > 10_000, "worlds with tables, rules and rows");
}
