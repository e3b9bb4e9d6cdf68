//! Ledger rows for tests of everything that reads them.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgPool;

use crate::domain::period::Day;

/// A row of the ledger; what a test does not name is a billed dollar row of use.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) day: &'a str,
    pub(crate) account: i32,
    pub(crate) project: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) meter: Option<&'a str>,
    pub(crate) line_item: Option<&'a str>,
    pub(crate) category: &'a str,
    pub(crate) billing: &'a str,
    pub(crate) provisional: bool,
    pub(crate) quantity: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) amount: &'a str,
    pub(crate) estimated: Option<&'a str>,
    pub(crate) unpriced: bool,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Self {
            day: "2026-11-22",
            account: 0,
            project: None,
            model: None,
            meter: None,
            line_item: None,
            category: "usage",
            billing: "metered",
            provisional: false,
            quantity: "0",
            currency: "USD",
            amount: "0",
            estimated: None,
            unpriced: false,
        }
    }
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) async fn account(pool: &PgPool, provider: &str, name: &str) -> i32 {
    sqlx::query_scalar!("INSERT INTO accounts (provider, name) VALUES ($1, $2) RETURNING id", provider, name)
        .fetch_one(pool)
        .await
        .unwrap()
}

pub(crate) async fn project_name(pool: &PgPool, account: i32, id: &str, name: &str) {
    sqlx::query!(
        "INSERT INTO directory (account_id, kind, id, name, seen_at) VALUES ($1, 'project', $2, $3, now())",
        account,
        id,
        name
    )
    .execute(pool)
    .await
    .unwrap();
}

pub(crate) async fn spend(pool: &PgPool, row: Row<'_>) {
    let estimated = row.estimated.map(decimal);
    // Other currencies have no rate yet.
    let usd = (row.currency == "USD").then(|| decimal(row.amount));
    let billed = if row.provisional { Decimal::ZERO } else { decimal(row.amount) };
    sqlx::query!(
        "INSERT INTO spend (day, account_id, seq, project, model, meter, line_item, category, billing, basis, provisional,
                            quantity, currency, amount, billed, estimated, comparable, unpriced, amount_usd, billed_usd)
         SELECT $1, $2, coalesce(max(seq) + 1, 0), $3, $4, $5, $6, $7, $8, 'billed', $9, $10, $11, $12, $13, $14, $15,
                $16, $17, $18
         FROM spend WHERE account_id = $2 AND day = $1",
        row.day.parse::<Day>().unwrap() as Day,
        row.account,
        row.project,
        row.model,
        row.meter,
        row.line_item,
        row.category,
        row.billing,
        row.provisional,
        decimal(row.quantity),
        row.currency,
        decimal(row.amount),
        billed,
        estimated,
        estimated.is_some() && !billed.is_zero(),
        row.unpriced,
        usd,
        usd.map(|_| billed),
    )
    .execute(pool)
    .await
    .unwrap();
}

/// A feed that has answered for `days` and last ran at `at`.
pub(crate) async fn feed(pool: &PgPool, account: i32, feed: &str, days: &[&str], at: &str, failure: Option<&str>) {
    for day in days {
        sqlx::query!(
            "INSERT INTO feed_days (account_id, feed, day, grain, fetched_at, settled, rows, checksum)
             VALUES ($1, $2, $3, 'day', $4, true, 1, '')",
            account,
            feed,
            day.parse::<Day>().unwrap() as Day,
            instant(at),
        )
        .execute(pool)
        .await
        .unwrap();
    }
    sqlx::query!(
        "INSERT INTO feed_status (account_id, feed, last_attempt_at, last_success_at, failure_reason, failure_message)
         VALUES ($1, $2, $3, $4, $5, $5)",
        account,
        feed,
        instant(at),
        failure.is_none().then(|| instant(at)),
        failure,
    )
    .execute(pool)
    .await
    .unwrap();
}

pub(crate) async fn restatement(pool: &PgPool, account: i32, currency: &str, old: &str, new: &str) {
    sqlx::query!(
        "INSERT INTO restatements (account_id, feed, day, seen_at, was_settled, currency, old_amount, new_amount)
         VALUES ($1, 'costs', '2026-11-01', now(), true, $2, $3, $4)",
        account,
        currency,
        decimal(old),
        decimal(new),
    )
    .execute(pool)
    .await
    .unwrap();
}
