//! Runs of a feed against a real database: what one window does to the others.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use llmtally::domain::clock::Clock;
use llmtally::domain::cost::CostRecord;
use llmtally::domain::names::{AccountName, FeedName, Provider};
use llmtally::domain::period::{Day, Window};
use llmtally::providers::feed::{Feed, FeedKind, FeedPolicy, FetchError, NamedFeed};
use llmtally::shutdown::Shutdown;
use llmtally::store::Store;
use llmtally::store::facts::Falls;
use llmtally::sync::error::RunError;
use llmtally::sync::leases::{Leases, Role};
use llmtally::sync::plan::Reach;
use llmtally::sync::run::{Job, Ran, Wanted, Watch};
use rust_decimal::Decimal;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// Answers with nothing, but refuses some days, and remembers what it was asked for.
struct Picky {
    policy: FeedPolicy,
    refuses: BTreeSet<Day>,
    asked: Arc<Mutex<Vec<Day>>>,
}

#[async_trait]
impl Feed<CostRecord> for Picky {
    fn policy(&self) -> FeedPolicy {
        self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        self.asked.lock().unwrap().push(window.first());
        if self.refuses.contains(&window.first()) {
            return Err(FetchError::Rejected { status: 400, message: "no such day".to_owned() });
        }
        Ok(Vec::new())
    }
}

/// Takes four days to answer.
struct Slow {
    policy: FeedPolicy,
    clock: Clock,
}

#[async_trait]
impl Feed<CostRecord> for Slow {
    fn policy(&self) -> FeedPolicy {
        self.policy
    }

    async fn fetch(&self, _: Window) -> Result<Vec<CostRecord>, FetchError> {
        self.clock.set(self.clock.now() + TimeDelta::days(4));
        Ok(Vec::new())
    }
}

struct Nobody;

impl Watch for Nobody {
    fn window(&self, _: usize, _: usize, _: bool) {}

    fn ended(&self) {}
}

const TODAY: &str = "2026-11-22";
const HISTORY_DAYS: u32 = 20;

/// A feed whose run wants the days 0 to 9 back, one at a time, and what it was asked for.
async fn job(pool: PgPool, refused_days_back: &[u32]) -> (Job, Arc<Mutex<Vec<Day>>>) {
    let store = Store::new(pool);
    let account = AccountName { provider: Provider::OpenAi, account: "default".to_owned() };
    let id = store.register_accounts(std::slice::from_ref(&account)).await.unwrap()[0];
    let today: Day = TODAY.parse().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let feed = Picky {
        policy: FeedPolicy { days_per_fetch: 1, history_days: Some(HISTORY_DAYS), ..FeedPolicy::USUAL },
        refuses: refused_days_back.iter().map(|back| today.minus(*back)).collect(),
        asked: Arc::clone(&asked),
    };
    let job = Job {
        account,
        id,
        standing: Arc::default(),
        feed: NamedFeed {
            name: FeedName("costs"),
            min_interval: Duration::ZERO,
            kind: FeedKind::Costs(Box::new(feed)),
        },
        store,
        clock: Clock::fixed(today.start() + TimeDelta::hours(12)),
        reach: Reach { backfill_days: 9, recheck_days: 45, recheck_every: TimeDelta::days(7) },
        falls: Falls { keep_ratio: Decimal::ONE, min_amount: Decimal::ONE, confirm_after: TimeDelta::hours(6) },
        shutdown: Shutdown::new(),
    };
    (job, asked)
}

/// Runs the job as the only process on the database.
async fn run_job(job: &Job) -> Result<Ran, RunError> {
    let (leases, keeper) = Leases::new(job.store.clone());
    let keeper = tokio::spawn(keeper.keep(Role::Command, CancellationToken::new(), drop));
    let lease = leases.take(job.id, job.name()).await;
    let result = job.run(&lease, Wanted::Due, &Nobody).await;
    keeper.abort();
    result
}

