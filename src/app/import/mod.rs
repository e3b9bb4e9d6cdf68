//! What people bring in: logs of agents, files of charges, balances.

mod balance;
mod csv;
mod forget;
mod logs;
mod report;

use anyhow::Result;
use tokio::runtime::Runtime;

use super::database::Database;
use super::house::House;
use super::once;
use crate::cli::Import;
use crate::cli::import::Logs;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, Provider};
use crate::store::imports::FEED;
use crate::sync::run::Wanted;

/// Gives work a house with its database, and closes everything behind it.
pub(super) type With<'a> = dyn Fn(Config, &mut dyn FnMut(&Runtime, House, &Database) -> Result<()>) -> Result<()> + 'a;

pub(super) fn run(import: Import, config: Config, with: &With<'_>) -> Result<()> {
    match import {
        Import::ClaudeCode(given) => of_logs(Provider::ClaudeCode, &given, config, with),
        Import::Codex(given) => of_logs(Provider::Codex, &given, config, with),
        Import::GeminiCli(given) => of_logs(Provider::GeminiCli, &given, config, with),
        Import::Csv(given) => {
            // A file that cannot be used is no reason to open a database.
            let reading = csv::read(&given, Clock::system().today())?;
            with(config, &mut |runtime, house, database| {
                runtime.block_on(csv::store(house, database, &given, &reading))
            })
        }
        Import::Balance(given) => {
            with(config, &mut |runtime, house, database| runtime.block_on(balance::store(&house, database, &given)))
        }
        Import::Forget(given) => {
            with(config, &mut |runtime, house, database| runtime.block_on(forget::run(house, database, &given)))
        }
    }
}

fn of_logs(agent: Provider, given: &Logs, mut config: Config, with: &With<'_>) -> Result<()> {
    let wanted = logs::prepare(agent, given, &mut config)?;
    with(config, &mut |runtime, house, database| {
        let chosen = |account: &AccountName| *account == wanted;
        runtime.block_on(once::run(house, database, &chosen, Wanted::Due, given.json.json))
    })
}

/// The feed under which the files of a source are kept.
fn feed(source: Option<&String>) -> String {
    source.map_or_else(|| FEED.to_owned(), |source| format!("{FEED}.{source}"))
}
