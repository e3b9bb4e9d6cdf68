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

#[tokio::test]
async fn a_purse_tells_the_paid_part_as_well_or_fails() {
    for (answer, expected) in [(ANSWER.to_owned(), Some("100")), (ANSWER.replace("topped_up", "paid_up"), None)] {
        let server = Loopback::start(move |_, _| reply(200, answer.clone())).await;
        let settings =
            serde_json::json!({ "api_key": "sk-1", "base_url": server.base_url, "spend_from_balance": true });
        let config: Config = serde_json::from_value(settings).unwrap();
        let opened = config.open(&server.wire()).unwrap();
        let FeedKind::Purse(gauge) = &opened.feeds[0].kind else { panic!("its falls are no charges") };
        let told = gauge.read().await.map(|snapshots| snapshots.into_iter().map(|snapshot| snapshot.reading).collect());
        let money = |amount: &str| Money::new(amount.parse().unwrap(), "CNY".parse().unwrap());
        let both = |paid| vec![Reading::Balance(money("110")), Reading::Paid(money(paid))];
        assert_eq!(told.map_err(|error| error.reason()), expected.map(both).ok_or("malformed"));
    }
}
