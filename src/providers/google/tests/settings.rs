//! What an account has, by its settings.

use serde_json::{Value, json};

use super::Config;
use crate::providers::account::Account;
use crate::providers::http::loopback::{Loopback, reply};

fn config(settings: Value) -> Result<Config, serde_json::Error> {
    serde_json::from_value(settings)
}

#[tokio::test]
async fn without_an_export_there_is_use_and_no_cost() {
    let server = Loopback::start(|_, _| reply(500, "")).await;
    let table = "shop.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01";
    for (settings, feeds, ids) in [
        (json!({ "project": "shop" }), &["usage.vertex", "usage.gemini"][..], &["projects/shop"][..]),
        (
            json!({ "project": "shop", "billing_table": table, "usage_projects": ["a", "b"] }),
            &["costs", "directory", "usage.vertex", "usage.gemini"],
            &["billingAccounts/0123AB-4567CD-89EF01", "projects/a", "projects/b"],
        ),
        (
            json!({ "project": "shop", "app_optimize": true }),
            &["costs", "usage.vertex", "usage.gemini"],
            &["projects/shop"],
        ),
    ] {
        let opened = config(settings).unwrap().open(&server.wire()).unwrap();
        assert_eq!(opened.feeds.iter().map(|feed| feed.name.0).collect::<Vec<_>>(), feeds);
        assert_eq!(opened.identity.unwrap().ids().await.unwrap(), ids);
    }
}

#[tokio::test]
async fn reports_stand_beside_no_export_and_no_ids_of_services() {
    let server = Loopback::start(|_, _| reply(500, "")).await;
    for (name, value) in [
        ("billing_table", json!("shop.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01")),
        ("services", json!(["C7E2-9256-1C43"])),
    ] {
        let mut settings = json!({ "project": "shop", "app_optimize": true });
        settings[name] = value;
        let refused = config(settings).unwrap().open(&server.wire()).err().map(|error| error.to_string());
        assert!(refused.is_some_and(|text| text.contains(name) && text.contains("app")), "{name}");
    }
}

#[test]
fn configuration_has_no_room_for_typing_errors() {
    for wrong in [
        json!({}),
        json!({ "project": "My Project" }),
        json!({ "project": "shop", "biling_table": "x" }),
        json!({ "project": "shop", "billing_table": "shop.billing.cloud_pricing_export" }),
    ] {
        assert!(config(wrong.clone()).is_err(), "{wrong}");
    }
}
