//! What OpenAI refuses and what it is odd about.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Lab, Vendor, decimal, seconds};

#[tokio::test]
async fn limits_and_unknown_parameters_are_refused() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-01T00:00:00Z");
    let refused = [
        ("costs", vec![("limit", "181")]),
        ("costs", vec![("limit", "0")]),
        ("costs", vec![("bucket_width", "1h")]),
        ("costs", vec![("group_by", "model")]),
        ("costs", vec![("models", "gpt-5.6-sol")]),
        ("costs", vec![("end_time", start.as_str())]),
        ("costs", vec![("page", "page_0+0=")]),
        ("usage/completions", vec![("limit", "32")]),
        ("usage/completions", vec![("limit", "169"), ("bucket_width", "1h")]),
        ("usage/completions", vec![("limit", "1441"), ("bucket_width", "1m")]),
        ("usage/completions", vec![("group_by[]", "line_item")]),
        ("usage/embeddings", vec![("batch", "true")]),
        ("usage/vector_stores", vec![("models[]", "x")]),
    ];
    for (path, extra) in refused {
        let query: Vec<_> = [("start_time", start.as_str())].into_iter().chain(extra.iter().copied()).collect();
        let answer = lab.openai(path, &query).await;
        assert_eq!(answer.status, 400, "{path} {extra:?}");
        assert_eq!(answer.body["error"]["type"], "invalid_request_error", "{path} {extra:?}");
    }
    assert_eq!(lab.openai("costs", &[]).await.body["error"]["param"], "start_time");
    assert_eq!(lab.openai("usage/nothing", &[]).await.status, 404);
}

#[tokio::test]
async fn a_cursor_is_of_no_use_to_another_query() {
    let lab = Lab::open().await;
    let start = seconds("2026-10-01T00:00:00Z");
    let first = lab.openai("costs", &[("start_time", &start)]).await;
    let cursor = first.body["next_page"].as_str().expect("there is more").to_owned();
    let next = [("start_time", start.as_str()), ("page", cursor.as_str())];
    assert_eq!(lab.openai("costs", &next).await.status, 200);
    let other = [("start_time", start.as_str()), ("page", cursor.as_str()), ("group_by[]", "line_item")];
    assert_eq!(lab.openai("costs", &other).await.status, 400);
}

#[tokio::test]
async fn cost_by_key_begins_in_december_2025() {
    let lab = Lab::with(|options| options.founded = super::day("2025-10-14")).await;
    let status = async |start: &str, names: &[&str]| {
        let start = seconds(start);
        let mut query = vec![("start_time", start.as_str())];
        query.extend(names.iter().map(|name| ("group_by[]", *name)));
        lab.openai("costs", &query).await.status
    };
    assert_eq!(status("2025-12-05T23:59:59Z", &["api_key_id"]).await, 400);
    assert_eq!(status("2025-12-05T23:59:59Z", &["project_id", "line_item"]).await, 200);
    assert_eq!(status("2025-12-05T23:59:59Z", &["project_id", "user_id"]).await, 400);
    assert_eq!(status("2025-12-06T00:00:00Z", &["api_key_id", "project_id", "user_id"]).await, 200);
}

#[tokio::test]
async fn keys_are_checked() {
    let lab = Lab::open().await;
    let url = format!("{}/organization/costs", lab.sandbox.openai_url());
    let ask = async |key: &str| lab.send(lab.http.get(&url).bearer_auth(key)).await.expect("an answer");
    let wrong = ask("sk-admin-wrong").await;
    assert_eq!((wrong.status, &wrong.body["error"]["code"]), (401, &json!("invalid_api_key")));
    let project = ask("sk-proj-anything").await;
    assert_eq!(project.status, 403);
    assert!(project.body["error"]["message"].as_str().expect("text").contains("Missing scopes: api.usage.read"));
}

#[tokio::test]
async fn amounts_come_as_text_and_as_numbers_and_as_a_strange_zero() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-09T00:00:00Z");
    let answer = lab.openai("costs", &[("start_time", &start), ("group_by[]", "line_item")]).await;
    let values: Vec<_> = answer.rows().map(|row| &row["amount"]["value"]).collect();
    assert!(values.iter().any(|value| value.is_number()));
    assert!(values.iter().any(|value| *value == "0E-6176"));
    let eighteen = |text: &str| text.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 18);
    assert!(values.iter().filter_map(|value| value.as_str()).all(|text| text == "0E-6176" || eighteen(text)));
}

#[tokio::test]
async fn the_bill_has_lines_that_no_usage_explains() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-01T00:00:00Z");
    let costs = lab.openai("costs", &[("start_time", &start), ("group_by[]", "line_item"), ("limit", "9")]).await;
    let lines: BTreeSet<_> = costs.rows().filter_map(|row| row["line_item"].as_str()).collect();
    assert!(lines.contains("gpt-image-2.5-flare image, output"));
    assert!(lines.contains("priority | gpt-5.6-sol, cache writes"));
    assert!(lines.contains("flex | gpt-5.4-2026-03-05, input, long context"));
    let images = lab.openai("usage/images", &[("start_time", &start)]).await;
    assert_eq!((images.status, images.rows().count()), (200, 0));
    let credit = costs.rows().find(|row| row["line_item"] == "Service credit").expect("a credit on the first");
    assert!(decimal(&credit["amount"]["value"]).is_sign_negative());
}

#[tokio::test]
async fn input_tokens_contain_the_cached_ones_and_groups_that_were_not_asked_for_are_null() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-10T00:00:00Z");
    let answer = lab.openai("usage/completions", &[("start_time", &start), ("group_by", "model")]).await;
    let count = |row: &Value, name: &str| row[name].as_u64().expect("a whole number");
    for row in answer.rows() {
        let parts = ["input_uncached_tokens", "input_cached_tokens", "input_cache_write_tokens"];
        assert_eq!(count(row, "input_tokens"), parts.iter().map(|part| count(row, part)).sum::<u64>());
        assert!(row["model"].is_string() && row["project_id"].is_null() && row["batch"].is_null());
    }
    let batch = async |flag| {
        let query = [("start_time", start.as_str()), ("batch", flag), ("group_by", "batch")];
        lab.openai("usage/completions", &query).await.rows().map(|row| row["batch"].clone()).collect::<Vec<_>>()
    };
    assert!(batch("true").await.iter().all(|value| *value == true));
    assert!(batch("false").await.iter().all(|value| *value == false));
}

#[tokio::test]
async fn lists_go_on_after_the_last_id() {
    let lab = Lab::open().await;
    let first = lab.openai("users", &[]).await;
    assert_eq!((first.buckets().len(), &first.body["has_more"]), (20, &json!(true)));
    let rest = lab.openai("users", &[("after", first.body["last_id"].as_str().expect("an id"))]).await;
    let ids: BTreeSet<_> = first.buckets().iter().chain(rest.buckets()).map(|user| user["id"].to_string()).collect();
    assert_eq!((ids.len(), &rest.body["has_more"]), (26, &json!(false)));

    let ids = async |query: &[(&str, &str)]| lab.get(Vendor::OpenAi, "projects", query).await.buckets().len();
    assert_eq!((ids(&[]).await, ids(&[("include_archived", "true")]).await), (5, 6));
}
