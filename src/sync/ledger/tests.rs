//! Facts in, ledger out, in a real database.

mod fixture;

use rust_decimal::Decimal;
use sqlx::PgPool;

use self::fixture::{Cost, House, dec, instant};
use crate::domain::money::Money;
use crate::domain::names::Billing;
use crate::domain::period::Day;
use crate::ledger::fees::Plan;

const SETTLED: &str = "2026-11-10";
const TODAY: &str = "2026-11-20";

/// Two keys that share a billed model on a settled day, a charge that nothing explains, and a credit.
async fn a_settled_day(house: &House) {
    house.used(SETTLED, "k1", "opus", "input", 1000).await;
    house.used(SETTLED, "k2", "opus", "input", 3000).await;
    house.used(SETTLED, "k2", "opus", "output", 500).await;
    house
        .billed(
            SETTLED,
            true,
            &[
                Cost::usage("opus", "input", "0.412350000000000001"),
                Cost::usage("opus", "output", "1.1"),
                Cost::usage("images-1", "images", "0.05"),
                Cost { category: "credit", ..Cost::usage("", "", "-0.2") },
            ],
        )
        .await;
}

#[sqlx::test]
async fn the_views_show_what_the_bill_says(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    let rebuilt = house.rebuild(TODAY).await;
    assert_eq!(rebuilt.days, 1);

    let bill = house.number("SELECT sum(amount) FROM cost_records").await;
    assert_eq!(house.number("SELECT sum(amount_usd) FROM reporting.spend").await, bill);
    assert_eq!(house.number("SELECT sum(spend_usd) FROM reporting.spend_daily").await, bill);
    assert_eq!(house.number("SELECT sum(billed_usd) FROM reporting.spend_daily").await, bill);
    assert_eq!(house.number("SELECT count(*) FROM reporting.spend_daily WHERE provisional_usd <> 0").await, dec("0"));
    let keys = "SELECT sum(amount_usd) FROM reporting.spend WHERE token_type = 'input' AND api_key = ";
    assert_eq!(house.number(&format!("{keys}'k1'")).await.round_dp(6), dec("0.103088"));
    assert_eq!(house.number(&format!("{keys}'k2'")).await.round_dp(6), dec("0.309263"));
    let used = house.number("SELECT sum(quantity) FROM usage_records").await;
    assert_eq!(house.number("SELECT sum(quantity) FROM reporting.usage_daily").await, used);
}

#[sqlx::test]
async fn drift_compares_what_both_sides_cover(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    // Nothing is billed for this one, and the list does not know the next.
    house.used(SETTLED, "k1", "haiku", "input", 100).await;
    house.used(SETTLED, "k1", "unheard-of", "input", 100).await;
    house.rebuild(TODAY).await;

    let view = |column: &str| format!("SELECT {column} FROM reporting.reconciliation");
    assert_eq!(house.number(&view("comparable_billed")).await, dec("1.512350000000000001"));
    // 4000 × 0.0001 + 500 × 0.002
    assert_eq!(house.number(&view("comparable_estimated")).await, dec("1.4"));
    assert_eq!(house.number(&view("unallocated")).await, dec("0.05"));
    assert_eq!(house.number(&view("estimated_only")).await, dec("0.01"));
    assert_eq!(house.number(&view("billed")).await, dec("1.562350000000000001"));
    assert_eq!(house.number("SELECT count(*) FROM reporting.spend WHERE unpriced").await, dec("1"));
}

#[sqlx::test]
async fn a_second_rebuild_finds_nothing_to_do_and_a_forced_one_the_same(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    house.rebuild(TODAY).await;
    let before = house.ledger().await;
    assert_eq!(house.rebuild(TODAY).await.days, 0);
    assert_eq!(house.store.follow_rules("other prices").await.unwrap(), 1);
    assert_eq!(house.store.follow_rules("other prices").await.unwrap(), 0, "the same rules change nothing");
    assert_eq!(house.rebuild(TODAY).await.days, 1);
    assert_eq!(house.ledger().await, before);
}

