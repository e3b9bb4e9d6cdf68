//! UTC days and windows of whole days: the unit in which cost is fetched, replaced and billed.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Day(NaiveDate);

impl Day {
    /// The day that contains `instant`.
    #[must_use]
    pub fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.date_naive())
    }

    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Midnight UTC at the start of the day.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// Midnight UTC at the end of the day.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.next().start()
    }

    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    #[must_use]
    pub fn previous(self) -> Self {
        self.minus(1)
    }

    /// The day `days` later, or the last day that the calendar knows.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX))
    }

    /// The day `days` earlier, or the first day that the calendar knows.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN))
    }

    /// Whole days from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    #[must_use]
    pub fn month_start(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The first day of the month `months` after this day's month.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        Self(self.month_start().0.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX))
    }

    /// The first day of the month `months` before this day's month.
    #[must_use]
    pub fn minus_months(self, months: u32) -> Self {
        Self(self.month_start().0.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One or more whole days, half-open: `end` is the first day that is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    first: Day,
    end: Day,
}

impl Window {
    /// The days from `first` up to but not `end`; `None` where that is no day at all.
    #[must_use]
    pub fn new(first: Day, end: Day) -> Option<Self> {
        (first < end).then_some(Self { first, end })
    }

    #[must_use]
    pub fn single(day: Day) -> Self {
        Self { first: day, end: day.next() }
    }

    #[must_use]
    pub fn first(self) -> Day {
        self.first
    }

    #[must_use]
    pub fn last(self) -> Day {
        self.end.previous()
    }

    /// The first day after the window.
    #[must_use]
    pub fn end(self) -> Day {
        self.end
    }

    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day < self.end
    }

    pub fn days(self) -> impl DoubleEndedIterator<Item = Day> + ExactSizeIterator {
        (0..self.len()).map(move |offset| self.first.plus(offset))
    }

    /// How many days; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a window is never empty")]
    #[must_use]
    pub fn len(self) -> u32 {
        u32::try_from(self.end.since(self.first)).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len() == 1 { self.first.fmt(f) } else { write!(f, "{}..{}", self.first, self.last()) }
    }
}

/// The length of a feed's buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    Hour,
    Day,
}

impl Grain {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}
