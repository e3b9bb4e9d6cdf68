//! Usage: every endpoint's groups, buckets and counts.

use serde_json::{Value, json};

use super::{NO_BUCKETS, Vendor, days, page};
use crate::domain::usage::UsageRecord;
use crate::providers::feed::FetchError;

const COMPLETIONS: &str = "/v1/organization/usage/completions";
const DECISIONS: &str = "/v1/organization/usage/decisions";
/// Midnight of 2026-11-20.
const START: i64 = 1_795_132_800;
const HOUR: i64 = 3_600;

/// Who used what, and how much of it.
fn line(record: &UsageRecord) -> String {
    let dims = &record.dims;
    let who = [&dims.project, &dims.api_key, &dims.user, &dims.model, &dims.service_tier];
    let who: Vec<_> = who.into_iter().map(|part| part.as_deref().unwrap_or("-")).collect();
    format!("{} {} {} {}", record.at.format("%dT%H"), who.join(" "), record.meter, record.quantity)
}

fn lines(records: &[UsageRecord]) -> Vec<String> {
    records.iter().map(line).collect()
}

#[tokio::test]
async fn tokens_that_contain_one_another_become_disjoint() {
    let vendor = Vendor::start(&[(COMPLETIONS, 200, include_str!("../fixtures/completions.json"))]).await;
    let records = vendor.usage("usage.completions", days("2026-11-20", "2026-11-20")).await.unwrap();
    let shop = "20T01 proj_Zk1example key_Q7example - gpt-5.4-2026-03-05 -";
    let audio = "20T01 proj_Hv2example - user-Wq9example gpt-audio-mini-2025-12-15 batch";
    let priority = "20T01 proj_Hv2example key_R8example - gpt-4o-2024-08-06 priority";
    let expected = [
        format!("{shop} input 6150"),
        format!("{shop} cache_read 11800"),
        format!("{shop} cache_write_12h 100"),
        format!("{shop} cache_write 200"),
        format!("{shop} output 2310"),
        format!("{shop} requests 41"),
        format!("{audio} input_audio 50"),
        format!("{audio} input_image 50"),
        format!("{audio} input 400"),
        format!("{audio} cache_read_audio 60"),
        format!("{audio} cache_read_image 40"),
        format!("{audio} cache_read 300"),
        format!("{audio} cache_write 100"),
        format!("{audio} output_audio 70"),
        format!("{audio} output_image 30"),
        format!("{audio} output 400"),
        format!("{audio} requests 5"),
        format!("{priority} input 120"),
        format!("{priority} output 8"),
        format!("{priority} requests 1"),
    ];
    assert_eq!(lines(&records), expected);
}

