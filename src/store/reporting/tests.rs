use futures::TryStreamExt;
use sqlx::PgPool;

use super::fixtures::{Row, account, decimal, feed, instant, project_name, restatement, spend};
use super::*;
use crate::domain::period::{Day, Window};
use crate::store::Store;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn november() -> Window {
    Window::new(day("2026-11-01"), day("2026-12-01")).unwrap()
}

#[sqlx::test]
async fn days_long_past_come_by_the_month(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    for day in ["2026-01-31", "2026-09-29", "2026-09-30", "2026-10-01", "2026-11-22", "2026-11-23"] {
        spend(&pool, Row { day, account: id, amount: "1.5", ..Row::default() }).await;
    }
    let range = Range { from: day("2026-02-01"), daily_from: day("2026-10-01"), end: day("2026-11-23") };
    let rows = Store::new(pool).daily_rows(range).await.unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.day.to_string(), row.spend)).collect();
    let expected = [("2026-09-01", "3"), ("2026-10-01", "1.5"), ("2026-11-22", "1.5")];
    assert_eq!(found, expected.map(|(day, amount)| (day.to_owned(), decimal(amount))));
}

#[sqlx::test]
async fn a_row_counts_for_what_it_is(pool: PgPool) {
    let id = account(&pool, "anthropic", "default").await;
    let usage = Row { account: id, model: Some("opus"), ..Row::default() };
    for row in [
        Row { meter: Some("input"), quantity: "100", amount: "2", estimated: Some("2.5"), ..usage.clone() },
        Row { meter: Some("cache_write_1h"), quantity: "7", amount: "1", provisional: true, ..usage.clone() },
        Row { meter: Some("output"), quantity: "50", billing: "included", ..usage.clone() },
        Row { meter: Some("output"), quantity: "9", unpriced: true, ..usage.clone() },
        Row { meter: Some("input"), quantity: "3", billing: "subscription", estimated: Some("0.25"), ..usage.clone() },
        Row { category: "fee", billing: "subscription", amount: "20", ..usage.clone() },
        Row { category: "tax", amount: "5", ..usage.clone() },
        Row { meter: Some("requests"), quantity: "4", ..usage },
    ] {
        spend(&pool, row).await;
    }
    let range = Range { from: day("2026-11-01"), daily_from: day("2026-11-01"), end: day("2026-12-01") };
    let rows = Store::new(pool).daily_rows(range).await.unwrap();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row.spend, row.provisional, row.billed), (decimal("23"), decimal("1"), decimal("22")));
    assert_eq!(
        (row.estimated, row.subscription_value, row.subscription_fee),
        (decimal("2.5"), decimal("0.25"), decimal("20"))
    );
    assert_eq!((row.comparable_billed, row.comparable_estimated), (decimal("2"), decimal("2.5")));
    assert_eq!(
        (row.input_tokens, row.cache_write_tokens, row.output_tokens),
        (decimal("103"), decimal("7"), decimal("9"))
    );
    assert_eq!((row.requests, row.unpriced_tokens), (decimal("4"), decimal("9")));
}

#[sqlx::test]
async fn sums_beyond_28_digits_are_cut_not_refused(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    for amount in ["123456.1234567890123456789012", "0.0000000000000000000000000001"] {
        spend(&pool, Row { account: id, amount, ..Row::default() }).await;
    }
    let groups = Store::new(pool).spend(november(), &[], &SpendFilter::default(), 10).await.unwrap().groups;
    assert_eq!(groups[0].spend, decimal("123456.123456789012"));
}

#[sqlx::test]
async fn spend_is_grouped_and_filtered(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    project_name(&pool, id, "proj_1", "Chat'; DROP TABLE spend; --").await;
    for (project, model, amount, day) in
        [("proj_1", "a", "1", "2026-11-01"), ("proj_1", "b", "2", "2026-11-30"), ("proj_2", "a", "4", "2026-12-01")]
    {
        let row = Row { account: id, project: Some(project), model: Some(model), amount, day, ..Row::default() };
        spend(&pool, row).await;
    }
    spend(&pool, Row { account: id, currency: "EUR", amount: "9", ..Row::default() }).await;
    let store = Store::new(pool);
    let filter = SpendFilter { project: vec!["Chat'; DROP TABLE spend; --".to_owned()], ..SpendFilter::default() };
    let groups = store.spend(november(), &[Dimension::Model, Dimension::Month], &filter, 10).await.unwrap().groups;
    let found: Vec<_> =
        groups.iter().map(|group| (group.model.as_deref(), group.month, group.day, group.spend)).collect();
    let month = Some(day("2026-11-01"));
    assert_eq!(found, [(Some("a"), month, None, decimal("1")), (Some("b"), month, None, decimal("2"))]);
    let all = store.spend(november(), &[], &SpendFilter::default(), 10).await.unwrap().groups;
    assert_eq!((all[0].spend, all[0].unconverted), (decimal("3"), 1));
}

#[sqlx::test]
async fn status_and_restatements_are_told_by_account(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    feed(&pool, id, "costs", &["2026-11-20", "2026-11-21"], "2026-11-22T10:00:00Z", Some("unauthorized")).await;
    for (currency, old, new) in [("USD", "1", "1.75"), ("USD", "9", "7"), ("USD", "2", "3"), ("EUR", "1", "100")] {
        restatement(&pool, id, currency, old, new).await;
    }
    let store = Store::new(pool);
    let [status] = &store.feed_status().await.unwrap()[..] else { panic!("one feed") };
    assert_eq!((status.days, status.last_day), (2, Some(day("2026-11-21"))));
    assert_eq!(status.failure_reason.as_deref(), Some("unauthorized"));
    assert_eq!((status.last_attempt_at, status.last_success_at), (instant("2026-11-22T10:00:00Z"), None));
    let [restated] = &store.restated().await.unwrap()[..] else { panic!("one account") };
    assert_eq!((restated.up, restated.down), (decimal("1.75"), decimal("2")));
}

#[sqlx::test]
async fn an_export_keeps_every_digit_and_category(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    let exact = "0.00000000000000000000000000000000123";
    sqlx::query("INSERT INTO spend SELECT '2026-11-05', $1, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'tax', 'metered', 'billed', false, 0, 'EUR', $2::numeric, 0, NULL, false, false")
        .bind(id)
        .bind(exact)
        .execute(&pool)
        .await
        .unwrap();
    let store = Store::new(pool);
    let rows: Vec<ExportRow> = store.export_rows(november()).try_collect().await.unwrap();
    assert_eq!(
        (rows[0].category.as_str(), rows[0].amount.as_str(), rows[0].amount_usd.as_deref()),
        ("tax", exact, None)
    );
}
