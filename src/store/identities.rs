//! Whose accounts are, so that two connections to the same one count once and a renamed one keeps its history.

use super::Store;
use crate::domain::names::{AccountId, AccountName};

/// What came of saying that an account has some identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    Ours,
    /// Another account, by its name, has one of them.
    Held {
        by: String,
        id: String,
        configured: bool,
    },
    /// The account has had others, and none of these.
    Others,
}

impl Store {
    /// Says that an account bills `ids` of its provider.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn claim_identities(&self, account: AccountId, ids: &[String]) -> sqlx::Result<Claim> {
        let mut transaction = self.pool().begin().await?;
        // Two daemons may ask for two accounts at once.
        sqlx::query!("LOCK TABLE account_identities IN SHARE ROW EXCLUSIVE MODE").execute(&mut *transaction).await?;
        let holder = sqlx::query!(
            "SELECT holder.name, holder.configured, i.identity
             FROM accounts ours
             JOIN account_identities i ON i.provider = ours.provider AND i.identity = ANY($2) AND i.account_id <> ours.id
             JOIN accounts holder ON holder.id = i.account_id
             WHERE ours.id = $1
             ORDER BY holder.configured DESC, holder.name LIMIT 1",
            account.0,
            ids,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(holder) = holder {
            return Ok(Claim::Held { by: holder.name, id: holder.identity, configured: holder.configured });
        }
        let known = sqlx::query_scalar!("SELECT identity FROM account_identities WHERE account_id = $1", account.0);
        let known = known.fetch_all(&mut *transaction).await?;
        if !known.is_empty() && !known.iter().any(|id| ids.contains(id)) {
            return Ok(Claim::Others);
        }
        // What the account does not bill any more is free for others.
        sqlx::query!("DELETE FROM account_identities WHERE account_id = $1 AND identity <> ALL($2)", account.0, ids)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "INSERT INTO account_identities (provider, identity, account_id)
             SELECT a.provider, i.identity, a.id FROM accounts a, unnest($2::text[]) AS i (identity) WHERE a.id = $1
             ON CONFLICT (provider, identity) DO NOTHING",
            account.0,
            ids,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Claim::Ours)
    }

    /// Whether the account has ever said whose it is.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn has_identity(&self, account: AccountId) -> sqlx::Result<bool> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM account_identities WHERE account_id = $1) AS "identified!""#,
            account.0,
        )
        .fetch_one(self.pool())
        .await
    }

    /// Whether the account, by its name, has ever said whose it is.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn is_identified(&self, account: &AccountName) -> sqlx::Result<bool> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM account_identities i JOIN accounts a ON a.id = i.account_id
                   WHERE a.provider = $1 AND a.name = $2
               ) AS "identified!""#,
            account.provider.as_str(),
            account.account,
        )
        .fetch_one(self.pool())
        .await
    }

    /// Gives `account` the history of an account that has left the configuration and has one of `ids`, and tells its name.
    /// An account with a history of its own keeps that.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn adopt_history(&self, account: &AccountName, ids: &[String]) -> sqlx::Result<Option<String>> {
        let mut transaction = self.pool().begin().await?;
        let former = sqlx::query!(
            "SELECT a.id, a.name FROM accounts a
             JOIN account_identities i ON i.account_id = a.id
             WHERE a.provider = $1 AND NOT a.configured AND i.identity = ANY($2)
               AND NOT EXISTS (
                   SELECT FROM accounts taken LEFT JOIN feed_days d ON d.account_id = taken.id
                   WHERE taken.provider = $1 AND taken.name = $3 AND (taken.imported OR d.day IS NOT NULL))
             ORDER BY a.id LIMIT 1 FOR UPDATE OF a",
            account.provider.as_str(),
            ids,
            account.account,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(former) = former else { return Ok(None) };
        // What an account without a single answered day may have left behind.
        let empty = sqlx::query_scalar!(
            "SELECT id FROM accounts WHERE provider = $1 AND name = $2",
            account.provider.as_str(),
            account.account,
        );
        if let Some(empty) = empty.fetch_optional(&mut *transaction).await? {
            sqlx::query!("DELETE FROM feed_status WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM feed_leases WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM directory WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM snapshots WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM ledger_dirty WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM ledger_days WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM spend WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM calibrations WHERE account_id = $1", empty).execute(&mut *transaction).await?;
            sqlx::query!("DELETE FROM accounts WHERE id = $1", empty).execute(&mut *transaction).await?;
        }
        sqlx::query!("UPDATE accounts SET name = $2 WHERE id = $1", former.id, account.account)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(former.name))
    }
}
