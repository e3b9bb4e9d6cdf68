//! Access tokens: for the key of a service account, or for nothing but running on a machine of Google's.

use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::key::ServiceAccount;
use super::refusal;
use crate::providers::account::OpenError;
use crate::providers::feed::FetchError;
use crate::providers::http::{Answer, Ask, Auth, Body, Credential, Http, HttpConfig, Issuer, Token, Wire};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");

/// On what grounds tokens are given out.
pub(super) enum Grant {
    /// The key is read again for each token, so a rotated file needs no restart.
    Key { credential: Credential, scopes: &'static str, wire: Box<Wire> },
    /// The service account of the machine.
    Machine { http: Box<Http>, scopes: &'static str },
}

impl Grant {
    pub(super) fn of_key(
        wire: &Wire,
        scopes: &'static str,
        key: Option<&SecretString>,
        file: Option<&Path>,
    ) -> Result<Self, OpenError> {
        Ok(Self::Key { credential: Credential::from_config(key, file)?, scopes, wire: Box::new(wire.clone()) })
    }

    pub(super) fn of_machine(wire: &Wire, scopes: &'static str, metadata_url: &str) -> Result<Self, OpenError> {
        // Without the header the server takes nobody for a program of its machine.
        let headers = [(FLAVOR, HeaderValue::from_static("Google"))].into_iter().collect();
        let http = Http::new(HttpConfig { headers, ..wire.to(metadata_url, Auth::none()) })?;
        Ok(Self::Machine { http: Box::new(http), scopes })
    }
}

#[async_trait]
impl Issuer for Grant {
    async fn issue(&self) -> Result<Token, FetchError> {
        match self {
            Self::Key { credential, scopes, wire } => {
                let account = ServiceAccount::parse(&credential.current().await?)?;
                by_key(&account, scopes, wire).await
            }
            Self::Machine { http, scopes } => {
                let ask = Ask::get("computeMetadata/v1/instance/service-accounts/default/token");
                let answer = http.fetch(&ask.with("scopes", scopes.replace(' ', ","))).await?;
                token(&answer, http.clock().now())
            }
        }
    }
}

async fn by_key(account: &ServiceAccount, scopes: &str, wire: &Wire) -> Result<Token, FetchError> {
    let malformed = || FetchError::Unauthorized("token_uri of the service account key is no address".to_owned());
    let url = Url::parse(&account.token_uri).map_err(|_| malformed())?;
    let config = wire.to(&url.origin().ascii_serialization(), Auth::none());
    let http = Http::new(HttpConfig { judge: refusal::judge_grant, ..config }).map_err(|_| malformed())?;
    let now = wire.clock.now();
    let assertion = account.assertion(scopes, now)?;
    let fields = [("grant_type", GRANT), ("assertion", assertion.expose_secret())];
    let body = Body::form(&fields, vec![assertion.clone()]);
    token(&http.fetch(&Ask::post(url.path(), body)).await?, now)
}

fn token(answer: &Answer, now: DateTime<Utc>) -> Result<Token, FetchError> {
    #[derive(Deserialize)]
    struct Issued {
        access_token: SecretString,
        expires_in: u32,
    }
    // No word of an answer that may hold a token.
    let issued: Issued = serde_json::from_slice(&answer.body)
        .map_err(|_| FetchError::Malformed("answer to the request for a token is not as documented".to_owned()))?;
    Ok(Token { secret: issued.access_token, expires_at: now + TimeDelta::seconds(issued.expires_in.into()) })
}
