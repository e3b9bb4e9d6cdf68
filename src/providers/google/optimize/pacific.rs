//! Hours of Pacific time, in which App Optimize reckons, and the UTC days that they belong to.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::America::Los_Angeles;

use crate::domain::period::Day;

/// The UTC day of an hour such as `2026-11-01T05`; `None` for a text that names no hour of Pacific time.
///
/// When summer time ends an hour comes twice under one name, and both of it in one row or two. That is in the night there,
/// at 8 and 9 in UTC: both belong to the same day, so nothing has to be divided.
pub(super) fn day_of(hour: &str) -> Option<Day> {
    let (date, hour) = hour.split_once('T').filter(|(_, hour)| hour.len() == 2)?;
    let local = date.parse::<NaiveDate>().ok()?.and_hms_opt(hour.parse().ok()?, 0, 0)?;
    Los_Angeles.from_local_datetime(&local).earliest().map(|at| Day::of(at.to_utc()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    use super::*;

    fn name(at: DateTime<Utc>) -> String {
        at.with_timezone(&Los_Angeles).format("%Y-%m-%dT%H").to_string()
    }

    #[test]
    fn days_turn_at_five_in_summer_and_at_four_in_winter() {
        for (hour, day) in [
            ("2026-10-31T16", "2026-10-31"),
            ("2026-10-31T17", "2026-11-01"),
            ("2026-11-01T01", "2026-11-01"),
            ("2026-11-01T15", "2026-11-01"),
            ("2026-11-01T16", "2026-11-02"),
            ("2026-03-07T15", "2026-03-07"),
            ("2026-03-07T16", "2026-03-08"),
            ("2026-03-08T16", "2026-03-08"),
            ("2026-03-08T17", "2026-03-09"),
        ] {
            assert_eq!(day_of(hour), Some(day.parse().unwrap()), "{hour}");
        }
    }

    #[test]
    fn what_is_no_hour_there_has_no_day() {
        for text in ["", "2026-11-01", "2026-11-01T24", "2026-11-01T05:00", "2026-11-01T5", "2026-03-08T02", "x"] {
            assert_eq!(day_of(text), None, "{text}");
        }
    }

    /// Hours that share a name are one row, as the report groups them.
    #[test]
    fn days_at_both_changes_have_all_their_hours() {
        for first in ["2026-03-06", "2026-10-30"] {
            let first: Day = first.parse().unwrap();
            let mut rows: BTreeMap<String, u32> = BTreeMap::new();
            for hour in 0..5 * 24 {
                *rows.entry(name(first.start() + TimeDelta::hours(hour))).or_default() += 1;
            }
            let mut days: BTreeMap<Day, u32> = BTreeMap::new();
            for (name, hours) in rows {
                *days.entry(day_of(&name).unwrap()).or_default() += hours;
            }
            assert_eq!(days, (0..5).map(|n| (first.plus(n), 24)).collect(), "{first}");
        }
    }

    proptest! {
        #[test]
        fn every_hour_belongs_to_its_day_and_to_no_other(hours in 482_000_i64..570_000) {
            let at = DateTime::from_timestamp(hours * 3_600, 0).unwrap();
            prop_assert_eq!(day_of(&name(at)), Some(Day::of(at)));
        }
    }
}
