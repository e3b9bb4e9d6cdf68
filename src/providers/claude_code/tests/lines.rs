use super::*;

const SESSION: &str = include_str!("../fixtures/session.jsonl");

fn line(id: &str, model: &str, time: &str, output: u64) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22T{time}Z","message":{{"id":"{id}","model":"{model}","usage":{{"output_tokens":{output}}}}}}}"#
    )
}

#[test]
fn the_lines_of_an_answer_have_one_key() {
    let call = &calls(SESSION)["msg_grows"];
    let expected = [
        (Meter::Input, 7),
        (Meter::CacheRead, 9000),
        (Meter::CacheWrite, 100),
        (Meter::CacheWrite1h, 400),
        (Meter::Output, 222),
        (Meter::Requests, 1),
        (Meter::WebSearches, 2),
    ];
    assert_eq!(counts(call), expected, "iterations are not added");
    assert_eq!(call.session.as_deref(), Some("s-1"));
    assert_eq!(call.dims.project.as_deref(), Some("/home/dev/shop"));
    assert_eq!(call.dims.model.as_deref(), Some("claude-opus-4-5"));
    assert_eq!(call.dims.prompt_over, 7 + 9000 + 100 + 400);
    assert_eq!((call.dims.service_tier.as_deref(), call.dims.region.as_deref()), (None, None));
}

#[test]
fn speed_and_place_are_kept_where_they_change_the_price() {
    let call = &calls(SESSION)["msg_fast"];
    assert_eq!(call.dims.service_tier.as_deref(), Some("fast"));
    assert_eq!(call.dims.region.as_deref(), Some("us"));
    let writes_without_split = (Meter::CacheWrite, 40);
    assert!(counts(call).contains(&writes_without_split), "{call:?}");
}

#[test]
fn only_calls_are_calls() {
    let calls = calls(SESSION);
    let keys: Vec<&str> = calls.keys().map(String::as_str).collect();
    assert_eq!(keys, ["line/l-6", "msg_agent", "msg_fast", "msg_grows", "request/req_7"]);
    assert_eq!(found(SESSION).broken, 0);
    assert_eq!(calls["request/req_7"].dims.region, None);
    assert_eq!(calls["msg_agent"].dims.project.as_deref(), Some("/home/dev/shop"));
}

#[test]
fn what_cannot_be_read_is_skipped_and_counted() {
    let good = line("m", "a", "10:00:00", 5);
    let half = good.get(..good.len() - 20).unwrap();
    let untimed = r#"{"message":{"id":"x","usage":{"output_tokens":1}}}"#;
    let nameless = r#"{"timestamp":"2026-11-22T10:00:00Z","message":{"usage":{"output_tokens":1}}}"#;
    let text = format!("{untimed}\n{nameless}\n\nnot json\n{{\"type\":\"user\",\"cont\n{good}\r\n{half}");
    assert_eq!(calls(&text).keys().collect::<Vec<_>>(), ["m"]);
    assert_eq!(found(&text).broken, 5);
}

#[test]
fn what_the_program_says_of_a_session_is_kept_apart() {
    let claims = found(SESSION).claims;
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].session.as_str(), claims[0].tokens), ("s-1", 368 + 516));
    assert_eq!(claims[0].cost_usd.to_string(), "0.0319");
    let tiny = r#"{"type": "cost-state", "sessionId": "s", "totalCostUSD": 1e-7}"#;
    assert_eq!(found(tiny).claims[0].cost_usd.to_string(), "0.0000001");
}

#[test]
fn blanks_do_not_matter_and_zero_bytes_do_not_reach_the_database() {
    let line = r#"{ "timestamp" : "2026-11-22T10:00:00Z", "sessionId" : "s\u0000", "message" : { "id" : "m", "usage" : { "output_tokens" : 5 } } }"#;
    let call = &calls(line)["m"];
    assert_eq!((call.session.as_deref(), call.meters.get(Meter::Output)), (None, 5));
}