#[sqlx::test]
async fn another_price_table_is_followed_where_no_price_is_final(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    house.used("2026-11-12", "k1", "unheard-of", "input", 100).await;
    house.billed("2026-11-12", true, &[]).await;
    house.used(TODAY, "k1", "opus", "input", 100).await;
    assert_eq!(house.store.follow_prices("first").await.unwrap(), 0);
    house.rebuild(TODAY).await;
    assert_eq!(house.store.follow_prices("first").await.unwrap(), 0);
    assert_eq!(house.store.follow_prices("second").await.unwrap(), 2);
    let dirty = "SELECT count(*) FROM ledger_dirty WHERE day IN ('2026-11-12', '2026-11-20')";
    assert_eq!(house.number(dirty).await, dec("2"));
}

#[sqlx::test]
async fn only_the_day_that_changed_is_built_again(pool: PgPool) {
    let house = House::new(pool).await;
    for day in ["2026-11-01", "2026-11-02", "2026-11-03"] {
        house.billed(day, true, &[Cost::usage("opus", "input", "1")]).await;
    }
    assert_eq!(house.rebuild("2026-11-19").await.days, 3);
    house.billed("2026-11-02", true, &[Cost::usage("opus", "input", "7")]).await;
    assert_eq!(house.rebuild(TODAY).await.days, 1);
    let built = "SELECT count(*) FROM ledger_days WHERE built_at >= '2026-11-20'";
    assert_eq!(house.number(built).await, dec("1"));
    assert_eq!(house.number("SELECT sum(spend_usd) FROM reporting.spend_daily").await, dec("9"));
}

#[sqlx::test]
async fn an_unfinished_day_stays_dirty(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    let mut chunk = house.store.claim_dirty_days(&[house.account]).await.unwrap().unwrap();
    assert_eq!(chunk.facts(&["costs"]).await.unwrap().len(), 1);
    let other = house.store.claim_dirty_days(&[house.account]).await.unwrap();
    assert!(other.is_none(), "two are at work on one day");
    drop(chunk);
    // Waits for the turn that the dropped chunk gives back in its own time.
    let turn = "SELECT 1::numeric FROM (SELECT pg_advisory_xact_lock(hashtextextended('llmtally ledger', id)) FROM accounts) AS t";
    house.number(turn).await;
    assert_eq!(house.rebuild(TODAY).await.days, 1);
}

#[sqlx::test]
async fn a_change_during_the_work_leaves_the_day_dirty(pool: PgPool) {
    let house = House::new(pool).await;
    a_settled_day(&house).await;
    let day: Day = SETTLED.parse().unwrap();
    let chunk = house.store.claim_dirty_days(&[house.account]).await.unwrap().unwrap();
    house.store.mark_dirty(house.account, &[day]).await.unwrap();
    chunk.finish(&[], instant(TODAY)).await.unwrap();
    assert_eq!(house.rebuild(TODAY).await.days, 1);
}

#[sqlx::test]
async fn an_account_that_cannot_be_read_does_not_stop_the_others(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.used(TODAY, "k1", "opus", "parsecs", 1).await;
    house.move_in("second").await;
    house.used(SETTLED, "k1", "opus", "input", 1000).await;
    let error = house.try_rebuild(TODAY).await.unwrap_err();
    assert!(error.to_string().contains("parsecs"), "{error}");
    assert_eq!(house.number("SELECT sum(quantity) FROM reporting.spend WHERE account = 'second'").await, dec("1000"));
    assert_eq!(house.number("SELECT count(*) FROM ledger_dirty").await, dec("1"));
}

#[sqlx::test]
async fn days_of_an_account_that_left_are_kept(pool: PgPool) {
    let mut house = House::new(pool).await;
    a_settled_day(&house).await;
    house.rebuild(TODAY).await;
    let before = house.ledger().await;
    assert_eq!(house.store.follow_rules("other prices").await.unwrap(), 1);
    house.config.accounts.clear();
    assert_eq!(house.rebuild(TODAY).await.days, 0);
    assert_eq!(house.ledger().await, before);
}

