//! Single calls: a key counts once for ever, and of all its lines the best one holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgTransaction;

use super::Store;
use super::copy::Row;
use super::facts::mark_dirty;
use super::lease::{Fence, WriteError};
use crate::domain::names::{AccountId, Billing};
use crate::domain::period::Day;
use crate::domain::usage::{Call, Meter};

/// Rows of one statement; bounds memory for a log of years.
const BATCH: usize = 5_000;

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
            added += add_batch(&mut transaction, fence.account, billing, batch).await?.calls;
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

/// The lines of one call that a batch holds.
struct Seen {
    first_at: DateTime<Utc>,
    rank: Rank,
    /// Of the best line.
    content: String,
}

/// What decides between lines of a call: output, time of the line, digest of its content.
type Rank = (i64, DateTime<Utc>, i64);

impl Seen {
    fn new(call: &Call) -> Self {
        let content = content(call);
        Self { first_at: call.at, rank: (output(call), call.at, digest(&content)), content }
    }

    fn merge(&mut self, other: Self) {
        let first_at = self.first_at.min(other.first_at);
        if other.rank > self.rank {
            *self = other;
        }
        self.first_at = first_at;
    }
}

pub(super) async fn add_batch(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    billing: Billing,
    calls: &[Call],
) -> sqlx::Result<Added> {
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for call in calls {
        let new = Seen::new(call);
        match seen.get_mut(call.key.as_str()) {
            Some(known) => known.merge(new),
            None => {
                seen.insert(&call.key, new);
            }
        }
    }
    let keys: Vec<String> = seen.keys().map(|key| (*key).to_owned()).collect();
    let known = sqlx::query!("SELECT key, at FROM call_keys WHERE account_id = $1 AND key = ANY($2)", account.0, &keys)
        .fetch_all(&mut **transaction)
        .await?;
    let known: BTreeMap<String, DateTime<Utc>> = known.into_iter().map(|row| (row.key, row.at)).collect();
    let changed = save_keys(transaction, account, keys, &seen).await?;

    let mut times: BTreeSet<DateTime<Utc>> = BTreeSet::new();
    let (mut replaced, mut moved, mut moved_to) = (Vec::new(), Vec::new(), Vec::new());
    let mut text = String::new();
    for (key, at, digest) in &changed {
        let Some(call) = seen.get(key.as_str()) else { continue };
        times.extend(known.get(key).copied());
        times.insert(*at);
        if call.rank.2 != *digest {
            moved.push(key.clone());
            moved_to.push(*at);
            continue;
        }
        if known.contains_key(key) {
            replaced.push(key.clone());
        }
        Row::on(&mut text).value(at.to_rfc3339()).value(account.0).value(key).value(billing.as_str());
        text.push('\t');
        text.push_str(&call.content);
    }
    sqlx::query!("DELETE FROM calls WHERE account_id = $1 AND key = ANY($2)", account.0, &replaced)
        .execute(&mut **transaction)
        .await?;
    move_calls(transaction, account, &moved, &moved_to).await?;
    if !text.is_empty() {
        let statement =
            "COPY calls (at, account_id, key, billing, session, project, api_key, user_id, model, service_tier,
            region, prompt_tokens, meters) FROM STDIN";
        let mut copy = transaction.copy_in_raw(statement).await?;
        copy.send(text.into_bytes()).await?;
        copy.finish().await?;
    }
    let days: BTreeSet<Day> = times.iter().map(|at| Day::of(*at)).collect();
    if let Some(first) = times.first() {
        sqlx::query!("INSERT INTO sessions_dirty (account_id, at) VALUES ($1, $2)", account.0, first)
            .execute(&mut **transaction)
            .await?;
        mark_dirty(transaction, account, &days.iter().copied().collect::<Vec<_>>()).await?;
    }
    Ok(Added { calls: changed.len(), days })
}

