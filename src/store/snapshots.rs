//! Balances and quotas, one reading after the other.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Store;
use crate::domain::names::{AccountId, FeedName};
use crate::domain::snapshot::{Reading, Snapshot};

impl Store {
    /// Adds the readings that `feed` took at `at`; what it said of that moment before is replaced.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn add_snapshots(
        &self,
        account: AccountId,
        feed: FeedName,
        snapshots: &[Snapshot],
        at: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        let mut transaction = self.pool().begin().await?;
        for snapshot in snapshots {
            let row = Row::of(&snapshot.reading);
            sqlx::query!(
                "INSERT INTO snapshots (taken_at, account_id, feed, scope, kind, unit, value, quota_limit, resets_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (account_id, feed, scope, kind, unit, taken_at) DO UPDATE SET
                     value = excluded.value, quota_limit = excluded.quota_limit, resets_at = excluded.resets_at",
                at,
                account.0,
                feed.0,
                snapshot.scope,
                row.kind,
                row.unit,
                row.value,
                row.limit,
                row.resets_at,
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }
}

/// A reading as the table has it.
struct Row<'a> {
    kind: &'static str,
    unit: &'a str,
    value: Decimal,
    limit: Option<Decimal>,
    resets_at: Option<DateTime<Utc>>,
}

impl<'a> Row<'a> {
    fn of(reading: &'a Reading) -> Self {
        match reading {
            Reading::Balance(money) => Self {
                kind: "balance",
                unit: money.currency.as_str(),
                value: money.amount,
                limit: None,
                resets_at: None,
            },
            Reading::Quota { unit, used, limit, resets_at } => {
                Self { kind: "quota", unit, value: *used, limit: *limit, resets_at: *resets_at }
            }
        }
    }
}