/// What came of its run, how many days have an answer, and for how many it asked.
async fn run(pool: PgPool, refused_days_back: &[u32]) -> (Result<(), RunError>, usize, usize) {
    let (job, asked) = job(pool, refused_days_back).await;
    let result = run_job(&job).await.map(drop);
    let answered = job.marks().await.unwrap().len();
    let asked = asked.lock().unwrap().len();
    (result, answered, asked)
}

#[sqlx::test]
async fn a_refused_window_does_not_stop_the_back_fill_and_is_told(pool: PgPool) {
    let (result, answered, asked) = run(pool, &[4]).await;
    assert_eq!(result.unwrap_err().reason(), "rejected");
    assert_eq!((answered, asked), (9, 10));
}

#[sqlx::test]
async fn a_provider_that_refuses_everything_is_not_asked_for_each_day(pool: PgPool) {
    let (result, answered, asked) = run(pool, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).await;
    assert_eq!(result.unwrap_err().reason(), "rejected");
    assert_eq!((answered, asked), (0, 3));
}

#[sqlx::test]
async fn a_hard_stop_does_not_wait_for_the_database(pool: PgPool) {
    let (job, _) = job(pool.clone(), &[]).await;
    let shutdown = job.shutdown.clone();
    let mut somebody = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE feed_days IN EXCLUSIVE MODE").execute(&mut *somebody).await.unwrap();
    let running = tokio::spawn(async move { run_job(&job).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database =
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shutdown.insist();
    assert_eq!(running.await.unwrap().unwrap_err().reason(), FetchError::Stopped.reason());
    somebody.rollback().await.unwrap();
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM feed_days").fetch_one(&pool).await.unwrap();
    assert_eq!(stored, 0);
}

#[sqlx::test]
async fn a_day_is_as_old_as_the_question_and_not_as_the_answer(pool: PgPool) {
    let (mut job, _) = job(pool, &[]).await;
    let asked_at = job.clock.now();
    let policy = job.policy().unwrap();
    job.feed.kind = FeedKind::Costs(Box::new(Slow { policy, clock: job.clock.clone() }));
    run_job(&job).await.unwrap();
    let marks = job.marks().await.unwrap();
    // What the provider adds while it answers belongs to a later answer.
    let today = marks[&Day::of(asked_at)];
    assert_eq!((today.fetched_at, today.settled), (asked_at, false));
}

#[sqlx::test]
async fn a_held_day_is_let_go_once_the_provider_has_forgotten_it(pool: PgPool) {
    let (job, asked) = job(pool.clone(), &[]).await;
    let today: Day = TODAY.parse().unwrap();
    let [known, forgotten] = [HISTORY_DAYS, HISTORY_DAYS + 1].map(|back| today.minus(back));
    for day in [known, forgotten] {
        sqlx::query(
            "INSERT INTO feed_days (account_id, feed, day, grain, fetched_at, settled, rows, amount, checksum, vanished_at)
             VALUES ($1, 'costs', $2, 'day', $3, true, 8, 80, '', $3)",
        )
        .bind(job.id.0)
        .bind(day.date())
        .bind(job.clock.now() - TimeDelta::hours(1))
        .execute(&pool)
        .await
        .unwrap();
    }
    run_job(&job).await.unwrap();
    let marks = job.marks().await.unwrap();
    assert!(marks[&known].held && asked.lock().unwrap().contains(&known));
    assert!(!marks[&forgotten].held && !asked.lock().unwrap().contains(&forgotten));
}

#[sqlx::test]
async fn a_second_run_with_the_same_answers_is_no_news(pool: PgPool) {
    let (job, _) = job(pool, &[]).await;
    let first = run_job(&job).await.unwrap();
    let second = run_job(&job).await.unwrap();
    assert!(first.news && first.changed_days == 10);
    assert!(!second.news && second.windows > 0);
}
