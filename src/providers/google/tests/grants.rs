//! Tokens: a key whose signature holds, a machine of Google's, and keys that are none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{METADATA, TOKEN, days, settings};
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::google::key::{SCOPES, ServiceAccount};
use crate::providers::http::loopback::{Loopback, reply};

/// Made for this test.
const PRIVATE_KEY: &str = include_str!("../fixtures/throwaway_key.b64");

fn key_file(server: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "shop",
        "private_key_id": "abc",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{PRIVATE_KEY}\n-----END PRIVATE KEY-----\n"),
        "client_email": "x@shop.iam.gserviceaccount.com",
        "token_uri": format!("{server}/token"),
    })
}

#[test]
fn the_signature_is_that_of_the_key_and_covers_every_claim() {
    let key = key_file("https://oauth2.googleapis.com").to_string();
    let account = ServiceAccount::parse(&key.into()).unwrap();
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let assertion = account.assertion(SCOPES, now).unwrap();
    let (text, signature) = assertion.expose_secret().rsplit_once('.').unwrap();
    let der = base64::engine::general_purpose::STANDARD.decode(PRIVATE_KEY).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    public.verify(text.as_bytes(), &signature).unwrap();
    assert!(public.verify(format!("{text}x").as_bytes(), &signature).is_err());

    let part = |text: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (header, claims) = text.split_once('.').unwrap();
    assert_eq!(part(header), json!({ "alg": "RS256", "typ": "JWT", "kid": "abc" }));
    let claims = part(claims);
    assert_eq!(claims["iss"], "x@shop.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(1_795_305_600), Some(1_795_309_200)));
}

#[test]
fn a_key_that_is_none_is_not_repeated() {
    let mut other = key_file("https://x");
    other["type"] = json!("authorized_user");
    let mut broken = key_file("https://x");
    broken["private_key"] = json!("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    let mut mistyped = key_file("https://x");
    mistyped["client_email"] = json!(["c2VjcmV0"]);
    for (text, expected) in [
        (other.to_string(), "service account key is of type `authorized_user`, and must be of type `service_account`"),
        (broken.to_string(), "private_key of the service account key is no RSA key in PKCS#8"),
        ("c2VjcmV0".to_owned(), "service account key is not the JSON that google hands out, see line 1, column 1"),
        (mistyped.to_string(), "service account key is not the JSON that google hands out, see line 1, column"),
    ] {
        let key = SecretString::from(text);
        let made = ServiceAccount::parse(&key)
            .and_then(|account| account.assertion(SCOPES, "2026-11-22T00:00:00Z".parse().unwrap()));
        let error = made.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{error}");
    }
}

/// What a feed of an account with the key says of a server that gives out tokens as `answer`.
async fn with_key(status: u16, answer: &'static str) -> (Loopback, Result<usize, FetchError>) {
    let server = Loopback::start(move |seen, _| match seen.path.as_str() {
        "/token" => reply(status, answer),
        _ if seen.header("authorization") == Some("Bearer ya29.c.test") => reply(200, "{}"),
        _ => reply(401, "{}"),
    })
    .await;
    let config = settings(&server, json!({ "service_account_key": key_file(&server.base_url).to_string() }));
    let opened = config.open(&server.wire()).unwrap();
    let feed = opened.feeds.into_iter().find(|feed| feed.name.0 == "usage.gemini").unwrap();
    let FeedKind::Usage(_, feed) = feed.kind else { panic!("usage is use") };
    let answer = feed.fetch(days("2026-11-21", "2026-11-21")).await;
    (server, answer.map(|records| records.len()))
}

#[tokio::test]
async fn one_token_serves_many_requests() {
    let (server, answer) = with_key(200, TOKEN).await;
    assert_eq!(answer.unwrap(), 0);
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|seen| seen.path == "/token").count(), 1);
    assert_eq!(seen.len(), 5);
    assert!(seen[0].body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"));
    assert_eq!(seen[0].header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn a_grant_that_is_refused_says_why_and_what_helps() {
    let said = r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
    let (server, answer) = with_key(400, said).await;
    let Err(FetchError::Unauthorized(text)) = answer else { panic!("{answer:?}") };
    assert!(text.starts_with("status 400: Invalid JWT Signature.; google needs the JSON key"), "{text}");
    assert_eq!(server.seen().len(), 1);

    let (_, answer) = with_key(200, r#"{"access_token":"ya29.c.secret","expires_in":"soon"}"#).await;
    let error = answer.unwrap_err();
    assert_eq!(error.to_string(), "answer to the request for a token is not as documented");
}

#[tokio::test]
async fn a_machine_of_googles_needs_no_key() {
    let server = super::google(|_| (200, "{}".to_owned())).await;
    assert_eq!(super::usage(&server, "usage.vertex", days("2026-11-21", "2026-11-21")).await.unwrap(), []);
    let asked = server.seen().remove(0);
    assert_eq!((asked.path.as_str(), asked.header("metadata-flavor")), (METADATA, Some("Google")));
}
