//! A folder of transcripts and the job that reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::clock::Clock;
use llmtally::domain::names::{AccountName, Billing, Provider};
use llmtally::domain::spend::{Price, Quote};
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::ledger::fees::Plan;
use llmtally::providers::call_logs::LogConfig;
use llmtally::providers::claude_code::feeds;
use llmtally::shutdown::Shutdown;
use llmtally::store::Store;
use llmtally::store::facts::Falls;
use llmtally::sync::error::RunError;
use llmtally::sync::leases::{Leases, Role};
use llmtally::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig};
use llmtally::sync::plan::Reach;
use llmtally::sync::run::{Job, Wanted, Watch};
use llmtally::sync::sessions::rebuild as rebuild_sessions;
use rust_decimal::Decimal;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) job: Job,
    leases: Leases,
    _keeper: AbortOnDropHandle<()>,
}

struct Unwatched;

impl Watch for Unwatched {
    fn window(&self, _: usize, _: usize, _: bool) {}
    fn ended(&self) {}
}

/// What is stored of a session: start, first and last call, calls, tokens, cost.
pub(crate) type Session = (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>, i64, i64, Decimal);

/// What is stored of a call: key, time, session, model, output tokens.
pub(crate) type Row = (String, DateTime<Utc>, Option<String>, Option<String>, i64);

impl Bench {
    pub(crate) async fn new(pool: &PgPool) -> Self {
        Self::of(pool, "default").await
    }

    pub(crate) async fn of(pool: &PgPool, account: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = AccountName { provider: Provider::ClaudeCode, account: account.to_owned() };
        let job = job(pool, account, folder.path().to_owned()).await;
        let (leases, keeper) = Leases::new(job.store.clone());
        let keeper = keeper.keep(Role::Command, CancellationToken::new(), drop);
        Self { folder, job, leases, _keeper: AbortOnDropHandle::new(tokio::spawn(keeper)) }
    }

    /// As if nothing had ever been read.
    pub(crate) async fn forget(pool: &PgPool) {
        let tables = "TRUNCATE calls, call_keys, log_positions, sessions, sessions_dirty, ledger_dirty";
        sqlx::raw_sql(tables).execute(pool).await.unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let file = fs::OpenOptions::new().append(true).create(true).open(self.path(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// One pass; how many calls were new or better known.
    pub(crate) async fn pass(&self) -> usize {
        self.try_pass().await.unwrap()
    }

    pub(crate) async fn try_pass(&self) -> Result<usize, RunError> {
        self.run(&self.job).await
    }

    async fn run(&self, job: &Job) -> Result<usize, RunError> {
        let lease = self.leases.take(job.id, job.name()).await;
        job.run(&lease, Wanted::Due, &Unwatched).await.map(|ran| ran.rows)
    }

    pub(crate) async fn rows(&self) -> Vec<Row> {
        rows(&self.job).await
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        self.rows().await.into_iter().map(|row| row.0).collect()
    }

    /// The sessions as they are after building what is due.
    pub(crate) async fn sessions(&self) -> Vec<Session> {
        sessions(&self.job).await
    }

    /// What somebody sees who reads the folder for the first time now: as another agent's, whose calls are others.
    pub(crate) async fn as_if_new(&self, pool: &PgPool, account: &str) -> (Vec<Row>, Vec<Session>) {
        let account = AccountName { provider: Provider::Codex, account: account.to_owned() };
        let job = job(pool, account, self.folder.path().to_owned()).await;
        self.run(&job).await.unwrap();
        (rows(&job).await, sessions(&job).await)
    }
}

async fn sessions(job: &Job) -> Vec<Session> {
    rebuild_sessions(&job.store, &dollar_a_unit, job.id, Provider::ClaudeCode).await.unwrap();
    sqlx::query_as(
        "SELECT start_at, first_at, last_at, calls, tokens, cost_usd FROM sessions WHERE account_id = $1 ORDER BY 1",
    )
    .bind(job.id.0)
    .fetch_all(job.store.pool())
    .await
    .unwrap()
}

/// An account that nobody bills for, with its plans.
pub(crate) fn config(bench: &Bench, plans: Vec<Plan>) -> LedgerConfig {
    let (cost_feeds, leaves_out) = (Vec::new(), BTreeSet::new());
    let account = LedgerAccount { name: bench.job.account.clone(), cost_feeds, leaves_out, plans, billing: None };
    LedgerConfig {
        accounts: BTreeMap::from([(bench.job.id, account)]),
        tags: Vec::new(),
        calibration: CalibrationPolicy::default(),
    }
}

/// A price list that is easily reckoned with.
pub(crate) fn dollar_a_unit(
    _: Provider,
    _: DateTime<Utc>,
    dims: &Dimensions,
    meter: Meter,
    quantity: Decimal,
) -> Quote {
    let price = if meter == Meter::Requests { Price::Free } else { Price::Rated(quantity) };
    Quote { model: dims.model.clone(), price }
}

async fn rows(job: &Job) -> Vec<Row> {
    sqlx::query_as("SELECT key, at, session, model, output FROM calls WHERE account_id = $1 ORDER BY key")
        .bind(job.id.0)
        .fetch_all(job.store.pool())
        .await
        .unwrap()
}

async fn job(pool: &PgPool, account: AccountName, path: PathBuf) -> Job {
    let store = Store::new(pool.clone());
    let id = store.register_accounts(std::slice::from_ref(&account)).await.unwrap()[0];
    let config = LogConfig { paths: vec![path], ..LogConfig::default() };
    Job {
        account,
        id,
        standing: Arc::default(),
        feed: feeds(&config, Billing::Subscription).remove(0),
        store,
        clock: Clock::system(),
        reach: Reach { backfill_days: 30, recheck_days: 7, recheck_every: TimeDelta::days(7) },
        falls: Falls { keep_ratio: Decimal::ZERO, min_amount: Decimal::ZERO, confirm_after: TimeDelta::zero() },
        shutdown: Shutdown::new(),
    }
}

pub(crate) fn line(id: &str, model: &str, time: &str, output: u64) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22T{time}Z","sessionId":"s-{id}","message":{{"id":"{id}","model":"{model}","usage":{{"input_tokens":3,"output_tokens":{output}}}}}}}"#
    ) + "\n"
}

pub(crate) fn lines(ids: &[&str]) -> String {
    ids.iter().map(|id| line(id, "claude-opus-4-5", "10:00:00", 5)).collect()
}