#[sqlx::test]
async fn each_call_has_the_price_of_its_own_prompt(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.nobody_bills();
    // The fake list doubles the price of prompts of more than 1000 tokens.
    house.called(TODAY, "a", "metered", 1000).await;
    house.called(TODAY, "b", "metered", 1001).await;
    house.called(TODAY, "c", "subscription", 500).await;
    house.rebuild(TODAY).await;
    assert_eq!(house.number("SELECT count(*) FROM spend").await, dec("2"), "calls of one kind add up");
    assert_eq!(house.number("SELECT spend_usd FROM reporting.spend_daily").await, dec("0.3002"));
    assert_eq!(house.number("SELECT subscription_value_usd FROM reporting.spend_daily").await, dec("0.05"));
    assert_eq!(house.number("SELECT count(*) FROM spend WHERE provisional").await, dec("0"));
}

#[sqlx::test]
async fn who_pays_for_calls_is_what_the_configuration_says_today(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.nobody_bills();
    house.called(TODAY, "a", "subscription", 1000).await;
    house.rebuild(TODAY).await;
    let sums = "SELECT coalesce(spend_usd, 0) - coalesce(subscription_value_usd, 0) FROM reporting.spend_daily";
    assert_eq!(house.number(sums).await, dec("-0.1"), "a plan pays");
    house.pays(Billing::Metered);
    house.store.follow_rules("another payer").await.unwrap();
    house.rebuild(TODAY).await;
    assert_eq!(house.number(sums).await, dec("0.1"), "every call is on the bill");
}

#[sqlx::test]
async fn calls_that_are_measured_as_well_only_tell_who_made_them(pool: PgPool) {
    let house = House::new(pool).await;
    house.measured(TODAY, None, "opus", "input", 5000).await;
    house.called(TODAY, "a", "metered", 1000).await;
    house.rebuild(TODAY).await;
    assert_eq!(house.number("SELECT sum(quantity) FROM reporting.usage_daily").await, dec("5000"));
    assert_eq!(house.number("SELECT sum(quantity) FROM reporting.spend WHERE user_id = 'ada'").await, dec("5000"));
}

#[sqlx::test]
async fn calls_that_are_known_name_their_own_part_of_what_is_measured(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.measured(TODAY, None, "opus", "input", 5000).await;
    house.named(TODAY, "ada", "opus", "input", 1000).await;
    house.billed(TODAY, true, &[Cost::usage("opus", "input", "2")]).await;
    house.rebuild(TODAY).await;
    let of = |user: &str, what: &str| format!("SELECT sum({what}) FROM reporting.spend WHERE user_id {user}");
    assert_eq!(house.number(&of("= 'ada'", "quantity")).await, dec("1000"));
    assert_eq!(house.number(&of("= 'ada'", "amount")).await, dec("0.4"), "a fifth of the bill");
    assert_eq!(house.number(&of("IS NULL", "quantity")).await, dec("4000"), "of which no call is known");
    assert_eq!(house.number("SELECT sum(amount) FROM reporting.spend").await, dec("2"));
    // A member of an account that pays measures what the other is billed for.
    house.nobody_bills();
    house.measured_elsewhere().await;
    house.rebuild(TODAY).await;
    assert_eq!(house.number(&of("= 'ada'", "quantity")).await, dec("1000"));
    assert_eq!(house.number("SELECT sum(quantity) FROM reporting.spend").await, dec("5000"));
}

#[sqlx::test]
async fn a_plan_costs_money_on_days_without_use(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.nobody_bills();
    let (from, until) = ("2026-10-01".parse().ok(), "2026-11-18".parse().ok());
    house.plan(Plan { name: "Max".to_owned(), price: Money::usd(dec("200")), from, until });
    house.called("2026-10-05", "a", "subscription", 500).await;
    house.rebuild(TODAY).await;
    let fees = "SELECT sum(amount_usd) FROM reporting.spend WHERE category = 'fee' AND day ";
    assert_eq!(house.number(&format!("{fees} < '2026-11-01'")).await, dec("200"));
    assert_eq!(house.number(&format!("{fees} >= '2026-11-01'")).await, dec("120"));
    let spend = house.number("SELECT sum(spend_usd) FROM reporting.spend_daily").await;
    assert_eq!(spend, dec("320"), "the value of the use is not added");
    assert_eq!(house.rebuild(TODAY).await.days, 0);
}

