//! Requests signed with Signature Version 4, as all of Amazon's services want them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName};
use secrecy::ExposeSecret;

use super::keys::vault::{Keys, Vault};
use crate::domain::clock::Clock;
use crate::providers::feed::FetchError;
use crate::providers::http::{Authenticate, Outgoing, Proof, secret_header};

/// What a signature is good for.
pub(super) struct Scope {
    pub(super) service: &'static str,
    pub(super) region: String,
}

/// The way of one connection: each request is signed anew, with the keys and the time of its attempt.
pub(super) struct Signed {
    scope: Scope,
    vault: Arc<Vault>,
    clock: Clock,
}

impl Signed {
    pub(super) fn new(scope: Scope, vault: Arc<Vault>, clock: Clock) -> Self {
        Self { scope, vault, clock }
    }
}

#[async_trait]
impl Authenticate for Signed {
    async fn prove(&self, request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        let keys = self.vault.current().await?;
        let headers = headers(&keys, &self.scope, self.clock.now(), request)?;
        let secrets = [Some(keys.id.into()), Some(keys.secret), keys.session_token];
        Ok(Proof { headers, secrets: secrets.into_iter().flatten().collect() })
    }

    /// Keys are looked for before each attempt, and renewed before they expire: there are no newer ones.
    async fn has_another(&self, _refused: &Proof) -> bool {
        false
    }
}

/// The headers that sign `request` at `now`.
fn headers(keys: &Keys, scope: &Scope, now: DateTime<Utc>, request: &Outgoing<'_>) -> Result<HeaderMap, FetchError> {
    let unsigned = |error: &dyn std::fmt::Display| FetchError::Malformed(format!("request cannot be signed: {error}"));
    let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    let credentials = Credentials::new(keys.id.clone(), keys.secret.expose_secret(), token, None, "llmtally").into();
    let params = v4::SigningParams::builder()
        .identity(&credentials)
        .region(&scope.region)
        .name(scope.service)
        .time(now.into())
        .settings(settings(scope.service))
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let known = request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(request.body);
    let request = SignableRequest::new(request.method.as_str(), request.url.as_str(), known, body);
    let request = request.map_err(|error| unsigned(&error))?;
    let (signature, _) = sign(request, &params).map_err(|error| unsigned(&error))?.into_parts();
    let signed = signature.headers().map(|(name, value)| {
        let name = HeaderName::try_from(name).map_err(|error| unsigned(&error))?;
        Ok((name, secret_header(value)?))
    });
    signed.collect()
}

/// S3 takes paths as they are, and wants to be told the digest of the body.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

#[cfg(test)]
mod tests {
    use reqwest::header::CONTENT_TYPE;
    use reqwest::{Method, Url};

    use super::*;

    /// The example that Amazon's guide to signatures works out step by step.
    #[test]
    fn the_worked_example_has_its_published_signature() {
        let keys = Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            expires_at: None,
        };
        let scope = Scope { service: "iam", region: "us-east-1".to_owned() };
        let url = Url::parse("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08").unwrap();
        let content_type = "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap();
        let known = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        let request = Outgoing { method: &Method::GET, url: &url, headers: &known, body: &[] };
        let headers = headers(&keys, &scope, "2015-08-30T12:36:00Z".parse().unwrap(), &request).unwrap();
        let authorization = headers["authorization"].to_str().unwrap();
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        assert_eq!(headers["x-amz-date"], "20150830T123600Z");
        assert!(headers["authorization"].is_sensitive());
    }

    /// The example of a list of a bucket in Amazon's guide to S3.
    #[test]
    fn the_example_of_s3_has_its_published_signature() {
        let keys = Keys {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            expires_at: None,
        };
        let scope = Scope { service: "s3", region: "us-east-1".to_owned() };
        let url = Url::parse("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J").unwrap();
        let request = Outgoing { method: &Method::GET, url: &url, headers: &HeaderMap::new(), body: &[] };
        let headers = headers(&keys, &scope, "2013-05-24T00:00:00Z".parse().unwrap(), &request).unwrap();
        assert_eq!(
            headers["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
             Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        );
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(headers["x-amz-content-sha256"], of_nothing);
    }
}
