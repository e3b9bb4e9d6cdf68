//! Balances and quotas of the last days.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::store::Store;

/// The last reading within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    pub provider: String,
    pub account: String,
    pub feed: String,
    pub scope: String,
    /// `balance` or `quota`.
    pub kind: String,
    pub unit: String,
    pub time: DateTime<Utc>,
    /// What is left of a balance, what is used of a quota.
    pub value: Decimal,
    /// Of a balance, in the reporting currency where there are rates.
    pub value_reported: Option<Decimal>,
    pub quota_limit: Option<Decimal>,
    pub resets_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The readings since `from`, one an hour and series, the oldest of a series first.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn snapshots_since(&self, from: DateTime<Utc>) -> sqlx::Result<Vec<SnapshotRow>> {
        sqlx::query_as!(
            SnapshotRow,
            r#"SELECT DISTINCT ON (provider, account, feed, scope, kind, unit, date_trunc('hour', time))
                      provider AS "provider!", account AS "account!", feed AS "feed!", scope AS "scope!", kind AS "kind!",
                      unit AS "unit!", time AS "time!", value AS "value!", round(value_reported, 12) AS value_reported,
                      quota_limit, resets_at
               FROM reporting.snapshots
               WHERE time >= $1 AND kind IN ('balance', 'quota')
               ORDER BY provider, account, feed, scope, kind, unit, date_trunc('hour', time), time DESC"#,
            from,
        )
        .fetch_all(self.pool())
        .await
    }
}
