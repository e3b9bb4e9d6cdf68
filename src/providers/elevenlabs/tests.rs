//! The documented answers, digit for digit.

use serde_json::json;

use super::*;
use crate::domain::period::Window;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::account::Account;
use crate::providers::feed::FeedKind;
use crate::providers::http::loopback::{Loopback, reply};

const STATS: &str = r#"{"time": [1795132800000, 1795219200000],
    "usage": {"eleven_flash_v2_5": [1200.0, 0.0], "eleven_multilingual_v2": [800.5, 310.0]}}"#;

fn open(server: &Loopback) -> Opened {
    let settings = json!({ "api_key": "xi-test", "base_url": server.base_url });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

async fn usage(server: &Loopback, name: &str) -> Result<Vec<UsageRecord>, FetchError> {
    let feed = open(server).feeds.into_iter().find(|feed| feed.name.0 == name).unwrap();
    let FeedKind::Usage(_, feed) = feed.kind else { panic!("{name} is no feed of use") };
    feed.fetch(Window::new("2026-11-20".parse().unwrap(), "2026-11-22".parse().unwrap()).unwrap()).await
}

#[tokio::test]
async fn credits_are_told_by_day_and_model() {
    let server = Loopback::start(|_, _| reply(200, STATS)).await;
    let used = |at: &str, model: &str, quantity: &str| UsageRecord {
        at: at.parse().unwrap(),
        dims: Dimensions { model: Some(model.to_owned()), ..Dimensions::default() },
        meter: Meter::Characters,
        quantity: quantity.parse().unwrap(),
    };
    let expected = [
        used("2026-11-20T00:00:00Z", "eleven_flash_v2_5", "1200"),
        used("2026-11-20T00:00:00Z", "eleven_multilingual_v2", "800.5"),
        used("2026-11-21T00:00:00Z", "eleven_multilingual_v2", "310"),
    ];
    assert_eq!(usage(&server, "usage").await.unwrap(), expected);
    let by_user = usage(&server, "usage.users").await.unwrap();
    assert_eq!(by_user[0].dims.user.as_deref(), Some("eleven_flash_v2_5"));

    let asked = server.seen();
    assert_eq!(asked[0].header("xi-api-key"), Some("xi-test"));
    assert_eq!(asked[0].values("start_unix"), ["1795132800000"]);
    // 23:59:59 of the last day.
    assert_eq!(asked[0].values("end_unix"), ["1795305599000"]);
    assert_eq!(asked[0].values("include_workspace_metrics"), ["true"]);
    assert_eq!([asked[0].values("breakdown_type"), asked[1].values("breakdown_type")], [["model"], ["user"]]);
}

#[tokio::test]
async fn values_without_a_time_and_times_of_other_days_are_malformed() {
    for answer in [
        r#"{"time": [1795132800000], "usage": {"a": [1, 2]}}"#,
        r#"{"time": [1795046400000], "usage": {}}"#,
        r#"{"time": [1795132800], "usage": {}}"#,
        r#"{"time": [1795136400000], "usage": {}}"#,
    ] {
        let server = Loopback::start(move |_, _| reply(200, answer)).await;
        let error = usage(&server, "usage").await.unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{answer}: {error}");
    }
}

#[tokio::test]
async fn a_plan_is_a_quota_and_what_goes_beyond_it_is_money() {
    let server = Loopback::start(|_, _| reply(200, include_str!("fixtures/subscription.json"))).await;
    let feed = open(&server).feeds.pop().unwrap();
    let FeedKind::Snapshots(gauge) = feed.kind else { panic!("a subscription is no snapshot") };
    let quota = |scope: &str, unit: &str, used: &str, limit: Option<&str>| Snapshot {
        scope: scope.to_owned(),
        reading: Reading::Quota {
            unit: unit.to_owned(),
            used: used.parse().unwrap(),
            limit: limit.map(|limit| limit.parse().unwrap()),
            resets_at: Some("2026-12-02T00:00:00Z".parse().unwrap()),
        },
    };
    let expected = [quota("", "characters", "48210", Some("121000")), quota("overage", "USD", "1.25", None)];
    assert_eq!(gauge.read().await.unwrap(), expected);
}

#[tokio::test]
async fn a_key_without_the_permission_says_which() {
    let refusal = r#"{"detail":{"status":"missing_permissions","message":"The API key you used is missing the permission user_read"}}"#;
    let server = Loopback::start(move |_, _| reply(401, refusal)).await;
    let error = open(&server).identity.unwrap().ids().await.unwrap_err().to_string();
    assert!(error.contains("missing the permission user_read") && error.contains("Developers"), "{error}");
    assert!(!error.contains("detail"), "{error}");
}
