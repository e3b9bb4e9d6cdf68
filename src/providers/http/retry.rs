//! Whether and when to ask again. Pure: time and chance come from the caller.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::failure::Failure;
use super::{Limits, Verdict};

/// A vendor that asks for more is asked again after this.
const LONGEST_BELIEVED: Duration = Duration::from_secs(24 * 3600);

/// What to do about a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wait(Duration),
    GiveUp,
}

/// `chance` is evenly spread over 0 to 1.
pub(super) fn next_step(failure: &Failure, attempt: u32, limits: &Limits, chance: f64) -> Step {
    let asked_wait = match failure {
        Failure::Refused(refusal) if refusal.should_retry.unwrap_or(is_transient(refusal.verdict)) => {
            refusal.asked_wait
        }
        Failure::Timeout | Failure::Network(_) => None,
        Failure::Refused(_) | Failure::TooLarge(_) => return Step::GiveUp,
    };
    // A vendor may say 0 seconds and mean it no more than the last time.
    let pause = asked_wait.unwrap_or_default().max(jittered(attempt, limits, chance));
    if attempt >= limits.max_attempts || pause > limits.longest_wait { Step::GiveUp } else { Step::Wait(pause) }
}

/// Nothing is wrong with the request.
fn is_transient(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::RateLimited | Verdict::Unavailable)
}

/// Exponential back-off with full jitter, so that accounts that failed together do not return together.
fn jittered(attempt: u32, limits: &Limits, chance: f64) -> Duration {
    let doubled = limits.backoff_base.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(limits.backoff_cap).mul_f64(chance.clamp(0.0, 1.0))
}

/// `x-should-retry`, with which Anthropic and OpenAI overrule the status.
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    text(headers, "x-should-retry")?.parse().ok()
}

/// How long the vendor wants to be left alone: `Retry-After`, else the headers that some have of their own; Azure
/// may send both, and means the longest.
pub(super) fn asked_wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let until = |at: DateTime<Utc>| (at - now).to_std().unwrap_or_default();
    let retry_after = text(headers, RETRY_AFTER.as_str())
        .and_then(|value| seconds(value).or_else(|| Some(until(httpdate::parse_http_date(value).ok()?.into()))));
    let reset_at = || {
        let at = DateTime::parse_from_rfc3339(text(headers, "anthropic-ratelimit-requests-reset")?).ok()?;
        Some(until(at.into()))
    };
    let reset_in =
        || text(headers, "x-ratelimit-reset-requests").and_then(|value| seconds(value).or_else(|| duration(value)));
    // GitHub's: a time in seconds since 1970.
    let reset_epoch = || {
        let at = DateTime::from_timestamp(text(headers, "x-ratelimit-reset")?.parse().ok()?, 0)?;
        Some(until(at))
    };
    let window = || rate_limit(text(headers, "ratelimit")?);
    let wait = retry_after.or_else(reset_at).or_else(reset_in).or_else(reset_epoch).or_else(window);
    wait.max(azure_quotas(headers)).map(|wait| wait.min(LONGEST_BELIEVED))
}

