//! Why a run waits: decided here from what was measured elsewhere, and always with a name.

use std::time::Duration;

use crate::run::{Lag, Load};
use crate::schedule::Throttle;

/// Why nothing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The file of the schedule is there.
    File,
    ReplicationLag,
    /// A replica does not say how far it is, or there is none.
    ReplicationLagUnknown,
    Connections,
    /// We are not let see how many are at work.
    ConnectionsUnknown,
    /// The server does not answer when it is asked how busy it is.
    Unmeasured,
    DutyCycle,
    RowsPerSecond,
}

impl Reason {
    /// All of them, for the metrics.
    pub const ALL: [Self; 8] = [
        Self::File,
        Self::ReplicationLag,
        Self::ReplicationLagUnknown,
        Self::Connections,
        Self::ConnectionsUnknown,
        Self::Unmeasured,
        Self::DutyCycle,
        Self::RowsPerSecond,
    ];

    /// The word for it in logs, metrics and `status`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::ReplicationLag => "replication-lag",
            Self::ReplicationLagUnknown => "replication-lag-unknown",
            Self::Connections => "connections",
            Self::ConnectionsUnknown => "connections-unknown",
            Self::Unmeasured => "unmeasured",
            Self::DutyCycle => "duty-cycle",
            Self::RowsPerSecond => "rows-per-second",
        }
    }

    /// What would be right, where it is not only a matter of waiting.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::File => "remove the file to go on",
            Self::ReplicationLagUnknown => {
                "see that every replica is connected and replicates; PostgreSQL shows the lag to members of pg_monitor, \
                 MariaDB with REPLICA MONITOR, MySQL with REPLICATION CLIENT"
            }
            Self::ConnectionsUnknown => "make the account a member of pg_monitor",
            Self::Unmeasured => "see whether the server takes another connection of the account",
            Self::ReplicationLag | Self::Connections | Self::DutyCycle | Self::RowsPerSecond => "",
        }
    }
}

/// What hinders, as far as it was measured; `load` is `None` where the server did not answer.
#[must_use]
pub fn hinders(throttle: &Throttle, file_is_there: bool, load: Option<&Load>) -> Option<Reason> {
    if file_is_there {
        return Some(Reason::File);
    }
    if !throttle.asks() {
        return None;
    }
    let Some(load) = load else {
        return Some(Reason::Unmeasured);
    };
    if let Some(most) = throttle.replication_lag {
        match load.lag {
            Lag::Unknown => return Some(Reason::ReplicationLagUnknown),
            Lag::Known(lag) if lag > most => return Some(Reason::ReplicationLag),
            Lag::Known(_) => {}
        }
    }
    if let Some(most) = throttle.connections {
        match load.at_work {
            None => return Some(Reason::ConnectionsUnknown),
            Some(at_work) if at_work > most.into() => return Some(Reason::Connections),
            Some(_) => {}
        }
    }
    None
}

/// How long to rest after a batch of so many rows that was at work for so long.
#[must_use]
pub fn rest(throttle: &Throttle, worked: Duration, rows: u64) -> Option<(Reason, Duration)> {
    let duty = throttle.duty_percent.map_or(Duration::ZERO, |percent| {
        let percent = u32::from(percent.max(1));
        worked * (100 - percent.min(100)) / percent
    });
    let rate = throttle.rows_per_second.map_or(Duration::ZERO, |rate| {
        let most = Duration::from_secs_f64(rows as f64 / f64::from(rate.max(1)));
        most.saturating_sub(worked)
    });
    match (duty, rate) {
        (Duration::ZERO, Duration::ZERO) => None,
        (duty, rate) if duty >= rate => Some((Reason::DutyCycle, duty)),
        (_, rate) => Some((Reason::RowsPerSecond, rate)),
    }
}

/// True where a throttle still asks for rests of a kind: it may have been reloaded since one was earned.
#[must_use]
pub fn rests_for(throttle: &Throttle, reason: Reason) -> bool {
    match reason {
        Reason::DutyCycle => throttle.duty_percent.is_some(),
        Reason::RowsPerSecond => throttle.rows_per_second.is_some(),
        Reason::File
        | Reason::ReplicationLag
        | Reason::ReplicationLagUnknown
        | Reason::Connections
        | Reason::ConnectionsUnknown
        | Reason::Unmeasured => false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn each_reason_has_its_name_and_unknown_is_no_leave() {
        let seconds = |seconds| Lag::Known(TimeDelta::seconds(seconds));
        let throttle = Throttle {
            replication_lag: Some(TimeDelta::seconds(10)),
            connections: Some(5),
            ..Throttle::default()
        };
        let load = |at_work, lag| Load { at_work, lag };
        for (measured, expected) in [
            (Some(load(Some(5), seconds(10))), None),
            (
                Some(load(Some(5), seconds(11))),
                Some(Reason::ReplicationLag),
            ),
            (Some(load(Some(6), seconds(1))), Some(Reason::Connections)),
            (
                Some(load(None, seconds(1))),
                Some(Reason::ConnectionsUnknown),
            ),
            (
                Some(load(Some(1), Lag::Unknown)),
                Some(Reason::ReplicationLagUnknown),
            ),
            (None, Some(Reason::Unmeasured)),
        ] {
            assert_eq!(
                hinders(&throttle, false, measured.as_ref()),
                expected,
                "{measured:?}"
            );
        }
        assert_eq!(hinders(&throttle, true, None), Some(Reason::File));
        assert_eq!(hinders(&Throttle::default(), false, None), None);
    }

    #[test]
    fn rests() {
        let ms = Duration::from_millis;
        let duty = |percent| Throttle {
            duty_percent: Some(percent),
            ..Throttle::default()
        };
        assert_eq!(
            rest(&duty(25), ms(20), 1),
            Some((Reason::DutyCycle, ms(60)))
        );
        assert_eq!(rest(&duty(100), ms(20), 1), None);
        let rate = Throttle {
            rows_per_second: Some(1000),
            ..duty(50)
        };
        assert_eq!(
            rest(&rate, ms(20), 100),
            Some((Reason::RowsPerSecond, ms(80)))
        );
        assert_eq!(rest(&rate, ms(90), 100), Some((Reason::DutyCycle, ms(90))));
        assert_eq!(rest(&Throttle::default(), ms(20), 100), None);
    }
}
