//! Accounts, and the names of what is below them.

use chrono::{DateTime, Utc};

use super::Store;
use crate::domain::names::{AccountId, AccountName, DirectoryEntry};

impl Store {
    /// The ids of the configured accounts, in order; accounts that left the configuration keep their history.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn register_accounts(&self, accounts: &[AccountName]) -> sqlx::Result<Vec<AccountId>> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query!("UPDATE accounts SET configured = false WHERE configured").execute(&mut *transaction).await?;
        let mut ids = Vec::with_capacity(accounts.len());
        for account in accounts {
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

    /// Remembers the names of ids; what is not listed any more keeps its last name.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn save_directory(
        &self,
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
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
