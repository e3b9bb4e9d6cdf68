//! Access keys: where they come from, and for how long they are good.

mod container;
mod instance;
mod profile;
mod role;
pub(super) mod vault;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use self::vault::{Keys, Source, Vault};
use super::cloud::Cloud;
use super::config::Config;
use crate::providers::account::OpenError;
use crate::providers::feed::FetchError;
use crate::providers::http::{Credential, Wire};

/// The keys that `config` describes, or those of the role that it wants taken on with them.
///
/// # Errors
///
/// Half a pair of keys, or an address that is none.
pub(super) fn vault(config: &Config, wire: &Wire) -> Result<Vault, OpenError> {
    let own = Vault::new(own(config, wire)?, wire.clock.clone());
    let Some(arn) = &config.role_arn else { return Ok(own) };
    let region = config.regions().swap_remove(0);
    let sts = Cloud::new(wire, config.endpoint_url.as_deref(), own).sts(&region)?;
    let role = role::Role::new(sts, arn.clone(), config.external_id.clone());
    Ok(Vault::new(Box::new(role), wire.clock.clone()))
}

fn own(config: &Config, wire: &Wire) -> Result<Box<dyn Source>, OpenError> {
    let secret = given(config.secret_access_key.as_ref(), config.secret_access_key_file.as_deref())?;
    let session_token = given(config.session_token.as_ref(), config.session_token_file.as_deref())?;
    match (config.access_key_id.as_ref(), secret) {
        (Some(id), Some(secret)) => Ok(Box::new(Given { id: id.trim().to_owned(), secret, session_token })),
        (Some(_), None) => Err(OpenError::Setting("access_key_id is set without secret_access_key".to_owned())),
        (None, Some(_)) => Err(OpenError::Setting("secret_access_key is set without access_key_id".to_owned())),
        (None, None) => {
            if let Some(profile) = &config.profile {
                let missing = || OpenError::Setting("profile is set without credentials_file".to_owned());
                let file = config.credentials_file.clone().ok_or_else(missing)?;
                Ok(Box::new(profile::Profile { file, name: profile.clone() }))
            } else if let Some(url) = &config.container_credentials_url {
                let token = given(config.container_token.as_ref(), config.container_token_file.as_deref())?;
                Ok(Box::new(container::Container::new(wire, url, token)?))
            } else {
                Ok(Box::new(instance::Instance::new(wire, &config.metadata_url)?))
            }
        }
    }
}

fn given(value: Option<&SecretString>, file: Option<&std::path::Path>) -> Result<Option<Credential>, OpenError> {
    if value.is_none() && file.is_none() { Ok(None) } else { Ok(Some(Credential::from_config(value, file)?)) }
}

/// Keys that stand in the configuration, or in files that are read again when they change.
struct Given {
    id: String,
    secret: Credential,
    session_token: Option<Credential>,
}

#[async_trait]
impl Source for Given {
    async fn load(&self) -> Result<Keys, FetchError> {
        let session_token = match &self.session_token {
            Some(token) => Some(token.current().await?),
            None => None,
        };
        Ok(Keys { id: self.id.clone(), secret: self.secret.current().await?, session_token, expires_at: None })
    }
}

/// Keys as machines and containers get them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lent {
    access_key_id: String,
    secret_access_key: SecretString,
    token: SecretString,
    expiration: DateTime<Utc>,
}

impl From<Lent> for Keys {
    fn from(lent: Lent) -> Self {
        Self {
            id: lent.access_key_id,
            secret: lent.secret_access_key,
            session_token: Some(lent.token).filter(|token| !token.expose_secret().is_empty()),
            expires_at: Some(lent.expiration),
        }
    }
}

/// A source on this machine answers at once or not at all.
fn nearby(wire: &Wire) -> Wire {
    let mut near = wire.clone();
    near.limits.timeout = std::time::Duration::from_secs(2);
    near.limits.max_attempts = near.limits.max_attempts.min(2);
    near
}

/// Says where keys were looked for; what went wrong on this machine is nobody's key.
fn not_found(place: &str, error: FetchError) -> FetchError {
    match error {
        FetchError::Stopped => FetchError::Stopped,
        other => FetchError::Unauthorized(format!("no AWS keys from {place}: {other}")),
    }
}
