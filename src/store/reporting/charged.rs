//! Spend as it is billed, before anything is converted.

use rust_decimal::Decimal;

use crate::domain::period::{Day, Window};
use crate::store::Store;

/// What a provider charges for a day in one of its currencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    pub provider: String,
    pub day: Day,
    pub currency: String,
    pub amount: Decimal,
}

impl Store {
    /// Charges of providers in `window`, without the fees of plans and what agents' logs are worth: these are on no provider's
    /// bill of a day.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn charged(&self, window: Window) -> sqlx::Result<Vec<Charged>> {
        sqlx::query_as!(
            Charged,
            r#"SELECT provider AS "provider!", day AS "day!: Day", currency::text AS "currency!",
                      round(sum(amount), 15) AS "amount!"
               FROM reporting.spend
               WHERE day >= $1 AND day < $2 AND is_spend AND category <> 'fee'
               GROUP BY provider, day, currency
               ORDER BY provider, day, currency"#,
            window.first() as Day,
            window.end() as Day,
        )
        .fetch_all(self.pool())
        .await
    }
}
