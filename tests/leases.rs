//! Several processes on one database: one works on a feed, and who has lost it writes nothing.

use std::time::Duration;

use chrono::TimeDelta;
use llmtally::domain::cost::CostRecord;
use llmtally::domain::names::{AccountId, AccountName, FeedName, Provider};
use llmtally::domain::period::{Day, Grain, Window};
use llmtally::store::Store;
use llmtally::store::facts::{Answer, Falls};
use llmtally::store::lease::{Fence, WriteError};
use llmtally::store::locks::Locks;
use llmtally::store::status::RunEnd;
use llmtally::sync::leases::{Lease, Leases, Role, Word};
use rust_decimal::Decimal;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const COSTS: FeedName = FeedName("costs");
const SOON: Duration = Duration::from_secs(20);

async fn account(store: &Store) -> AccountId {
    let name = AccountName { provider: Provider::OpenAi, account: "default".to_owned() };
    store.register_accounts(&[name]).await.unwrap()[0]
}

/// Ends the connections that hold or wait for session locks, as a failing server or network would, and waits for their end.
async fn cut(pool: &PgPool) -> usize {
    let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks
               WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               GROUP BY pid";
    sqlx::query(cut).fetch_all(pool).await.unwrap().len()
}

async fn answer(store: &Store, fence: &Fence) -> Result<usize, WriteError> {
    let day: Day = "2026-11-20".parse().unwrap();
    let answer = Answer::<CostRecord> {
        fence,
        grain: Grain::Day,
        window: Window::single(day),
        records: &[],
        settles_after_days: 3,
        falls: Falls { keep_ratio: Decimal::ONE, min_amount: Decimal::ONE, confirm_after: TimeDelta::hours(6) },
        now: day.end(),
    };
    store.replace(&answer).await.map(|stored| stored.changed.len())
}

#[sqlx::test]
async fn who_has_lost_the_feed_writes_nothing(pool: PgPool) {
    let store = Store::new(pool.clone());
    let wanted = [(account(&store).await, COSTS)];
    let mut first = Locks::open(&store).await.unwrap();
    let mut second = Locks::open(&store).await.unwrap();
    let old = first.take(&wanted).await.unwrap().remove(0);
    assert!(second.take(&wanted).await.unwrap().is_empty(), "two have the feed");
    assert_eq!(cut(&pool).await, 1);
    let new = second.take(&wanted).await.unwrap().remove(0);
    assert!(first.take(&wanted).await.is_err(), "a connection that was cut came back without its locks");

    assert!(matches!(answer(&store, &old).await, Err(WriteError::Fenced)));
    let end =
        RunEnd { at: Day::of("2026-11-20T00:00:00Z".parse().unwrap()).start(), failure: None, next_attempt: None };
    assert!(matches!(store.save_run(&old, end).await, Err(WriteError::Fenced)));
    assert!(matches!(store.save_directory(&old, &[], end.at).await, Err(WriteError::Fenced)));
    assert!(matches!(store.release_days(&old, Day::of(end.at)).await, Err(WriteError::Fenced)));
    let written = "SELECT (SELECT count(*) FROM feed_days) + (SELECT count(*) FROM feed_status)";
    assert_eq!(sqlx::query_scalar::<_, i64>(written).fetch_one(&pool).await.unwrap(), 0);
    assert_eq!(answer(&store, &new).await.unwrap(), 1);
    store.save_run(&new, end).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(written).fetch_one(&pool).await.unwrap(), 2);
}

#[sqlx::test]
async fn a_feed_is_not_taken_in_the_middle_of_a_write(pool: PgPool) {
    let store = Store::new(pool.clone());
    let wanted = [(account(&store).await, COSTS)];
    let mut first = Locks::open(&store).await.unwrap();
    let old = first.take(&wanted).await.unwrap().remove(0);
    // As a writer does.
    let mut writer = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM feed_leases FOR UPDATE").fetch_one(&mut *writer).await.unwrap();
    cut(&pool).await;
    let mut second = Locks::open(&store).await.unwrap();
    assert!(second.take(&wanted).await.unwrap().is_empty(), "the feed was taken beside a writer");
    writer.commit().await.unwrap();
    assert_eq!(second.take(&wanted).await.unwrap().len(), 1);
    assert!(matches!(answer(&store, &old).await, Err(WriteError::Fenced)));
}

/// A process on the database: with its own pool, and a keeper at work.
struct Process {
    leases: Leases,
    words: mpsc::UnboundedReceiver<Word>,
    keeper: JoinHandle<()>,
}

