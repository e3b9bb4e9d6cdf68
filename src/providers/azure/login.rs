//! Tokens for an app registration, by its client secret.

use async_trait::async_trait;
use chrono::TimeDelta;
use rust_decimal::prelude::ToPrimitive;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::settings::Id;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Body, Credential, Http, Issuer, Token, Verdict, by_status};
use crate::providers::number::Number;

/// `POST {tenant}/oauth2/v2.0/token`
pub(super) struct ClientCredentials {
    pub(super) http: Http,
    pub(super) tenant: Id,
    pub(super) client: Id,
    pub(super) secret: Credential,
    pub(super) scope: String,
}

#[derive(Deserialize)]
struct Issued {
    access_token: SecretString,
    /// Seconds.
    expires_in: Number,
}

/// A wrong tenant, client or scope is refused with 400, a wrong or expired secret with 401: both are the registration's.
pub(super) fn judge(status: u16, body: &[u8]) -> Verdict {
    if status == 400 { Verdict::Unauthorized } else { by_status(status, body) }
}

#[async_trait]
impl Issuer for ClientCredentials {
    async fn issue(&self) -> Result<Token, FetchError> {
        let secret = self.secret.current().await?;
        let fields = [
            ("client_id", self.client.to_string()),
            ("client_secret", secret.expose_secret().to_owned()),
            ("grant_type", "client_credentials".to_owned()),
            ("scope", self.scope.clone()),
        ];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = Body::form(&fields, vec![secret]);
        let asked_at = self.http.clock().now();
        let answer = self.http.fetch(&Ask::post(format!("{}/oauth2/v2.0/token", self.tenant), body)).await?;
        // What is wrong with it may be told by no part of it: that could be the token.
        let issued = serde_json::from_slice::<Issued>(&answer.body).ok();
        let token = issued.and_then(|issued| {
            let life = TimeDelta::try_seconds(issued.expires_in.0.to_i64()?)?;
            Some(Token { secret: issued.access_token, expires_at: asked_at.checked_add_signed(life)? })
        });
        token.ok_or_else(|| FetchError::Malformed("answer with the token is not as documented".to_owned()))
    }
}
