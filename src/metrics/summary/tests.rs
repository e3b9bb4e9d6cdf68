use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::budget::{BudgetPeriod, Scope, Severity, Threshold};
use crate::domain::names::Provider;
use crate::metrics::catalogue::{self, Spec};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn row(day: &str, project: &str, spend: &str) -> DailyRow {
    DailyRow {
        day: day.parse().unwrap(),
        provider: "openai".to_owned(),
        account: "default".to_owned(),
        project: project.to_owned(),
        project_name: format!("{project} name"),
        model: "gpt-5".to_owned(),
        spend: decimal(spend),
        provisional: Decimal::ZERO,
        billed: Decimal::ZERO,
        estimated: Decimal::ZERO,
        comparable_billed: Decimal::ZERO,
        comparable_estimated: Decimal::ZERO,
        subscription_value: Decimal::ZERO,
        subscription_fee: Decimal::ZERO,
        input_tokens: Decimal::ZERO,
        cache_read_tokens: Decimal::ZERO,
        cache_write_tokens: Decimal::ZERO,
        output_tokens: Decimal::ZERO,
        requests: Decimal::ZERO,
        unpriced_tokens: Decimal::ZERO,
    }
}

fn value(summary: &Summary, spec: &Spec, labels: &[&str]) -> Option<Decimal> {
    let family = summary.families().iter().find(|family| family.spec == spec).unwrap();
    let labels: Vec<Arc<str>> = labels.iter().map(|label| Arc::from(*label)).collect();
    family.series.get(&labels).map(|point| point.value)
}

fn summary(daily: Vec<DailyRow>, settings: &Settings) -> Summary {
    Summary::build(now(), &Facts { daily, ..Facts::default() }, settings)
}

#[test]
fn each_day_counts_in_the_windows_that_hold_it_and_idle_is_zero() {
    let days =
        [("2026-11-22", "1"), ("2026-11-21", "2"), ("2026-11-16", "4"), ("2026-11-15", "8"), ("2026-11-01", "16")];
    let older = [("2026-10-31", "32"), ("2026-10-24", "64"), ("2026-10-23", "128"), ("2026-10-01", "256")];
    let mut daily: Vec<_> = days.into_iter().chain(older).map(|(day, spend)| row(day, "p", spend)).collect();
    daily.push(row("2026-10-08", "idle", "3"));
    let summary = summary(daily, &Settings::default());
    let windows = |project| {
        let specs = [
            &catalogue::SPEND_TODAY,
            &catalogue::SPEND_YESTERDAY,
            &catalogue::SPEND_7D,
            &catalogue::SPEND_30D,
            &catalogue::SPEND_MONTH_TO_DATE,
            &catalogue::SPEND_PREVIOUS_MONTH,
        ];
        specs.map(|spec| value(&summary, spec, &["openai", "default", project, "gpt-5"]).unwrap())
    };
    assert_eq!(windows("p"), ["1", "2", "7", "127", "31", "480"].map(decimal));
    assert_eq!(windows("idle"), ["0", "0", "0", "0", "0", "3"].map(decimal));
    assert_eq!(value(&summary, &catalogue::PROJECT_INFO, &["openai", "default", "p", "p name"]), Some(Decimal::ONE));
}

#[test]
fn what_a_provider_does_not_tell_is_absent_and_what_it_told_before_is_zero() {
    let mut used = row("2026-11-10", "p", "1");
    used.cache_read_tokens = decimal("50");
    used.unpriced_tokens = decimal("50");
    let summary = summary(vec![used], &Settings::default());
    let combination = ["openai", "default", "p", "gpt-5"];
    let tokens = |spec, kind| value(&summary, spec, &[&combination[..], &[kind]].concat());
    assert_eq!(tokens(&catalogue::TOKENS_MONTH_TO_DATE, "cache_read"), Some(decimal("50")));
    assert_eq!(tokens(&catalogue::TOKENS_TODAY, "cache_read"), Some(Decimal::ZERO));
    assert_eq!(tokens(&catalogue::TOKENS_TODAY, "output"), None);
    assert_eq!(value(&summary, &catalogue::REQUESTS_TODAY, &combination), None);
    assert_eq!(value(&summary, &catalogue::UNPRICED_TOKENS, &["openai", "gpt-5"]), Some(decimal("50")));
}

#[test]
fn drift_compares_what_both_sides_cover() {
    let mut inside = row("2026-10-24", "p", "1");
    (inside.comparable_billed, inside.comparable_estimated) = (decimal("8"), decimal("10"));
    let mut outside = row("2026-10-23", "p", "1");
    (outside.comparable_billed, outside.comparable_estimated) = (decimal("100"), decimal("1"));
    let account = ["openai", "default"];
    let with = summary(vec![inside, outside.clone()], &Settings::default());
    assert_eq!(value(&with, &catalogue::DRIFT, &account), Some(decimal("0.25")));
    assert_eq!(value(&summary(vec![outside], &Settings::default()), &catalogue::DRIFT, &account), None);
}

