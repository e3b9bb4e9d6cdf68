use chrono::{DateTime, Utc};
use llmtally::domain::money::{Currency, Money};
use llmtally::domain::names::Provider;
use llmtally::domain::period::Day;
use llmtally::domain::spend::{Price, Quote};
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::ledger::fees::Plan;
use llmtally::store::reporting::Range;
use llmtally::sync::ledger::rebuild;
use llmtally::sync::sessions::rebuild as rebuild_sessions;
use rust_decimal::Decimal;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, config, dollar_a_unit, line};

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

#[sqlx::test]
async fn sessions_follow_the_calls_also_when_earlier_ones_turn_up(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &(line("b", "m", "10:30:00", 7) + &line("c", "m", "15:30:00", 7)));
    bench.pass().await;
    let ten = Decimal::from(10);
    assert_eq!(
        bench.sessions().await,
        [
            (at("10:00:00"), at("10:30:00"), at("10:30:00"), 1, 10, ten),
            (at("15:00:00"), at("15:30:00"), at("15:30:00"), 1, 10, ten),
        ]
    );
    bench.write("older.jsonl", &line("a", "m", "09:59:59", 7));
    bench.pass().await;
    let starts: Vec<_> = bench.sessions().await.into_iter().map(|session| (session.0, session.3)).collect();
    assert_eq!(starts, [(at("09:00:00"), 2), (at("15:00:00"), 1)]);
    let view: (f64, f64) = sqlx::query_as(
        "SELECT tokens_per_minute::float8, cost_usd_per_hour::float8 FROM reporting.sessions ORDER BY time LIMIT 1",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let seconds = f64::from(30 * 60 + 1);
    assert!((view.0 - 20.0 * 60.0 / seconds).abs() < 1e-6, "{view:?}");
    assert!((view.1 - 20.0 * 3600.0 / seconds).abs() < 1e-6, "{view:?}");
}

#[sqlx::test]
async fn sessions_are_priced_again_when_the_rules_have_changed_or_a_price_has_come(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &line("a", "m", "10:30:00", 7));
    bench.pass().await;
    let store = &bench.job.store;
    let unpriced = |_: Provider, _: DateTime<Utc>, dims: &Dimensions, _: Meter, _: Decimal| Quote {
        model: dims.model.clone(),
        price: Price::Unpriced,
    };
    rebuild_sessions(store, &unpriced, bench.job.id, Provider::ClaudeCode).await.unwrap();
    rebuild(store, &unpriced, &|_, _| None, &config(&bench, Vec::new()), at("18:00:00"), &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(bench.sessions().await[0].5, Decimal::ZERO, "nothing is due");
    store.follow_prices("one with the price").await.unwrap();
    assert_eq!(bench.sessions().await[0].5, Decimal::from(10));

    let twice = |provider: Provider, at: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal| {
        dollar_a_unit(provider, at, dims, meter, quantity * Decimal::TWO)
    };
    store.follow_rules("a contract").await.unwrap();
    rebuild_sessions(store, &twice, bench.job.id, Provider::ClaudeCode).await.unwrap();
    assert_eq!(bench.sessions().await[0].5, Decimal::from(20));
}

#[sqlx::test]
async fn a_plan_is_held_against_what_its_calls_would_have_cost(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &(line("a", "m", "10:30:00", 7) + &line("b", "m", "15:30:00", 107)));
    bench.pass().await;
    let first = Day::from_ymd(2026, 11, 1).unwrap();
    let plan =
        Plan { name: "Max".into(), price: Money::new(300.into(), Currency::USD), from: Some(first), until: None };
    let config = config(&bench, vec![plan]);
    let store = &bench.job.store;
    rebuild(store, &dollar_a_unit, &|_, _| None, &config, at("18:00:00"), &CancellationToken::new()).await.unwrap();
    let today = Day::of(at("18:00:00"));
    let rows = store.daily_rows(Range { from: first, daily_from: first, end: today.next() }).await.unwrap();
    let sum = |part: fn(&llmtally::store::reporting::DailyRow) -> Decimal| rows.iter().map(part).sum::<Decimal>();
    assert_eq!(sum(|row| row.subscription_value), Decimal::from(3 + 7 + 3 + 107));
    assert_eq!(sum(|row| row.subscription_fee), Decimal::from(220), "22 of 30 days");
    assert_eq!(sum(|row| row.spend), Decimal::from(220), "what a plan covers is no spend");
}
