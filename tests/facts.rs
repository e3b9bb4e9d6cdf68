//! Days are replaced as a whole: twice is once, a withdrawn row goes, a changed total is remembered, a fall waits.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::call_log::Call;
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::money::Money;
use llmtally::domain::names::{AccountName, Billing, FeedName, Provider};
use llmtally::domain::period::{Day, Grain, Window};
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::store::Store;
use llmtally::store::facts::{Answer, Falls, Stored};
use llmtally::store::lease::Fence;
use llmtally::store::locks::Locks;
use rust_decimal::Decimal;
use sqlx::PgPool;

struct Bench {
    store: Store,
    fence: Fence,
}

impl Bench {
    async fn new(pool: PgPool) -> Self {
        Self::of(Provider::OpenAi, pool).await
    }

    async fn of(provider: Provider, pool: PgPool) -> Self {
        let store = Store::new(pool);
        let name = AccountName { provider, account: "default".into() };
        let account = store.register_accounts(&[name]).await.unwrap()[0];
        let mut locks = Locks::open(&store).await.unwrap();
        let fence = locks.take(&[(account, FeedName("costs"))]).await.unwrap().remove(0);
        Self { store, fence }
    }

    async fn replace(&self, window: Window, records: &[CostRecord], now: &str) -> Stored {
        let answer = Answer {
            fence: &self.fence,
            grain: Grain::Day,
            window,
            records,
            settles_after_days: 3,
            falls: Falls {
                keep_ratio: Decimal::new(5, 1),
                min_amount: Decimal::ONE,
                confirm_after: TimeDelta::hours(6),
            },
            now: instant(now),
        };
        self.store.replace(&answer).await.unwrap()
    }

    async fn sum(&self) -> Decimal {
        sqlx::query_scalar("SELECT coalesce(sum(amount), 0) FROM cost_records")
            .fetch_one(self.store.pool())
            .await
            .unwrap()
    }

    async fn clear_dirty(&self) {
        sqlx::query("DELETE FROM ledger_dirty").execute(self.store.pool()).await.unwrap();
    }