#[tokio::test]
async fn every_endpoint_is_asked_by_the_hour_and_counts_its_own() {
    let model = &["project_id", "user_id", "api_key_id", "model"][..];
    let tier = &["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"][..];
    let (key, project) = (&["project_id", "user_id", "api_key_id"][..], &["project_id"][..]);
    let tokens = json!({ "input_tokens": 100, "input_cached_tokens": 30, "output_tokens": 7, "num_model_requests": 2 });
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], Value, &'a [&'a str]);
    let cases: [Case<'_>; 10] = [
        ("decisions", "decisions", tier, tokens, &["input 70", "cache_read 30", "output 7", "requests 2"]),
        (
            "embeddings",
            "embeddings",
            model,
            json!({ "input_tokens": 16, "num_model_requests": 2 }),
            &["input 16", "requests 2"],
        ),
        ("moderations", "moderations", model, json!({ "input_tokens": 16, "num_model_requests": 2 }), &["requests 2"]),
        (
            "images",
            "images",
            model,
            json!({ "images": 3, "num_model_requests": 2, "size": null }),
            &["images 3", "requests 2"],
        ),
        (
            "audio_speeches",
            "audio_speeches",
            model,
            json!({ "characters": 45, "num_model_requests": 1 }),
            &["characters 45", "requests 1"],
        ),
        (
            "audio_transcriptions",
            "audio_transcriptions",
            model,
            json!({ "seconds": 20, "num_model_requests": 1 }),
            &["seconds 20", "requests 1"],
        ),
        ("vector_stores", "vector_stores", project, json!({ "usage_bytes": 1024 }), &["storage_bytes 1024"]),
        (
            "code_interpreter_sessions",
            "code_interpreter_sessions",
            project,
            json!({ "num_sessions": 4 }),
            &["sessions 4"],
        ),
        ("file_search_calls", "file_searches", key, json!({ "num_requests": 5 }), &["file_searches 5"]),
        (
            "web_search_calls",
            "web_searches",
            model,
            json!({ "num_requests": 6, "num_model_requests": 2, "context_level": "low" }),
            &["web_searches 6"],
        ),
    ];
    for (name, object, groups, mut result, expected) in cases {
        result["object"] = format!("organization.usage.{object}.result").into();
        result["project_id"] = "proj_Zk1example".into();
        let path = format!("/v1/organization/usage/{name}");
        let vendor = Vendor::start(&[(&path, 200, &page(START + HOUR, START + 2 * HOUR, &[result]))]).await;
        let records = vendor.usage(&format!("usage.{name}"), days("2026-11-20", "2026-11-26")).await.unwrap();

        let expected: Vec<_> = expected.iter().map(|count| format!("20T01 proj_Zk1example - - - - {count}")).collect();
        assert_eq!(lines(&records), expected, "{name}");
        let [asked] = &vendor.asked()[..] else { panic!("{name} is asked once") };
        assert_eq!(asked.values("group_by[]"), groups, "{name}");
        assert_eq!(asked.values("bucket_width"), ["1h"]);
        assert_eq!(asked.values("limit"), ["168"]);
        assert_eq!(asked.values("start_time"), ["1795132800"]);
        assert_eq!(asked.values("end_time"), ["1795737600"]);
    }
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let result = |input: u64| {
        json!({
            "object": "organization.usage.completions.result",
            "input_tokens": input, "output_tokens": 0, "num_model_requests": 0,
        })
    };
    let hour = |n: i64, next: Option<&str>| {
        let mut page: Value =
            serde_json::from_str(&page(START + n * HOUR, START + (n + 1) * HOUR, &[result(10)])).unwrap();
        page["has_more"] = next.is_some().into();
        page["next_page"] = next.into();
        page.to_string()
    };
    let pages = [hour(0, Some("a")), hour(1, Some("b")), hour(2, None)];
    let vendor = Vendor::start(&pages.each_ref().map(|page| (COMPLETIONS, 200, page.as_str()))).await;
    let records = vendor.usage("usage.completions", days("2026-11-20", "2026-11-20")).await.unwrap();
    let expected = ["00", "01", "02"].map(|hour| format!("20T{hour} - - - - - input 10"));
    assert_eq!(lines(&records), expected);
    let asked = vendor.asked();
    let cursors: Vec<_> = asked.iter().map(|request| request.values("page")).collect();
    assert_eq!(cursors, [vec![], vec!["a"], vec!["b"]]);
}

#[tokio::test]
async fn hours_beyond_the_window_do_not_get_in() {
    let result = json!({ "object": "organization.usage.images.result", "images": 1, "num_model_requests": 1 });
    let path = "/v1/organization/usage/images";
    let next_day = page(START + 24 * HOUR, START + 25 * HOUR, std::slice::from_ref(&result));
    let vendor = Vendor::start(&[(path, 200, &next_day)]).await;
    assert_eq!(vendor.usage("usage.images", days("2026-11-20", "2026-11-20")).await.unwrap(), []);

    let whole_day = page(START, START + 24 * HOUR, &[result]);
    let vendor = Vendor::start(&[(path, 200, &whole_day)]).await;
    let error = vendor.usage("usage.images", days("2026-11-20", "2026-11-20")).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
}

#[tokio::test]
async fn a_result_without_its_count_is_malformed() {
    let result =
        json!({ "object": "organization.usage.completions.result", "input_tokens": 5, "num_model_requests": 1 });
    let vendor = Vendor::start(&[(COMPLETIONS, 200, &page(START, START + HOUR, &[result]))]).await;
    let error = vendor.usage("usage.completions", days("2026-11-20", "2026-11-20")).await.unwrap_err();
    let FetchError::Malformed(text) = error else { panic!("{error}") };
    assert!(text.contains("`output_tokens`") && text.contains("2026-11-20"), "{text}");
}

#[tokio::test]
async fn decisions_may_be_missing_and_nothing_else() {
    let unknown = r#"{"error":{"message":"Invalid URL (GET /v1/organization/usage/decisions)"}}"#;
    let window = days("2026-11-20", "2026-11-20");
    let vendor =
        Vendor::start(&[(DECISIONS, 404, unknown), (COMPLETIONS, 404, unknown), (DECISIONS, 200, NO_BUCKETS)]).await;
    assert_eq!(vendor.usage("usage.decisions", window).await.unwrap(), []);
    let error = vendor.usage("usage.completions", window).await.unwrap_err();
    assert!(matches!(error, FetchError::Rejected { status: 404, .. }), "{error}");
    assert_eq!(vendor.usage("usage.decisions", window).await.unwrap(), []);
}