/// Writes down what is new of the keys: each with its earliest time, and the digest of the line that now holds. Those known as
/// well are left out first: sessions copy their past into new files, and each conflict would write to the row to lock it.
async fn save_keys(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: Vec<String>,
    seen: &BTreeMap<&str, Seen>,
) -> sqlx::Result<Vec<(String, DateTime<Utc>, i64)>> {
    let first: Vec<_> = seen.values().map(|call| call.first_at).collect();
    let outputs: Vec<i64> = seen.values().map(|call| call.rank.0).collect();
    let lines: Vec<_> = seen.values().map(|call| call.rank.1).collect();
    let digests: Vec<i64> = seen.values().map(|call| call.rank.2).collect();
    let changed = sqlx::query!(
        "INSERT INTO call_keys AS known (account_id, key, at, output_tokens, line_at, digest)
         SELECT $1::integer, key, at, output_tokens, line_at, digest
         FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[])
             AS new (key, at, output_tokens, line_at, digest)
         WHERE NOT EXISTS (
             SELECT FROM call_keys k
             WHERE k.account_id = $1 AND k.key = new.key AND k.at <= new.at
               AND (k.output_tokens, k.line_at, k.digest) >= (new.output_tokens, new.line_at, new.digest))
         ON CONFLICT (account_id, key) DO UPDATE SET
             at = least(known.at, excluded.at),
             output_tokens = greatest(known.output_tokens, excluded.output_tokens),
             line_at = CASE WHEN (excluded.output_tokens, excluded.line_at, excluded.digest)
                               > (known.output_tokens, known.line_at, known.digest)
                            THEN excluded.line_at ELSE known.line_at END,
             digest = CASE WHEN (excluded.output_tokens, excluded.line_at, excluded.digest)
                              > (known.output_tokens, known.line_at, known.digest)
                           THEN excluded.digest ELSE known.digest END
             WHERE excluded.at < known.at
                OR (excluded.output_tokens, excluded.line_at, excluded.digest)
                 > (known.output_tokens, known.line_at, known.digest)
         RETURNING key, at, digest",
        account.0,
        &keys,
        &first,
        &outputs,
        &lines,
        &digests,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(changed.into_iter().map(|row| (row.key, row.at, row.digest)).collect())
}

/// Calls whose line holds although an earlier one has turned up. A row of a hypertable does not move by an update.
async fn move_calls(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: &[String],
    times: &[DateTime<Utc>],
) -> sqlx::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH moved AS (DELETE FROM calls WHERE account_id = $1 AND key = ANY($2) RETURNING *)
         INSERT INTO calls (at, account_id, key, billing, session, project, api_key, user_id, model, service_tier, region,
             prompt_tokens, meters)
         SELECT new.at, account_id, moved.key, billing, session, project, api_key, user_id, model, service_tier, region,
             prompt_tokens, meters
         FROM moved JOIN unnest($2::text[], $3::timestamptz[]) AS new (key, at) ON new.key = moved.key",
        account.0,
        keys,
        times,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn output(call: &Call) -> i64 {
    i64::try_from(call.meters.get(&Meter::Output).copied().unwrap_or_default()).unwrap_or(i64::MAX)
}

fn digest(content: &str) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(content));
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The end of a row: the columns that a line tells, whoever pays and wherever it stands.
fn content(call: &Call) -> String {
    let meters: BTreeMap<&str, u64> = call.meters.iter().map(|(meter, units)| (meter.as_str(), *units)).collect();
    let mut text = String::new();
    Row::on(&mut text)
        .optional(call.session.as_deref())
        .optional(call.dims.project.as_deref())
        .optional(call.dims.api_key.as_deref())
        .optional(call.dims.user.as_deref())
        .optional(call.dims.model.as_deref())
        .optional(call.dims.service_tier.as_deref())
        .optional(call.dims.region.as_deref())
        .value(call.dims.prompt_over)
        .value(serde_json::json!(meters))
        .end();
    text
}
