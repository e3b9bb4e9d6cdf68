//! Cursor: what a team is charged beyond its seats, who used which model, and how far members are within their limits.

mod api;
mod convert;
mod desk;
mod limits;
mod team;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use self::desk::Desk;
use self::limits::Limits;
use self::team::{Members, Team};
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{NamedFeed, UsageRole};
use super::http::{self, Auth, Credential, Http, HttpConfig, Wire};
use super::statement::Statement;

/// Cursor adds its figures up once an hour, and asks not to be asked more often.
const INTERVAL: Duration = Duration::from_secs(3600);
/// Cursor allows 20 requests a minute: one in twelve times the gap that other vendors get by default.
const GAPS: u32 = 12;
const KEY_HELP: &str = "cursor needs a key for the Admin API (key_… or crsr_…), which a team administrator makes at \
    cursor.com/dashboard → API Keys; keys of single users do not work";

/// The settings of a team's account.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A key for the Admin API.
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: "https://api.cursor.com".to_owned() }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::basic)?;
        let min_gap = wire.limits.min_gap.saturating_mul(GAPS);
        let slow = Wire { limits: http::Limits { min_gap, ..wire.limits.clone() }, ..wire.clone() };
        let config = HttpConfig { key_help: Some(KEY_HELP), ..slow.to(&self.base_url, auth) };
        let desk = Desk { http: Arc::new(Http::new(config)?) };
        Ok(Opened { identity: Some(Box::new(Team { desk: desk.clone() })), feeds: feeds(&desk) })
    }
}

/// All feeds of an account: `costs` is what is charged beyond the seats, `usage` whoever pays for it.
fn feeds(desk: &Desk) -> Vec<NamedFeed> {
    vec![
        NamedFeed::costs(INTERVAL, desk.feed(convert::costs)),
        NamedFeed::usage("usage", INTERVAL, UsageRole::Measured, desk.feed(|events| Ok(convert::usage(events)))),
        NamedFeed::directory(INTERVAL, Members { desk: desk.clone() }),
        NamedFeed::snapshots("limits", INTERVAL, Limits { desk: desk.clone() }),
    ]
}
