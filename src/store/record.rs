//! The two kinds of facts that feeds answer with, as rows.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::copy::Row;
use crate::domain::cost::CostRecord;
use crate::domain::money::Currency;
use crate::domain::names::AccountId;
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, UsageRecord, UsageRole};

/// A record that is replaced by the day.
#[async_trait]
pub trait Record: Sync {
    /// The COPY statement; its last columns are account, feed and seq.
    const COPY: &'static str;

    fn at(&self) -> DateTime<Utc>;

    /// All columns before account, feed and seq, in COPY's text format.
    fn line(&self) -> String;

    /// Money or units: what the day's total is made of.
    fn amount(&self) -> Decimal;

    fn currency(&self) -> Option<Currency>;

    async fn delete(connection: &mut PgConnection, account: AccountId, feed: &str, day: Day) -> sqlx::Result<()>;

    /// The stored money of a day by currency.
    async fn money(
        connection: &mut PgConnection,
        account: AccountId,
        feed: &str,
        day: Day,
    ) -> sqlx::Result<BTreeMap<String, Decimal>>;
}

/// A usage record and what it is for.
#[derive(Debug)]
pub struct UsageFact {
    pub role: UsageRole,
    pub record: UsageRecord,
}

fn start<'a>(text: &'a mut String, at: DateTime<Utc>, dims: &Dimensions) -> Row<'a> {
    Row::on(text)
        .value(at.to_rfc3339_opts(SecondsFormat::Micros, true))
        .optional(dims.project.as_deref())
        .optional(dims.api_key.as_deref())
        .optional(dims.user.as_deref())
        .optional(dims.model.as_deref())
        .optional(dims.service_tier.as_deref())
        .optional(dims.region.as_deref())
        .value(dims.prompt_over)
}

#[async_trait]
impl Record for CostRecord {
    const COPY: &'static str =
        "COPY cost_records (at, project, api_key, user_id, model, service_tier, region, prompt_over,
        meter, line_item, category, amount, currency, quantity, unit, account_id, feed, seq) FROM STDIN";

    fn at(&self) -> DateTime<Utc> {
        self.at
    }

    fn line(&self) -> String {
        let mut line = String::new();
        start(&mut line, self.at, &self.dims)
            .optional(self.meter)
            .optional(self.line_item.as_deref())
            .value(self.category.as_str())
            .value(self.amount.amount)
            .value(self.amount.currency)
            .optional(self.quantity)
            .optional(self.unit.as_deref());
        line
    }

    fn amount(&self) -> Decimal {
        self.amount.amount
    }

    fn currency(&self) -> Option<Currency> {
        Some(self.amount.currency)
    }

    async fn delete(connection: &mut PgConnection, account: AccountId, feed: &str, day: Day) -> sqlx::Result<()> {
        sqlx::query!(
            "DELETE FROM cost_records WHERE account_id = $1 AND feed = $2 AND at >= $3 AND at < $4",
            account.0,
            feed,
            day.start(),
            day.end(),
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn money(
        connection: &mut PgConnection,
        account: AccountId,
        feed: &str,
        day: Day,
    ) -> sqlx::Result<BTreeMap<String, Decimal>> {
        let rows = sqlx::query!(
            r#"SELECT currency, sum(amount) AS "amount!" FROM cost_records
               WHERE account_id = $1 AND feed = $2 AND at >= $3 AND at < $4 GROUP BY currency"#,
            account.0,
            feed,
            day.start(),
            day.end(),
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(|row| (row.currency, row.amount)).collect())
    }
}

#[async_trait]
impl Record for UsageFact {
    const COPY: &'static str = "COPY usage_records (at, project, api_key, user_id, model, service_tier, region,
        prompt_over, role, meter, quantity, account_id, feed, seq) FROM STDIN";

    fn at(&self) -> DateTime<Utc> {
        self.record.at
    }

    fn line(&self) -> String {
        let mut line = String::new();
        start(&mut line, self.record.at, &self.record.dims)
            .value(self.role.as_str())
            .value(self.record.meter)
            .value(self.record.quantity);
        line
    }

    fn amount(&self) -> Decimal {
        self.record.quantity
    }

    fn currency(&self) -> Option<Currency> {
        None
    }

    async fn delete(connection: &mut PgConnection, account: AccountId, feed: &str, day: Day) -> sqlx::Result<()> {
        sqlx::query!(
            "DELETE FROM usage_records WHERE account_id = $1 AND feed = $2 AND at >= $3 AND at < $4",
            account.0,
            feed,
            day.start(),
            day.end(),
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn money(_: &mut PgConnection, _: AccountId, _: &str, _: Day) -> sqlx::Result<BTreeMap<String, Decimal>> {
        Ok(BTreeMap::new())
    }
}
