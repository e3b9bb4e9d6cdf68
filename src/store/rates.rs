//! Exchange rates, and the days of the ledger that wait for them.

use rust_decimal::Decimal;

use super::Store;
use crate::domain::money::Currency;
use crate::domain::period::Day;

/// Units of a currency for one euro on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRow {
    pub day: Day,
    pub currency: Currency,
    pub per_euro: Decimal,
}

impl Store {
    /// Every rate that is stored.
    ///
    /// # Errors
    ///
    /// The database's, or a currency that is none.
    pub async fn exchange_rates(&self) -> sqlx::Result<Vec<RateRow>> {
        let rows = sqlx::query!(
            r#"SELECT day AS "day: Day", currency::text AS "currency!", per_euro FROM exchange_rates ORDER BY day"#
        );
        let rows = rows.fetch_all(self.pool()).await?;
        let parsed = rows.into_iter().map(|row| {
            let currency = row.currency.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok(RateRow { day: row.day, currency, per_euro: row.per_euro })
        });
        parsed.collect()
    }

    /// The first and the last day of the stored rates.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn days_of_exchange_rates(&self) -> sqlx::Result<Option<(Day, Day)>> {
        let days = sqlx::query!(r#"SELECT min(day) AS "first: Day", max(day) AS "last: Day" FROM exchange_rates"#);
        let days = days.fetch_one(self.pool()).await?;
        Ok(days.first.zip(days.last))
    }

    /// Keeps rates, and has the days built again that they may change: those whose amounts have no rate yet, and those that
    /// had to do with a rate of an earlier day. Returns how many days.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn save_exchange_rates(&self, rates: &[RateRow]) -> sqlx::Result<u64> {
        let days: Vec<chrono::NaiveDate> = rates.iter().map(|rate| rate.day.date()).collect();
        let currencies: Vec<String> = rates.iter().map(|rate| rate.currency.as_str().to_owned()).collect();
        let values: Vec<Decimal> = rates.iter().map(|rate| rate.per_euro).collect();
        let mut transaction = self.pool().begin().await?;
        sqlx::query!(
            "INSERT INTO exchange_rates (day, currency, per_euro)
             SELECT DISTINCT ON (day, currency) day, currency, per_euro
             FROM unnest($1::date[], $2::text[], $3::numeric[]) AS rate (day, currency, per_euro)
             ON CONFLICT (day, currency) DO UPDATE SET per_euro = excluded.per_euro",
            &days,
            &currencies,
            &values,
        )
        .execute(&mut *transaction)
        .await?;
        let marked = sqlx::query!(
            "INSERT INTO ledger_dirty (account_id, day)
             SELECT DISTINCT s.account_id, s.day FROM spend s
             WHERE s.currency <> 'USD'
               AND (s.currency = 'EUR' OR EXISTS (SELECT FROM exchange_rates r WHERE r.currency = s.currency))
               AND (s.exchange_rate IS NULL OR s.exchange_rate_date IS DISTINCT FROM (
                   SELECT max(r.day) FROM exchange_rates r WHERE r.currency IN (s.currency, 'USD') AND r.day BETWEEN s.day - 10 AND s.day))"
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(marked.rows_affected())
    }

    /// The first day with an amount in another currency than the US dollar.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn first_day_in_other_currency(&self) -> sqlx::Result<Option<Day>> {
        sqlx::query_scalar!(r#"SELECT min(day) AS "day: Day" FROM spend WHERE currency <> 'USD'"#)
            .fetch_one(self.pool())
            .await
    }
}
