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
use crate::config::{self, BudgetSection, Config, Environment, PlanSection, Refresh};
use crate::domain::budget::{BudgetPeriod, Scope};
use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::domain::names::{Billing, Provider};
use crate::domain::period::Window;
use crate::providers::call_logs::LogConfig;
use crate::providers::{anthropic, openai};
use crate::sandbox::{Options, Restatement, Sandbox, Vendor, transcripts};
use crate::telemetry;

const DAYS: u32 = 90;
/// Days that both vendors' feeds call settled by now.
const SETTLED_AFTER: u32 = 4;
/// The sandbox does not mind being asked often, and people want to see something happen.
const OFTEN: Duration = Duration::from_secs(60);
const ACCOUNT: &str = "demo";
/// Of the transcripts that the agent has left.
const SEED: u64 = 7;
/// The plan that the agent is on, in US dollars, and how many tokens it allows in five hours.
const PLAN_PRICE: u32 = 100;
const SESSION_TOKENS: u64 = 10_000_000;

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
        let agent = temporary.path().join("claude");
        transcripts::write(&agent, clock.now(), DAYS, SEED).context("cannot write the agent's transcripts")?;
        take_on(&mut config, agent);
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

/// Somebody at the company works with a coding agent, on a plan.
fn take_on(config: &mut Config, folder: PathBuf) {
    let log = LogConfig {
        paths: vec![folder],
        billing: Some(Billing::Subscription),
        session_token_limit: Some(SESSION_TOKENS),
    };
    config.accounts.claude_code.insert(ACCOUNT.to_owned(), log);
    config.plans.push(PlanSection {
        name: "Max".to_owned(),
        provider: Provider::ClaudeCode,
        account: ACCOUNT.to_owned(),
        monthly_price: PLAN_PRICE.into(),
        currency: Some(Currency::USD),
        from: None,
        until: None,
    });
}
