//! Many rows: streamed, so that the server stores the first while the next are put together.

use sqlx::PgTransaction;

use super::rows::{Key, Row};
use super::units::Units;
use crate::domain::call_log::Call;
use crate::domain::names::{AccountId, Billing};
use crate::domain::usage::Dimensions;
use crate::store::binary::Binary;

/// What goes out at a time.
const CHUNK_BYTES: usize = 256 * 1024;

const KEYS: &str = "COPY call_keys (account_id, key, at, output_tokens, line_at, digest) FROM STDIN (FORMAT binary)";
const ROWS: &str =
    "COPY calls (at, account_id, key, billing, session, project, api_key, user_id, model, service_tier, region,
    prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters) FROM STDIN (FORMAT binary)";

pub(super) async fn keys(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: &[Key<'_>],
) -> sqlx::Result<()> {
    copy(transaction, KEYS, keys, |Key { key, at, rank }, binary| {
        binary
            .row(6)
            .integer(account.0)
            .text(key)
            .time(Some(*at))
            .bigint(rank.output)
            .time(rank.at)
            .bigint(rank.digest);
        Ok(())
    })
    .await
}

/// In the order of time, which is that of the index: rows that are near in it are written together.
pub(super) async fn rows(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    billing: Billing,
    mut rows: Vec<Row<'_>>,
) -> sqlx::Result<()> {
    rows.sort_unstable_by_key(|row| (row.at, &row.call.key));
    copy(transaction, ROWS, &rows, |Row { call, at }, binary| {
        let Call { key, at: _, session, dims, meters } = call;
        let Dimensions { project, api_key, user, model, service_tier, region, prompt_over } = dims;
        binary.row(19).time(Some(*at)).integer(account.0).text(key).text(billing.as_str());
        for text in [session, project, api_key, user, model, service_tier, region] {
            binary.optional(text.as_deref());
        }
        binary.bigint(i64::from(*prompt_over));
        let Units { columns, others } = meters.into();
        for units in columns {
            binary.bigint(units);
        }
        binary.json(&others).map(drop)
    })
    .await
}

async fn copy<T>(
    transaction: &mut PgTransaction<'_>,
    statement: &str,
    rows: &[T],
    write: impl Fn(&T, &mut Binary) -> serde_json::Result<()>,
) -> sqlx::Result<()> {
    let mut copy = transaction.copy_in_raw(statement).await?;
    let mut binary = Binary::default();
    for row in rows {
        write(row, &mut binary).map_err(|error| sqlx::Error::Encode(error.into()))?;
        if binary.bytes().len() >= CHUNK_BYTES {
            copy.send(binary.bytes()).await?;
            binary.clear();
        }
    }
    binary.end();
    copy.send(binary.bytes()).await?;
    copy.finish().await?;
    Ok(())
}
