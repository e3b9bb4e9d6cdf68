//! Single calls: a key counts once for ever, and the line with the largest output wins.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;

use super::Store;
use super::copy::Row;
use super::facts::mark_dirty;
use crate::domain::names::{AccountId, Billing};
use crate::domain::period::Day;
use crate::domain::usage::{Call, Meter};

/// Rows of one statement; bounds memory for a log of years.
const BATCH: usize = 5_000;

impl Store {
    /// Adds calls that were not known and replaces those that are now known better; returns how many.
    ///
    /// # Errors
    ///
    /// The database's; whole batches before it stay, and are not counted again.
    pub async fn add_calls(&self, account: AccountId, billing: Billing, calls: &[Call]) -> sqlx::Result<usize> {
        let mut added = 0;
        for batch in calls.chunks(BATCH) {
            let mut transaction = self.pool().begin().await?;
            added += add_batch(&mut transaction, account, billing, batch).await?;
            transaction.commit().await?;
        }
        Ok(added)
    }
}

async fn add_batch(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    billing: Billing,
    calls: &[Call],
) -> sqlx::Result<usize> {
    let mut best: BTreeMap<&str, (DateTime<Utc>, &Call)> = BTreeMap::new();
    for call in calls {
        let (first_seen, known) = best.entry(&call.key).or_insert((call.at, call));
        *first_seen = call.at.min(*first_seen);
        if output(call) > output(known) {
            *known = call;
        }
    }
    let keys: Vec<String> = best.keys().map(|key| (*key).to_owned()).collect();
    let times: Vec<_> = best.values().map(|(first_seen, _)| *first_seen).collect();
    let outputs: Vec<i64> = best.values().map(|(_, call)| output(call)).collect();
    let old: Vec<Day> = sqlx::query_scalar!(
        r#"SELECT (at AT TIME ZONE 'UTC')::date AS "day!: Day" FROM call_keys k
           JOIN unnest($2::text[], $3::bigint[]) AS new (key, output_tokens) USING (key)
           WHERE k.account_id = $1 AND new.output_tokens > k.output_tokens"#,
        account.0,
        &keys,
        &outputs,
    )
    .fetch_all(&mut **transaction)
    .await?;
    // The earliest sighting decides the day, so that a call copied into another log stays where it was.
    let fresh = sqlx::query!(
        "INSERT INTO call_keys (account_id, key, at, output_tokens)
         SELECT $1::integer, key, at, output_tokens
         FROM unnest($2::text[], $3::timestamptz[], $4::bigint[]) AS new (key, at, output_tokens)
         ON CONFLICT (account_id, key) DO UPDATE SET
             at = least(call_keys.at, excluded.at), output_tokens = excluded.output_tokens
             WHERE excluded.output_tokens > call_keys.output_tokens
         RETURNING key, at",
        account.0,
        &keys,
        &times,
        &outputs,
    )
    .fetch_all(&mut **transaction)
    .await?;
    let fresh_keys: Vec<String> = fresh.iter().map(|row| row.key.clone()).collect();
    sqlx::query!("DELETE FROM calls WHERE account_id = $1 AND key = ANY($2)", account.0, &fresh_keys)
        .execute(&mut **transaction)
        .await?;

    let mut days: BTreeSet<Day> = old.into_iter().collect();
    let mut text = String::new();
    for row in &fresh {
        let Some((_, call)) = best.get(row.key.as_str()) else { continue };
        days.insert(Day::of(row.at));
        write(Row::on(&mut text), account, billing, call, row.at);
    }
    if !text.is_empty() {
        let statement =
            "COPY calls (at, account_id, key, billing, session, project, api_key, user_id, model, service_tier,
            region, prompt_tokens, meters) FROM STDIN";
        let mut copy = transaction.copy_in_raw(statement).await?;
        copy.send(text.into_bytes()).await?;
        copy.finish().await?;
    }
    mark_dirty(transaction, account, &days.into_iter().collect::<Vec<_>>()).await?;
    Ok(fresh.len())
}

fn output(call: &Call) -> i64 {
    i64::try_from(call.meters.get(&Meter::Output).copied().unwrap_or_default()).unwrap_or(i64::MAX)
}

fn write(row: Row<'_>, account: AccountId, billing: Billing, call: &Call, at: DateTime<Utc>) {
    let meters: BTreeMap<&str, u64> = call.meters.iter().map(|(meter, units)| (meter.as_str(), *units)).collect();
    row.value(at.to_rfc3339())
        .value(account.0)
        .value(&call.key)
        .value(billing.as_str())
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
}
