//! The rows of the ledger.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::dirty::Chunk;
use crate::domain::period::Day;
use crate::domain::spend::SpendRow;

/// Rows in one statement: large enough that round trips do not count, small enough for the server's memory.
const BATCH: usize = 4000;

/// A day as it goes into the ledger.
#[derive(Debug, Clone)]
pub struct BuiltDay {
    pub day: Day,
    /// Nothing of it is expected to change.
    pub settled: bool,
    pub rows: Vec<BuiltRow>,
}

#[derive(Debug, Clone)]
pub struct BuiltRow {
    pub row: SpendRow,
    /// `None` while no exchange rate is known.
    pub converted: Option<Converted>,
}

/// A row's money in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    pub amount: Decimal,
    pub billed: Decimal,
    /// US dollars for one unit.
    pub rate: Decimal,
    /// The day of the rate, which may be an earlier one.
    pub rate_day: Day,
}

pub(super) async fn replace(chunk: &mut Chunk, built: &[BuiltDay], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let days: Vec<NaiveDate> = chunk.days.iter().map(|day| day.date()).collect();
    sqlx::query!("DELETE FROM spend WHERE account_id = $1 AND day = ANY($2)", chunk.account.0, &days)
        .execute(&mut *chunk.transaction)
        .await?;
    let numbered = |day: &BuiltDay| (0_i32..).zip(day.rows.clone()).map(|(seq, row)| (day.day, seq, row)).collect();
    let rows: Vec<(Day, i32, BuiltRow)> = built.iter().flat_map(|day| -> Vec<_> { numbered(day) }).collect();
    for batch in rows.chunks(BATCH) {
        insert(chunk, batch).await?;
    }
    let settled: Vec<bool> = built.iter().map(|day| day.settled).collect();
    let days: Vec<NaiveDate> = built.iter().map(|day| day.day.date()).collect();
    sqlx::query!(
        "INSERT INTO ledger_days (account_id, day, built_at, settled)
         SELECT $1, day, $4, settled FROM UNNEST($2::date[], $3::boolean[]) AS t (day, settled)
         ON CONFLICT (account_id, day) DO UPDATE SET built_at = EXCLUDED.built_at, settled = EXCLUDED.settled",
        chunk.account.0,
        &days,
        &settled,
        now,
    )
    .execute(&mut *chunk.transaction)
    .await?;
    Ok(())
}

async fn insert(chunk: &mut Chunk, rows: &[(Day, i32, BuiltRow)]) -> Result<(), sqlx::Error> {
    fn column<T>(rows: &[(Day, i32, BuiltRow)], of: impl Fn(&SpendRow) -> T) -> Vec<T> {
        rows.iter().map(|(_, _, built)| of(&built.row)).collect()
    }
    fn converted<T>(rows: &[(Day, i32, BuiltRow)], of: impl Fn(Converted) -> T) -> Vec<Option<T>> {
        rows.iter().map(|(_, _, built)| built.converted.map(&of)).collect()
    }
    sqlx::query!(
        "INSERT INTO spend (account_id, day, seq, project, api_key, user_id, model_raw, model, service_tier, meter,
                            line_item, category, billing, basis, provisional, quantity, currency, amount, billed,
                            estimated, comparable, unpriced, amount_usd, billed_usd, exchange_rate,
                            exchange_rate_date, tags)
         SELECT $1, t.*
         FROM UNNEST($2::date[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::boolean[],
                     $16::numeric[], $17::text[], $18::numeric[], $19::numeric[], $20::numeric[], $21::boolean[],
                     $22::boolean[], $23::numeric[], $24::numeric[], $25::numeric[], $26::date[], $27::jsonb[]) AS t",
        chunk.account.0,
        &rows.iter().map(|(day, ..)| day.date()).collect::<Vec<_>>(),
        &rows.iter().map(|(_, seq, _)| *seq).collect::<Vec<_>>(),
        &column(rows, |row| row.dims.project.clone()) as _,
        &column(rows, |row| row.dims.api_key.clone()) as _,
        &column(rows, |row| row.dims.user.clone()) as _,
        &column(rows, |row| row.dims.model.clone()) as _,
        &column(rows, |row| row.model.clone()) as _,
        &column(rows, |row| row.dims.service_tier.clone()) as _,
        &column(rows, |row| row.meter.map(|meter| meter.as_str().to_owned())) as _,
        &column(rows, |row| row.line_item.clone()) as _,
        &column(rows, |row| row.category.as_str().to_owned()),
        &column(rows, |row| row.billing.as_str().to_owned()),
        &column(rows, |row| row.basis.as_str().to_owned()),
        &column(rows, |row| row.provisional),
        &column(rows, |row| row.quantity),
        &column(rows, |row| row.currency.as_str().to_owned()),
        &column(rows, |row| row.amount),
        &column(rows, |row| row.billed),
        &column(rows, |row| row.estimated) as _,
        &column(rows, |row| row.comparable),
        &column(rows, |row| row.unpriced),
        &converted(rows, |converted| converted.amount) as _,
        &converted(rows, |converted| converted.billed) as _,
        &converted(rows, |converted| converted.rate) as _,
        &converted(rows, |converted| converted.rate_day.date()) as _,
        &column(rows, |row| tags(row)),
    )
    .execute(&mut *chunk.transaction)
    .await?;
    Ok(())
}

fn tags(row: &SpendRow) -> serde_json::Value {
    row.tags.iter().map(|(tag, value)| (tag.clone(), serde_json::Value::from(value.clone()))).collect()
}
