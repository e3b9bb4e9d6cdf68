//! The documented answer, digit for digit.

use super::*;
use crate::providers::account::Account;
use crate::providers::http::loopback::{Loopback, reply};

const ANSWER: &str = r#"{"is_available": true, "balance_infos": [
    {"currency": "CNY", "total_balance": "110.00", "granted_balance": "10.00", "topped_up_balance": "100.00"}]}"#;

#[tokio::test]
async fn a_balance_is_what_is_left_of_grants_and_top_ups() {
    let server = Loopback::start(|_, _| reply(200, ANSWER)).await;
    let config: Config =
        serde_json::from_value(serde_json::json!({ "api_key": "sk-1", "base_url": server.base_url })).unwrap();
    let opened = config.open(&server.wire()).unwrap();
    let FeedKind::Snapshots(gauge) = &opened.feeds[0].kind else { panic!("a balance is no snapshot") };
    let left = Money::new("110".parse().unwrap(), "CNY".parse().unwrap());
    assert_eq!(gauge.read().await.unwrap(), [Snapshot { scope: String::new(), reading: Reading::Balance(left) }]);
    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.path.as_str(), seen.body.as_str()), ("GET", "/user/balance", ""));
    assert_eq!(seen.header("authorization"), Some("Bearer sk-1"));
}
