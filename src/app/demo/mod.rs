//! The daemon over a made-up company: real adapters, real HTTP, real database, no keys.

mod audit;
mod company;
mod exchange;
mod last_week;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::database::Database;
use super::house::House;
use super::{serve, signals};
use crate::cli::Demo;
use crate::config::{self, Environment};
use crate::domain::clock::Clock;
use crate::sandbox::{Options, Restatement, Sandbox, Vendor, transcripts};
use crate::store::Store;
use crate::store::connect::Patience;
use crate::telemetry;

const DAYS: u32 = 90;
/// Vendors and daemon share the machine, and all history comes at once: that something waits for the database is no news.
const LOG_LEVEL: &str = "warn,llmtally=info,sqlx=error";
/// Of the transcripts that the agent has left.
const SEED: u64 = 7;

pub(super) fn run(demo: &Demo, data_dir: Option<PathBuf>, environment: &Environment) -> Result<ExitCode> {
    let told = company::told(environment);
    let defaults = config::load(None, &told)?.config;
    let _telemetry = telemetry::init(LOG_LEVEL, defaults.log.format, None)?;
    let temporary = tempfile::Builder::new().prefix("llmtally-demo-").tempdir()?;
    let folder = temporary.path();
    let data_dir = data_dir.unwrap_or_else(|| folder.join("data"));
    let database = Database::open(&defaults, Some(data_dir), environment)?;
    let runtime = Runtime::new()?;
    let inside = runtime.enter();
    let store = database.store()?;
    let ground = Ground { folder, database: &database, store: &store, told: &told };
    let served = runtime.block_on(async {
        let company = tokio::select! {
            biased;
            // The daemon minds signals by itself; before it does, one would leave the folder behind.
            heard = signals::first() => return Ok(heard?),
            company = prepare(demo, &ground) => company?,
        };
        let Company { sandbox, house } = company;
        let today = house.clock.today();
        // The first to end is the daemon, by a signal.
        tokio::select! {
            served = serve::run(house, &database) => served,
            () = async {
                audit::watch(store.clone(), &sandbox, today, DAYS).await;
                std::future::pending::<()>().await;
            } => Ok(()),
        }
    });
    drop(inside);
    let closed = database.close(&runtime, &store);
    served.and(closed)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the company is made up.
struct Ground<'a> {
    folder: &'a Path,
    database: &'a Database,
    store: &'a Store,
    told: &'a Environment,
}

/// Vendors that answer, and a daemon that is ready to ask them.
struct Company {
    sandbox: Sandbox,
    house: House,
}

async fn prepare(demo: &Demo, ground: &Ground<'_>) -> Result<Company> {
    let &Ground { folder, database, store, told } = ground;
    let clock = Clock::system();
    let sandbox = Sandbox::start(options(&clock, demo.sandbox_port)).await.context("the sandbox cannot start")?;
    info!("the made-up company's own bill: http://{}/bill", sandbox.address());
    let agent = folder.join("claude");
    transcripts::write(&agent, clock.now(), DAYS, SEED).context("cannot write the agent's transcripts")?;

    database.prepare(store, Patience::Endless, &CancellationToken::new()).await?;
    let past = Clock::fixed(clock.now());
    let then = sandbox.at_time_of(past.clone()).await.context("the sandbox cannot start")?;
    let config = company::config(folder, &agent, &then, told).await?;
    last_week::live_through(&config, store, &past, clock.now()).await.context("the company's last week")?;
    drop(then);

    let mut config = company::config(folder, &agent, &sandbox, told).await?;
    config.http.listen = demo.listen.unwrap_or(config.http.listen);
    Ok(Company { house: House::new(config, store.clone(), clock)?, sandbox })
}

/// A company with an odd day 10 days ago, and a bill that is corrected soon after it was first read.
fn options(clock: &Clock, port: u16) -> Options {
    let restated =
        Restatement { vendor: Vendor::OpenAi, day: clock.today().minus(8), at: clock.now() + TimeDelta::seconds(45) };
    Options { restatements: vec![restated], guests: company::GUESTS.to_vec(), port, ..Options::new(clock.clone()) }
}
