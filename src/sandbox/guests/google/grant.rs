//! Tokens for a signed word, whose signature is checked, or for coming from a machine of Google's.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use url::form_urlencoded;

use crate::sandbox::state::State;

/// Made for this sandbox; opens nothing else. PKCS#8 in base64, without the lines that frame a PEM.
pub(in crate::sandbox) const PRIVATE_KEY: &str = include_str!("throwaway_key.b64");
/// The one access token there is.
pub(in crate::sandbox) const TOKEN: &str = "ya29.c.SandboxGoogle0000";

const EMAIL: &str = "llmtally@shop-prod-123.iam.gserviceaccount.com";
const KEY_ID: &str = "5a6d8c0e";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The key file of the sandbox's service account, for a sandbox at `address`.
pub(in crate::sandbox) fn service_account(address: &str) -> String {
    json!({
        "type": "service_account",
        "project_id": "shop-prod-123",
        "private_key_id": KEY_ID,
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{PRIVATE_KEY}\n-----END PRIVATE KEY-----\n"),
        "client_email": EMAIL,
        "token_uri": format!("{address}/google/token"),
    })
    .to_string()
}

pub(super) async fn by_key(Shared(state): Shared<Arc<State>>, body: String) -> Response {
    let fields: BTreeMap<_, _> = form_urlencoded::parse(body.as_bytes()).collect();
    if fields.get("grant_type").map(AsRef::as_ref) != Some(GRANT) {
        return refuse("unsupported_grant_type", "Invalid grant_type");
    }
    match check(fields.get("assertion").map(AsRef::as_ref).unwrap_or_default(), state.now().timestamp()) {
        Ok(()) => issued(),
        Err(description) => refuse("invalid_grant", description),
    }
}

pub(super) async fn of_machine(headers: HeaderMap) -> Response {
    let flavor = headers.get("metadata-flavor").and_then(|value| value.to_str().ok());
    if flavor == Some("Google") { issued() } else { StatusCode::FORBIDDEN.into_response() }
}

fn issued() -> Response {
    Json(json!({ "access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer" })).into_response()
}

fn refuse(error: &str, description: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": description }))).into_response()
}

/// Whether Google would take the assertion at `now`, in seconds since the epoch.
fn check(assertion: &str, now: i64) -> Result<(), &'static str> {
    let (text, signature) = assertion.rsplit_once('.').ok_or("Invalid JWT")?;
    let (header, claims) = text.split_once('.').ok_or("Invalid JWT")?;
    if !is_signed(text, signature) {
        return Err("Invalid JWT Signature.");
    }
    let (header, claims) = (part(header), part(claims));
    if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] != KEY_ID {
        return Err("Invalid JWT header.");
    }
    let aud = claims["aud"].as_str().unwrap_or_default();
    if claims["iss"] != EMAIL || !aud.ends_with("/google/token") {
        return Err("Invalid grant: account not found");
    }
    let scopes = claims["scope"].as_str().unwrap_or_default();
    let is_enough = ["auth/bigquery", "auth/monitoring.read"].iter().all(|scope| scopes.contains(scope));
    if !is_enough && !scopes.contains("auth/cloud-platform") {
        return Err("Invalid OAuth scope or ID token audience provided.");
    }
    let (Some(from), Some(to)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else { return Err("Invalid JWT") };
    let short_lived = to - from <= 3_600 && from <= now && now < to;
    short_lived.then_some(()).ok_or("Invalid JWT: Token must be a short-lived token (60 minutes)")
}

fn part(text: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn is_signed(text: &str, signature: &str) -> bool {
    let checked = || {
        let der = STANDARD.decode(PRIVATE_KEY).ok()?;
        let pair = RsaKeyPair::from_pkcs8(&der).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
        public.verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()
    };
    checked().is_some()
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::RSA_PKCS1_SHA256;

    use super::*;

    const NOW: i64 = 1_795_305_600;

    fn signed(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(PRIVATE_KEY).unwrap()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn only_a_signed_and_short_lived_word_is_taken() {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID });
        let scope = "https://www.googleapis.com/auth/bigquery https://www.googleapis.com/auth/monitoring.read";
        let claims = json!({
            "iss": EMAIL, "scope": scope, "aud": "http://127.0.0.1/google/token", "iat": NOW, "exp": NOW + 3_600,
        });
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            signed(&header, &claims)
        };
        let good = signed(&header, &claims);
        assert_eq!(check(&good, NOW), Ok(()));
        let (text, signature) = good.rsplit_once('.').unwrap();
        let other = with("iss", json!("somebody@else"));
        let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        for (assertion, now) in [
            (format!("{text}.AAAA"), NOW),
            (forged, NOW),
            (other, NOW),
            (with("exp", json!(NOW + 3_601)), NOW),
            (with("scope", json!("https://www.googleapis.com/auth/bigquery")), NOW),
            (with("aud", json!("https://oauth2.googleapis.com/token")), NOW),
            (signed(&json!({ "alg": "none", "typ": "JWT", "kid": KEY_ID }), &claims), NOW),
            (good.clone(), NOW + 3_600),
            (String::new(), NOW),
        ] {
            assert!(check(&assertion, now).is_err(), "{assertion}");
        }
    }
}
