//! The daemon over a made-up company: real adapters, real HTTP, real database, no keys.

mod audit;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use tokio::runtime::Runtime;
use tracing::info;

use super::database::Database;
use super::house::House;
use super::serve;
use crate::cli::Demo;
use crate::config::{self, BudgetSection, Config, Environment, Refresh};
use crate::domain::budget::{BudgetPeriod, Scope};
use crate::domain::clock::Clock;
use crate::domain::period::Window;
use crate::providers::{anthropic, openai};
use crate::sandbox::{Options, Restatement, Sandbox, Vendor};
use crate::telemetry;

const DAYS: u32 = 90;
/// Days that both vendors' feeds call settled by now.
const SETTLED_AFTER: u32 = 4;
/// The sandbox does not mind being asked often, and people want to see something happen.
const OFTEN: Duration = Duration::from_secs(60);
const ACCOUNT: &str = "demo";

pub(super) fn run(demo: &Demo, data_dir: Option<PathBuf>, environment: &Environment) -> Result<ExitCode> {
    // Keys in the environment are for real vendors: the demo does not look at them.
    let mut config = config::load(None, &Environment::default())?.config;
    let _telemetry = telemetry::init(&config.log.level, config.log.format, None)?;
    config.http.listen = demo.listen;
    let temporary = tempfile::Builder::new().prefix("llmtally-demo-").tempdir()?;
    let data_dir = data_dir.unwrap_or_else(|| temporary.path().join("data"));
    let database = Database::open(&config, Some(data_dir), environment)?;
    let runtime = Runtime::new()?;
    let inside = runtime.enter();
    let store = database.store()?;
    let served = runtime.block_on(async {
        let clock = Clock::system();
        let sandbox = Sandbox::start(options(&clock, demo.sandbox_port)).await.context("the sandbox cannot start")?;
        info!("the made-up company's own bill: http://{}/bill", sandbox.address());
        move_in(&mut config, &sandbox);
        let house = House::new(config, store.clone(), clock)?;
        let today = house.clock.today();
        let settled = Window::new(today.minus(DAYS - 1), today.minus(SETTLED_AFTER)).context("no settled days")?;
        // The first to end is the daemon, by a signal.
        tokio::select! {
            served = serve::run(house, &database) => served,
            () = async {
                audit::watch(store.clone(), &sandbox, settled).await;
                std::future::pending::<()>().await;
            } => Ok(()),
        }
    });
    drop(inside);
    let closed = database.close(&runtime, &store);
    served.and(closed)?;
    Ok(ExitCode::SUCCESS)
}

/// A company with an odd day 10 days ago, and a bill that is corrected soon after it was first read.
fn options(clock: &Clock, port: u16) -> Options {
    let restated =
        Restatement { vendor: Vendor::OpenAi, day: clock.today().minus(8), at: clock.now() + TimeDelta::seconds(45) };
    Options { restatements: vec![restated], port, ..Options::new(clock.clone()) }
}

fn move_in(config: &mut Config, sandbox: &Sandbox) {
    let openai = openai::Config {
        api_key: Some(sandbox.openai_key().into()),
        base_url: sandbox.openai_url().trim_end_matches("/v1").to_owned(),
        ..openai::Config::default()
    };
    let anthropic = anthropic::Config {
        api_key: Some(sandbox.anthropic_key().into()),
        base_url: sandbox.anthropic_url(),
        ..anthropic::Config::default()
    };
    config.accounts.openai.insert(ACCOUNT.to_owned(), openai);
    config.accounts.anthropic.insert(ACCOUNT.to_owned(), anthropic);
    config.sync.backfill_days = DAYS;
    // So that the corrected bill is seen while people watch.
    config.sync.recheck_every = OFTEN;
    config.sync.schedule = "every 1m".to_owned();
    config.sync.patience.gap = Duration::ZERO;
    config.sync.patience.rest = OFTEN;
    config.prices.refresh = Refresh::Off;
    let budget = |name: &str, limit: Decimal, scope: Scope| BudgetSection {
        name: name.to_owned(),
        limit,
        period: BudgetPeriod::Month,
        scope,
        thresholds: config::default_thresholds(),
    };
    let anthropic_only = Scope { provider: vec!["anthropic".to_owned()], ..Scope::default() };
    let everything = sandbox.budget_spent_to(86);
    config.budgets = vec![
        budget("everything", everything, Scope::default()),
        budget("anthropic", everything / Decimal::TWO, anthropic_only),
    ];
}
