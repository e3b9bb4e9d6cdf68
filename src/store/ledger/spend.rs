//! The rows of the ledger.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::dirty::Chunk;
use crate::domain::period::Day;
use crate::domain::spend::SpendRow;
use crate::store::copy::Row;

const COPY: &str = "COPY spend (account_id, day, seq, project, api_key, user_id, model_raw, model, service_tier, meter,
    line_item, category, billing, basis, provisional, quantity, currency, amount, billed, estimated, comparable, unpriced,
    amount_usd, billed_usd, exchange_rate, exchange_rate_date, tags) FROM STDIN";

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

impl Chunk {
    /// Replaces what the ledger says of the chunk's days and takes their marks away, all or nothing.
    ///
    /// # Errors
    ///
    /// When the database fails; the days then stay dirty.
    pub async fn finish(mut self, built: &[BuiltDay], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        replace(&mut self, built, now).await?;
        sqlx::query!("DELETE FROM ledger_dirty WHERE id = ANY($1)", &self.marks)
            .execute(&mut *self.transaction)
            .await?;
        self.transaction.commit().await
    }
}

async fn replace(chunk: &mut Chunk, built: &[BuiltDay], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let days: Vec<NaiveDate> = chunk.days.iter().map(|day| day.date()).collect();
    sqlx::query!("DELETE FROM spend WHERE account_id = $1 AND day = ANY($2)", chunk.account.0, &days)
        .execute(&mut *chunk.transaction)
        .await?;
    copy(chunk, built).await?;
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

async fn copy(chunk: &mut Chunk, built: &[BuiltDay]) -> Result<(), sqlx::Error> {
    let account = chunk.account;
    let mut copy = chunk.transaction.copy_in_raw(COPY).await?;
    let mut text = String::new();
    for day in built {
        text.clear();
        for (seq, row) in day.rows.iter().enumerate() {
            write(Row::on(&mut text).value(account.0).value(day.day).value(seq), row);
        }
        copy.send(text.as_bytes()).await?;
    }
    copy.finish().await?;
    Ok(())
}

fn write(start: Row<'_>, BuiltRow { row, converted }: &BuiltRow) {
    start
        .optional(row.dims.project.as_deref())
        .optional(row.dims.api_key.as_deref())
        .optional(row.dims.user.as_deref())
        .optional(row.dims.model.as_deref())
        .optional(row.model.as_deref())
        .optional(row.dims.service_tier.as_deref())
        .optional(row.meter)
        .optional(row.line_item.as_deref())
        .value(row.category.as_str())
        .value(row.billing.as_str())
        .value(row.basis.as_str())
        .value(row.provisional)
        .value(row.quantity)
        .value(row.currency)
        .value(row.amount)
        .value(row.billed)
        .optional(row.estimated)
        .value(row.comparable)
        .value(row.unpriced)
        .optional(converted.map(|converted| converted.amount))
        .optional(converted.map(|converted| converted.billed))
        .optional(converted.map(|converted| converted.rate))
        .optional(converted.map(|converted| converted.rate_day))
        .value(tags(row))
        .end();
}

fn tags(row: &SpendRow) -> serde_json::Value {
    row.tags.iter().map(|(tag, value)| (tag.clone(), serde_json::Value::from(value.clone()))).collect()
}
