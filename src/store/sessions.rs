//! Sessions of five hours: which have to be built again, from what, and the outcome.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Store;
use super::calls::{CallRow, StoredCall};
use crate::domain::names::AccountId;

/// Calls of one query; bounds memory.
const PAGE: i64 = 10_000;

/// From when on an account's sessions are not up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The first call of the first session that may be another now.
    pub from: DateTime<Utc>,
    /// The last change that this takes account of.
    mark: i64,
}

/// A session as it is stored. Tokens of all kinds, cost at list prices in US dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub start_at: DateTime<Utc>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub calls: i64,
    pub tokens: i64,
    pub cost_usd: Decimal,
}

impl Store {
    /// # Errors
    ///
    /// The database's.
    pub async fn due_sessions(&self, account: AccountId) -> sqlx::Result<Option<Due>> {
        let due = sqlx::query!(
            r#"SELECT max(d.id) AS "mark!",
                      coalesce((SELECT max(s.first_at) FROM sessions s
                                WHERE s.account_id = $1 AND s.first_at <= min(d.at)), min(d.at)) AS "from!"
               FROM sessions_dirty d WHERE d.account_id = $1 HAVING count(*) > 0"#,
            account.0,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(due.map(|due| Due { from: due.from, mark: due.mark }))
    }

    /// The next calls in the order of time, after `after`.
    ///
    /// # Errors
    ///
    /// When the database fails, or holds a name that this version does not know.
    pub async fn calls_from(
        &self,
        account: AccountId,
        from: DateTime<Utc>,
        after: Option<(DateTime<Utc>, String)>,
    ) -> sqlx::Result<Vec<(String, StoredCall)>> {
        // No key is before the empty one.
        let (at, key) = after.unwrap_or((from, String::new()));
        let rows = sqlx::query_as!(
            CallRow,
            r#"SELECT key, at, billing AS "billing: _", project, api_key, user_id, model, service_tier, region,
                      prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters AS "meters: _"
               FROM calls WHERE account_id = $1 AND at >= $2 AND (at, key) > ($2, $3) ORDER BY at, key LIMIT $4"#,
            account.0,
            at,
            key,
            PAGE,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|mut row| (std::mem::take(&mut row.key), row.into())).collect())
    }

    /// Replaces an account's sessions from `due` on.
    ///
    /// # Errors
    ///
    /// The database's; then the old ones stay, and are still due.
    pub async fn replace_sessions(&self, account: AccountId, due: Due, rows: &[SessionRow]) -> sqlx::Result<()> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query!("DELETE FROM sessions WHERE account_id = $1 AND first_at >= $2", account.0, due.from)
            .execute(&mut *transaction)
            .await?;
        let start: Vec<_> = rows.iter().map(|row| row.start_at).collect();
        let first: Vec<_> = rows.iter().map(|row| row.first_at).collect();
        let last: Vec<_> = rows.iter().map(|row| row.last_at).collect();
        let calls: Vec<_> = rows.iter().map(|row| row.calls).collect();
        let tokens: Vec<_> = rows.iter().map(|row| row.tokens).collect();
        let costs: Vec<_> = rows.iter().map(|row| row.cost_usd).collect();
        sqlx::query!(
            "INSERT INTO sessions (account_id, start_at, first_at, last_at, calls, tokens, cost_usd)
             SELECT $1::integer, * FROM unnest($2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::bigint[],
                 $6::bigint[], $7::numeric[])",
            account.0,
            &start,
            &first,
            &last,
            &calls,
            &tokens,
            &costs,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM sessions_dirty WHERE account_id = $1 AND id <= $2", account.0, due.mark)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}
