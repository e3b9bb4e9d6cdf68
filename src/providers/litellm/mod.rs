//! LiteLLM: what passes through a proxy of one's own, by team, key, user and model.

mod api;
mod convert;
mod desk;
mod directory;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use self::desk::Desk;
use self::directory::Names;
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http, HttpConfig, Wire};
use super::statement::Statement;

const KEY_HELP: &str = "litellm needs the proxy's master key, or a key of a user with the role proxy_admin or \
    proxy_admin_viewer; keys of other users only see what is their own";

/// Whose bill has what passes through the proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// Vendors' that are accounts here as well: the proxy tells who used it, and nothing is added.
    #[default]
    Included,
    /// Nobody's whom llmtally asks: what the proxy reckons is the spend.
    Metered,
}

/// The settings of a proxy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The master key, or a key of a proxy admin or admin viewer.
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    /// Where the proxy is.
    pub base_url: Option<String>,
    pub billing: Payer,
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let missing = || OpenError::Setting("set `base_url`: where your proxy is".to_owned());
        let base_url = self.base_url.as_ref().ok_or_else(missing)?;
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::bearer)?;
        let config = HttpConfig { key_help: Some(KEY_HELP), ..wire.to(base_url, auth) };
        let desk = Desk { http: Arc::new(Http::new(config)?) };
        // A proxy has no id of its own.
        Ok(Opened { identity: None, feeds: feeds(&desk, self.billing) })
    }
}

/// All feeds of a proxy.
fn feeds(desk: &Desk, payer: Payer) -> Vec<NamedFeed> {
    let often = Duration::from_mins(5);
    let usage = |role| NamedFeed::usage("usage", often, role, desk.feed(|parts| Ok(convert::usage(parts))));
    let mut feeds = match payer {
        Payer::Included => vec![usage(UsageRole::Included)],
        Payer::Metered => {
            vec![NamedFeed::costs(often, desk.feed(|parts| Ok(convert::costs(parts)))), usage(UsageRole::Measured)]
        }
    };
    feeds.push(NamedFeed::directory(Duration::from_hours(1), Names { desk: desk.clone() }));
    feeds
}
