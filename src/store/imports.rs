//! What people bring in files: days of an account that no feed asks for, replaced like those of a feed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::accounts::save_names;
use super::facts::{Answer, Falls, mark_dirty, replace_within};
use super::lease::Fence;
use super::{Store, snapshots};
use crate::domain::cost::CostRecord;
use crate::domain::names::{AccountId, AccountName, DirectoryEntry};
use crate::domain::period::{Day, Grain, Window};
use crate::domain::snapshot::Snapshot;

/// The feed of imports; `import.<source>` where several files add up on the same days.
pub const FEED: &str = "import";

/// The charges of a file.
#[derive(Debug)]
pub struct Import<'a> {
    pub account: &'a AccountName,
    pub feed: &'a str,
    /// In the order of days. Days with a charge are replaced, all others stay as they are.
    pub records: &'a [CostRecord],
    /// Names of ids that the file tells.
    pub names: &'a [DirectoryEntry],
    /// Days of which the file may have a part only.
    pub partly: &'a BTreeSet<Day>,
    pub now: DateTime<Utc>,
}

/// What became of the days of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub account: AccountId,
    pub new: BTreeSet<Day>,
    /// Days whose charges were others before.
    pub replaced: BTreeSet<Day>,
    pub same: BTreeSet<Day>,
}

/// Why a file is not stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Days for which the provider itself has named charges.
    #[error("the provider itself has answered for {} of its days", .0.len())]
    Answered(BTreeSet<Day>),
    /// Days that the file may have a part of only, and that are stored with other charges since they were over.
    #[error("the file has a part only of {} days that are stored already", .0.len())]
    Partly(BTreeSet<Day>),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl Store {
    /// Replaces the days of a file by its charges, all or none; the account is made where it is not there. Without `keep`
    /// nothing stays of it, and what it would come to is told all the same.
    ///
    /// # Errors
    ///
    /// Days that the provider has answered for or that would lose a part, and the database's; nothing is stored then.
    pub async fn import(&self, import: &Import<'_>, keep: bool) -> Result<Imported, ImportError> {
        let days: BTreeSet<Day> = import.records.iter().map(|record| Day::of(record.at)).collect();
        let mut transaction = self.pool().begin().await?;
        let account = imported_account(&mut transaction, import.account).await?;
        let fence = Fence::within(&mut transaction, account, import.feed).await?;
        let answered = answered(&mut transaction, account, &days).await?;
        if !answered.is_empty() {
            return Err(ImportError::Answered(answered));
        }
        let before = marked(&mut transaction, account, import.feed, &days).await?;
        let mut changed = BTreeSet::new();
        let next_day = |one: &CostRecord, other: &CostRecord| Day::of(other.at) <= Day::of(one.at).next();
        for records in import.records.chunk_by(next_day) {
            let ends = records.first().zip(records.last());
            let window = ends.and_then(|(first, last)| Window::new(Day::of(first.at), Day::of(last.at).next()));
            let Some(window) = window else { continue };
            let answer = Answer {
                fence: &fence,
                grain: Grain::Day,
                window,
                records,
                settles_after_days: 0,
                falls: Falls::BELIEVED,
                now: import.now,
            };
            changed.extend(replace_within(&mut transaction, &answer).await?.changed);
        }
        let cut = |day: &&Day| before.get(*day).is_some_and(|was_over| *was_over) && import.partly.contains(*day);
        let cut: BTreeSet<Day> = changed.iter().filter(cut).copied().collect();
        if !cut.is_empty() {
            return Err(ImportError::Partly(cut));
        }
        save_names(&mut transaction, account, import.names, import.now).await?;
        if keep {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(Imported {
            account,
            same: days.difference(&changed).copied().collect(),
            replaced: changed.iter().filter(|day| before.contains_key(day)).copied().collect(),
            new: changed.iter().filter(|day| !before.contains_key(day)).copied().collect(),
        })
    }

    /// Takes back what was imported for days of an account; returns the days that there were.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn forget_import(&self, account: &AccountName, feed: &str, days: Window) -> sqlx::Result<BTreeSet<Day>> {
        let mut transaction = self.pool().begin().await?;
        let id = sqlx::query_scalar!(
            r#"SELECT id AS "id: AccountId" FROM accounts WHERE provider = $1 AND name = $2"#,
            account.provider.as_str(),
            account.account,
        );
        let Some(id) = id.fetch_optional(&mut *transaction).await? else { return Ok(BTreeSet::new()) };
        let forgotten = sqlx::query_scalar!(
            r#"DELETE FROM feed_days WHERE account_id = $1 AND feed = $2 AND day >= $3 AND day < $4
               RETURNING day AS "day: Day""#,
            id.0,
            feed,
            days.first().date(),
            days.end().date(),
        );
        let forgotten = forgotten.fetch_all(&mut *transaction).await?;
        sqlx::query!(
            "DELETE FROM cost_records WHERE account_id = $1 AND feed = $2 AND at >= $3 AND at < $4",
            id.0,
            feed,
            days.first().start(),
            days.end().start(),
        )
        .execute(&mut *transaction)
        .await?;
        mark_dirty(&mut transaction, id, &forgotten).await?;
        transaction.commit().await?;
        Ok(forgotten.into_iter().collect())
    }

    /// Writes a reading down that a person has made; the account is made where it is not there.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn import_reading(
        &self,
        account: &AccountName,
        reading: Snapshot,
        at: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        let mut transaction = self.pool().begin().await?;
        let account = imported_account(&mut transaction, account).await?;
        let fence = Fence::within(&mut transaction, account, FEED).await?;
        snapshots::insert(&mut transaction, &fence, &[reading], at).await?;
        transaction.commit().await
    }

    /// Those of `days` that files were imported for.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn imported_days(&self, account: AccountId, days: Window) -> sqlx::Result<BTreeSet<Day>> {
        let imported = sqlx::query_scalar!(
            r#"SELECT DISTINCT day AS "day: Day" FROM feed_days
               WHERE account_id = $1 AND day >= $2 AND day < $3 AND split_part(feed, '.', 1) = 'import'"#,
            account.0,
            days.first().date(),
            days.end().date(),
        );
        Ok(imported.fetch_all(self.pool()).await?.into_iter().collect())
    }

    /// Every account that something was imported into and that is in no configuration: one that is has its rules there.
    ///
    /// # Errors
    ///
    /// The database's, or a provider that this version does not know.
    pub async fn imported_accounts(&self) -> sqlx::Result<Vec<(AccountId, AccountName)>> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id: AccountId", provider, name FROM accounts WHERE imported AND NOT configured ORDER BY id"#
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let parsed = rows.into_iter().map(|row| {
            let provider = row.provider.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok((row.id, AccountName { provider, account: row.name }))
        });
        parsed.collect()
    }
}

