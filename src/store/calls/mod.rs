//! Single calls: a key counts once for ever, and of all its lines the best one holds.

mod best;
mod copy;
mod elsewhere;
mod insert;
mod rows;
mod seen;
mod stored;
mod units;

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;

use self::best::Rank;
pub(super) use self::best::{Best, best};
use self::elsewhere::elsewhere;
use self::rows::{Key, Row};
pub(super) use self::seen::Seen;
pub(super) use self::stored::CallRow;
pub use self::stored::StoredCall;
use super::Store;
use super::facts::mark_dirty;
use super::lease::{Fence, WriteError};
use crate::domain::call_log::Call;
use crate::domain::names::{AccountId, Billing};
use crate::domain::period::Day;

/// Rows of one statement; bounds memory for a log of years.
const BATCH: usize = 20_000;
/// From so many rows on a COPY is worth its two more messages, of which the last, small one is held back by the system until
/// the other side has acknowledged the one before: up to 40 ms.
const MANY: usize = 1_000;

impl Store {
    /// Adds calls that were not known and replaces those that are now known better; returns how many. The order in which
    /// lines of one call arrive does not matter: the one with the most output holds, as a whole, among equals the later
    /// one, and the earliest gives the time.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over; whole batches before it stay, and are not counted again.
    pub async fn add_calls(&self, fence: &Fence, billing: Billing, calls: &[Call]) -> Result<usize, WriteError> {
        let mut added = 0;
        for batch in calls.chunks(BATCH) {
            let mut transaction = self.begin(fence).await?;
            let best = best(batch.iter().collect());
            added += add_batch(&mut transaction, fence.account, billing, &best, &mut Seen::default()).await?.calls;
            transaction.commit().await?;
        }
        Ok(added)
    }
}

/// What came of calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// New, or better known than before.
    pub calls: usize,
    /// Days on which something changed.
    pub days: BTreeSet<Day>,
}

/// A call as it was before the batch.
struct Known {
    at: DateTime<Utc>,
    rank: Rank,
}

/// What a batch changes of calls that were known, one entry a call.
#[derive(Default)]
struct Changed {
    keys: Vec<String>,
    was_at: Vec<DateTime<Utc>>,
    at: Vec<DateTime<Utc>>,
    outputs: Vec<i64>,
    line_at: Vec<Option<DateTime<Utc>>>,
    digests: Vec<i64>,
    /// The row gives way to one that is written anew; else it only moves in time.
    replaced: Vec<bool>,
}

impl Changed {
    fn push(&mut self, key: &str, was_at: DateTime<Utc>, at: DateTime<Utc>, rank: Rank, replaced: bool) {
        self.keys.push(key.to_owned());
        self.was_at.push(was_at);
        self.at.push(at);
        self.outputs.push(rank.output);
        self.line_at.push(rank.at);
        self.digests.push(rank.digest);
        self.replaced.push(replaced);
    }
}

