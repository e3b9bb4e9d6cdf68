//! Every SQL query runs on a real PostgreSQL, says what its panel expects, and agrees with the others to the last digit.

use std::collections::BTreeMap;

use llmtally::domain::money::Currency;
use llmtally::domain::period::Day;
use llmtally::store::Store;
use llmtally::store::reporting_rates::Switch;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column, PgPool, Row, TypeInfo};

use crate::boards::{self, SqlPanel};
use crate::grafana::Context;

/// Two vendors over three months up to today: projects, models, fees, credits, tax, provisional days, use without a price.
const SEED: &str = include_str!("seed.sql");

/// An agent with a plan, whose log has calls up to now.
const AGENTS: &str = include_str!("agents.sql");

async fn seed(pool: &PgPool) {
    sqlx::raw_sql(SEED).execute(pool).await.unwrap();
}

fn overview() -> Value {
    overview_in(Currency::USD)
}

fn overview_in(currency: Currency) -> Value {
    boards::all_in(currency).into_iter().find(|board| board["uid"] == "llmtally-overview").unwrap()
}

fn panel(title: &str) -> SqlPanel {
    boards::sql_panels(&overview()).into_iter().find(|panel| panel.title == title).unwrap()
}

async fn run(pool: &PgPool, place: &str, sql: String) -> Vec<PgRow> {
    let result = sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(pool).await;
    result.unwrap_or_else(|error| panic!("{place}: {error}\n{sql}"))
}

/// The 30 whole days that end today, as Grafana writes `now-29d/d` to `now/d`.
async fn last_30_days(pool: &PgPool) -> Context {
    range(pool, "29 days").await
}

