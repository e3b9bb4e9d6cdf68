//! Accounts, and the names of what is below them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Store;
use super::lease::{Fence, WriteError};
use crate::domain::names::{AccountId, AccountName, DirectoryEntry};

impl Store {
    /// The ids of the configured accounts, in order. One that comes back after it had left has every day built again: it has
    /// missed changes of rules and prices.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn register_accounts(&self, accounts: &[AccountName]) -> sqlx::Result<Vec<AccountId>> {
        let mut transaction = self.pool().begin().await?;
        let mut ids = Vec::with_capacity(accounts.len());
        for account in accounts {
            sqlx::query!(
                "INSERT INTO ledger_dirty (account_id, day)
                 SELECT a.id, d.day FROM accounts a JOIN ledger_days d ON d.account_id = a.id
                 WHERE a.provider = $1 AND a.name = $2 AND NOT a.configured",
                account.provider.as_str(),
                account.account,
            )
            .execute(&mut *transaction)
            .await?;
            let id = sqlx::query_scalar!(
                r#"INSERT INTO accounts (provider, name) VALUES ($1, $2)
                   ON CONFLICT (provider, name) DO UPDATE SET configured = true RETURNING id AS "id: AccountId""#,
                account.provider.as_str(),
                account.account,
            )
            .fetch_one(&mut *transaction)
            .await?;
            ids.push(id);
        }
        transaction.commit().await?;
        Ok(ids)
    }

    /// Takes all accounts but `accounts` for no longer configured; they keep their history. Only the daemon knows that: a
    /// command may run with the configuration of somebody else.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn retire_accounts_but(&self, accounts: &[AccountName]) -> sqlx::Result<()> {
        let providers: Vec<String> = accounts.iter().map(|account| account.provider.as_str().to_owned()).collect();
        let names: Vec<String> = accounts.iter().map(|account| account.account.clone()).collect();
        sqlx::query!(
            "UPDATE accounts SET configured = false
             WHERE configured AND (provider, name) NOT IN (SELECT * FROM unnest($1::text[], $2::text[]))",
            &providers,
            &names,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Remembers the names of ids; what is not listed any more keeps its last name.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn save_directory(
        &self,
        fence: &Fence,
        entries: &[DirectoryEntry],
        now: DateTime<Utc>,
    ) -> Result<(), WriteError> {
        let mut transaction = self.begin(fence).await?;
        save_names(&mut transaction, fence.account, entries, now).await?;
        Ok(transaction.commit().await?)
    }
}

pub(super) async fn save_names(
    connection: &mut PgConnection,
    account: AccountId,
    entries: &[DirectoryEntry],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let kinds: Vec<String> = entries.iter().map(|entry| entry.kind.as_str().to_owned()).collect();
    let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    sqlx::query!(
        "INSERT INTO directory (account_id, kind, id, name, seen_at)
         SELECT DISTINCT ON (kind, id) $1::integer, kind, id, name, $5::timestamptz
         FROM unnest($2::text[], $3::text[], $4::text[]) AS entry (kind, id, name)
         ON CONFLICT (account_id, kind, id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at",
        account.0,
        &kinds,
        &ids,
        &names,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}