/// The longest wait of Azure's quotas, each of which has a header such as
/// `x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after`.
fn azure_quotas(headers: &HeaderMap) -> Option<Duration> {
    let is_quota = |name: &str| name.starts_with("x-ms-ratelimit-microsoft.") && name.ends_with("-retry-after");
    headers
        .keys()
        .filter(|name| is_quota(name.as_str()))
        .filter_map(|name| seconds(text(headers, name.as_str())?))
        .max()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// `"12"` or `"0.5"`.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// The `t` of `"api";r=0;t=123`, as the draft of the header `RateLimit` has it: seconds until it starts again.
fn rate_limit(text: &str) -> Option<Duration> {
    text.split(';').find_map(|part| part.trim().strip_prefix("t=").and_then(seconds))
}

/// A duration as Go writes it: `"1s"`, `"6m0s"`, `"1.5s"`, `"120ms"`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at(number);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let scale = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(value.parse::<f64>().ok()? * scale).ok()?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::super::by_status;
    use super::super::failure::Refusal;
    use super::*;

    fn refused(status: u16) -> Refusal {
        Refusal {
            status,
            verdict: by_status(status, &[]),
            message: String::new(),
            asked_wait: None,
            should_retry: None,
        }
    }

    fn step(refusal: Refusal, attempt: u32) -> Step {
        next_step(&Failure::Refused(refusal), attempt, &Limits::default(), 1.0)
    }

    fn wait(seconds: u64) -> Step {
        Step::Wait(Duration::from_secs(seconds))
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        for status in [408, 425, 429, 500, 502, 503, 504, 529] {
            assert_eq!(step(refused(status), 1), wait(1), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 409, 422] {
            assert_eq!(step(refused(status), 1), Step::GiveUp, "{status}");
        }
        assert_eq!(step(Refusal { should_retry: Some(false), ..refused(500) }, 1), Step::GiveUp);
        assert_eq!(step(Refusal { should_retry: Some(true), ..refused(409) }, 1), wait(1));
    }

    #[test]
    fn pauses_double_up_to_the_cap_and_the_last_attempt_is_the_last() {
        let limits = Limits { max_attempts: 9, ..Limits::default() };
        let pauses = (1..10).map(|attempt| next_step(&Failure::Timeout, attempt, &limits, 1.0));
        let expected = [1, 2, 4, 8, 16, 32, 60, 60].map(wait).into_iter().chain([Step::GiveUp]);
        assert!(pauses.eq(expected));
        assert_eq!(next_step(&Failure::Timeout, 3, &limits, 0.25), wait(1));
    }

    #[test]
    fn a_vendor_is_left_alone_for_as_long_as_it_asks_unless_that_is_too_long() {
        let asked = |seconds| Refusal { asked_wait: Some(Duration::from_secs(seconds)), ..refused(429) };
        assert_eq!(step(asked(0), 2), wait(2));
        assert_eq!(step(asked(90), 1), wait(90));
        assert_eq!(step(asked(121), 1), Step::GiveUp);
    }

    #[test]
    fn every_way_to_ask_for_a_wait_is_understood() {
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        for (header, value, expected) in [
            ("retry-after", "7", Some(7_000)),
            ("retry-after", "Sun, 22 Nov 2026 14:05:10 GMT", Some(10_000)),
            ("retry-after", "Sun, 22 Nov 2026 14:04:10 GMT", Some(0)),
            ("retry-after", "999999999", Some(86_400_000)),
            ("retry-after", "-1", None),
            ("retry-after", "soon", None),
            ("anthropic-ratelimit-requests-reset", "2026-11-22T15:05:30+01:00", Some(30_000)),
            ("x-ratelimit-reset-requests", "1s", Some(1_000)),
            ("x-ratelimit-reset-requests", "6m0s", Some(360_000)),
            ("x-ratelimit-reset-requests", "1h0m1.5s", Some(3_601_500)),
            ("x-ratelimit-reset-requests", "120ms", Some(120)),
            ("x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after", "11", Some(11_000)),
            ("x-ms-ratelimit-microsoft.consumption-retry-after", "60", Some(60_000)),
            ("x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests", "7", None),
            ("ratelimit", r#""api";r=0;t=123"#, Some(123_000)),
            ("ratelimit", r#""api";r=0"#, None),
            ("x-ratelimit-reset", "1795356600", Some(300_000)),
            ("x-ratelimit-reset", "soon", None),
            ("x-ratelimit-reset-requests", "s", None),
            ("x-ratelimit-reset-requests", "5 parsecs", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header, value.parse().unwrap());
            let wait = asked_wait(&headers, now).map(|wait| wait.as_millis());
            assert_eq!(wait, expected, "{header}: {value}");
        }
    }

    #[test]
    fn of_several_quotas_the_longest_wait_counts() {
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        let waits = [("qpu", "9"), ("entity", "41"), ("tenant", "soon")];
        let mut headers: HeaderMap = waits
            .map(|(quota, wait)| {
                let name = format!("x-ms-ratelimit-microsoft.costmanagement-{quota}-retry-after");
                (name.parse().unwrap(), wait.parse().unwrap())
            })
            .into_iter()
            .collect();
        assert_eq!(asked_wait(&headers, now), Some(Duration::from_secs(41)));
        headers.insert(RETRY_AFTER, "60".parse().unwrap());
        assert_eq!(asked_wait(&headers, now), Some(Duration::from_secs(60)));
    }

    #[test]
    fn retry_after_goes_before_the_vendors_own_headers() {
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-reset-requests", "1h0m0s".parse().unwrap());
        headers.insert(RETRY_AFTER, "3".parse().unwrap());
        assert_eq!(asked_wait(&headers, now), Some(Duration::from_secs(3)));
    }
}
