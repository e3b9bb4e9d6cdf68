//! How far logs are read, written together with what was read of them.

use std::collections::BTreeMap;

use sqlx::PgTransaction;

use super::Store;
use super::calls::{Added, Best, Seen, add_batch, best};
use super::lease::{Fence, WriteError};
use crate::domain::call_log::{Call, LogBatch, LogPosition, SessionClaim};
use crate::domain::names::{AccountId, Billing};

/// A part of a log whose lines are sorted out, which needs no database and may be done beside it.
#[derive(Debug)]
pub struct Sorted {
    best: Vec<Best<Call>>,
    /// The rest of it.
    batch: LogBatch,
}

impl From<LogBatch> for Sorted {
    fn from(mut batch: LogBatch) -> Self {
        Self { best: best(std::mem::take(&mut batch.calls)), batch }
    }
}

/// One pass over a log, as it is stored part by part.
#[derive(Debug)]
pub struct Reading<'a> {
    store: &'a Store,
    fence: &'a Fence,
    billing: Billing,
    seen: Seen,
}

impl Sorted {
    /// Bytes of the log that are dealt with after this part, and of all of it.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.batch.done, self.batch.total)
    }
}

impl Store {
    /// The files of an account's log, as far as they have been read.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn log_positions(&self, account: AccountId) -> sqlx::Result<Vec<LogPosition>> {
        let rows = sqlx::query!(
            "SELECT path, device, inode, size, modified_at, read_to, fingerprint, state FROM log_positions WHERE account_id = $1",
            account.0,
        )
        .fetch_all(self.pool())
        .await?;
        let positions = rows.into_iter().map(|row| LogPosition {
            path: row.path,
            device: row.device.cast_unsigned(),
            inode: row.inode.cast_unsigned(),
            size: row.size.unsigned_abs(),
            modified_at: row.modified_at,
            read_to: row.read_to.unsigned_abs(),
            fingerprint: row.fingerprint,
            state: row.state,
        });
        Ok(positions.collect())
    }

    /// Begins to store what is read of an account's log.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn reading<'a>(&'a self, fence: &'a Fence, billing: Billing) -> sqlx::Result<Reading<'a>> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM call_keys WHERE account_id = $1) AS "known!""#,
            fence.account.0,
        );
        let seen = if known.fetch_one(self.pool()).await? { Seen::default() } else { Seen::nothing_yet() };
        Ok(Reading { store: self, fence, billing, seen })
    }
}

impl Reading<'_> {
    /// Stores a part of a log: its calls and how far it is read, or nothing.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn add(&mut self, part: &Sorted) -> Result<Added, WriteError> {
        let (account, Sorted { batch, best }) = (self.fence.account, part);
        let mut transaction = self.store.begin(self.fence).await?;
        let added = add_batch(&mut transaction, account, self.billing, best, &mut self.seen).await?;
        save_claims(&mut transaction, account, &batch.claims).await?;
        save_positions(&mut transaction, account, &batch.positions).await?;
        forget_positions(&mut transaction, account, &batch.gone).await?;
        transaction.commit().await?;
        Ok(added)
    }
}

/// Claims only grow, and are written several times: the largest holds.
async fn save_claims(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    claims: &[SessionClaim],
) -> sqlx::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let mut largest: BTreeMap<&str, &SessionClaim> = BTreeMap::new();
    for claim in claims {
        let known = largest.entry(&claim.session).or_insert(claim);
        if (claim.tokens, claim.cost_usd) > (known.tokens, known.cost_usd) {
            *known = claim;
        }
    }
    let sessions: Vec<String> = largest.keys().map(|session| (*session).to_owned()).collect();
    let costs: Vec<_> = largest.values().map(|claim| claim.cost_usd).collect();
    let tokens: Vec<i64> = largest.values().map(|claim| signed(claim.tokens)).collect();
    sqlx::query!(
        "INSERT INTO session_claims AS known (account_id, session, cost_usd, tokens)
         SELECT $1::integer, * FROM unnest($2::text[], $3::numeric[], $4::bigint[])
         ON CONFLICT (account_id, session) DO UPDATE SET cost_usd = excluded.cost_usd, tokens = excluded.tokens
             WHERE (excluded.tokens, excluded.cost_usd) > (known.tokens, known.cost_usd)",
        account.0,
        &sessions,
        &costs,
        &tokens,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn save_positions(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    positions: &[LogPosition],
) -> sqlx::Result<()> {
    // A path stands only once in a statement; the last word on it holds.
    let last: BTreeMap<&str, &LogPosition> = positions.iter().map(|at| (at.path.as_str(), at)).collect();
    let paths: Vec<String> = last.keys().map(|path| (*path).to_owned()).collect();
    let devices: Vec<i64> = last.values().map(|at| at.device.cast_signed()).collect();
    let inodes: Vec<i64> = last.values().map(|at| at.inode.cast_signed()).collect();
    let sizes: Vec<i64> = last.values().map(|at| signed(at.size)).collect();
    let modified: Vec<_> = last.values().map(|at| at.modified_at).collect();
    let read_to: Vec<i64> = last.values().map(|at| signed(at.read_to)).collect();
    let fingerprints: Vec<i64> = last.values().map(|at| at.fingerprint).collect();
    let states: Vec<_> = last.values().map(|at| at.state.clone()).collect();
    sqlx::query!(
        "INSERT INTO log_positions (account_id, path, device, inode, size, modified_at, read_to, fingerprint, state)
         SELECT $1::integer, * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[],
             $7::bigint[], $8::bigint[], $9::jsonb[])
         ON CONFLICT (account_id, path) DO UPDATE SET
             device = excluded.device, inode = excluded.inode, size = excluded.size, modified_at = excluded.modified_at,
             read_to = excluded.read_to, fingerprint = excluded.fingerprint, state = excluded.state",
        account.0,
        &paths,
        &devices,
        &inodes,
        &sizes,
        &modified,
        &read_to,
        &fingerprints,
        &states,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn forget_positions(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    gone: &[String],
) -> sqlx::Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    sqlx::query!("DELETE FROM log_positions WHERE account_id = $1 AND path = ANY($2)", account.0, gone)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
