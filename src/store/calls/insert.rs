//! A few rows, column by column: one message for all of them, which is answered at once.

use std::array;
use std::borrow::Cow;

use sqlx::PgTransaction;
use sqlx::types::Json;

use super::rows::{Key, Row};
use super::units::Units;
use crate::domain::call_log::Call;
use crate::domain::names::{AccountId, Billing};
use crate::domain::usage::Dimensions;

pub(super) async fn keys(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: &[Key<'_>],
) -> sqlx::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO call_keys (account_id, key, at, output_tokens, line_at, digest)
         SELECT $1::integer, key, at, output_tokens, coalesce(line_at, '-infinity'), digest
         FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[])
             AS new (key, at, output_tokens, line_at, digest)",
        account.0,
        &column(keys, |key| key.key) as &[&str],
        &column(keys, |key| key.at),
        &column(keys, |key| key.rank.output),
        &column(keys, |key| key.rank.at) as &[Option<_>],
        &column(keys, |key| key.rank.digest),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) async fn rows(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    billing: Billing,
    rows: &[Row<'_>],
) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let units = column(rows, |row| Units::from(&row.call.meters));
    let [input, cache_read, cache_write, cache_write_1h, output, requests] =
        array::from_fn(|number| column(&units, |units| units.columns[number]));
    sqlx::query!(
        "INSERT INTO calls (account_id, billing, key, at, session, project, api_key, user_id, model, service_tier, region,
             prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters)
         SELECT $1::integer, $2::text, * FROM unnest($3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
             $16::bigint[], $17::bigint[], $18::bigint[], $19::jsonb[])",
        account.0,
        billing.as_str(),
        &column(rows, |row| row.call.key.as_str()) as &[&str],
        &column(rows, |row| row.at),
        &column(rows, |row| text(&row.call.session)) as &[Text<'_>],
        &dimension(rows, |dims| &dims.project) as &[Text<'_>],
        &dimension(rows, |dims| &dims.api_key) as &[Text<'_>],
        &dimension(rows, |dims| &dims.user) as &[Text<'_>],
        &dimension(rows, |dims| &dims.model) as &[Text<'_>],
        &dimension(rows, |dims| &dims.service_tier) as &[Text<'_>],
        &dimension(rows, |dims| &dims.region) as &[Text<'_>],
        &column(rows, |row| i64::from(row.call.dims.prompt_over)),
        &input,
        &cache_read,
        &cache_write,
        &cache_write_1h,
        &output,
        &requests,
        &column(&units, |units| Json(units.others)) as &[Json<_>],
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

type Text<'a> = Option<Cow<'a, str>>;

fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

fn dimension<'a>(rows: &[Row<'a>], value: impl Fn(&'a Dimensions) -> &'a Option<String>) -> Vec<Text<'a>> {
    let of = |call: &'a Call| text(value(&call.dims));
    rows.iter().map(|row| of(row.call)).collect()
}

/// A zero byte, which PostgreSQL's text cannot hold, is left out.
fn text(text: &Option<String>) -> Text<'_> {
    let text = text.as_deref()?;
    Some(if text.contains('\0') { text.replace('\0', "").into() } else { text.into() })
}