    async fn dirty(&self) -> Vec<Day> {
        sqlx::query_scalar("SELECT day FROM ledger_dirty ORDER BY day").fetch_all(self.store.pool()).await.unwrap()
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn cost(at: &str, line: &str, amount: &str) -> CostRecord {
    CostRecord {
        at: day(at).start(),
        dims: Dimensions { project: Some("proj_1".into()), ..Dimensions::default() },
        meter: None,
        line_item: Some(line.into()),
        category: ChargeCategory::Usage,
        amount: Money::usd(amount.parse().unwrap()),
        quantity: None,
        unit: None,
    }
}

fn window(first: &str, days: u32) -> Window {
    Window::new(day(first), day(first).plus(days)).unwrap()
}

#[sqlx::test]
async fn twice_is_once_in_any_order(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let mut records = vec![cost("2026-11-20", "a\tb\\c\nd", "1.25"), cost("2026-11-20", "x", "0.000000000000000001")];
    let first = bench.replace(window("2026-11-20", 1), &records, "2026-11-21T08:00:00Z").await;
    assert_eq!((first.rows, first.changed.len()), (2, 1));
    bench.clear_dirty().await;
    records.reverse();
    let second = bench.replace(window("2026-11-20", 1), &records, "2026-11-21T09:00:00Z").await;
    assert_eq!((second.rows, second.changed.len()), (0, 0));
    assert_eq!(bench.sum().await.to_string(), "1.250000000000000001");
    assert!(bench.dirty().await.is_empty(), "nothing changed, so the ledger has nothing to do");
    let line: String = sqlx::query_scalar("SELECT line_item FROM cost_records WHERE amount > 1")
        .fetch_one(bench.store.pool())
        .await
        .unwrap();
    assert_eq!(line, "a\tb\\c\nd");
}

#[sqlx::test]
async fn a_zero_byte_from_a_vendor_is_dropped(pool: PgPool) {
    let bench = Bench::new(pool).await;
    bench.replace(window("2026-11-20", 1), &[cost("2026-11-20", "od\0d", "2")], "2026-11-21T08:00:00Z").await;
    assert_eq!(bench.sum().await, Decimal::TWO);
}

#[sqlx::test]
async fn a_withdrawn_row_disappears_and_only_its_day_is_rebuilt(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let both = [cost("2026-11-19", "a", "10"), cost("2026-11-20", "a", "10"), cost("2026-11-20", "b", "2")];
    bench.replace(window("2026-11-19", 2), &both, "2026-11-21T08:00:00Z").await;
    assert_eq!(bench.dirty().await, [day("2026-11-19"), day("2026-11-20")]);
    bench.clear_dirty().await;
    bench.replace(window("2026-11-19", 2), &both[..2], "2026-11-21T09:00:00Z").await;
    assert_eq!(bench.sum().await, Decimal::from(20));
    assert_eq!(bench.dirty().await, [day("2026-11-20")]);
}

#[sqlx::test]
async fn only_days_that_were_over_are_restated(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let at = |amount| [cost("2026-11-20", "a", amount)];
    bench.replace(window("2026-11-20", 1), &at("4"), "2026-11-20T08:00:00Z").await;
    let growing = bench.replace(window("2026-11-20", 1), &at("9"), "2026-11-21T08:00:00Z").await;
    assert!(growing.restated.is_empty(), "a day that was not over only grew");
    bench.replace(window("2026-11-20", 1), &at("9"), "2026-11-25T08:00:00Z").await;
    let changed = bench.replace(window("2026-11-20", 1), &at("9.5"), "2026-11-26T08:00:00Z").await;
    assert_eq!(changed.restated, [day("2026-11-20")]);
    let row: (Decimal, Decimal, bool) = sqlx::query_as("SELECT old_amount, new_amount, was_settled FROM restatements")
        .fetch_one(bench.store.pool())
        .await
        .unwrap();
    assert_eq!(row, ("9".parse().unwrap(), "9.5".parse().unwrap(), true));
}

#[sqlx::test]
async fn a_fall_is_held_until_a_later_run_confirms_it(pool: PgPool) {
    let bench = Bench::new(pool).await;
    bench.replace(window("2026-11-20", 1), &[cost("2026-11-20", "a", "100")], "2026-11-24T08:00:00Z").await;
    let empty = bench.replace(window("2026-11-20", 1), &[], "2026-11-25T08:00:00Z").await;
    assert_eq!(empty.held, [day("2026-11-20")]);
    assert_eq!(bench.sum().await, Decimal::ONE_HUNDRED);
    let soon = bench.replace(window("2026-11-20", 1), &[], "2026-11-25T13:59:00Z").await;
    assert_eq!(soon.held.len(), 1, "seen again too soon to be sure");
    let marks = bench.store.marks(bench.fence.account(), "costs").await.unwrap();
    assert!(marks[0].held);
    let later = bench.replace(window("2026-11-20", 1), &[], "2026-11-25T14:00:00Z").await;
    assert_eq!((later.changed.len(), later.held.len()), (1, 0));
    assert_eq!(bench.sum().await, Decimal::ZERO);
}

#[sqlx::test]
async fn a_day_falls_by_its_rows_or_by_its_amount_and_small_days_may(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let rows = |count: u32, amount: &str| -> Vec<CostRecord> {
        (0..count).map(|line| cost("2026-11-20", &line.to_string(), amount)).collect()
    };
    for (before, after, is_held) in [
        (rows(10, "10"), rows(4, "25"), true),
        (rows(10, "10"), rows(5, "20"), false),
        (rows(10, "10"), rows(10, "4.99"), true),
        (rows(10, "10"), rows(10, "5"), false),
        (rows(9, "0.1"), rows(1, "0.1"), false),
        (rows(10, "0.1"), rows(1, "0.1"), true),
    ] {
        sqlx::raw_sql("TRUNCATE cost_records, feed_days").execute(bench.store.pool()).await.unwrap();
        bench.replace(window("2026-11-20", 1), &before, "2026-11-24T08:00:00Z").await;
        let stored = bench.replace(window("2026-11-20", 1), &after, "2026-11-25T08:00:00Z").await;
        assert_eq!(!stored.held.is_empty(), is_held, "{} rows after {}", after.len(), before.len());
        let kept = if is_held { &before } else { &after };
        assert_eq!(bench.sum().await, kept.iter().map(|record| record.amount.amount).sum::<Decimal>());
    }
}

#[sqlx::test]
async fn a_day_that_comes_back_is_no_longer_held(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let full = [cost("2026-11-20", "a", "100")];
    bench.replace(window("2026-11-20", 1), &full, "2026-11-24T08:00:00Z").await;
    bench.replace(window("2026-11-20", 1), &[], "2026-11-25T08:00:00Z").await;
    bench.replace(window("2026-11-20", 1), &full, "2026-11-26T08:00:00Z").await;
    assert!(!bench.store.marks(bench.fence.account(), "costs").await.unwrap()[0].held);
}

#[sqlx::test]
async fn credits_that_vanish_are_held_as_well(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let used = [cost("2026-11-20", "a", "20"), cost("2026-11-20", "credit", "-100")];
    bench.replace(window("2026-11-20", 1), &used, "2026-11-24T08:00:00Z").await;
    let without = bench.replace(window("2026-11-20", 1), &used[..1], "2026-11-25T08:00:00Z").await;
    assert_eq!(without.held, [day("2026-11-20")]);
    let more = [cost("2026-11-20", "a", "20"), cost("2026-11-20", "credit", "-120")];
    let grown = bench.replace(window("2026-11-20", 1), &more, "2026-11-25T09:00:00Z").await;
    assert_eq!(grown.changed.len(), 1, "a larger credit erases nothing");
}

#[sqlx::test]
async fn a_day_that_only_settles_is_built_again_even_while_its_first_build_is_under_way(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let bill = [cost("2026-11-20", "a", "4")];
    bench.replace(window("2026-11-20", 1), &bill, "2026-11-21T08:00:00Z").await;
    // The ledger has taken the mark and not yet written that it has built the day.
    bench.clear_dirty().await;
    bench.replace(window("2026-11-20", 1), &bill, "2026-11-23T08:00:00Z").await;
    assert!(bench.dirty().await.is_empty(), "not settled yet");
    bench.replace(window("2026-11-20", 1), &bill, "2026-11-24T08:00:00Z").await;
    assert_eq!(bench.dirty().await, [day("2026-11-20")]);
    bench.clear_dirty().await;
    bench.replace(window("2026-11-20", 1), &bill, "2026-11-25T08:00:00Z").await;
    assert!(bench.dirty().await.is_empty(), "it had settled before");
}

#[sqlx::test]
async fn amounts_as_fine_as_a_decimal_can_be_do_not_stop_a_restatement(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let fine = "0.9876543210987654321098765432";
    let mut bill: Vec<CostRecord> = (0..20).map(|line| cost("2026-11-20", &line.to_string(), fine)).collect();
    bench.replace(window("2026-11-20", 1), &bill, "2026-11-21T08:00:00Z").await;
    bill.push(cost("2026-11-20", "late", "1"));
    let changed = bench.replace(window("2026-11-20", 1), &bill, "2026-11-22T08:00:00Z").await;
    assert!(changed.restated.is_empty(), "late charges are expected until a day settles");
    let change: Decimal = sqlx::query_scalar("SELECT new_amount - old_amount FROM restatements")
        .fetch_one(bench.store.pool())
        .await
        .unwrap();
    assert_eq!(change, Decimal::ONE);
}

/// Waits until `count` sessions of this database wait for a lock.
async fn waiting(pool: &PgPool, count: i64) {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(query).fetch_one(pool).await.unwrap() < count {
        tokio::task::yield_now().await;
    }
}

#[sqlx::test]
async fn two_runs_over_a_day_that_nobody_has_answered_for_do_not_add_up(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let at = |hour: i64, amount| {
        let record = cost("2026-11-20", "a", amount);
        CostRecord { at: record.at + TimeDelta::hours(hour), ..record }
    };
    let (first, second) = (vec![at(5, "7")], vec![at(4, "1"), at(5, "7")]);
    // Both get as far as they can before either has stored its records.
    let mut gate = bench.store.pool().begin().await.unwrap();
    sqlx::query("LOCK TABLE cost_records IN SHARE MODE").execute(&mut *gate).await.unwrap();
    let open = async {
        waiting(bench.store.pool(), 2).await;
        gate.commit().await.unwrap();
    };
    let day = window("2026-11-20", 1);
    tokio::join!(
        bench.replace(day, &first, "2026-11-21T08:00:00Z"),
        bench.replace(day, &second, "2026-11-21T08:00:00Z"),
        open,
    );
    let sum = bench.sum().await;
    assert!(sum == Decimal::from(7) || sum == Decimal::from(8), "{sum}");
}

fn call(key: &str, at: &str, output: u64) -> Call {
    Call {
        key: key.into(),
        at: instant(at),
        session: None,
        dims: Dimensions { model: Some("claude-opus-4-5".into()), ..Dimensions::default() },
        meters: [(Meter::Input, 7), (Meter::Output, output)].into(),
    }
}

#[sqlx::test]
async fn a_call_counts_once_and_the_fullest_line_wins(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let add = async |calls: &[Call]| bench.store.add_calls(&bench.fence, Billing::Subscription, calls).await.unwrap();
    let calls = [
        call("msg_1", "2026-11-20T10:00:00Z", 1),
        call("msg_1", "2026-11-20T10:00:05Z", 222),
        call("msg_2", "2026-11-20T11:00:00Z", 9),
    ];
    assert_eq!(add(&calls).await, 2);
    assert_eq!(add(&calls).await, 0, "a second pass finds nothing new");
    assert_eq!(add(&[call("msg_2", "2026-11-22T11:00:00Z", 40)]).await, 1);
    let rows: Vec<(String, DateTime<Utc>, i64)> =
        sqlx::query_as("SELECT key, at, output FROM calls ORDER BY key").fetch_all(bench.store.pool()).await.unwrap();
    assert_eq!(
        rows,
        [("msg_1".into(), instant("2026-11-20T10:00:00Z"), 222), ("msg_2".into(), instant("2026-11-20T11:00:00Z"), 40)]
    );
}

/// Calls of every shape, of which each hundredth is another line of one before.
fn many_calls() -> Vec<Call> {
    let text = |number: u32| match number % 5 {
        0 => None,
        1 => Some(String::new()),
        2 => Some("tabs\tquotes\"\\N and zero\0bytes".to_owned()),
        3 => Some("märz 🦀".repeat(usize::try_from(number % 40).unwrap())),
        _ => Some("plain".to_owned()),
    };
    let call = |number: u32| Call {
        key: format!("msg_{}", if number % 100 == 99 { number / 2 } else { number }),
        // Before and after 2000, with a fraction that the database does not hold.
        at: DateTime::from_timestamp(900_000_000 + 1_000_003 * i64::from(number), 123_456_789).unwrap(),
        session: text(number),
        dims: Dimensions {
            project: text(number / 2),
            api_key: text(number / 3),
            user: text(number / 5),
            model: text(number / 7),
            service_tier: text(number / 11),
            region: text(number / 13),
            prompt_over: number % 7 * 100_000,
        },
        meters: Meter::ALL
            .into_iter()
            .take(usize::try_from(number % 21).unwrap())
            .map(|meter| (meter, u64::from(number)))
            .collect(),
    };
    (0..3_000).map(call).collect()
}

#[sqlx::test]
async fn many_calls_are_stored_as_a_few_are(pool: PgPool) {
    let many = Bench::new(pool.clone()).await;
    let few = Bench::of(Provider::Anthropic, pool).await;
    let (calls, billing) = (many_calls(), Billing::Metered);
    let added = many.store.add_calls(&many.fence, billing, &calls).await.unwrap();
    for calls in calls.chunks(100) {
        few.store.add_calls(&few.fence, billing, calls).await.unwrap();
    }
    let keys: BTreeSet<&str> = calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(added, keys.len());
    let rows = i64::try_from(added).unwrap();
    for table in ["calls", "call_keys"] {
        let rest = format!(
            "SELECT (SELECT count(*) FROM {table} WHERE account_id = $1),
                 (SELECT count(*) FROM (
                     SELECT to_jsonb(t) - 'account_id' FROM {table} t WHERE account_id = $1
                     INTERSECT SELECT to_jsonb(t) - 'account_id' FROM {table} t WHERE account_id = $2) same)"
        );
        let found: (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(rest))
            .bind(many.fence.account().0)
            .bind(few.fence.account().0)
            .fetch_one(many.store.pool())
            .await
            .unwrap();
        assert_eq!(found, (rows, rows), "{table}");
    }
}

#[sqlx::test]
async fn a_deleted_call_is_not_counted_again(pool: PgPool) {
    let bench = Bench::new(pool).await;
    let calls = [call("msg_1", "2026-11-20T10:00:00Z", 5)];
    bench.store.add_calls(&bench.fence, Billing::Metered, &calls).await.unwrap();
    sqlx::query("DELETE FROM calls").execute(bench.store.pool()).await.unwrap();
    assert_eq!(bench.store.add_calls(&bench.fence, Billing::Metered, &calls).await.unwrap(), 0);
}
