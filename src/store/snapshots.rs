//! Balances and quotas, one reading after the other.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Store;
use super::lease::{Fence, WriteError};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::snapshot::{Held, Reading, Snapshot};

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

    /// The paid readings of the holder's account as a whole from the start of `first` to `until`, oldest first, and of each
    /// currency among them the one before, however long ago.
    ///
    /// # Errors
    ///
    /// The database's, or a currency that this version does not know.
    pub async fn purse(&self, fence: &Fence, first: Day, until: DateTime<Utc>) -> sqlx::Result<Vec<Held>> {
        let rows = sqlx::query!(
            r#"WITH since AS (
                   SELECT taken_at, unit, value FROM snapshots
                   WHERE account_id = $1 AND feed = $2 AND scope = '' AND kind = 'paid'
                     AND taken_at >= $3 AND taken_at <= $4
               )
               SELECT taken_at AS "taken_at!", unit AS "unit!", value AS "value!" FROM since
               UNION ALL
               SELECT before.taken_at, before.unit, before.value
               FROM (SELECT DISTINCT unit FROM since) AS currency
               CROSS JOIN LATERAL (
                   SELECT taken_at, unit, value FROM snapshots
                   WHERE account_id = $1 AND feed = $2 AND scope = '' AND kind = 'paid'
                     AND unit = currency.unit AND taken_at < $3
                   ORDER BY taken_at DESC LIMIT 1
               ) AS before
               ORDER BY 1"#,
            fence.account.0,
            &*fence.feed,
            first.start(),
            until,
        );
        let rows = rows.fetch_all(self.pool()).await?.into_iter();
        let held = rows.map(|row| {
            let currency = row.unit.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok(Held { at: row.taken_at, left: Money::new(row.value, currency) })
        });
        held.collect()
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
    fn money(kind: &'static str, money: &'a Money) -> Self {
        Self { kind, unit: money.currency.as_str(), value: money.amount, limit: None, resets_at: None }
    }

    fn of(reading: &'a Reading) -> Self {
        match reading {
            Reading::Balance(money) => Self::money("balance", money),
            Reading::Paid(money) => Self::money("paid", money),
            Reading::Quota { unit, used, limit, resets_at } => {
                Self { kind: "quota", unit, value: *used, limit: *limit, resets_at: *resets_at }
            }
        }
    }
}
