//! What ten thousand sync runs leave behind in memory: ten weeks of a feed, asked every ten minutes over real HTTP and stored in a real
//! database. Fails where memory grows.

mod books;
#[expect(dead_code, reason = "other benchmarks hold themselves against a COPY")]
mod database;
#[expect(dead_code, reason = "memory is no matter of speed")]
mod table;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use books::{config, no_rates};
use chrono::{DateTime, TimeDelta, Utc};
use database::{Result, Scratch};
use llmtally::domain::clock::Clock;
use llmtally::domain::names::{AccountId, AccountName, FeedName, Provider};
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::metrics;
use llmtally::pricing::{Catalog, Overrides};
use llmtally::providers::account::{Account, Opened};
use llmtally::providers::http::{HttpMetrics, Limits, Wire, shared_client};
use llmtally::providers::openai;
use llmtally::sandbox::{Options, Sandbox};
use llmtally::shutdown::Shutdown;
use llmtally::store::facts::Falls;
use llmtally::sync::identity::Standing;
use llmtally::sync::leases::{Leases, Role};
use llmtally::sync::ledger::{LedgerConfig, rebuild};
use llmtally::sync::metrics::SyncMetrics;
use llmtally::sync::plan::Reach;
use llmtally::sync::run::{Job, Wanted, Watch};
use llmtally::sync::schedule::Schedule;
use llmtally::sync::worker::Worker;
use rust_decimal::Decimal;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const RUNS: u32 = 10_000;
const FIRST: &str = "2026-06-01T00:03:00Z";
const STEP: TimeDelta = TimeDelta::minutes(10);
/// The ledger is built this often, and memory looked at: once in a simulated day.
const DAY: u32 = 144;
/// Of two thousand runs later than those which warm everything up, RSS may be so many KiB more than of those.
const TOLERANCE: u64 = 4096;
const COSTS: FeedName = FeedName("costs");

struct Nobody;

impl Watch for Nobody {
    fn window(&self, _: usize, _: usize, _: bool) {}

    fn ended(&self) {}
}

#[tokio::main]
async fn main() -> Result<()> {
    Scratch::lend(measure).await
}

#[expect(clippy::print_stdout, reason = "a benchmark is read on the terminal")]
async fn measure(scratch: &Scratch) -> Result<()> {
    let account = scratch.account().await?;
    let clock = Clock::fixed(FIRST.parse()?);
    let sandbox = Sandbox::start(Options { founded: clock.today().minus(30), ..Options::new(clock.clone()) }).await?;
    let (leases, keeper) = Leases::new(scratch.store.clone());
    tokio::spawn(keeper.keep(Role::Command, CancellationToken::new(), drop));
    let worker = worker(scratch, account, leases, &sandbox, &clock)?;
    let ledger = config(account, COSTS);
    let start = Instant::now();
    let mut sizes = Vec::new();
    println!("\n| runs | simulated day | RSS, KiB |");
    println!("|---:|---|---:|");
    for run in 1..=RUNS {
        clock.set(clock.now() + STEP);
        worker.once(Wanted::Due).await?;
        if run % DAY == 0 {
            build(scratch, &ledger, clock.now()).await?;
            sizes.push(resident()?);
        }
        if run % 1000 == 0 {
            println!("| {run} | {} | {} |", clock.today(), resident()?);
        }
    }
    println!("\n{RUNS} runs in {:.0} s", start.elapsed().as_secs_f64());
    let (early, late) = (median(&sizes[sizes.len() / 5..sizes.len() * 2 / 5]), median(&sizes[sizes.len() * 4 / 5..]));
    println!("median RSS of the second fifth {early} KiB, of the last fifth {late} KiB");
    if late > early + TOLERANCE { Err("memory grows with the number of runs".into()) } else { Ok(()) }
}

fn worker(scratch: &Scratch, id: AccountId, leases: Leases, sandbox: &Sandbox, clock: &Clock) -> Result<Worker> {
    let account = AccountName { provider: Provider::OpenAi, account: "default".to_owned() };
    let mut registry = metrics::registry();
    let config = openai::Config {
        api_key: Some(sandbox.openai_key().into()),
        base_url: format!("http://{}", sandbox.address()),
        ..openai::Config::default()
    };
    let wire = Wire {
        client: shared_client()?,
        account: account.clone(),
        limits: Limits { min_gap: Duration::ZERO, ..Limits::default() },
        clock: clock.clone(),
        stop: CancellationToken::new(),
        metrics: HttpMetrics::register(&mut registry),
    };
    let Opened { identity, feeds } = config.open(&wire)?;
    let feed = feeds.into_iter().find(|feed| feed.name == COSTS).ok_or("no costs")?;
    let falls = Falls { keep_ratio: Decimal::new(5, 1), min_amount: Decimal::ONE, confirm_after: TimeDelta::hours(6) };
    Ok(Worker {
        metrics: SyncMetrics::register(&mut registry).feed(&account, COSTS),
        job: Job {
            account,
            id,
            standing: Arc::new(Standing::new(identity)),
            feed,
            store: scratch.store.clone(),
            clock: clock.clone(),
            reach: Reach { backfill_days: 30, recheck_days: 45, recheck_every: TimeDelta::days(7) },
            falls,
            shutdown: Shutdown::new(),
        },
        leases,
        wake: Arc::new(Notify::new()),
        watch: Arc::new(Nobody),
        schedule: Schedule::parse("every 10m", "UTC")?,
        first_retry: TimeDelta::seconds(30),
    })
}

async fn build(scratch: &Scratch, config: &LedgerConfig, now: DateTime<Utc>) -> Result<()> {
    // As the daemon has it: a table that lives as long as it does not change.
    static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| Catalog::bundled(Overrides::default()));
    let pricer = |provider: Provider, at: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal| {
        CATALOG.price(provider, at, dims, meter, quantity)
    };
    rebuild(&scratch.store, &pricer, &no_rates, config, now, &CancellationToken::new()).await?;
    Ok(())
}

/// Resident memory in KiB.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS: this needs Linux")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

fn median(sizes: &[u64]) -> u64 {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}
