//! The composition root: the one room that sees the whole configuration and every part.

mod bells;
mod collector;
mod currency;
mod database;
mod demo;
mod door;
mod feeds;
mod healthcheck;
mod house;
mod import;
mod inspect;
mod ledger;
mod once;
mod page;
mod prices;
mod reporting;
mod serve;
mod signals;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::cli::{Cli, Command};
use crate::config::{self, Config, Environment, Loaded, Problem, Problems};
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, Provider};
use crate::domain::period::{Day, Window};
use crate::sync::run::Wanted;
use crate::telemetry;

use self::database::Database;
use self::house::House;

/// The configuration or the command line has to be changed.
const UNUSABLE: u8 = 2;
/// What a shell reports of a program that SIGPIPE ended.
const READER_LEFT: u8 = 141;

/// Runs a command to its end. Belongs on the main thread: the private database lives as long as the thread that started it.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let environment = Environment::of_process();
    match dispatch(cli, &environment) {
        Ok(code) => code,
        Err(error) if inspect::reader_left(&error) => ExitCode::from(READER_LEFT),
        Err(error) => {
            inspect::complain(&error);
            ExitCode::from(if error.is::<Problems>() { UNUSABLE } else { 1 })
        }
    }
}

fn dispatch(cli: Cli, environment: &Environment) -> Result<ExitCode> {
    if let Some(Command::Demo(demo)) = &cli.command {
        return demo::run(demo, cli.data_dir, environment);
    }
    if matches!(cli.command, Some(Command::Healthcheck)) {
        return healthcheck::ask(&config::listener(cli.config.as_deref(), environment)?);
    }
    let Loaded { config, values } = config::load(cli.config.as_deref(), environment)?;
    match cli.command {
        Some(Command::CheckConfig) => return inspect::show(&values),
        Some(Command::ExportAssets { dir }) => return inspect::export_assets(&dir, config.currency.reporting),
        _ => {}
    }
    let _telemetry = telemetry::init(&config.log.level, config.log.format, collector::of(&config)?)?;
    let with = |config, work: &mut dyn FnMut(&Runtime, House, &Database) -> Result<()>| {
        with_database(config, cli.data_dir.clone(), environment, work)
    };
    match cli.command {
        None | Some(Command::Serve) => {
            with(config, &mut |runtime, house, database| runtime.block_on(serve::run(house, database)))
        }
        Some(Command::Sync(sync)) => {
            has_account(&config, sync.provider)?;
            with(config, &mut |runtime, house, database| {
                runtime.block_on(once::run(house, database, &of(sync.provider), Wanted::Due, sync.json.json))
            })
        }
        Some(Command::Backfill(backfill)) => {
            has_account(&config, backfill.provider)?;
            let days = window(backfill.from, backfill.to)?;
            with(config, &mut |runtime, house, database| {
                let wanted = Wanted::Days(days);
                runtime.block_on(once::run(house, database, &of(backfill.provider), wanted, backfill.json.json))
            })
        }
        Some(Command::Import(import)) => import::run(import, config, &with),
        Some(Command::Export(export)) => {
            let days = window(export.from, export.to)?;
            with(config, &mut |runtime, house, database| {
                runtime.block_on(inspect::export(&house, database, export.format, days))
            })
        }
        Some(Command::Doctor(json)) => {
            with(config, &mut |runtime, house, database| runtime.block_on(inspect::doctor(&house, database, json.json)))
        }
        Some(Command::Demo(_) | Command::CheckConfig | Command::ExportAssets { .. } | Command::Healthcheck) => Ok(()),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The accounts of a provider, or all.
fn of(provider: Option<Provider>) -> impl Fn(&AccountName) -> bool {
    move |account| provider.is_none_or(|provider| provider == account.provider)
}

/// Opens the database, does the work, closes the database: in this order whatever happens.
fn with_database(
    config: Config,
    data_dir: Option<PathBuf>,
    environment: &Environment,
    work: &mut dyn FnMut(&Runtime, House, &Database) -> Result<()>,
) -> Result<()> {
    let database = Database::open(&config, data_dir, environment)?;
    let runtime = Runtime::new()?;
    let _inside = runtime.enter();
    let store = database.store()?;
    let house = House::new(config, store.clone(), Clock::system());
    let worked = house.and_then(|house| work(&runtime, house, &database));
    let closed = database.close(&runtime, &store);
    match (worked, closed) {
        // A database that is gone is why the work failed.
        (Err(error), Err(cause)) => Err(cause.context(error)),
        (worked, closed) => worked.and(closed),
    }
}

/// Nothing is to be done for a provider without an account, and that is not what was asked for.
fn has_account(config: &Config, provider: Option<Provider>) -> Result<(), Problems> {
    let Some(provider) = provider else { return Ok(()) };
    let known = config.accounts.names().iter().any(|account| account.provider == provider);
    if known { Ok(()) } else { Err(unusable("--provider", format!("no account of {provider} is configured"))) }
}

fn window(from: Day, to: Day) -> Result<Window, Problems> {
    Window::new(from, to.next()).ok_or_else(|| unusable("--from", format!("{from} is after --to {to}")))
}

fn unusable(key: &str, message: String) -> Problems {
    Problems(vec![Problem { key: key.to_owned(), source: String::new(), message }])
}
