//! The currency that sums are told in, and its rates by day: what the views of schema `reporting` convert with.

use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Store;
use crate::domain::money::Currency;
use crate::domain::period::Day;

/// What a change of the reporting rates came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// The currency of all sums until now.
    pub before: Currency,
    /// Some figure may be another now.
    pub changed: bool,
}

/// May the currency of all sums be changed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Allowed,
    /// Where it is another, nothing is written.
    Refused,
}

impl Store {
    /// The currency of all sums.
    ///
    /// # Errors
    ///
    /// The database's, or a currency that is none.
    pub async fn reporting_currency(&self) -> sqlx::Result<Currency> {
        read_currency(&mut *self.pool().acquire().await?).await
    }

    /// The first day that has to do with money, or is about to: of the ledger, of its list, or one that a provider changed.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn first_day_of_money(&self) -> sqlx::Result<Option<Day>> {
        sqlx::query_scalar!(
            r#"SELECT least((SELECT min(day) FROM spend), (SELECT min(day) FROM ledger_dirty), (SELECT min(day) FROM restatements))
                   AS "day: Day""#
        )
        .fetch_one(self.pool())
        .await
    }

    /// Has all sums told in `currency` at these rates (units for one US dollar) and no others, from one moment to the next. Where
    /// nothing would be another, nothing is written.
    ///
    /// # Errors
    ///
    /// The database's; what was stays then.
    pub async fn report_in(
        &self,
        currency: Currency,
        rates: &[(Day, Decimal)],
        switch: Switch,
    ) -> sqlx::Result<Reported> {
        let mut transaction = self.pool().begin().await?;
        let before = read_currency(&mut transaction).await?;
        let unchanged = Reported { before, changed: false };
        if before != currency && switch == Switch::Refused {
            return Ok(unchanged);
        }
        let stored = sqlx::query!(r#"SELECT day AS "day: Day", per_usd FROM reporting_rates ORDER BY day"#);
        let stored = stored.fetch_all(&mut *transaction).await?;
        if before == currency && stored.iter().map(|row| (row.day, row.per_usd)).eq(rates.iter().copied()) {
            return Ok(unchanged);
        }
        let (days, per_usd): (Vec<_>, Vec<Decimal>) = rates.iter().map(|(day, rate)| (day.date(), *rate)).unzip();
        // First, so that two writers come one after the other.
        sqlx::query!("UPDATE reporting_currency SET currency = $1", currency.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM reporting_rates").execute(&mut *transaction).await?;
        sqlx::query!(
            "INSERT INTO reporting_rates (day, per_usd) SELECT * FROM unnest($1::date[], $2::numeric[])",
            &days,
            &per_usd,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Reported { before, changed: true })
    }
}

/// The currency of all sums, as this connection sees it.
pub(super) async fn read_currency(connection: &mut PgConnection) -> sqlx::Result<Currency> {
    let name = sqlx::query_scalar!(r#"SELECT currency::text AS "currency!" FROM reporting_currency"#);
    let name = name.fetch_one(connection).await?;
    name.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
