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
use super::feed::{FetchError, NamedFeed, UsageRole};
use super::http::{Ask, Auth, Credential, Http};
use super::keyed::{KeyConfig, Vendor};

/// The settings of a workspace; one with data residency lives on a server of its region only.
pub type Config = KeyConfig<ElevenLabs>;

#[derive(Debug, Clone)]
pub struct ElevenLabs;

impl Vendor for ElevenLabs {
    const BASE_URL: &'static str = "https://api.elevenlabs.io";

    const KEY_HELP: &'static str = "elevenlabs needs an API key, which is made at elevenlabs.io → Developers → API \
        keys; a restricted one needs read access to User (user_read) and to the usage of the workspace";

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
    let often = Duration::from_mins(15);
    let stats = |by| Stats { http: Arc::clone(http), by };
    vec![
        NamedFeed::usage("usage", often, UsageRole::Measured, stats(By::Model)),
        NamedFeed::usage("usage.users", often, UsageRole::Attribution, stats(By::User)),
        NamedFeed::snapshots("subscription", Duration::from_mins(5), Quota { http: Arc::clone(http) }),
    ]
}

/// The workspace of the key, or its user where there is none.
struct Owner {
    http: Arc<Http>,
}

#[async_trait]
impl Identity for Owner {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let user: User = self.http.json(&Ask::get("v1/user")).await?;
        Ok(vec![user.workspace_id.unwrap_or(user.user_id)])
    }
}