#[test]
fn a_budget_counts_its_scope_in_its_period() {
    let budget = |name: &str, period, project: &str| Budget {
        name: name.to_owned(),
        limit: decimal("40"),
        period,
        scope: Scope { project: vec![project.to_owned()], ..Scope::default() },
        thresholds: vec![Threshold { ratio: decimal("0.80"), severity: Severity::Warning }],
    };
    let budgets = vec![
        budget("month", BudgetPeriod::Month, "p"),
        budget("year by name", BudgetPeriod::Year, "p name"),
        Budget { limit: Decimal::ZERO, ..budget("none", BudgetPeriod::Week, "q") },
    ];
    let settings = Settings { budgets, ..Settings::default() };
    assert_eq!(settings.range(now()).from.to_string(), "2026-01-01");
    assert_eq!(settings.range(now()).daily_from.to_string(), "2026-10-01");
    let daily =
        [("2026-01-01", "p"), ("2026-10-31", "p"), ("2026-11-01", "p"), ("2026-11-22", "p"), ("2026-11-22", "q")];
    let summary = summary(daily.map(|(day, project)| row(day, project, "5")).to_vec(), &settings);
    let of = |spec, name: &str| value(&summary, spec, &[name]);
    assert_eq!(of(&catalogue::BUDGET_SPENT, "month"), Some(decimal("10")));
    assert_eq!(of(&catalogue::BUDGET_SPENT_RATIO, "month"), Some(decimal("0.25")));
    assert_eq!(of(&catalogue::BUDGET_SPENT, "year by name"), Some(decimal("20")));
    assert_eq!(of(&catalogue::BUDGET_SPENT_RATIO, "none"), None);
    assert_eq!(of(&catalogue::BUDGET_ELAPSED, "month"), Some(decimal("0.708333333")));
    let month = (of(&catalogue::BUDGET_START, "month"), of(&catalogue::BUDGET_END, "month"));
    assert_eq!(month, (Some(decimal("1793491200")), Some(decimal("1796083200"))));
    let threshold = ["month", "0.8", "warning", "actual"];
    assert_eq!(value(&summary, &catalogue::BUDGET_THRESHOLD, &threshold), Some(decimal("0.8")));
    assert_eq!(value(&summary, &catalogue::BUDGET_INFO, &["month", "month", "project=p"]), Some(Decimal::ONE));
}

#[test]
fn only_configured_feeds_are_on_the_page() {
    let status = |feed: &str| FeedStatus {
        provider: "openai".to_owned(),
        account: "default".to_owned(),
        feed: feed.to_owned(),
        last_attempt_at: now(),
        last_success_at: Some(now()),
        next_attempt_at: None,
        failure_reason: None,
        failure_message: None,
        days: 5,
        first_day: Some("2026-11-18".parse().unwrap()),
        last_day: Some("2026-11-22".parse().unwrap()),
        vanished: 1,
    };
    let schedule = |feed| FeedSchedule {
        account: AccountName { provider: Provider::OpenAi, account: "default".to_owned() },
        feed: FeedName(feed),
        max_age: Duration::from_secs(7200),
        history_from: Some("2026-11-13".parse().unwrap()),
    };
    let settings = Settings { feeds: vec![schedule("costs"), schedule("new")], ..Settings::default() };
    let facts = Facts { feeds: vec![status("costs"), status("gone")], ..Facts::default() };
    let summary = Summary::build(now(), &facts, &settings);
    let of = |spec, feed| value(&summary, spec, &["openai", "default", feed]);
    assert_eq!(of(&catalogue::DATA_THROUGH, "costs"), Some(decimal("1795327200")));
    assert_eq!(of(&catalogue::BACKFILL_PROGRESS, "costs"), Some(decimal("0.5")));
    assert_eq!(
        (of(&catalogue::FEED_UP, "costs"), of(&catalogue::VANISHED_ANSWERS, "costs")),
        (Some(Decimal::ONE), Some(Decimal::ONE))
    );
    assert_eq!((of(&catalogue::SYNC_MAX_AGE, "new"), of(&catalogue::FEED_UP, "new")), (Some(decimal("7200")), None));
    assert_eq!(of(&catalogue::BACKFILL_PROGRESS, "new"), Some(Decimal::ZERO));
    assert_eq!(of(&catalogue::FEED_UP, "gone"), None);
}

proptest! {
    #[test]
    fn the_sum_over_a_family_is_the_sum_of_the_ledger(
        rows in prop::collection::vec((0u32..60, "[a-c]?", "[x-z]", -1_000_000_000i64..1_000_000_000), 0..80),
    ) {
        let today = Day::of(now());
        let daily: Vec<DailyRow> = rows
            .into_iter()
            .map(|(age, project, model, micros)| DailyRow {
                model,
                spend: Decimal::new(micros, 6),
                ..row(&today.minus(age).to_string(), &project, "0")
            })
            .collect();
        let summary = summary(daily.clone(), &Settings::default());
        // By hand: the month of November 2026 began 21 days ago, October 31 days before that.
        for (spec, ages) in [
            (&catalogue::SPEND_TODAY, 0..1),
            (&catalogue::SPEND_YESTERDAY, 1..2),
            (&catalogue::SPEND_7D, 0..7),
            (&catalogue::SPEND_30D, 0..30),
            (&catalogue::SPEND_MONTH_TO_DATE, 0..22),
            (&catalogue::SPEND_PREVIOUS_MONTH, 22..53),
        ] {
            let expected: Decimal =
                daily.iter().filter(|row| ages.contains(&today.since(row.day))).map(|row| row.spend).sum();
            let family = summary.families().iter().find(|family| family.spec == spec).unwrap();
            prop_assert_eq!(family.series.values().map(|point| point.value).sum::<Decimal>(), expected);
        }
    }
}
