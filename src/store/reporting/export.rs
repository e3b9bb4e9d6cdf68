//! Rows of the ledger one by one, for exports of any length.

use futures::Stream;

use crate::domain::period::{Day, Window};
use crate::store::Store;

/// A row of the ledger; amounts as the database writes them, to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    pub day: Day,
    pub provider: String,
    pub account: String,
    pub project: String,
    pub project_name: String,
    pub api_key: String,
    pub api_key_name: String,
    pub user_id: String,
    pub user_name: String,
    pub model: String,
    pub service_tier: String,
    pub meter: Option<String>,
    pub line_item: Option<String>,
    pub category: String,
    pub billing: String,
    pub basis: String,
    pub provisional: bool,
    pub unpriced: bool,
    pub quantity: String,
    pub currency: String,
    pub amount: String,
    pub billed: String,
    pub estimated_usd: Option<String>,
    pub amount_usd: Option<String>,
    pub billed_usd: Option<String>,
    /// A JSON object.
    pub tags: String,
    pub reporting_currency: String,
    pub amount_reported: Option<String>,
    pub billed_reported: Option<String>,
    pub estimated_reported: Option<String>,
}

impl Store {
    /// Every row of the ledger in `window`, of all charge categories, oldest first.
    pub fn export_rows(&self, window: Window) -> impl Stream<Item = sqlx::Result<ExportRow>> + Send + '_ {
        sqlx::query_as!(
            ExportRow,
            r#"
            SELECT day AS "day!: Day", provider AS "provider!", account AS "account!",
                   project AS "project!", project_name AS "project_name!",
                   api_key AS "api_key!", api_key_name AS "api_key_name!",
                   user_id AS "user_id!", user_name AS "user_name!",
                   model AS "model!", service_tier AS "service_tier!", meter, line_item,
                   category AS "category!", billing AS "billing!", basis AS "basis!",
                   provisional AS "provisional!", unpriced AS "unpriced!",
                   quantity::text AS "quantity!", currency::text AS "currency!",
                   amount::text AS "amount!", billed::text AS "billed!", estimated::text AS estimated_usd,
                   amount_usd::text AS amount_usd, billed_usd::text AS billed_usd, tags::text AS "tags!",
                   reporting_currency::text AS "reporting_currency!", amount_reported::text AS amount_reported,
                   billed_reported::text AS billed_reported, estimated_reported::text AS estimated_reported
            FROM reporting.spend
            WHERE day >= $1 AND day < $2
            ORDER BY day, provider, account, project, model, api_key, user_id, service_tier, meter, line_item, category,
                     amount
            "#,
            window.first() as Day,
            window.end() as Day,
        )
        .fetch(self.pool())
    }
}
