//! Where requests are signed, a signature that is wrong in any way opens nothing.

use chrono::TimeDelta;
use llmtally::domain::clock::Clock;
use llmtally::domain::names::{AccountName, Provider};
use llmtally::providers::account::Account;
use llmtally::providers::bedrock;
use llmtally::providers::feed::FetchError;
use llmtally::providers::http::{HttpMetrics, Wire, shared_client};
use llmtally::sandbox::{Options, Sandbox};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::stage::limits;

/// What the sandbox says to a request that is signed with `secret` by a clock that is so many minutes ahead.
async fn asked(secret: &str, ahead: i64) -> Result<Vec<String>, FetchError> {
    let clock = Clock::fixed("2026-11-22T14:05:00Z".parse().unwrap());
    let sandbox = Sandbox::start(Options::new(clock.clone())).await.unwrap();
    let config: bedrock::Config = serde_json::from_value(json!({
        "access_key_id": Sandbox::BEDROCK_KEY_ID,
        "secret_access_key": secret,
        "endpoint_url": format!("http://{}/bedrock/aws", sandbox.address()),
    }))
    .unwrap();
    let wire = Wire {
        client: shared_client().unwrap(),
        account: AccountName { provider: Provider::Bedrock, account: "default".to_owned() },
        limits: limits(),
        clock: Clock::fixed(clock.now() + TimeDelta::minutes(ahead)),
        stop: CancellationToken::new(),
        metrics: HttpMetrics::default(),
    };
    config.open(&wire).unwrap().identity.unwrap().ids().await
}

#[tokio::test]
async fn a_signature_has_the_right_key_and_is_of_now() {
    let secret = Sandbox::BEDROCK_SECRET_KEY;
    assert_eq!(asked(secret, 4).await.unwrap(), ["111122223333"]);
    for (secret, ahead) in [(&secret[1..], 0), (secret, 6), (secret, -6)] {
        let error = asked(secret, ahead).await.unwrap_err();
        assert_eq!(error.reason(), "unauthorized", "{ahead}: {error}");
        assert!(error.to_string().contains("InvalidSignatureException"), "{error}");
    }
}
