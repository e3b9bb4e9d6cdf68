//! Keys of the wrong kind: the message says which one is needed.

use super::{COSTS, Vendor, days};
use crate::providers::feed::FetchError;

const MISSING_SCOPE: &str = include_str!("../fixtures/missing_scope.json");

#[tokio::test]
async fn a_refused_key_says_what_the_vendor_said_and_which_key_is_needed() {
    let wrong_key = r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#;
    for (status, body, said) in [
        (401, wrong_key, "status 401: Incorrect API key provided"),
        (403, MISSING_SCOPE, "status 403: You have insufficient permissions"),
        (403, "<html>forbidden</html>", "status 403: forbidden"),
    ] {
        let vendor = Vendor::start(&[
            (COSTS, status, body),
            ("/v1/organization/usage/images", status, body),
            ("/v1/organization/users", status, body),
            ("/v1/organization/projects", status, body),
        ])
        .await;
        let window = days("2026-11-20", "2026-11-20");
        let costs = vendor.costs(window).await.unwrap_err();
        let usage = vendor.usage("usage.images", window).await.unwrap_err();
        let directory = vendor.directory().await.unwrap_err();
        for error in [costs, usage, directory] {
            let FetchError::Unauthorized(text) = error else { panic!("{error}") };
            assert!(text.starts_with(said), "{text}");
            for help in ["sk-admin-", "platform.openai.com", "api.usage.read", "sk-proj-"] {
                assert!(text.contains(help), "{text}");
            }
            assert!(!text.contains("sk-admin-of-the-test"), "{text}");
        }
    }
}