async fn range(pool: &PgPool, back: &str) -> Context {
    let day = "date_trunc('day', now() AT TIME ZONE 'UTC')";
    let sql = format!(
        "SELECT to_char({day} - INTERVAL '{back}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                to_char({day}, 'YYYY-MM-DD\"T23:59:59.999Z\"')"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
    Context::all(row.get(0), row.get(1))
}

/// The sum of a column of floats, in millionths of a dollar.
fn micros(rows: &[PgRow], column: &str) -> i64 {
    let sum: f64 = rows.iter().filter_map(|row| row.get::<Option<f64>, _>(column)).sum();
    #[expect(clippy::cast_possible_truncation, reason = "seeded amounts are far below the limit")]
    let micros = (sum * 1_000_000.0).round() as i64;
    micros
}

/// The same of the ledger's table, without any view: use, credits and fees on days that `condition` lets through.
async fn ledger_micros(pool: &PgPool, condition: &str) -> i64 {
    let micros = ledger_micros_or_none(pool, condition).await;
    assert_ne!(micros, 0, "{condition}");
    micros
}

/// The same, where there need not be any.
async fn ledger_micros_or_none(pool: &PgPool, condition: &str) -> i64 {
    let sql = format!(
        "SELECT sum(s.amount_usd) FROM spend s JOIN accounts a ON a.id = s.account_id
         WHERE s.category IN ('usage', 'credit', 'fee') AND {condition}"
    );
    let sum: Option<Decimal> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
    (sum.unwrap_or_default() * Decimal::from(1_000_000)).round().try_into().unwrap()
}

const LAST_30_DAYS: &str = "s.day > (now() AT TIME ZONE 'UTC')::date - 30";

/// Half a euro for a dollar on all days, so that halves of sums are seen at once.
async fn report_in_euros(pool: &PgPool) {
    let today: Day = sqlx::query_scalar("SELECT (now() AT TIME ZONE 'UTC')::date").fetch_one(pool).await.unwrap();
    let rates: Vec<(Day, Decimal)> = (0..120).rev().map(|back| (today.minus(back), Decimal::new(5, 1))).collect();
    Store::new(pool.clone()).report_in(Currency::EUR, &rates, Switch::Allowed).await.unwrap();
}

#[sqlx::test]
async fn every_query_has_rows_with_the_columns_of_its_panel(pool: PgPool) {
    seed(&pool).await;
    sqlx::raw_sql(AGENTS).execute(&pool).await.unwrap();
    check_every_query(&pool, Currency::USD).await;
    report_in_euros(&pool).await;
    check_every_query(&pool, Currency::EUR).await;
}

#[sqlx::test]
async fn in_another_currency_every_panel_shows_that_currency(pool: PgPool) {
    seed(&pool).await;
    sqlx::raw_sql(AGENTS).execute(&pool).await.unwrap();
    let context = last_30_days(&pool).await;
    let dollars = ledger_micros(&pool, LAST_30_DAYS).await;
    let figures = async |currency: Currency| {
        let mut figures = BTreeMap::new();
        for panel in boards::all_in(currency).iter().flat_map(boards::sql_panels) {
            let rows = run(&pool, &panel.title, context.expand(&panel.sql)).await;
            for column in MONEY {
                if rows.iter().any(|row| row.columns().iter().any(|own| own.name() == *column)) {
                    figures.insert((panel.title.clone(), *column), micros(&rows, column));
                }
            }
        }
        figures
    };
    let before = figures(Currency::USD).await;
    report_in_euros(&pool).await;
    let after = figures(Currency::EUR).await;
    assert_eq!(after[&("Spend by provider".to_owned(), "Spend")], dollars / 2);
    assert!(before.values().filter(|amount| **amount != 0).count() > 12, "{before:?}");
    for (place, amount) in before {
        assert!((after[&place] - amount / 2).abs() <= 1, "{place:?}: {} of {amount}", after[&place]);
    }
}

/// Columns that hold money in every panel that has them.
const MONEY: &[&str] = &[
    "Today",
    "Month to date",
    "Last month",
    "Provisional",
    "spend",
    "This month",
    "Spend",
    "Billed",
    "Estimated",
    "List price",
    "Fee",
];

async fn check_every_query(pool: &PgPool, currency: Currency) {
    let context = last_30_days(pool).await;
    for panel in boards::all_in(currency).iter().flat_map(boards::sql_panels) {
        let rows = run(pool, &panel.title, context.expand(&panel.sql)).await;
        assert!(!rows.is_empty(), "{} has no rows", panel.title);
        let columns: BTreeMap<&str, &str> =
            rows[0].columns().iter().map(|column| (column.name(), column.type_info().name())).collect();
        assert!(!columns.values().any(|kind| *kind == "NUMERIC" || *kind == "DATE"), "{}: {columns:?}", panel.title);
        if panel.format == "time_series" {
            assert_eq!(
                (columns["time"], columns["metric"], columns.len()),
                ("TIMESTAMPTZ", "TEXT", 3),
                "{}",
                panel.title
            );
            let times = rows.iter().map(|row| row.get::<chrono::DateTime<chrono::Utc>, _>("time"));
            assert!(times.is_sorted(), "{}", panel.title);
        } else {
            for column in &panel.columns {
                assert!(columns.contains_key(column.as_str()), "{} has no column {column}", panel.title);
            }
        }
    }
    for (place, sql) in boards::all_in(currency).iter().flat_map(boards::other_sql) {
        assert!(!run(pool, &place, context.expand(&sql)).await.is_empty(), "{place} has no rows");
    }
}

#[sqlx::test]
async fn an_empty_database_is_no_error_and_no_zero(pool: PgPool) {
    let context = last_30_days(&pool).await;
    for panel in boards::all().iter().flat_map(boards::sql_panels) {
        let rows = run(&pool, &panel.title, context.expand(&panel.sql)).await;
        for row in &rows {
            let amounts = row.columns().iter().filter(|column| column.type_info().name() == "FLOAT8");
            for amount in amounts {
                let value: Option<f64> = row.get(amount.name());
                assert_eq!(value, None, "{} shows {} as {value:?}", panel.title, amount.name());
            }
        }
    }
    for (place, sql) in boards::all().iter().flat_map(boards::other_sql) {
        assert!(run(&pool, &place, context.expand(&sql)).await.is_empty(), "{place}");
    }
}

#[sqlx::test]
async fn agents_show_what_the_open_session_comes_to_and_whether_the_plan_pays_off(pool: PgPool) {
    sqlx::raw_sql(AGENTS).execute(&pool).await.unwrap();
    let context = last_30_days(&pool).await;
    let board = boards::all().into_iter().find(|board| board["uid"] == "llmtally-agents").unwrap();
    let figure = async |title: &str, column: &str| -> f64 {
        let panel = boards::sql_panels(&board).into_iter().find(|panel| panel.title == title).unwrap();
        let rows = run(&pool, title, context.expand(&panel.sql)).await;
        rows.iter().filter_map(|row| row.get::<Option<f64>, _>(column)).sum()
    };
    assert!((figure("Tokens so far", "Tokens").await - 1200.0).abs() < 1e-9);
    assert!((figure("Tokens a minute", "Tokens a minute").await - 20.0).abs() < 1e-9);
    // Three hours are left, less what the test has taken so far.
    let projected = figure("Tokens at its end", "Tokens at its end").await;
    assert!(projected > 4700.0 && projected <= 4800.0, "{projected}");
    assert!((figure("Plan pays off", "Value over fee").await - 2.5).abs() < 1e-9);
    assert!((figure("Calls by model", "Calls").await - 3.0).abs() < 1e-9);
    assert!((figure("Calls by project", "Tokens").await - 330.0).abs() < 1e-9);
    assert!((figure("Calls by model", "Cached").await - (0.5 + 0.8)).abs() < 1e-9);
}

#[sqlx::test]
async fn the_panels_of_a_time_range_add_up_to_the_ledger(pool: PgPool) {
    seed(&pool).await;
    let expected = ledger_micros(&pool, LAST_30_DAYS).await;
    assert!(expected > 0);
    for title in ["Spend by provider", "Spend by model", "Spend by project"] {
        let rows = run(&pool, title, last_30_days(&pool).await.expand(&panel(title).sql)).await;
        assert_eq!(micros(&rows, "Spend"), expected, "{title}");
    }
    for dimension in ["provider", "account", "project_name", "model"] {
        let context = last_30_days(&pool).await.with("group_by", dimension);
        let rows = run(&pool, dimension, context.expand(&panel("Spend by day").sql)).await;
        assert_eq!(micros(&rows, "spend"), expected, "by {dimension}");
    }
}

#[sqlx::test]
async fn a_filter_takes_its_part_and_the_parts_are_the_whole(pool: PgPool) {
    seed(&pool).await;
    let all = last_30_days(&pool).await;
    let mut parts = 0;
    for provider in ["openai", "anthropic"] {
        let context = all.clone().with("provider", &format!("'{provider}'"));
        let rows = run(&pool, provider, context.expand(&panel("Spend by model").sql)).await;
        let part = micros(&rows, "Spend");
        assert_eq!(part, ledger_micros(&pool, &format!("{LAST_30_DAYS} AND a.provider = '{provider}'")).await);
        parts += part;
    }
    assert_eq!(parts, ledger_micros(&pool, LAST_30_DAYS).await);

    let project = all.with("project", "'proj_a','wrkspc_a'");
    let rows = run(&pool, "project", project.expand(&panel("Spend by project").sql)).await;
    let mut names: Vec<String> = rows.iter().map(|row| row.get("Project")).collect();
    names.sort();
    assert_eq!(names, ["checkout", "wrkspc_a"]);
}

#[sqlx::test]
async fn months_and_today_do_not_follow_the_time_range(pool: PgPool) {
    seed(&pool).await;
    let context = range(&pool, "1 day").await;
    let this_month = "s.day >= date_trunc('month', now() AT TIME ZONE 'UTC')::date";
    let last_month = "s.day < date_trunc('month', now() AT TIME ZONE 'UTC')::date
                      AND s.day >= (date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '1 month')::date";

    let rows = run(&pool, "today", context.expand(&panel("Today").sql)).await;
    assert_eq!(micros(&rows, "Today"), ledger_micros(&pool, "s.day = (now() AT TIME ZONE 'UTC')::date").await);

    let rows = run(&pool, "last month", context.expand(&panel("Last month").sql)).await;
    let whole_last_month = micros(&rows, "Last month");
    assert_eq!(whole_last_month, ledger_micros(&pool, last_month).await);

    let rows = run(&pool, "month", context.expand(&panel("This month, against last").sql)).await;
    let (same_day, to_date) = (micros(&rows[..1], "Month to date"), micros(&rows[1..], "Month to date"));
    assert_eq!(to_date, ledger_micros(&pool, this_month).await);
    let same_days = format!("{last_month} AND extract(day FROM s.day) <= extract(day FROM now() AT TIME ZONE 'UTC')");
    assert_eq!(same_day, ledger_micros(&pool, &same_days).await);

    let rows = run(&pool, "by day", context.expand(&panel("Month so far, its end, and last month").sql)).await;
    let last = |column: &str| {
        let reached = rows.iter().rfind(|row| row.get::<Option<f64>, _>(column).is_some()).unwrap();
        micros(std::slice::from_ref(reached), column)
    };
    assert_eq!((last("This month"), last("Last month")), (to_date, whole_last_month));

    // At the pace of the two weeks before today.
    let before_today =
        ledger_micros_or_none(&pool, &format!("{this_month} AND s.day < (now() AT TIME ZONE 'UTC')::date")).await;
    let two_weeks = "s.day BETWEEN (now() AT TIME ZONE 'UTC')::date - 14 AND (now() AT TIME ZONE 'UTC')::date - 1";
    let left = "SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month')::date - (now() AT TIME ZONE 'UTC')::date";
    let left: i32 = sqlx::query_scalar(left).fetch_one(&pool).await.unwrap();
    let expected = before_today + ledger_micros(&pool, two_weeks).await * i64::from(left) / 14;
    let month_end = run(&pool, "month end", context.expand(&panel("By month's end").sql)).await;
    for told in [micros(&month_end, "Month end"), last("At this pace")] {
        assert!((told - expected).abs() <= 1, "{told} instead of {expected}");
    }
}

#[sqlx::test]
async fn the_smallest_groups_share_a_series_and_nothing_is_lost(pool: PgPool) {
    seed(&pool).await;
    let many = "INSERT INTO spend (day, account_id, seq, model_raw, model, category, billing, basis, provisional, quantity,
                                   currency, amount, billed, comparable, unpriced, amount_usd, billed_usd)
                SELECT (now() AT TIME ZONE 'UTC')::date - 1, 1, 1000 + n, 'm' || n, 'm' || n, 'usage', 'metered', 'billed',
                       false, 0, 'USD', n, n, false, false, n, n
                FROM generate_series(1, 30) AS n";
    sqlx::raw_sql(many).execute(&pool).await.unwrap();
    let context = last_30_days(&pool).await.with("group_by", "model");
    let rows = run(&pool, "models", context.expand(&panel("Spend by day").sql)).await;
    let series: std::collections::BTreeSet<String> = rows.iter().map(|row| row.get("metric")).collect();
    assert_eq!(series.len(), 10);
    assert!(series.contains("all others"));
    assert_eq!(micros(&rows, "spend"), ledger_micros(&pool, LAST_30_DAYS).await);
}

#[sqlx::test]
async fn a_feed_that_failed_is_behind_and_named(pool: PgPool) {
    seed(&pool).await;
    let context = last_30_days(&pool).await;
    let rows = run(&pool, "behind", context.expand(&panel("Feeds behind").sql)).await;
    assert_eq!(rows[0].get::<Option<i64>, _>(0), Some(2));
    let rows = run(&pool, "freshness", context.expand(&panel("Data freshness").sql)).await;
    let states: BTreeMap<String, String> = rows.iter().map(|row| (row.get("Feed"), row.get("State"))).collect();
    assert_eq!(states["openai / acme / usage.completions"], "rate_limited");
    assert_eq!(states["anthropic / acme / costs"], "waiting");
    assert_eq!(states["openai / acme / costs"], "ok");

    sqlx::raw_sql("UPDATE accounts SET configured = false WHERE provider = 'openai'").execute(&pool).await.unwrap();
    let rows = run(&pool, "left", context.expand(&panel("Feeds behind").sql)).await;
    assert_eq!(rows[0].get::<Option<i64>, _>(0), Some(1), "an account that has left is behind no more");
}
