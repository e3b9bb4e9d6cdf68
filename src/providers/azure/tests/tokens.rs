//! Tokens are asked for once, with the client secret, and their refusal says what to do.

use super::*;
use crate::providers::http::loopback::reply_with;

#[tokio::test]
async fn one_token_serves_all_questions() {
    let server = vendor(|_, _| reply(204, "")).await;
    let opened = open(&server);
    assert_eq!(costs(&opened, day("2026-11-01")).await.unwrap(), []);
    assert_eq!(costs(&opened, day("2026-11-02")).await.unwrap(), []);

    let (logins, questions): (Vec<_>, Vec<_>) = server.seen().into_iter().partition(is_login);
    let [login] = logins.as_slice() else { panic!("{} tokens were asked for", logins.len()) };
    assert_eq!((login.method.as_str(), login.path.as_str()), ("POST", "/contoso.example/oauth2/v2.0/token"));
    assert_eq!(login.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(login.header("authorization"), None);
    let form: Vec<(String, String)> = url::form_urlencoded::parse(login.body.as_bytes()).into_owned().collect();
    let scope = format!("{}/.default", server.base_url);
    let wanted = [
        ("client_id", "c-1"),
        ("client_secret", SECRET),
        ("grant_type", "client_credentials"),
        ("scope", scope.as_str()),
    ];
    assert_eq!(form, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(questions.iter().all(|seen| seen.header("authorization") == Some("Bearer eyJ0eXAiOi.Test_token")));
    assert!(questions.iter().all(|seen| seen.header("clienttype") == Some("llmtally")));
}

#[tokio::test]
async fn a_token_is_renewed_when_it_ends_or_is_refused() {
    // Shorter than the margin before its end: good for nothing but the request it was asked for.
    let short = TOKEN.replace("\"3599\"", "60");
    let server = Loopback::start(move |seen, before| match (is_login(seen), before) {
        (true, _) => reply(200, short.clone()),
        (false, 1) => reply(401, r#"{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}"#),
        (false, _) => reply(204, ""),
    })
    .await;
    assert_eq!(costs(&open(&server), day("2026-11-01")).await.unwrap(), []);
    let logins: Vec<bool> = server.seen().iter().map(is_login).collect();
    assert_eq!(logins, [true, false, true, false, true, false]);
}

#[tokio::test]
async fn a_refused_secret_says_which_registration_is_needed() {
    const EXPIRED: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}"#;
    for status in [400, 401] {
        let server = Loopback::start(move |_, _| reply(status, EXPIRED)).await;
        let error = costs(&open(&server), day("2026-11-01")).await.unwrap_err();
        assert!(matches!(error, FetchError::Unauthorized(_)), "{error}");
        let text = error.to_string();
        for word in ["AADSTS7000222", "app registration", "client secret", "Cost Management Reader"] {
            assert!(text.contains(word), "no `{word}` in {text}");
        }
        assert_eq!(server.seen().len(), 1, "a refused secret is not tried again");
    }
}

#[tokio::test]
async fn a_missing_role_is_named() {
    const DENIED: &str =
        r#"{"error":{"code":"AuthorizationFailed","message":"The client does not have authorization."}}"#;
    let server = vendor(|seen, _| match seen.path.as_str() {
        path if path.ends_with("/accounts") => reply(200, include_str!("../fixtures/accounts.json")),
        path if path.ends_with("/deployments") => reply(200, include_str!("../fixtures/deployments.json")),
        _ => reply(403, DENIED),
    })
    .await;
    let opened = open(&server);
    let (costs, usage) = (costs(&opened, day("2026-11-01")).await, usage(&opened, day("2026-11-01")).await);
    assert!(costs.unwrap_err().to_string().contains("the role Cost Management Reader on"));
    assert!(usage.unwrap_err().to_string().contains("the role Monitoring Reader on"));
}

#[tokio::test]
async fn a_broken_answer_with_a_token_does_not_tell_it() {
    let half = TOKEN.split_at(TOKEN.len() - 4).0;
    let server = Loopback::start(move |_, _| reply_with(200, ("content-type", "application/json"), half)).await;
    let error = costs(&open(&server), day("2026-11-01")).await.unwrap_err();
    assert_eq!(error.reason(), "malformed");
    assert!(!format!("{error} {error:?}").contains("Test_"), "{error}");
}
