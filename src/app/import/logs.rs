//! One pass over the logs in a folder.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cli::import::Logs;
use crate::config::Config;
use crate::domain::names::{AccountName, Provider};

/// The account that an import goes to, reading the given folder instead of its own.
///
/// # Errors
///
/// When the folder is not there.
pub(super) fn prepare(agent: Provider, given: &Logs, config: &mut Config) -> Result<AccountName> {
    let account = AccountName { provider: agent, account: given.account.clone() };
    // Under one name whatever folder this is called in, so that a second import reads on behind the first.
    let path: PathBuf = given.path.canonicalize().with_context(|| format!("cannot read `{}`", given.path.display()))?;
    if let Some(logs) = config.accounts.logs_of(account.provider) {
        logs.entry(given.account.clone()).or_default().paths = vec![path];
    }
    Ok(account)
}
