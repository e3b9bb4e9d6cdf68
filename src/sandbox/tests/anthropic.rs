//! What Anthropic refuses and what it is odd about.

use serde_json::{Value, json};

use super::{Lab, Vendor, decimal};

const MESSAGES: &str = "usage_report/messages";
const FAST_MODE: &str = "fast-mode-2026-02-01";

#[tokio::test]
async fn limits_and_unknown_parameters_are_refused() {
    let lab = Lab::open().await;
    let five =
        ["account_id", "api_key_id", "context_window", "inference_geo", "model"].map(|name| ("group_by[]", name));
    let refused = [
        ("cost_report", vec![("limit", "32")]),
        ("cost_report", vec![("bucket_width", "1h")]),
        ("cost_report", vec![("group_by[]", "model")]),
        ("cost_report", vec![("group_by", "description")]),
        (MESSAGES, vec![("limit", "32")]),
        (MESSAGES, vec![("limit", "169"), ("bucket_width", "1h")]),
        (MESSAGES, vec![("limit", "1441"), ("bucket_width", "1m")]),
        (MESSAGES, vec![("group_by[]", "speed")]),
        (MESSAGES, five.into_iter().chain([("group_by[]", "workspace_id")]).collect()),
        (MESSAGES, vec![("bucket", "1d")]),
        ("usage_report/claude_code", vec![("bucket_width", "1d")]),
    ];
    for (path, extra) in refused {
        let query: Vec<_> =
            [("starting_at", "2026-11-01T00:00:00Z")].into_iter().chain(extra.iter().copied()).collect();
        let answer = lab.anthropic(path, &query).await;
        assert_eq!(answer.status, 400, "{path} {extra:?}");
        assert_eq!(answer.body["error"]["type"], "invalid_request_error", "{path} {extra:?}");
    }
    let fine: Vec<_> = [("starting_at", "2026-11-01T00:00:00Z")].into_iter().chain(five).collect();
    assert_eq!(lab.anthropic(MESSAGES, &fine).await.status, 200);
}

#[tokio::test]
async fn a_cost_range_within_one_day_is_refused_for_good() {
    let lab = Lab::open().await;
    let within = [("starting_at", "2026-11-10T00:00:00Z"), ("ending_at", "2026-11-10T23:59:59Z")];
    let answer = lab.anthropic("cost_report", &within).await;
    assert_eq!((answer.status, answer.headers["x-should-retry"].to_str().expect("text")), (400, "false"));
    let whole = [("starting_at", "2026-11-10T00:00:00Z"), ("ending_at", "2026-11-11T00:00:00Z")];
    assert_eq!(lab.anthropic("cost_report", &whole).await.buckets().len(), 1);
}

#[tokio::test]
async fn headers_are_checked() {
    let lab = Lab::open().await;
    let url = format!("{}/v1/organizations/me", lab.sandbox.anthropic_url());
    let ask = async |key: &str, version: Option<&str>| {
        let request = lab.http.get(&url).header("x-api-key", key);
        let request =
            version.into_iter().fold(request, |request, version| request.header("anthropic-version", version));
        let answer = lab.send(request).await.expect("an answer");
        (answer.status, answer.body["error"]["type"].clone())
    };
    let key = lab.sandbox.anthropic_key();
    assert_eq!(ask(key, Some("2023-06-01")).await, (200, Value::Null));
    assert_eq!(ask(key, None).await, (400, json!("invalid_request_error")));
    assert_eq!(ask("sk-ant-api03-x", Some("2023-06-01")).await, (401, json!("authentication_error")));
}

#[tokio::test]
async fn betas_need_their_header() {
    let lab = Lab::open().await;
    let query = [("starting_at", "2026-11-10T00:00:00Z"), ("group_by[]", "speed")];
    let with = async |path: &str, beta: &str| {
        let request = lab.request(Vendor::Anthropic, path, &query).header("anthropic-beta", beta);
        lab.send(request).await.expect("an answer")
    };
    let fast = with(MESSAGES, FAST_MODE).await;
    assert!(fast.rows().any(|row| row["speed"] == "fast"));
    assert_eq!(lab.anthropic("analytics/cost", &query).await.status, 400);
    let analytics = with("analytics/cost", "analytics-usage-cost-2026-08-24").await;
    assert_eq!((analytics.status, &analytics.body["error"]["type"]), (404, &json!("not_found_error")));
}

#[tokio::test]
async fn the_priority_tier_is_in_the_usage_and_not_in_the_cost() {
    let lab = Lab::open().await;
    let tiers = |answer: &super::Answer| {
        answer.rows().filter_map(|row| row["service_tier"].as_str()).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let start = ("starting_at", "2026-11-10T00:00:00Z");
    let usage = lab.anthropic(MESSAGES, &[start, ("group_by[]", "service_tier")]).await;
    let cost = lab.anthropic("cost_report", &[start, ("group_by[]", "description")]).await;
    assert!(tiers(&usage).iter().any(|tier| tier == "priority"));
    assert!(!tiers(&cost).is_empty() && tiers(&cost).iter().all(|tier| tier != "priority"));
    assert!(cost.rows().any(|row| row["cost_type"] == "code_execution"));
    assert!(cost.rows().any(|row| row["cost_type"] == "web_search" && row["model"].is_null()));
    assert!(cost.rows().all(|row| row["amount"].is_string()));
}

#[tokio::test]
async fn developers_share_out_the_tokens_of_their_workspace() {
    let lab = Lab::open().await;
    let report = lab.anthropic("usage_report/claude_code", &[("starting_at", "2026-11-10"), ("limit", "1000")]).await;
    let records = report.buckets();
    let billed = records.iter().filter(|record| record["customer_type"] == "api");
    let models = billed.flat_map(|record| record["model_breakdown"].as_array().expect("a list"));
    let shared: u64 = models.map(|model| model["tokens"]["output"].as_u64().expect("a whole number")).sum();
    let query = [
        ("starting_at", "2026-11-10T00:00:00Z"),
        ("ending_at", "2026-11-11T00:00:00Z"),
        ("workspace_ids[]", "wrkspc_01SbClaudeCode"),
    ];
    let usage = lab.anthropic(MESSAGES, &query).await;
    assert_eq!(usage.rows().map(|row| row["output_tokens"].as_u64().expect("a whole number")).sum::<u64>(), shared);
    assert!(records.iter().any(|record| record["subscription_type"] == "team"));
    let estimates = records.iter().map(|record| &record["model_breakdown"][0]["estimated_cost"]["amount"]);
    assert!(estimates.into_iter().all(|amount| amount.is_number() && decimal(amount).is_sign_positive()));
}
