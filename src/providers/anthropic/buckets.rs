//! Whether an answer is whole: the buckets of the days that were asked for, each once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::api::Bucket;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{FeedPolicy, FetchError, Grain};

/// The rows of `window` by the start of their bucket.
///
/// Buckets beyond the window are another fetch's business, unless there are no others. A settled day may lack its bucket
/// only before the first one, where the organisation may not have existed; later days may simply not be there yet.
pub(super) fn rows<Row: PartialEq>(
    buckets: Vec<Bucket<Row>>,
    window: Window,
    policy: &FeedPolicy,
    now: DateTime<Utc>,
) -> Result<BTreeMap<DateTime<Utc>, Vec<Row>>, FetchError> {
    let malformed = |text: String| Err(FetchError::Malformed(text));
    let answered = !buckets.is_empty();
    let mut rows = BTreeMap::<_, Vec<Row>>::new();
    for Bucket { starting_at, ending_at, results } in buckets {
        if !is_of_grain(policy.grain, starting_at, ending_at) {
            let grain = policy.grain.as_str();
            return malformed(format!("bucket from {starting_at} to {ending_at} is not one {grain}"));
        }
        if !window.contains(Day::of(starting_at)) {
            continue;
        }
        let known = rows.entry(starting_at).or_default();
        if results.iter().any(|row| known.contains(row)) {
            return malformed(format!("bucket of {starting_at} holds the same row twice"));
        }
        known.extend(results);
    }
    let days: BTreeSet<Day> = rows.keys().copied().map(Day::of).collect();
    match days.first() {
        None if answered => malformed(format!("answer is for other days than {window}")),
        None => Ok(rows),
        Some(first) => {
            let settled = |day: &Day| day.next().plus(policy.settles_after_days).start() <= now;
            let missing = window.days().find(|day| day > first && settled(day) && !days.contains(day));
            missing.map_or(Ok(rows), |day| malformed(format!("answer for {window} lacks {day}")))
        }
    }
}

/// Starts on the hour or at midnight, and is not longer; the running bucket may be shorter.
fn is_of_grain(grain: Grain, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
    let length = match grain {
        Grain::Hour => TimeDelta::hours(1),
        Grain::Day => TimeDelta::days(1),
    };
    start.timestamp() % length.num_seconds() == 0 && start < end && end - start <= length
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T14:05:00Z";

    fn policy(grain: Grain) -> FeedPolicy {
        FeedPolicy { grain, ..FeedPolicy::USUAL }
    }

    fn bucket(start: &str, hours: i64, results: &[u32]) -> Bucket<u32> {
        let starting_at = start.parse().unwrap();
        Bucket { starting_at, ending_at: starting_at + TimeDelta::hours(hours), results: results.to_vec() }
    }

    fn day(date: &str, results: &[u32]) -> Bucket<u32> {
        bucket(&format!("{date}T00:00:00Z"), 24, results)
    }

    fn of_days(first: &str, end: &str, buckets: Vec<Bucket<u32>>) -> Result<Vec<u32>, String> {
        let window = Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap();
        let rows = rows(buckets, window, &policy(Grain::Day), NOW.parse().unwrap());
        rows.map(|rows| rows.into_values().flatten().collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn days_beyond_the_window_are_left_to_others() {
        let buckets = vec![day("2026-11-21", &[2]), day("2026-11-22", &[3]), day("2026-11-20", &[1])];
        assert_eq!(of_days("2026-11-20", "2026-11-22", buckets.clone()), Ok(vec![1, 2]));
        let none = of_days("2026-10-01", "2026-10-02", buckets);
        assert_eq!(none, Err("answer is for other days than 2026-10-01".to_owned()));
    }

    #[test]
    fn a_settled_day_may_only_be_missing_before_the_first() {
        let gap = vec![day("2026-11-10", &[1]), day("2026-11-12", &[3])];
        let lacks = Err("answer for 2026-11-10..2026-11-12 lacks 2026-11-11".to_owned());
        assert_eq!(of_days("2026-11-10", "2026-11-13", gap), lacks);
        assert_eq!(of_days("2026-11-08", "2026-11-11", vec![day("2026-11-10", &[1])]), Ok(vec![1]));
        assert_eq!(of_days("2026-11-18", "2026-11-23", vec![day("2026-11-18", &[1])]), Ok(vec![1]));
        assert!(of_days("2026-11-17", "2026-11-23", vec![day("2026-11-17", &[1])]).is_err());
        assert_eq!(of_days("2026-11-10", "2026-11-13", vec![]), Ok(vec![]));
    }

    #[test]
    fn a_bucket_that_comes_again_adds_only_what_is_new() {
        let split = vec![day("2026-11-20", &[1]), day("2026-11-20", &[2])];
        assert_eq!(of_days("2026-11-20", "2026-11-21", split), Ok(vec![1, 2]));
        let again = vec![day("2026-11-20", &[1]), day("2026-11-20", &[1])];
        assert!(of_days("2026-11-20", "2026-11-21", again).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_bucket_has_the_length_that_was_asked_for() {
        let window = Window::single("2026-11-20".parse().unwrap());
        let hour = |bucket| rows(vec![bucket], window, &policy(Grain::Hour), NOW.parse().unwrap());
        assert!(hour(bucket("2026-11-20T05:00:00Z", 1, &[1])).is_ok());
        assert!(hour(bucket("2026-11-20T05:30:00Z", 1, &[1])).is_err());
        assert!(hour(bucket("2026-11-20T00:00:00Z", 24, &[1])).is_err());
        assert!(hour(bucket("2026-11-20T00:00:00Z", 0, &[1])).is_err());
    }
}
