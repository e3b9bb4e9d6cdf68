use super::*;

const SESSION: &str = include_str!("../fixtures/session.jsonl");

fn line(id: &str, model: &str, time: &str, output: u64) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22T{time}Z","message":{{"id":"{id}","model":"{model}","usage":{{"output_tokens":{output}}}}}}}"#
    )
}

#[test]
fn an_answer_on_many_lines_is_one_call() {
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
    assert_eq!(counts(call), expected, "the line with the most output, and its iterations not added");
    assert_eq!(call.at.to_rfc3339(), "2026-11-21T23:59:59.900+00:00", "the day is that of the first line");
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
    assert_eq!(broken(SESSION, 1 << 20), 0);
    assert_eq!(calls["request/req_7"].dims.region, None);
    assert_eq!(calls["msg_agent"].dims.project.as_deref(), Some("/home/dev/shop"));
}

#[test]
fn the_largest_output_wins_as_a_whole_and_among_equals_the_later_line() {
    for (first, second, model) in [
        (line("m", "a", "10:00:00", 5), line("m", "b", "10:00:01", 3), "a"),
        (line("m", "a", "10:00:00", 5), line("m", "b", "10:00:01", 5), "b"),
        (line("m", "a", "10:00:02", 5), line("m", "b", "10:00:01", 5), "a"),
        (line("m", "a", "10:00:00", 5), line("m", "b", "10:00:00", 5), "b"),
    ] {
        let calls = calls(&format!("{first}\n{second}"));
        assert_eq!(calls["m"].dims.model.as_deref(), Some(model), "{first}\n{second}");
        assert_eq!(calls.len(), 1);
    }
}

#[test]
fn the_earliest_line_gives_the_time_in_whatever_order_lines_are_read() {
    let lines = [line("m", "a", "10:00:00", 1), line("m", "a", "10:00:07", 9), line("m", "a", "10:00:03", 4)];
    for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0]] {
        let call = &calls(&order.map(|at| lines[at].as_str()).join("\n"))["m"];
        assert_eq!(call.at.to_rfc3339(), "2026-11-22T10:00:00+00:00", "{order:?}");
        assert_eq!(call.meters[&Meter::Output], 9, "{order:?}");
    }
}

#[test]
fn what_cannot_be_read_is_skipped_and_counted() {
    let good = line("m", "a", "10:00:00", 5);
    let half = good.get(..good.len() - 20).unwrap();
    let untimed = r#"{"message":{"id":"x","usage":{"output_tokens":1}}}"#;
    let nameless = r#"{"timestamp":"2026-11-22T10:00:00Z","message":{"usage":{"output_tokens":1}}}"#;
    let text = format!("{untimed}\n{nameless}\n\nnot json\n{{\"type\":\"user\",\"cont\n{good}\r\n{half}");
    assert_eq!(calls(&text).keys().collect::<Vec<_>>(), ["m"]);
    assert_eq!(broken(&text, 1 << 20), 5);
}

#[test]
fn an_endless_line_does_not_fill_the_memory() {
    let good = line("m", "a", "10:00:00", 5);
    let max_bytes = 2 * good.len() as u64;
    let text = format!("{}\n{good}", "x".repeat(10 * good.len()));
    let gathered = read_lines(text.as_bytes(), max_bytes).unwrap();
    assert_eq!((gathered.broken, gathered.into_calls().len()), (1, 1));
}
