//! ElevenLabs: what is used of a plan's credits, and by which models and users.

mod api;
mod stats;
mod subscription;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderName;

use self::api::User;
use self::stats::{By, Stats};
use self::subscription::Quota;
use super::account::{Identity, Opened};
use super::feed::{FeedKind, FetchError, NamedFeed, UsageRole};
use super::http::{Ask, Auth, Credential, Http};
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

const KEY_HELP: &str = "elevenlabs needs an API key, which is made at elevenlabs.io → Developers → API keys; a restricted \
    one needs read access to User (user_read) and to the usage of the workspace";

/// The settings of a workspace; one with data residency lives on a server of its region only.
pub type Config = KeyConfig<ElevenLabs>;

#[derive(Debug, Clone)]
pub struct ElevenLabs;

impl Vendor for ElevenLabs {
    const BASE_URL: &'static str = "https://api.elevenlabs.io";

    fn auth(key: Credential) -> Auth {
        Auth::header(HeaderName::from_static("xi-api-key"), key)
    }

    fn open(http: Http) -> Opened {
        let http = Arc::new(http);
        let identity = Owner { http: Arc::clone(&http) };
        Opened { identity: Some(Box::new(identity)), feeds: feeds(&http) }
    }
}

/// All feeds of a workspace.
fn feeds(http: &Arc<Http>) -> Vec<NamedFeed> {
    let named = |name, minutes: u64, kind| {
        let min_interval = Duration::from_secs(60 * minutes);
        NamedFeed { name: FeedName(name), min_interval, kind }
    };
    let stats = |by| Box::new(Stats { http: Arc::clone(http), by });
    vec![
        named("usage", 15, FeedKind::Usage(UsageRole::Measured, stats(By::Model))),
        named("usage.users", 15, FeedKind::Usage(UsageRole::Attribution, stats(By::User))),
        named("subscription", 5, FeedKind::Snapshots(Box::new(Quota { http: Arc::clone(http) }))),
    ]
}

/// The workspace of the key, or its user where there is none.
struct Owner {
    http: Arc<Http>,
}

#[async_trait]
impl Identity for Owner {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let user: User = self.http.json(&Ask::get("v1/user")).await.map_err(explain)?;
        Ok(vec![user.workspace_id.unwrap_or(user.user_id)])
    }
}

fn explain(error: FetchError) -> FetchError {
    error.with_help(KEY_HELP)
}
