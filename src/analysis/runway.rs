//! How long what is left will last.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

/// Less says nothing about a pace.
const SHORTEST: TimeDelta = TimeDelta::hours(1);

/// What was left at a time: of a balance, or of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub at: DateTime<Utc>,
    pub left: Decimal,
}

/// When nothing is left at the pace of `levels`, oldest first; `None` where they do not fall, or are too few to tell.
///
/// Rises are top-ups or resets: the time over which something rose says nothing about the pace and is left out.
#[must_use]
pub fn empty_at(levels: &[Level]) -> Option<DateTime<Utc>> {
    let last = levels.last()?;
    if last.left <= Decimal::ZERO {
        return Some(last.at);
    }
    let (mut used, mut time) = (Decimal::ZERO, TimeDelta::zero());
    for (before, after) in levels.iter().zip(levels.iter().skip(1)).filter(|(before, after)| after.left <= before.left)
    {
        used = used.checked_add(before.left.checked_sub(after.left)?)?;
        time += after.at - before.at;
    }
    if time < SHORTEST || used <= Decimal::ZERO {
        return None;
    }
    let seconds = last.left.checked_mul(Decimal::from(time.num_seconds()))?.checked_div(used)?;
    let seconds = i64::try_from(seconds.trunc()).ok()?;
    last.at.checked_add_signed(TimeDelta::try_seconds(seconds)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(of: &[(&str, i64)]) -> Vec<Level> {
        let level = |(time, left): &(&str, i64)| Level {
            at: format!("2026-11-22T{time}:00Z").parse().unwrap(),
            left: Decimal::from(*left),
        };
        of.iter().map(level).collect()
    }

    fn end(of: &[(&str, i64)]) -> Option<String> {
        Some(empty_at(&levels(of))?.format("%m-%d %H:%M").to_string())
    }

    #[test]
    fn the_pace_of_the_readings_is_carried_on() {
        assert_eq!(end(&[("08:00", 100), ("10:00", 80)]), Some("11-22 18:00".to_owned()));
        // Idle time is a part of the pace.
        assert_eq!(end(&[("06:00", 100), ("08:00", 100), ("10:00", 80)]), Some("11-23 02:00".to_owned()));
    }

    #[test]
    fn a_top_up_is_no_use() {
        assert_eq!(
            end(&[("08:00", 30), ("10:00", 10), ("11:00", 110), ("12:00", 100)]),
            Some("11-22 22:00".to_owned())
        );
    }

    #[test]
    fn what_does_not_fall_or_is_hardly_known_has_no_end() {
        assert_eq!(end(&[]), None);
        assert_eq!(end(&[("08:00", 100)]), None);
        assert_eq!(end(&[("08:00", 100), ("10:00", 100)]), None);
        assert_eq!(end(&[("08:00", 100), ("08:30", 10)]), None);
        assert_eq!(end(&[("08:00", 5), ("10:00", 0)]), Some("11-22 10:00".to_owned()));
    }

    #[test]
    fn what_lasts_longer_than_time_has_no_end() {
        let mut far = levels(&[("08:00", 0), ("10:00", 0)]);
        far[0].left = Decimal::MAX;
        far[1].left = Decimal::MAX - Decimal::ONE;
        assert_eq!(empty_at(&far), None);
    }
}
