//! Time buckets held against the window that was asked for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::api::Bucket;
use crate::domain::period::Window;
use crate::providers::feed::{FetchError, Grain};

/// The results of `buckets`, each with the start of its bucket.
///
/// Buckets that lie outside `window` as a whole belong to another fetch and are left out.
///
/// # Errors
///
/// [`FetchError::Malformed`] for a bucket that is cut by the window's edge, does not start on a whole hour or day, or
/// comes twice: its results would be counted on the wrong day, or twice.
pub(super) fn results<R>(
    buckets: Vec<Bucket<R>>,
    window: Window,
    grain: Grain,
) -> Result<Vec<(DateTime<Utc>, R)>, FetchError> {
    let (first, end) = (window.first().start().timestamp(), window.end().start().timestamp());
    let step = match grain {
        Grain::Hour => 3_600,
        Grain::Day => 86_400,
    };
    let mut seen = BTreeSet::new();
    let mut results = Vec::new();
    for Bucket { start_time, end_time, results: found } in buckets {
        let wrong = |why: &str| FetchError::Malformed(format!("bucket {start_time}..{end_time} of {window} {why}"));
        if end_time <= start_time {
            return Err(wrong("ends before it starts"));
        }
        if end_time <= first || end <= start_time {
            tracing::debug!(start_time, end_time, %window, results = found.len(), "bucket outside the window left out");
            continue;
        }
        if start_time < first || end < end_time {
            return Err(wrong("crosses the edge of the window"));
        }
        if start_time % step != 0 || end_time - start_time > step {
            return Err(wrong("is no whole bucket"));
        }
        if !seen.insert(start_time) {
            return Err(wrong("came twice"));
        }
        let at = DateTime::from_timestamp(start_time, 0).ok_or_else(|| wrong("is outside the calendar"))?;
        results.extend(found.into_iter().map(|result| (at, result)));
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn window() -> Window {
        Window::new("2026-11-20".parse().unwrap(), "2026-11-22".parse().unwrap()).unwrap()
    }

    fn bucket(from: i64, to: i64) -> Bucket<i64> {
        let start = window().first().start().timestamp();
        Bucket { start_time: start + from, end_time: start + to, results: vec![from] }
    }

    #[test]
    fn results_carry_the_start_of_their_bucket() {
        let buckets = vec![bucket(0, DAY), bucket(DAY, 2 * DAY)];
        let days: Vec<_> = results(buckets, window(), Grain::Day).unwrap();
        let expected = [("2026-11-20T00:00:00Z", 0), ("2026-11-21T00:00:00Z", DAY)];
        assert_eq!(days, expected.map(|(at, from)| (at.parse().unwrap(), from)));
    }

    #[test]
    fn other_days_are_left_out() {
        let buckets = vec![bucket(-DAY, 0), bucket(0, DAY), bucket(2 * DAY, 3 * DAY)];
        assert_eq!(results(buckets, window(), Grain::Day).unwrap().len(), 1);
    }

    #[test]
    fn a_bucket_that_would_count_on_the_wrong_day_is_an_error() {
        for (buckets, why) in [
            (vec![bucket(-3_600, DAY - 3_600)], "crosses"),
            (vec![bucket(DAY, 2 * DAY + 1)], "crosses"),
            (vec![bucket(3_600, DAY)], "whole"),
            (vec![bucket(0, 2 * DAY)], "whole"),
            (vec![bucket(0, DAY), bucket(0, DAY)], "twice"),
            (vec![bucket(DAY, DAY)], "ends before"),
        ] {
            let error = results(buckets, window(), Grain::Day).unwrap_err();
            assert!(matches!(&error, FetchError::Malformed(text) if text.contains(why)), "{error}");
        }
    }
}
