//! Why a request failed, and what that means to the caller.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Verdict;
use crate::providers::feed::FetchError;

/// Why an attempt brought no body.
pub(super) enum Failure {
    /// The vendor answered, with something else than success.
    Refused(Refusal),
    Timeout,
    /// No answer, or half of one.
    Network(String),
    /// More bytes than this.
    TooLarge(usize),
}

/// An answer that is no success.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) verdict: Verdict,
    pub(super) message: String,
    /// How long the vendor wants to be left alone.
    pub(super) asked_wait: Option<Duration>,
    /// `x-should-retry`.
    pub(super) should_retry: Option<bool>,
}

impl Failure {
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    pub(super) fn is_rate_limit(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.verdict == Verdict::RateLimited)
    }

    /// What the caller gets to know after `attempts` attempts at `path`.
    pub(super) fn into_error(self, path: &str, attempts: u32, now: DateTime<Utc>, usual_wait: Duration) -> FetchError {
        match self {
            Self::Refused(refusal) => match refusal.verdict {
                Verdict::RateLimited => {
                    FetchError::RateLimited { until: now + refusal.asked_wait.unwrap_or(usual_wait) }
                }
                Verdict::Unauthorized => FetchError::Unauthorized(refusal.to_string()),
                Verdict::Unavailable => FetchError::Unavailable(format!("{path}, attempt {attempts}: {refusal}")),
                Verdict::Rejected => {
                    let message = match refusal.status {
                        300..=399 => "redirects elsewhere, which is not followed".to_owned(),
                        _ => refusal.message,
                    };
                    FetchError::Rejected { status: refusal.status, message }
                }
            },
            Self::TooLarge(_) => FetchError::Malformed(format!("{path}: {self}")),
            Self::Timeout | Self::Network(_) => FetchError::Unavailable(format!("{path}, attempt {attempts}: {self}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Network(text) => f.write_str(text),
            Self::TooLarge(limit) => write!(f, "answer is longer than {limit} bytes"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => write!(f, "status {}", self.status),
            message => write!(f, "status {}: {message}", self.status),
        }
    }
}
