//! Balances and quotas, one reading after the other.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Store;
use super::lease::{Fence, WriteError};
use crate::domain::snapshot::{Reading, Snapshot};

impl Store {
    /// Adds the readings that a feed took at `at`; what it said of that moment before is replaced.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn add_snapshots(
        &self,
        fence: &Fence,
        snapshots: &[Snapshot],
        at: DateTime<Utc>,
    ) -> Result<(), WriteError> {
        let mut transaction = self.begin(fence).await?;
        insert(&mut transaction, fence, snapshots, at).await?;
        Ok(transaction.commit().await?)
    }
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    fence: &Fence,
    snapshots: &[Snapshot],
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    for snapshot in snapshots {
        let row = Row::of(&snapshot.reading);
        sqlx::query!(
            "INSERT INTO snapshots (taken_at, account_id, feed, scope, kind, unit, value, quota_limit, resets_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (account_id, feed, scope, kind, unit, taken_at) DO UPDATE SET
                     value = excluded.value, quota_limit = excluded.quota_limit, resets_at = excluded.resets_at",
            at,
            fence.account.0,
            &*fence.feed,
            snapshot.scope,
            row.kind,
            row.unit,
            row.value,
            row.limit,
            row.resets_at,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
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
