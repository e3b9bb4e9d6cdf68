//! The documented answers, over HTTP on loopback: what is asked, what is made of it, and what is said when it is refused.

mod costs;
mod tokens;
mod usage;

use axum::response::Response;
use serde_json::json;

use super::*;
use crate::domain::period::Window;
use crate::providers::feed::FeedKind;
use crate::providers::http::loopback::{Loopback, Seen, reply};

const SECRET: &str = "abc8Q~Test_secret";
const TOKEN: &str =
    r#"{"token_type":"Bearer","expires_in":"3599","ext_expires_in":3599,"access_token":"eyJ0eXAiOi.Test_token"}"#;

/// A vendor that gives out tokens and leaves the rest to `answer`.
async fn vendor(answer: impl Fn(&Seen, usize) -> Response + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |seen, before| if is_login(seen) { reply(200, TOKEN) } else { answer(seen, before) }).await
}

fn is_login(seen: &Seen) -> bool {
    seen.path.ends_with("/oauth2/v2.0/token")
}

fn open(server: &Loopback) -> Opened {
    let config: Config = serde_json::from_value(json!({
        "tenant_id": "Contoso.example",
        "client_id": "c-1",
        "client_secret": SECRET,
        "subscription_ids": "0000",
        "login_url": server.base_url,
        "base_url": server.base_url,
    }))
    .unwrap();
    config.open(&server.wire()).unwrap()
}

fn day(text: &str) -> Window {
    Window::single(text.parse().unwrap())
}

async fn costs(opened: &Opened, window: Window) -> Result<Vec<crate::domain::cost::CostRecord>, FetchError> {
    let feed = opened.feeds.iter().find_map(|feed| match &feed.kind {
        FeedKind::Costs(feed) => Some(feed),
        _ => None,
    });
    feed.unwrap().fetch(window).await
}

async fn usage(opened: &Opened, window: Window) -> Result<Vec<crate::domain::usage::UsageRecord>, FetchError> {
    let feed = opened.feeds.iter().find_map(|feed| match &feed.kind {
        FeedKind::Usage(_, feed) => Some(feed),
        _ => None,
    });
    feed.unwrap().fetch(window).await
}

#[test]
fn what_is_missing_is_named() {
    let wire = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Loopback::start(|_, _| reply(200, "")).await.wire() })
    };
    let whole = json!({ "tenant_id": "t", "client_id": "c", "client_secret": SECRET, "subscription_ids": ["s"] });
    for key in ["tenant_id", "client_id", "subscription_ids"] {
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(key);
        let config: Config = serde_json::from_value(part).unwrap();
        let Err(error) = config.open(&wire()) else { panic!("{key} is not missed") };
        assert_eq!(error.to_string(), format!("`{key}` is missing"));
    }
}
