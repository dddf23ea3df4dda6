//! How busy a server is, and how far its replicas are behind: measured here, judged elsewhere.
//!
//! What cannot be told is told as unknown, never as nothing.

use chrono::TimeDelta;

/// What a server says of its load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Sessions of others that are at work; `None`: we are not let see it.
    pub at_work: Option<u64>,
    pub lag: Lag,
}

/// How far the replica that is furthest behind is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lag {
    Known(TimeDelta),
    /// There is no replica, one is away, or we are not let see it.
    #[default]
    Unknown,
}

impl Lag {
    /// Of milliseconds; less than none means unknown.
    pub(super) fn of_milliseconds(milliseconds: i64) -> Self {
        match TimeDelta::try_milliseconds(milliseconds) {
            Some(lag) if milliseconds >= 0 => Self::Known(lag),
            _ => Self::Unknown,
        }
    }

    /// The greater of two; what is unknown is greater than anything.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(one), Self::Known(other)) => Self::Known(one.max(other)),
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_worse_than_anything() {
        let known = |seconds| Lag::Known(TimeDelta::seconds(seconds));
        assert_eq!(known(1).or_worse(known(2)), known(2));
        assert_eq!(known(1).or_worse(Lag::Unknown), Lag::Unknown);
        assert_eq!(Lag::of_milliseconds(-1), Lag::Unknown);
        assert_eq!(
            Lag::of_milliseconds(1500),
            Lag::Known(TimeDelta::milliseconds(1500))
        );
    }
}
