//! The ledger by day and combination: what the summary is made of.

use rust_decimal::Decimal;

use crate::domain::period::Day;
use crate::store::Store;

/// Which days are wanted, and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: Day,
    /// Days before this one come as one row a month, dated to its first day.
    pub daily_from: Day,
    /// The first day that is not wanted.
    pub end: Day,
}

/// Money in the reporting currency and use of one combination on one day, or in one month long past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyRow {
    pub day: Day,
    pub provider: String,
    pub account: String,
    /// The provider's id; empty where there is none.
    pub project: String,
    pub project_name: String,
    /// Empty where there is none.
    pub model: String,
    pub spend: Decimal,
    pub provisional: Decimal,
    pub billed: Decimal,
    pub estimated: Decimal,
    pub comparable_billed: Decimal,
    pub comparable_estimated: Decimal,
    pub subscription_value: Decimal,
    pub subscription_fee: Decimal,
    pub input_tokens: Decimal,
    pub cache_read_tokens: Decimal,
    pub cache_write_tokens: Decimal,
    pub output_tokens: Decimal,
    pub requests: Decimal,
    pub unpriced_tokens: Decimal,
}

impl Store {
    /// Every combination in `range`, in one query.
    ///
    /// Sums are cut to 12 decimals: a decimal of 28 digits then holds them whatever scale the rows have.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn daily_rows(&self, range: Range) -> sqlx::Result<Vec<DailyRow>> {
        sqlx::query_as!(
            DailyRow,
            r#"
            SELECT CASE WHEN day < $2 THEN date_trunc('month', day::timestamp)::date ELSE day END AS "day!: Day",
                   provider AS "provider!", account AS "account!", project AS "project!",
                   max(project_name) AS "project_name!", model AS "model!",
                   coalesce(round(sum(amount_reported) FILTER (WHERE is_spend), 12), 0) AS "spend!",
                   coalesce(round(sum(amount_reported) FILTER (WHERE is_spend AND provisional), 12), 0) AS "provisional!",
                   coalesce(round(sum(billed_reported) FILTER (WHERE is_spend), 12), 0) AS "billed!",
                   coalesce(round(sum(estimated_reported) FILTER (WHERE billing = 'metered'), 12), 0) AS "estimated!",
                   coalesce(round(sum(billed_reported) FILTER (WHERE comparable AND NOT provisional), 12), 0)
                       AS "comparable_billed!",
                   coalesce(round(sum(estimated_reported) FILTER (WHERE comparable AND NOT provisional), 12), 0)
                       AS "comparable_estimated!",
                   coalesce(round(sum(estimated_reported) FILTER (WHERE billing = 'subscription'), 12), 0)
                       AS "subscription_value!",
                   coalesce(round(sum(amount_reported) FILTER (WHERE category = 'fee'), 12), 0) AS "subscription_fee!",
                   coalesce(round(sum(quantity) FILTER (WHERE token_type = 'input' AND billing <> 'included'), 6), 0)
                       AS "input_tokens!",
                   coalesce(round(sum(quantity) FILTER (WHERE token_type = 'cache_read' AND billing <> 'included'), 6), 0)
                       AS "cache_read_tokens!",
                   coalesce(round(sum(quantity) FILTER (WHERE token_type = 'cache_write' AND billing <> 'included'), 6), 0)
                       AS "cache_write_tokens!",
                   coalesce(round(sum(quantity) FILTER (WHERE token_type = 'output' AND billing <> 'included'), 6), 0)
                       AS "output_tokens!",
                   coalesce(round(sum(quantity) FILTER (WHERE meter = 'requests' AND billing <> 'included'), 6), 0)
                       AS "requests!",
                   coalesce(round(sum(quantity) FILTER (
                       WHERE unpriced AND token_type IS NOT NULL AND billing <> 'included'
                   ), 6), 0) AS "unpriced_tokens!"
            FROM reporting.spend
            WHERE day >= $1 AND day < $3
            GROUP BY 1, provider, account, project, model
            ORDER BY 1, provider, account, project, model
            "#,
            range.from as Day,
            range.daily_from as Day,
            range.end as Day,
        )
        .fetch_all(self.pool())
        .await
    }
}