impl Process {
    fn start(pool: &PgPool, role: Role) -> Self {
        let store = Store::new(PgPoolOptions::new().connect_lazy_with(pool.connect_options().as_ref().clone()));
        let (leases, keeper) = Leases::new(store);
        let (sender, words) = mpsc::unbounded_channel();
        let heard = move |word| drop(sender.send(word));
        Self { leases, words, keeper: tokio::spawn(keeper.keep(role, CancellationToken::new(), heard)) }
    }

    async fn take(&self, account: AccountId) -> Lease {
        tokio::time::timeout(SOON, self.leases.take(account, COSTS)).await.expect("the feed is free")
    }

    async fn until_leader(&self, is: bool) {
        let mut leadership = self.leases.leadership();
        let known = tokio::time::timeout(SOON, leadership.wait_for(|leads| *leads == Some(is))).await;
        known.expect("an answer").expect("a keeper");
    }
}

#[sqlx::test]
async fn what_one_process_leaves_another_takes(pool: PgPool) {
    let account = account(&Store::new(pool.clone())).await;
    let (one, other) = (Process::start(&pool, Role::Daemon), Process::start(&pool, Role::Daemon));
    let lease = one.take(account).await;
    let (leases, waits) = (other.leases.clone(), tokio::spawn(async move { other.take(account).await }));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!waits.is_finished(), "two have the feed");
    drop(lease);
    let lease = tokio::time::timeout(SOON, waits).await.expect("handed over").unwrap();
    drop(leases);

    // With the process that had it, everything is gone.
    cut(&pool).await;
    tokio::time::timeout(SOON, lease.lost()).await.expect("the loss was not noticed");
    let again = one.take(account).await;
    assert_ne!(again.fence(), lease.fence());
    one.keeper.abort();
}

#[sqlx::test]
async fn there_is_one_leader_and_the_next_follows_it(pool: PgPool) {
    let one = Process::start(&pool, Role::Daemon);
    one.until_leader(true).await;
    let (two, three) = (Process::start(&pool, Role::Daemon), Process::start(&pool, Role::Daemon));
    two.until_leader(false).await;
    three.until_leader(false).await;
    one.keeper.abort();
    let heir = tokio::select! {
        () = two.until_leader(true) => (&two, &three),
        () = three.until_leader(true) => (&three, &two),
    };
    assert!(!heir.1.leases.leads());
    // It knows of another, which may have become the leader: it cannot go on as one on its own word.
    let mut leadership = heir.0.leases.leadership();
    leadership.mark_unchanged();
    cut(&pool).await;
    tokio::time::timeout(SOON, leadership.changed()).await.expect("it lost the lead").unwrap();
    let leaders = async {
        while !(two.leases.leads() ^ three.leases.leads()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, leaders).await.expect("one leader");
}

#[sqlx::test]
async fn the_only_daemon_stays_the_leader_while_the_database_is_away(pool: PgPool) {
    let one = Process::start(&pool, Role::Daemon);
    one.until_leader(true).await;
    let lease = one.take(account(&Store::new(pool.clone())).await).await;
    let mut leadership = one.leases.leadership();
    leadership.mark_unchanged();
    cut(&pool).await;
    tokio::time::timeout(SOON, lease.lost()).await.expect("the loss was not noticed");
    let _again = one.take(account(&Store::new(pool.clone())).await).await;
    assert!(!leadership.has_changed().unwrap(), "figures would have gone and come back");
    assert!(one.leases.leads());
}

#[sqlx::test]
async fn a_command_asks_for_a_feed_and_words_reach_the_others_only(pool: PgPool) {
    let account = account(&Store::new(pool.clone())).await;
    let mut daemon = Process::start(&pool, Role::Daemon);
    let lease = daemon.take(account).await;
    let mut command = Process::start(&pool, Role::Command);
    let (leases, wish) = (command.leases.clone(), command.leases.clone());
    let wish = tokio::spawn(async move { wish.take(account, COSTS).await });
    tokio::time::timeout(SOON, lease.asked()).await.expect("nobody asked");
    drop(lease);
    tokio::time::timeout(SOON, wish).await.expect("the feed is free").unwrap();

    leases.tell(Word::Wake(Some(Provider::Anthropic)));
    assert_eq!(
        tokio::time::timeout(SOON, daemon.words.recv()).await.unwrap(),
        Some(Word::Wake(Some(Provider::Anthropic)))
    );
    daemon.leases.tell(Word::News);
    assert_eq!(tokio::time::timeout(SOON, command.words.recv()).await.unwrap(), Some(Word::News));
    assert!(!command.leases.leads(), "a command does not stay");
}
