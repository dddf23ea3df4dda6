//! When certificates end, looked at from time to time: one that has ended stops every run, and nobody had seen it come.

use std::path::PathBuf;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;

use crate::run::{Ends, certificates};
use crate::schedule::{Connection, Schedule};

use super::host::Host;
use super::idle::has_come;
use super::turns::unless;

/// How often they are looked at.
const EVERY: TimeDelta = TimeDelta::hours(6);

/// Looks until the daemon is to end; also when the schedule was reloaded.
pub(super) async fn watch(host: Host) {
    let mut next = DateTime::<Utc>::MIN_UTC;
    let mut seen: Option<Rc<Schedule>> = None;
    while !host.stop().requested() {
        let schedule = host.schedule();
        let before = seen.replace(schedule.clone());
        let is_other = before.is_none_or(|before| !Rc::ptr_eq(&before, &schedule));
        if is_other || has_come(next, EVERY, Utc::now()) {
            next = Utc::now() + EVERY;
            for database in schedule.databases.values() {
                let name = database.name.value.clone();
                let base = host.base().to_owned();
                let looked = look(name.clone(), database.connection.clone(), base);
                let Some(looked) = unless(looked, &|| host.stop().requested()).await else {
                    return;
                };
                if let Ok(ends) = looked {
                    host.board().certificates.insert(name, ends);
                }
            }
        }
        tokio::time::sleep(super::LOOK).await;
    }
}

/// In a thread of its own, which nobody waits for when the daemon ends: a server may keep it waiting.
async fn look(
    name: String,
    connection: Connection,
    base: PathBuf,
) -> Result<Ends, oneshot::error::RecvError> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = tell.send(certificates(&name, &connection, &base));
    });
    told.await
}
