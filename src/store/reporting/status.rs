//! How feeds are doing, and what providers changed afterwards.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::period::Day;
use crate::store::Store;

/// The last run of a feed and the days that it has answered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedStatus {
    pub provider: String,
    pub account: String,
    pub feed: String,
    pub last_attempt_at: DateTime<Utc>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Both or neither: the last run failed.
    pub failure_reason: Option<String>,
    pub failure_message: Option<String>,
    pub days: i64,
    pub first_day: Option<Day>,
    pub last_day: Option<Day>,
    /// Days held back because their latest answer would erase most of what is stored.
    pub vanished: i64,
}

/// What an account's providers raised and lowered afterwards, in the reporting currency, since the first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    pub provider: String,
    pub account: String,
    pub up: Decimal,
    /// Not negative.
    pub down: Decimal,
}

impl Store {
    /// The status of every feed of a configured account that has ever run.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn feed_status(&self) -> sqlx::Result<Vec<FeedStatus>> {
        sqlx::query_as!(
            FeedStatus,
            r#"
            SELECT provider AS "provider!", account AS "account!", feed AS "feed!",
                   last_attempt_at AS "last_attempt_at!", last_success_at, next_attempt_at,
                   failure_reason, failure_message, days AS "days!",
                   first_day AS "first_day: Day", last_day AS "last_day: Day", vanished AS "vanished!"
            FROM reporting.sync_status
            ORDER BY provider, account, feed
            "#
        )
        .fetch_all(self.pool())
        .await
    }

    /// Changes of settled days in US dollars or the reporting currency, at the rates of those days; others are not counted.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn restated(&self) -> sqlx::Result<Vec<Restated>> {
        sqlx::query_as!(
            Restated,
            r#"
            SELECT provider AS "provider!", account AS "account!",
                   coalesce(round(sum(change_reported) FILTER (WHERE change > 0), 12), 0) AS "up!",
                   coalesce(round(-sum(change_reported) FILTER (WHERE change < 0), 12), 0) AS "down!"
            FROM reporting.restatements
            WHERE change_reported IS NOT NULL AND was_settled
            GROUP BY provider, account
            ORDER BY provider, account
            "#
        )
        .fetch_all(self.pool())
        .await
    }
}
