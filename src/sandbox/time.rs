//! Minutes and spans of them, the finest grain at which the vendors report.

use chrono::{DateTime, Utc};

use crate::domain::period::Day;

/// Minutes since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minute(u64);

impl Minute {
    pub(super) fn of(instant: DateTime<Utc>) -> Self {
        Self::of_seconds(instant.timestamp())
    }

    /// The minute that contains the second; the epoch for what lies before.
    pub(super) fn of_seconds(seconds: i64) -> Self {
        Self(u64::try_from(seconds).unwrap_or_default() / 60)
    }

    pub(super) fn seconds(self) -> i64 {
        i64::try_from(self.0 * 60).unwrap_or(i64::MAX)
    }

    /// Zero when `earlier` is later.
    pub(super) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    pub(super) fn back(self, minutes: u64) -> Self {
        Self(self.0.saturating_sub(minutes))
    }

    /// The next multiple of `minutes` after this minute.
    pub(super) fn next_multiple(self, minutes: u64) -> Self {
        Self((self.0 / minutes + 1) * minutes)
    }

    /// The last multiple of `minutes` up to this minute.
    pub(super) fn snapped(self, minutes: u64) -> Self {
        Self(self.0 / minutes * minutes)
    }

    /// Hours since the epoch.
    pub(super) fn hours(self) -> u64 {
        self.0 / 60
    }

    pub(super) fn hour_of_day(self) -> usize {
        usize::try_from(self.hours() % 24).unwrap_or_default()
    }

    pub(super) fn day(self) -> Day {
        Day::of(self.instant())
    }

    pub(super) fn instant(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.seconds(), 0).unwrap_or_default()
    }
}

/// Half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Minute,
    pub(super) to: Minute,
}

impl Span {
    pub(super) fn of_day(day: Day) -> Self {
        Self { from: Minute::of(day.start()), to: Minute::of(day.end()) }
    }

    /// The part before `end`, which may be no part at all.
    pub(super) fn until(self, end: Minute) -> Self {
        Self { to: self.to.min(end).max(self.from), ..self }
    }
}
