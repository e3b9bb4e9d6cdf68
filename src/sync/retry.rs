//! How long a feed waits: for its next try after a failure, for its interval, for its vendor.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::RunError;
use crate::providers::feed::FetchError;

/// The longest back-off after failures that may pass by themselves.
const LAST_RETRY: TimeDelta = TimeDelta::minutes(30);

/// How long it is until then; nothing where it has passed.
pub(super) fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or_default()
}

/// What is left of `interval` since `last`. A clock that was put back makes it no longer than that.
pub(super) fn rest(last: DateTime<Utc>, interval: Duration, now: DateTime<Utc>) -> Duration {
    let interval_ends = last + TimeDelta::from_std(interval).unwrap_or_default();
    until(interval_ends, now).min(interval)
}

/// Until when the vendor wants to be left alone, which a schedule does not overrule.
pub(super) fn limited_until(error: &RunError) -> Option<DateTime<Utc>> {
    match error {
        RunError::Fetch(FetchError::RateLimited { until }) => Some(*until),
        _ => None,
    }
}

/// When to try again without being asked; `None` where only a person or the schedule can help.
pub(super) fn retry_at(error: &RunError, failures: u32, first: TimeDelta, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match error {
        RunError::Fetch(FetchError::RateLimited { until }) => Some(*until),
        RunError::Fetch(FetchError::Unavailable(_)) | RunError::Database(_) => {
            let doublings = failures.saturating_sub(1).min(16);
            let wait = first.checked_mul(2_i32.pow(doublings)).map_or(LAST_RETRY, |wait| wait.min(LAST_RETRY));
            // Feeds that failed together should not come back together.
            let jitter = TimeDelta::milliseconds(fastrand::i64(0..=wait.num_milliseconds() / 4));
            Some(now + wait + jitter)
        }
        RunError::Standing(_)
        | RunError::Fetch(
            FetchError::Unauthorized(_) | FetchError::Rejected { .. } | FetchError::Malformed(_) | FetchError::Stopped,
        )
        | RunError::Fenced
        | RunError::Busy(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: TimeDelta = TimeDelta::seconds(30);

    #[test]
    fn failures_that_may_pass_are_tried_again_ever_later() {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let wait = |failures| {
            let error = RunError::Fetch(FetchError::Unavailable("status 503".into()));
            (retry_at(&error, failures, FIRST, now).unwrap() - now).num_seconds()
        };
        assert!((30..=38).contains(&wait(1)));
        assert!((240..=300).contains(&wait(4)));
        assert!((1800..=2250).contains(&wait(60)));
    }

    #[test]
    fn a_rate_limit_says_when_and_a_bad_key_waits_for_a_person() {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let until = now + TimeDelta::minutes(7);
        assert_eq!(retry_at(&FetchError::RateLimited { until }.into(), 3, FIRST, now), Some(until));
        assert_eq!(retry_at(&FetchError::Unauthorized("wrong key".into()).into(), 1, FIRST, now), None);
    }

    #[test]
    fn a_feed_rests_no_longer_than_its_interval() {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let seconds = |last: &str| rest(last.parse().unwrap(), Duration::from_secs(600), now).as_secs();
        assert_eq!(seconds("2026-11-22T09:58:00Z"), 480);
        assert_eq!(seconds("2026-11-21T10:00:00Z"), 0);
        assert_eq!(seconds("2027-11-22T10:00:00Z"), 600, "the clock was a year ahead then");
    }
}
