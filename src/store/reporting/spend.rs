//! Spend by whatever people ask for.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::domain::money::Currency;
use crate::domain::names::UnknownName;
use crate::domain::period::{Day, Window};
use crate::store::Store;
use crate::store::reporting_rates::read_currency;

/// What spend can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    Day,
    Month,
    Provider,
    Account,
    Project,
    Model,
    ServiceTier,
    TokenType,
    ApiKey,
    User,
}

impl Dimension {
    pub const ALL: [Self; 10] = [
        Self::Day,
        Self::Month,
        Self::Provider,
        Self::Account,
        Self::Project,
        Self::Model,
        Self::ServiceTier,
        Self::TokenType,
        Self::ApiKey,
        Self::User,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Provider => "provider",
            Self::Account => "account",
            Self::Project => "project",
            Self::Model => "model",
            Self::ServiceTier => "service_tier",
            Self::TokenType => "token_type",
            Self::ApiKey => "api_key",
            Self::User => "user",
        }
    }
}

impl FromStr for Dimension {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|dimension| dimension.as_str() == name);
        found.ok_or_else(|| UnknownName { kind: "dimension", name: name.to_owned() })
    }
}

/// Which rows count; an empty list counts everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpendFilter {
    pub provider: Vec<String>,
    pub account: Vec<String>,
    /// Ids or names.
    pub project: Vec<String>,
    pub model: Vec<String>,
}

/// Spend of one group in the reporting currency. A dimension that was not asked for is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendGroup {
    pub day: Option<Day>,
    /// The first day of the month.
    pub month: Option<Day>,
    pub provider: Option<String>,
    pub account: Option<String>,
    pub project: Option<String>,
    pub project_name: Option<String>,
    pub model: Option<String>,
    pub service_tier: Option<String>,
    pub token_type: Option<String>,
    pub api_key: Option<String>,
    pub user: Option<String>,
    pub spend: Decimal,
    pub provisional: Decimal,
    pub billed: Decimal,
    /// Rows without an exchange rate yet, so that the sums lack them.
    pub unconverted: i64,
}

/// Spend as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    pub currency: Currency,
    pub groups: Vec<SpendGroup>,
}

impl Store {
    /// Spend in `window` by `group_by`, ordered by it, at most `limit` groups.
    ///
    /// The statement is the same for every grouping: a dimension that is not asked for is null in all rows.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn spend(
        &self,
        window: Window,
        group_by: &[Dimension],
        filter: &SpendFilter,
        limit: i64,
    ) -> sqlx::Result<Spend> {
        let group_by: Vec<String> = group_by.iter().map(|dimension| dimension.as_str().to_owned()).collect();
        // One moment for both: the leader may be about to change the currency.
        let mut moment = self.pool().begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let currency = read_currency(&mut moment).await?;
        let groups = sqlx::query_as!(
            SpendGroup,
            r#"
            SELECT CASE WHEN 'day' = ANY($3::text[]) THEN day END AS "day: Day",
                   CASE WHEN 'month' = ANY($3::text[]) THEN date_trunc('month', day::timestamp)::date END AS "month: Day",
                   CASE WHEN 'provider' = ANY($3::text[]) THEN provider END AS provider,
                   CASE WHEN 'account' = ANY($3::text[]) THEN account END AS account,
                   CASE WHEN 'project' = ANY($3::text[]) THEN project END AS project,
                   CASE WHEN 'project' = ANY($3::text[]) THEN project_name END AS project_name,
                   CASE WHEN 'model' = ANY($3::text[]) THEN model END AS model,
                   CASE WHEN 'service_tier' = ANY($3::text[]) THEN service_tier END AS service_tier,
                   CASE WHEN 'token_type' = ANY($3::text[]) THEN coalesce(token_type, '') END AS token_type,
                   CASE WHEN 'api_key' = ANY($3::text[]) THEN api_key END AS api_key,
                   CASE WHEN 'user' = ANY($3::text[]) THEN user_id END AS "user",
                   coalesce(round(sum(amount_reported), 12), 0) AS "spend!",
                   coalesce(round(sum(amount_reported) FILTER (WHERE provisional), 12), 0) AS "provisional!",
                   coalesce(round(sum(billed_reported), 12), 0) AS "billed!",
                   count(*) FILTER (WHERE amount_reported IS NULL AND amount <> 0) AS "unconverted!"
            FROM reporting.spend
            WHERE day >= $1 AND day < $2 AND is_spend
              AND (cardinality($4::text[]) = 0 OR provider = ANY($4))
              AND (cardinality($5::text[]) = 0 OR account = ANY($5))
              AND (cardinality($6::text[]) = 0 OR project = ANY($6) OR project_name = ANY($6))
              AND (cardinality($7::text[]) = 0 OR model = ANY($7))
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
            ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
            LIMIT $8
            "#,
            window.first() as Day,
            window.end() as Day,
            &group_by,
            &filter.provider,
            &filter.account,
            &filter.project,
            &filter.model,
            limit,
        )
        .fetch_all(&mut *moment)
        .await?;
        moment.commit().await?;
        Ok(Spend { currency, groups })
    }
}
