//! What the page says, as of one instant: built from rows of the ledger, immutable, without IO.

mod budgets;
mod feeds;
mod sessions;
mod snapshots;
mod spend;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::family::Family;
use super::spans::Span;
use crate::domain::budget::Budget;
use crate::domain::money::Currency;
use crate::domain::names::{AccountName, FeedName};
use crate::domain::period::Day;
use crate::store::reporting::{DailyRow, FeedStatus, LatestSession, Range, Restated, SnapshotRow};

/// How long a combination that is idle stays on the page with zeros.
const IDLE_DAYS: u32 = 45;

/// What the configuration adds to the ledger.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What sums are told in, and limits of budgets.
    pub currency: Currency,
    pub budgets: Vec<Budget>,
    /// The feeds that are configured; status of others is history and leaves the page.
    pub feeds: Vec<FeedSchedule>,
    /// Tokens that a session may use, where somebody has said so.
    pub session_token_limits: BTreeMap<AccountName, u64>,
}

/// What is expected of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSchedule {
    pub account: AccountName,
    pub feed: FeedName,
    /// Without a success for longer than this the feed is late.
    pub max_age: Duration,
    /// The first day that is wanted; `None` for feeds that have no days, such as names.
    pub history_from: Option<Day>,
}

/// What the database tells for one summary.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Rows of [`Settings::range`].
    pub daily: Vec<DailyRow>,
    pub feeds: Vec<FeedStatus>,
    pub restated: Vec<Restated>,
    pub sessions: Vec<LatestSession>,
    /// Of [`Settings::SNAPSHOT_DAYS`], the oldest of a series first.
    pub snapshots: Vec<SnapshotRow>,
}

/// All values as of [`Summary::taken_at`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    taken_at: DateTime<Utc>,
    /// Of all money in it.
    currency: Currency,
    families: Vec<Family>,
}

impl Settings {
    /// Readings of so many days tell how fast balances fall.
    pub const SNAPSHOT_DAYS: u32 = 7;

    /// The days that a summary at `now` is made of.
    #[must_use]
    pub fn range(&self, now: DateTime<Utc>) -> Range {
        let today = Day::of(now);
        let daily_from = Span::PreviousMonth.window(today).first().min(today.minus(IDLE_DAYS));
        let budgets = self.budgets.iter().map(|budget| budget.period.around(today).first());
        let from = budgets.fold(daily_from, Day::min);
        Range { from, daily_from, end: today.next() }
    }
}

impl Summary {
    #[must_use]
    pub fn build(now: DateTime<Utc>, facts: &Facts, settings: &Settings) -> Self {
        let daily_from = settings.range(now).daily_from;
        let mut families = spend::families(now, daily_from, &facts.daily);
        families.extend(budgets::families(now, &settings.budgets, &facts.daily));
        families.extend(feeds::families(now, &settings.feeds, &facts.feeds));
        families.extend(sessions::families(now, &settings.session_token_limits, &facts.sessions));
        families.extend(snapshots::families(&facts.snapshots));
        families.push(feeds::restated(&settings.feeds, &facts.restated));
        Self { taken_at: now, currency: settings.currency, families }
    }

    /// A summary of given values, for tests and benchmarks.
    #[must_use]
    pub fn of(taken_at: DateTime<Utc>, currency: Currency, families: Vec<Family>) -> Self {
        Self { taken_at, currency, families }
    }

    #[must_use]
    pub fn taken_at(&self) -> DateTime<Utc> {
        self.taken_at
    }

    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }
}

/// Seconds since the epoch.
fn timestamp(instant: DateTime<Utc>) -> Decimal {
    Decimal::new(instant.timestamp_millis(), 3).normalize()
}

/// `part` over `whole`, or nothing where that is no number.
fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    Some(part.checked_div(whole)?.round_dp(9).normalize())
}

#[cfg(test)]
mod tests;