/// Stores calls, each of which stands there once.
pub(super) async fn add_batch<C: Borrow<Call>>(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    billing: Billing,
    best: &[Best<C>],
    seen: &mut Seen,
) -> sqlx::Result<Added> {
    if best.is_empty() {
        return Ok(Added::default());
    }
    become_writer(transaction, account).await?;
    let keys = || best.iter().map(|best| best.line.borrow().key.as_str());
    let known = known(transaction, account, keys().filter(|key| seen.may_know(key)).collect()).await?;
    let new: Vec<&str> = keys().filter(|key| !known.contains_key(*key)).collect();
    let elsewhere = elsewhere(transaction, account, &new).await?;
    let (mut keys, mut rows, mut changed) = (Vec::new(), Vec::new(), Changed::default());
    let (mut added, mut first, mut days) = (0, None, BTreeSet::new());
    let mut touch = |at: DateTime<Utc>| {
        first = Some(first.map_or(at, |first: DateTime<Utc>| first.min(at)));
        days.insert(Day::of(at));
    };
    for &Best { ref line, first_at, rank } in best {
        let call: &Call = line.borrow();
        let Some(known) = known.get(&call.key) else {
            if elsewhere.contains(&call.key) {
                continue;
            }
            keys.push(Key { key: &call.key, at: first_at, rank });
            rows.push(Row { call, at: first_at });
            touch(first_at);
            added += 1;
            continue;
        };
        let (at, better) = (first_at.min(known.at), rank > known.rank);
        if better || at < known.at {
            changed.push(&call.key, known.at, at, rank.max(known.rank), better);
            touch(known.at);
            touch(at);
            added += 1;
        }
        if better {
            rows.push(Row { call, at });
        }
    }
    // Rows that give way go before those that take their place.
    change(transaction, account, &changed).await?;
    if rows.len() < MANY {
        insert::keys(transaction, account, &keys).await?;
        insert::rows(transaction, account, billing, &rows).await?;
    } else {
        copy::keys(transaction, account, &keys).await?;
        copy::rows(transaction, account, billing, rows).await?;
    }
    if let Some(first) = first {
        sqlx::query!("INSERT INTO sessions_dirty (account_id, at) VALUES ($1, $2)", account.0, first)
            .execute(&mut **transaction)
            .await?;
        mark_dirty(transaction, account, &days.iter().copied().collect::<Vec<_>>()).await?;
    }
    Ok(Added { calls: added, days })
}

/// Waits for others to have written. From now on what is known of keys stays so until the transaction ends: the calls of all
/// accounts of an agent have one writer at a time.
async fn become_writer(transaction: &mut PgTransaction<'_>, account: AccountId) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('llmtally calls of ' || provider, 0)) FROM accounts WHERE id = $1",
        account.0,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What is known of keys.
async fn known(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: Vec<&str>,
) -> sqlx::Result<HashMap<String, Known>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        // Each key by itself, which OFFSET 0 holds the planner to: of a table that has just been filled it knows too little not
        // to read all of it.
        r#"SELECT known.key, known.at, known.output_tokens, nullif(known.line_at, '-infinity') AS line_at, known.digest
           FROM unnest($2::text[]) AS asked (key)
           CROSS JOIN LATERAL (SELECT * FROM call_keys k WHERE k.account_id = $1 AND k.key = asked.key OFFSET 0) AS known"#,
        account.0,
        &keys as &[&str],
    )
    .fetch_all(&mut **transaction)
    .await?;
    let known = rows.into_iter().map(|row| {
        let rank = Rank { output: row.output_tokens, at: row.line_at, digest: row.digest };
        (row.key, Known { at: row.at, rank })
    });
    Ok(known.collect())
}

/// Writes down what is new of known calls: when they were, and which line of theirs holds.
async fn change(transaction: &mut PgTransaction<'_>, account: AccountId, changed: &Changed) -> sqlx::Result<()> {
    if changed.keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE call_keys k
         SET at = new.at, output_tokens = new.output_tokens, line_at = coalesce(new.line_at, '-infinity'),
             digest = new.digest
         FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[])
             AS new (key, at, output_tokens, line_at, digest)
         WHERE k.account_id = $1 AND k.key = new.key",
        account.0,
        &changed.keys,
        &changed.at,
        &changed.outputs,
        &changed.line_at as &[Option<DateTime<Utc>>],
        &changed.digests,
    )
    .execute(&mut **transaction)
    .await?;
    // A row of a hypertable does not move by an update.
    sqlx::query!(
        "WITH gone AS (
             DELETE FROM calls c USING unnest($2::text[], $3::timestamptz[]) AS old (key, at)
             WHERE c.account_id = $1 AND c.at = old.at AND c.key = old.key
             RETURNING c.*)
         INSERT INTO calls (at, account_id, key, billing, session, project, api_key, user_id, model, service_tier, region,
             prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters)
         SELECT new.at, account_id, gone.key, billing, session, project, api_key, user_id, model, service_tier, region,
             prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters
         FROM gone JOIN unnest($2::text[], $4::timestamptz[], $5::boolean[]) AS new (key, at, replaced) ON new.key = gone.key
         WHERE NOT new.replaced",
        account.0,
        &changed.keys,
        &changed.was_at,
        &changed.at,
        &changed.replaced,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
