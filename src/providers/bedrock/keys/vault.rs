//! Keys in use: asked for where they come from, and renewed in time.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::domain::clock::Clock;
use crate::providers::feed::FetchError;

/// Keys are renewed this long before their end, so that no signature expires on its way.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

#[derive(Clone)]
pub(in crate::providers::bedrock) struct Keys {
    pub(in crate::providers::bedrock) id: String,
    pub(in crate::providers::bedrock) secret: SecretString,
    /// Of keys that expire.
    pub(in crate::providers::bedrock) session_token: Option<SecretString>,
    /// `None` where the source does not tell: then it is asked each time.
    pub(in crate::providers::bedrock) expires_at: Option<DateTime<Utc>>,
}

/// Where keys come from.
#[async_trait]
pub(in crate::providers::bedrock) trait Source: Send + Sync {
    async fn load(&self) -> Result<Keys, FetchError>;
}

/// The keys of an account. Requests that come while they are renewed wait for it: the source is asked once.
pub(in crate::providers::bedrock) struct Vault {
    source: Box<dyn Source>,
    clock: Clock,
    last: Mutex<Option<Keys>>,
}

impl Vault {
    pub(in crate::providers::bedrock) fn new(source: Box<dyn Source>, clock: Clock) -> Self {
        Self { source, clock, last: Mutex::new(None) }
    }

    pub(in crate::providers::bedrock) async fn current(&self) -> Result<Keys, FetchError> {
        let mut last = self.last.lock().await;
        let lasts = |keys: &&Keys| keys.expires_at.is_some_and(|end| self.clock.now() < end - MARGIN);
        if let Some(keys) = last.as_ref().filter(lasts) {
            return Ok(keys.clone());
        }
        let keys = self.source.load().await?;
        *last = Some(keys.clone());
        Ok(keys)
    }
}
