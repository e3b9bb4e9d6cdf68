//! The time that a charge is for, and what of it falls on each UTC day.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::mapping::Field;
use super::values::Time;
use crate::domain::period::Day;
use crate::ledger::split::split_money;

/// A month of 31 days in which clocks go back.
const LONGEST: TimeDelta = TimeDelta::hours(31 * 24 + 1);
/// Before anybody sold tokens. What reads as an earlier day is a number that is no time.
const FIRST_YEAR: i32 = 2015;

/// The period from `start` to `end`, or the field at fault and why.
pub(super) fn check(
    start: Time,
    end: Option<Time>,
    today: Day,
) -> Result<(DateTime<Utc>, DateTime<Utc>), (Field, String)> {
    let at = start.start();
    if Day::from_ymd(FIRST_YEAR, 1, 1).is_some_and(|first| at < first.start()) {
        return Err((Field::Date, format!("is before {FIRST_YEAR}")));
    }
    if Day::of(at) > today {
        return Err((Field::Date, "has not come yet".to_owned()));
    }
    let end = end.map_or(at, Time::end);
    if end < at {
        return Err((Field::End, "is before the start of the period".to_owned()));
    }
    if end - at > LONGEST {
        return Err((Field::End, "ends a period of more than a month: split the charge into months".to_owned()));
    }
    Ok((at, end))
}

/// From when to when the lines of a file reach, as far as they tell.
#[derive(Debug, Default)]
pub(super) struct Reach(Option<(DateTime<Utc>, DateTime<Utc>)>);

impl Reach {
    /// A charge of no length at midnight is for its whole day, as a date alone is.
    pub(super) fn add(&mut self, at: DateTime<Utc>, end: DateTime<Utc>) {
        let day = Day::of(at);
        let end = if end == at && at == day.start() { day.end() } else { end };
        self.0 = Some(self.0.map_or((at, end), |(first, last)| (first.min(at), last.max(end))));
    }

    /// Days of which the file may lack the morning or the evening: the first and the last, where it does not begin and end
    /// with them. Months of another time zone meet on such days.
    pub(super) fn partly(&self) -> BTreeSet<Day> {
        let Some((first, last)) = self.0 else { return BTreeSet::new() };
        [first, last].into_iter().filter(|at| *at != Day::of(*at).start()).map(Day::of).collect()
    }
}

/// The days that the period from `at` to `end` touches, and how many seconds of it each has.
pub(super) fn days(at: DateTime<Utc>, end: DateTime<Utc>) -> Vec<(Day, Decimal)> {
    let mut days = Vec::new();
    let mut day = Day::of(at);
    while day.start() < end {
        let seconds = (day.end().min(end) - day.start().max(at)).num_seconds();
        // Less than a second is no share.
        if seconds > 0 {
            days.push((day, Decimal::from(seconds)));
        }
        day = day.next();
    }
    if days.is_empty() {
        days.push((Day::of(at), Decimal::ONE));
    }
    days
}

/// `total` in proportion to the seconds of `days`; the parts add up to it.
pub(super) fn shares(total: Decimal, days: &[(Day, Decimal)]) -> Vec<Decimal> {
    let weights: Vec<Decimal> = days.iter().map(|(_, seconds)| *seconds).collect();
    split_money(total, &weights).unwrap_or_default()
}