/// Whether it is in the configuration is none of an import's business.
async fn imported_account(connection: &mut PgConnection, account: &AccountName) -> sqlx::Result<AccountId> {
    sqlx::query_scalar!(
        r#"INSERT INTO accounts (provider, name, configured, imported) VALUES ($1, $2, false, true)
           ON CONFLICT (provider, name) DO UPDATE SET imported = true RETURNING id AS "id: AccountId""#,
        account.provider.as_str(),
        account.account,
    )
    .fetch_one(connection)
    .await
}

/// Those of `days` with charges that no import brought.
async fn answered(
    connection: &mut PgConnection,
    account: AccountId,
    days: &BTreeSet<Day>,
) -> sqlx::Result<BTreeSet<Day>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(BTreeSet::new()) };
    let found = sqlx::query_scalar!(
        r#"SELECT DISTINCT (at AT TIME ZONE 'UTC')::date AS "day!: Day" FROM cost_records
           WHERE account_id = $1 AND at >= $2 AND at < $3 AND split_part(feed, '.', 1) <> 'import'"#,
        account.0,
        first.start(),
        last.end(),
    );
    Ok(found.fetch_all(connection).await?.into_iter().filter(|day| days.contains(day)).collect())
}

/// Those of `days` that the feed has a mark of, and whether they were over when it was made.
async fn marked(
    connection: &mut PgConnection,
    account: AccountId,
    feed: &str,
    days: &BTreeSet<Day>,
) -> sqlx::Result<BTreeMap<Day, bool>> {
    let days: Vec<NaiveDate> = days.iter().map(|day| day.date()).collect();
    let found = sqlx::query!(
        r#"SELECT day AS "day: Day", fetched_at FROM feed_days WHERE account_id = $1 AND feed = $2 AND day = ANY($3)"#,
        account.0,
        feed,
        &days,
    );
    let marks = found.fetch_all(connection).await?.into_iter();
    Ok(marks.map(|mark| (mark.day, mark.day.end() <= mark.fetched_at)).collect())
}