#[sqlx::test]
async fn a_plan_pays_for_what_the_bill_leaves_out(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.used(SETTLED, "k1", "opus", "input", 1000).await;
    house.used(SETTLED, "k1", "haiku", "input", 5000).await;
    house.leaves_out("included", "haiku").await;
    house.billed(SETTLED, true, &[Cost::usage("opus", "input", "0.2")]).await;
    house.rebuild(TODAY).await;
    let sum = |column: &str| format!("SELECT coalesce(sum({column}), 0) FROM reporting.spend_daily");
    assert_eq!(house.number(&sum("spend_usd")).await, dec("0.2"), "nobody is billed for it");
    assert_eq!(house.number(&sum("subscription_value_usd")).await, Decimal::ZERO);

    let day = SETTLED.parse().ok();
    house.plan(Plan { name: "Seats".to_owned(), price: Money::usd(dec("300")), from: day, until: day });
    house.store.follow_rules("a plan").await.unwrap();
    house.rebuild(TODAY).await;
    assert_eq!(house.number(&sum("spend_usd")).await, dec("10.2"), "a thirtieth of the fee, and the bill");
    assert_eq!(house.number(&sum("subscription_value_usd")).await, dec("0.5"));
}

#[sqlx::test]
async fn settled_days_teach_what_today_will_cost(pool: PgPool) {
    let house = House::new(pool).await;
    house.used(TODAY, "k1", "opus", "input", 10_000).await;
    house.used(SETTLED, "k1", "opus", "input", 100_000).await;
    house.billed(SETTLED, true, &[Cost::usage("opus", "input", "8")]).await;
    house.rebuild(TODAY).await;
    let today = format!("SELECT spend_usd FROM reporting.spend_daily WHERE day = '{TODAY}'");
    assert_eq!(house.number(&today).await, dec("0.8"));
    let provisional = format!("SELECT provisional_usd FROM reporting.spend_daily WHERE day = '{TODAY}'");
    assert_eq!(house.number(&provisional).await, dec("0.8"));
    let ratios = "SELECT count(*) FROM calibrations WHERE ratio = 0.8 AND applied";
    assert_eq!(house.number(ratios).await, dec("3"), "of the rate, the model and the account");
    assert_eq!(house.rebuild(TODAY).await.days, 0);
}

#[sqlx::test]
async fn a_day_settles_when_all_cost_feeds_say_so(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.cost_feeds(&["costs", "costs.extra"]);
    house.used(SETTLED, "k1", "opus", "input", 1000).await;
    house.billed(SETTLED, true, &[Cost::usage("opus", "input", "1")]).await;
    house.rebuild(TODAY).await;
    let provisional = "SELECT count(*) FROM spend WHERE provisional";
    assert_eq!(house.number(provisional).await, dec("1"));
    house.answered(SETTLED, "costs.extra", true).await;
    house.rebuild(TODAY).await;
    assert_eq!(house.number(provisional).await, dec("0"));
}

#[sqlx::test]
async fn other_currencies_are_converted_once_and_unknown_ones_not_at_all(pool: PgPool) {
    let house = House::new(pool).await;
    house
        .billed(
            SETTLED,
            true,
            &[
                Cost { currency: "EUR", ..Cost::usage("opus", "input", "10") },
                Cost { currency: "JPY", ..Cost::usage("opus", "input", "900") },
            ],
        )
        .await;
    house.rebuild(TODAY).await;
    let row = "SELECT amount_usd FROM spend WHERE exchange_rate_date = '2026-11-09' AND exchange_rate = 1.16";
    assert_eq!(house.number(row).await, dec("11.6"));
    let unknown = "SELECT amount FROM spend WHERE amount_usd IS NULL AND exchange_rate IS NULL";
    assert_eq!(house.number(unknown).await, dec("900"));
}

#[sqlx::test]
async fn rules_tag_rows(pool: PgPool) {
    let mut house = House::new(pool).await;
    house.config.tags = serde_json::from_str(r#"[{"tag": "team", "value": "search", "api_key": ["k1"]}]"#).unwrap();
    a_settled_day(&house).await;
    house.rebuild(TODAY).await;
    let tagged = house.number("SELECT sum(amount) FROM reporting.spend WHERE tags ->> 'team' = 'search'").await;
    assert_eq!(tagged, house.number("SELECT sum(amount) FROM reporting.spend WHERE api_key = 'k1'").await);
    assert_ne!(tagged, Decimal::ZERO);
}
