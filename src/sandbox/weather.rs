//! What the vendors do with time: reports that lag, lines that come late, and days billed anew after they settled.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::company::Vendor;
use super::time::Minute;
use crate::domain::period::Day;

/// A day that the vendor bills anew: from `at` on its cost is some percent higher or lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restatement {
    pub vendor: Vendor,
    pub day: Day,
    pub at: DateTime<Utc>,
}

/// Usage is seen five minutes after it happened.
const USAGE_LAG: u64 = 5;
/// How long after a day's end its cost no longer moves, unless it is restated.
const SETTLES_AFTER: TimeDelta = TimeDelta::hours(48);

/// How quickly a line of the bill is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Metered,
    /// Tools and storage, which another department counts.
    Late,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Weather {
    restatements: Arc<Mutex<Vec<Restatement>>>,
}

impl Weather {
    pub(super) fn restate(&self, restatement: Restatement) {
        self.restatements.lock().unwrap_or_else(PoisonError::into_inner).push(restatement);
    }

    pub(super) fn is_restated(&self, vendor: Vendor, day: Day, now: DateTime<Utc>) -> bool {
        let restatements = self.restatements.lock().unwrap_or_else(PoisonError::into_inner);
        restatements.iter().any(|known| known.vendor == vendor && known.day == day && known.at <= now)
    }
}

/// The first minute whose usage is not yet reported.
pub(super) fn usage_until(now: DateTime<Utc>) -> Minute {
    Minute::of(now).back(USAGE_LAG)
}

/// The first minute that is not yet on the bill: whole hours, some hours late.
pub(super) fn billed_until(vendor: Vendor, pace: Pace, now: DateTime<Utc>) -> Minute {
    let hours = match (vendor, pace) {
        (Vendor::OpenAi, Pace::Metered) => 7,
        (Vendor::OpenAi, Pace::Late) => 30,
        (Vendor::Anthropic, Pace::Metered) => 20,
        (Vendor::Anthropic, Pace::Late) => 32,
    };
    Minute::of(now).back(hours * 60).snapped(60)
}

pub(super) fn is_settled(day: Day, now: DateTime<Utc>) -> bool {
    day.end() + SETTLES_AFTER <= now
}
