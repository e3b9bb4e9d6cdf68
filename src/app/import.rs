//! One pass over the logs in a folder.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cli::Import;
use crate::config::Config;
use crate::domain::names::AccountName;

/// The account that an import goes to, reading the given folder instead of its own.
///
/// # Errors
///
/// When the folder is not there.
pub(super) fn prepare(import: &Import, config: &mut Config) -> Result<AccountName> {
    let account = AccountName { provider: import.agent.provider(), account: import.account.clone() };
    // Under one name whatever folder this is called in, so that a second import reads on behind the first.
    let path: PathBuf =
        import.path.canonicalize().with_context(|| format!("cannot read `{}`", import.path.display()))?;
    if let Some(logs) = config.accounts.logs_of(account.provider) {
        logs.entry(import.account.clone()).or_default().paths = vec![path];
    }
    Ok(account)
}
