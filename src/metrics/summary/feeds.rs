//! How up to date feeds are, and what providers changed afterwards.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::catalogue as families;
use super::super::family::Family;
use super::{FeedSchedule, ratio, timestamp};
use crate::domain::period::Day;
use crate::store::reporting::{FeedStatus, Restated};

pub(super) fn families(now: DateTime<Utc>, schedules: &[FeedSchedule], statuses: &[FeedStatus]) -> Vec<Family> {
    let mut through = Family::new(&families::DATA_THROUGH);
    let mut success = Family::new(&families::SYNC_LAST_SUCCESS);
    let mut next = Family::new(&families::SYNC_NEXT_ATTEMPT);
    let mut max_age = Family::new(&families::SYNC_MAX_AGE);
    let mut up = Family::new(&families::FEED_UP);
    let mut progress = Family::new(&families::BACKFILL_PROGRESS);
    let mut vanished = Family::new(&families::VANISHED_ANSWERS);
    let known: HashMap<_, _> = statuses
        .iter()
        .map(|status| ((status.provider.as_str(), status.account.as_str(), status.feed.as_str()), status))
        .collect();
    for schedule in schedules {
        let labels = [schedule.account.provider.as_str(), schedule.account.account.as_str(), schedule.feed.0];
        max_age.set(labels, Decimal::from(schedule.max_age.as_secs()));
        let status = known.get(&labels.into()).copied();
        if let Some(first) = schedule.history_from {
            let wanted = Day::of(now).next().since(first).max(1);
            let fetched = status.map_or(0, |status| status.days).min(wanted);
            progress.set(labels, ratio(fetched.into(), wanted.into()).unwrap_or_default());
        }
        let Some(status) = status else { continue };
        up.set(labels, u8::from(status.failure_reason.is_none()).into());
        vanished.set(labels, status.vanished.into());
        let instants = [
            (&mut through, data_through(status)),
            (&mut success, status.last_success_at),
            (&mut next, status.next_attempt_at),
        ];
        for (family, instant) in instants {
            if let Some(instant) = instant {
                family.set(labels, timestamp(instant));
            }
        }
    }
    vec![through, success, next, max_age, up, progress, vanished]
}

/// An answer for today reaches no further than the moment in which it was given.
fn data_through(status: &FeedStatus) -> Option<DateTime<Utc>> {
    let end = status.last_day?.end();
    Some(status.last_success_at.map_or(end, |asked| end.min(asked)))
}

/// From zero on, or `increase()` would not see the first change.
pub(super) fn restated(schedules: &[FeedSchedule], changes: &[Restated]) -> Family {
    let mut family = Family::new(&families::RESTATED);
    for schedule in schedules.iter().filter(|schedule| schedule.history_from.is_some()) {
        let (provider, account) = (schedule.account.provider.as_str(), schedule.account.account.as_str());
        family.set([provider, account, "up"], Decimal::ZERO);
        family.set([provider, account, "down"], Decimal::ZERO);
    }
    for change in changes {
        let (provider, account) = (change.provider.as_str(), change.account.as_str());
        family.set([provider, account, "up"], change.up);
        family.set([provider, account, "down"], change.down);
    }
    family
}
