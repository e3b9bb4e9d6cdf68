//! Days whose facts have changed, and who is at work on them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sqlx::{Postgres, Transaction};

use crate::domain::names::AccountId;
use crate::domain::period::Day;
use crate::store::Store;

/// How many days back a chunk may reach: enough to make queries rare, little enough to fit into memory.
const CHUNK_DAYS: i32 = 7;

/// Some days of one account that have to be built, ours until the chunk is finished or dropped.
///
/// Everything happens in one transaction that holds the account's lock. Whoever changes facts meanwhile adds marks that this
/// chunk does not know and so does not take away; a crash leaves all as it was.
pub struct Chunk {
    pub account: AccountId,
    pub days: BTreeSet<Day>,
    /// The marks that were there when the work began.
    pub(super) marks: Vec<i64>,
    pub(super) transaction: Transaction<'static, Postgres>,
}

impl Store {
    /// The newest dirty days of one of `accounts` that nobody else is at work on; `None` when there are none.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn claim_dirty_days(&self, accounts: &[AccountId]) -> Result<Option<Chunk>, sqlx::Error> {
        let accounts: Vec<i32> = accounts.iter().map(|account| account.0).collect();
        let mut transaction = self.pool.begin().await?;
        let dirty = sqlx::query_scalar!(
            r#"SELECT account_id AS "account: AccountId" FROM ledger_dirty WHERE account_id = ANY($1)
               GROUP BY account_id ORDER BY max(day) DESC, account_id"#,
            &accounts,
        )
        .fetch_all(&mut *transaction)
        .await?;
        for account in dirty {
            if !lock(&mut transaction, account).await? {
                continue;
            }
            let rows = sqlx::query!(
                r#"SELECT id, day AS "day: Day" FROM ledger_dirty
                   WHERE account_id = $1
                     AND day > (SELECT max(day) FROM ledger_dirty WHERE account_id = $1) - $2::integer"#,
                account.0,
                CHUNK_DAYS,
            )
            .fetch_all(&mut *transaction)
            .await?;
            // Empty where somebody else finished between the two looks.
            if !rows.is_empty() {
                let days = rows.iter().map(|row| row.day).collect();
                let marks = rows.iter().map(|row| row.id).collect();
                return Ok(Some(Chunk { account, days, marks, transaction }));
            }
        }
        Ok(None)
    }

    /// Has `days` of `account` built again.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn mark_dirty(&self, account: AccountId, days: &[Day]) -> Result<(), sqlx::Error> {
        let days: Vec<NaiveDate> = days.iter().map(|day| day.date()).collect();
        sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT $1, day FROM UNNEST($2::date[]) AS t (day)",
            account.0,
            &days,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Remembers the rules that the ledger is built with. Where they are not the last ones, every day of the configured
    /// and imported accounts that was ever built is built again, and so are sessions, which are priced as well; returns how many days that
    /// are.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn follow_rules(&self, rules: &str) -> Result<u64, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        if !remember(&mut transaction, "ledger_rules", rules).await? {
            return Ok(0);
        }
        let marked = sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT d.account_id, d.day FROM ledger_days d JOIN accounts a ON a.id = d.account_id
             WHERE a.configured OR a.imported"
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO sessions_dirty (account_id, at) SELECT account_id, min(first_at) FROM sessions GROUP BY account_id"
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(marked.rows_affected())
    }

    /// Remembers the price table that the ledger is built with. Where it is not the last one, days of the configured and
    /// imported accounts that it may change are built again: those with unpriced use or provisional figures, and sessions since the first of
    /// them. Returns how many days that are.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn follow_prices(&self, table: &str) -> Result<u64, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        if !remember(&mut transaction, "ledger_prices", table).await? {
            return Ok(0);
        }
        let marked = sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT DISTINCT s.account_id, s.day FROM spend s JOIN accounts a ON a.id = s.account_id
             WHERE (a.configured OR a.imported) AND (s.unpriced OR s.provisional)"
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO sessions_dirty (account_id, at)
             SELECT account_id, min(day)::timestamp AT TIME ZONE 'UTC' FROM spend
             WHERE (unpriced OR provisional) AND account_id IN (SELECT account_id FROM sessions)
             GROUP BY account_id"
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(marked.rows_affected())
    }

    /// Has the days of `account` built again whose figures still rest on estimates.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn mark_unsettled_dirty(&self, account: AccountId) -> Result<u64, sqlx::Error> {
        let marked = sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT account_id, day FROM ledger_days WHERE account_id = $1 AND NOT settled",
            account.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(marked.rows_affected())
    }

    /// Marks the days of `account` up to `last` that were never built: from `first`, or from the first day built.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn mark_unbuilt_dirty(
        &self,
        account: AccountId,
        first: Option<Day>,
        last: Day,
    ) -> Result<u64, sqlx::Error> {
        let marked = sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT $1, t.day::date
             FROM generate_series(
                 coalesce($2, (SELECT min(day) FROM ledger_days WHERE account_id = $1), $3)::timestamp,
                 $3::timestamp, '1 day') AS t (day)
             WHERE NOT EXISTS (SELECT FROM ledger_days b WHERE b.account_id = $1 AND b.day = t.day::date)",
            account.0,
            first.map(Day::date),
            last.date() as _,
        )
        .execute(&self.pool)
        .await?;
        Ok(marked.rows_affected())
    }
}

/// Takes the account's turn until the transaction ends; false where somebody else has it.
async fn lock(transaction: &mut Transaction<'_, Postgres>, account: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended('llmtally ledger', $1::integer)) AS "mine!""#,
        account.0,
    )
    .fetch_one(&mut **transaction)
    .await
}

/// Writes down what the ledger is built with; false where it was that already.
async fn remember(transaction: &mut Transaction<'_, Postgres>, name: &str, text: &str) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "INSERT INTO storage_features (name, value) VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, checked_at = now()
         WHERE storage_features.value <> excluded.value",
        name,
        text,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(changed.rows_affected() > 0)
}
