//! The documented answer, sums of floats, pages that share a day, and keys that see too little.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Meter, UsageRecord};
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, reply};

const ACTIVITY: &str = include_str!("fixtures/activity.json");
const DAY: &str = "2026-11-20";

fn open(server: &Loopback, billing: &str) -> Opened {
    let settings = json!({ "api_key": "sk-1", "base_url": server.base_url, "billing": billing });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

/// A proxy that shows its users and these answers, one after the other, for a day's activity.
async fn proxy(pages: Vec<Value>) -> Loopback {
    Loopback::start(move |seen, _| match seen.path.as_str() {
        "/user/list" => reply(200, r#"{"users": [], "total": 0, "page": 1, "page_size": 1, "total_pages": 0}"#),
        _ => {
            let page: usize = seen.values("page").first().map_or(1, |page| page.parse().unwrap());
            reply(200, pages[page - 1].to_string())
        }
    })
    .await
}

async fn costs(server: &Loopback) -> Result<Vec<CostRecord>, FetchError> {
    let opened = open(server, "metered");
    let FeedKind::Costs(feed) = &opened.feeds[0].kind else { panic!("costs are no costs") };
    feed.fetch(Window::single(DAY.parse().unwrap())).await
}

async fn usage(server: &Loopback) -> Vec<UsageRecord> {
    let opened = open(server, "included");
    let FeedKind::Usage(UsageRole::Included, feed) = &opened.feeds[0].kind else { panic!("usage is not included") };
    feed.fetch(Window::single(DAY.parse().unwrap())).await.unwrap()
}

fn page(number: usize, has_more: bool, metrics: Value, models: Value) -> Value {
    let day = json!({ "date": DAY, "metrics": metrics, "breakdown": { "models": models } });
    json!({ "results": [day], "metadata": { "page": number, "has_more": has_more } })
}

#[tokio::test]
async fn the_documented_answer_is_read_and_nothing_is_lost_that_models_do_not_name() {
    let server = proxy(vec![serde_json::from_str(ACTIVITY).unwrap()]).await;
    let told: Vec<_> =
        usage(&server).await.into_iter().map(|record| (record.meter, record.quantity.to_string())).collect();
    // The sample's model has money only.
    let expected = [(Meter::Input, "500"), (Meter::CacheRead, "500"), (Meter::Output, "200"), (Meter::Requests, "11")];
    assert_eq!(told, expected.map(|(meter, quantity)| (meter, quantity.to_owned())));
    let costs = costs(&server).await.unwrap();
    let told: Vec<_> = costs.iter().map(|cost| (cost.dims.model.as_deref(), cost.amount.amount.to_string())).collect();
    assert_eq!(told, [(Some("gpt-5"), "1.25".to_owned())]);
    let asked = server.seen();
    assert_eq!(asked[0].path, "/user/list", "whether the key sees everybody comes first");
    assert_eq!((asked[1].values("start_date"), asked[1].values("end_date")), (vec![DAY], vec![DAY]));
}

#[tokio::test]
async fn pages_that_share_a_day_add_up_by_key() {
    let owner = json!({ "key_alias": "shop", "team_id": "t-1", "user_id": "u-1", "key_exists": true });
    let of_key =
        |spend: f64| json!({ "88dc": { "metrics": { "spend": spend, "prompt_tokens": 10 }, "metadata": owner } });
    let part = |number, has_more, spend: f64| {
        let metrics = json!({ "spend": spend, "prompt_tokens": 10 });
        let models = json!({ "gpt-5": { "metrics": metrics, "api_key_breakdown": of_key(spend) } });
        page(number, has_more, metrics, models)
    };
    let server = proxy(vec![part(1, true, 0.1), part(2, true, 0.2), part(3, false, 7.5e-5)]).await;
    let costs = costs(&server).await.unwrap();
    let [cost] = costs.as_slice() else { panic!("{costs:?}") };
    assert_eq!(cost.amount.amount.to_string(), "0.300075");
    let dims = &cost.dims;
    let told = [&dims.project, &dims.api_key, &dims.user, &dims.model].map(|id| id.as_deref());
    assert_eq!(told, [Some("t-1"), Some("88dc"), Some("u-1"), Some("gpt-5")]);
    assert_eq!(usage(&server).await[0].quantity, Decimal::from(30));
}

#[tokio::test]
async fn what_floats_leave_is_nothing_and_capacity_is_a_fee_of_nobody() {
    let models = json!({
        "gpt-5": { "metrics": { "spend": 0.300_000_000_000_000_04, "flat_cost": 12.5 }, "api_key_breakdown": {
            "unattributed": { "metrics": { "spend": 0.1 }, "metadata": { "key_alias": "Unattributed" } },
            "88dc": { "metrics": { "spend": 0.2 } },
        } },
        "unknown-model": { "metrics": { "spend": 0.025 }, "api_key_breakdown": {} },
    });
    let server = proxy(vec![page(1, false, json!({ "spend": 0.375, "flat_cost": 12.5 }), models)]).await;
    let mut told: Vec<_> = costs(&server)
        .await
        .unwrap()
        .into_iter()
        .map(|cost| (cost.category, cost.dims.model, cost.dims.api_key, cost.amount.amount.to_string()))
        .collect();
    told.sort_by(|a, b| a.3.cmp(&b.3));
    let gpt = Some("gpt-5".to_owned());
    let expected = [
        // What older proxies leave out of the models is a part of it.
        (ChargeCategory::Usage, None, None, "0.07499999999999996".to_owned()),
        (ChargeCategory::Usage, gpt.clone(), None, "0.1".to_owned()),
        (ChargeCategory::Usage, gpt.clone(), Some("88dc".to_owned()), "0.2".to_owned()),
        (ChargeCategory::Fee, gpt, None, "12.5".to_owned()),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_key_that_sees_only_its_own_is_refused_instead_of_believed() {
    let server = Loopback::start(|seen, _| match seen.path.as_str() {
        "/user/list" => reply(403, r#"{"detail": {"error": "Only proxy admins and org admins can list users."}}"#),
        _ => reply(200, ACTIVITY),
    })
    .await;
    let error = costs(&server).await.unwrap_err();
    assert!(matches!(&error, FetchError::Unauthorized(text) if text.contains("proxy_admin_viewer")), "{error}");
}

#[tokio::test]
async fn an_answer_for_another_day_is_none() {
    let mut answer: Value = serde_json::from_str(ACTIVITY).unwrap();
    answer["results"][0]["date"] = json!("2026-11-19");
    let error = costs(&proxy(vec![answer]).await).await.unwrap_err();
    assert_eq!(error.to_string(), "activity of 2026-11-19 is in the answer for 2026-11-20");
}

#[tokio::test]
async fn a_proxy_has_no_address_that_everybody_knows() {
    let server = proxy(Vec::new()).await;
    let config: Config = serde_json::from_value(json!({ "api_key": "sk-1" })).unwrap();
    let error = config.open(&server.wire()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("base_url"), "{error}");
    assert!(serde_json::from_value::<Config>(json!({ "billing": "subscription" })).is_err());
}

#[tokio::test]
async fn what_vendors_bill_is_never_added() {
    let server = proxy(Vec::new()).await;
    let kinds = |billing| open(&server, billing).feeds.into_iter().map(|feed| feed.name.0).collect::<Vec<_>>();
    assert_eq!(kinds("included"), ["usage", "directory"]);
    assert_eq!(kinds("metered"), ["costs", "usage", "directory"]);
}

/// Model, key, billionths of a dollar, tokens.
type Row = (u8, u8, i64, u32);

proptest! {
    /// However rows are cut into pages, money and tokens come to the sum of the rows.
    #[test]
    fn rows_add_up_however_they_are_cut(
        rows in prop::collection::vec((0_u8..3, 0_u8..3, 0_i64..10_i64.pow(12), 0_u32..1_000_000), 1..40),
        size in 1_usize..10,
    ) {
        let day: Day = DAY.parse().unwrap();
        let parts: Vec<_> = rows.chunks(size).map(|chunk| {
            let sum = |of: fn(&Row, (u8, u8)) -> bool, which: (u8, u8)| {
                let wanted: Vec<_> = chunk.iter().filter(|row| of(row, which)).collect();
                let spend: Decimal = wanted.iter().map(|row| Decimal::new(row.2, 9)).sum();
                json!({ "spend": spend.to_string(), "completion_tokens": wanted.iter().map(|row| u64::from(row.3)).sum::<u64>() })
            };
            let models: serde_json::Map<String, Value> = (0..3_u8).map(|model| {
                let keys: serde_json::Map<String, Value> = (0..3_u8)
                    .map(|key| (format!("k{key}"), json!({ "metrics": sum(|row, which| (row.0, row.1) == which, (model, key)) })))
                    .collect();
                (format!("m{model}"), json!({ "metrics": sum(|row, which| row.0 == which.0, (model, 0)), "api_key_breakdown": keys }))
            }).collect();
            let part = json!({ "date": DAY, "metrics": sum(|_, _| true, (0, 0)), "breakdown": { "models": models } });
            (day, serde_json::from_value(part).unwrap())
        }).collect();
        let spent: Decimal = convert::costs(&parts).iter().map(|cost| cost.amount.amount).sum();
        prop_assert_eq!(spent, rows.iter().map(|row| Decimal::new(row.2, 9)).sum::<Decimal>());
        let used: Decimal = convert::usage(&parts).iter().map(|record| record.quantity).sum();
        prop_assert_eq!(used, rows.iter().map(|row| Decimal::from(row.3)).sum::<Decimal>());
    }
}
