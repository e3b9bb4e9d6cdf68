//! The rules for rollouts, on lines written by hand.

use std::path::Path;

use super::rollout::Rollouts;
use crate::domain::call_log::Call;
use crate::domain::usage::Meter;
use crate::providers::call_logs::{Findings, Format};

fn calls(lines: &[String]) -> Vec<Call> {
    let (format, mut found) = (Rollouts::default(), Findings::default());
    let mut state = format.start(Path::new("rollout-x.jsonl"));
    lines.iter().for_each(|line| format.read(line.as_bytes(), &mut state, &mut found));
    assert_eq!(found.broken, 0);
    found.calls
}

fn line(second: &str, kind: &str, payload: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-20T09:00:{second}Z","type":"{kind}","payload":{{{payload}}}}}"#)
}

fn meta(second: &str, id: &str, more: &str) -> String {
    line(second, "session_meta", &format!(r#""id":"{id}","cwd":"/home/dev/shop"{more}"#))
}

fn model(name: &str) -> String {
    line("01.000", "turn_context", &format!(r#""model":"{name}""#))
}

fn usage(input: u64, cached: u64, output: u64) -> String {
    let total = input + output;
    format!(
        r#"{{"input_tokens":{input},"cached_input_tokens":{cached},"output_tokens":{output},"reasoning_output_tokens":1,"total_tokens":{total}}}"#
    )
}

fn count(second: &str, last: &str, total: &str) -> String {
    let info = format!(r#""type":"token_count","info":{{"last_token_usage":{last},"total_token_usage":{total}}}"#);
    line(second, "event_msg", &info)
}

fn outputs(calls: &[Call]) -> Vec<u64> {
    calls.iter().map(|call| call.meters.get(Meter::Output)).collect()
}

#[test]
fn a_call_is_where_the_total_grows_and_cached_tokens_are_told_apart() {
    let first = count("09.000", &usage(1000, 250, 125), &usage(1000, 250, 125));
    let second = count("19.000", &usage(2000, 0, 7), &usage(3000, 250, 132));
    let again = count("20.000", &usage(2000, 0, 7), &usage(3000, 250, 132));
    let backwards = count("21.000", &usage(1, 0, 1), &usage(900, 0, 3));
    let limits = line("22.000", "event_msg", r#""type":"token_count","info":null"#);
    let calls = calls(&[meta("00.000", "s", ""), model("gpt-5.5"), first, second, again, backwards, limits]);
    assert_eq!(outputs(&calls), [125, 7]);
    let meters: Vec<_> = calls[0].meters.iter().collect();
    let expected = [(Meter::Input, 750), (Meter::CacheRead, 250), (Meter::Output, 125), (Meter::Requests, 1)];
    assert_eq!(meters, expected);
    assert_eq!((calls[0].session.as_deref(), calls[0].dims.prompt_over), (Some("s"), 1000));
    assert_eq!(calls[0].dims.model.as_deref(), Some("gpt-5.5"));
    assert_eq!(calls[0].dims.project.as_deref(), Some("/home/dev/shop"));
}

#[test]
fn where_only_totals_are_told_their_differences_count() {
    let calls = calls(&[
        meta("00.000", "s", ""),
        count("09.000", "null", &usage(1000, 250, 125)),
        count("19.000", "null", &usage(1500, 300, 225)),
    ]);
    assert_eq!(outputs(&calls), [125, 100]);
    assert_eq!(calls[1].meters.get(Meter::Input), 450);
}

#[test]
fn where_calls_have_records_only_those_count() {
    let record =
        line("09.000", "token_usage_record", &format!(r#""response_id":"resp_1","usage":{}"#, usage(10, 2, 5)));
    let calls = calls(&[meta("00.000", "s", ""), record, count("09.100", &usage(10, 2, 5), &usage(10, 2, 5))]);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].key, "resp_1");
}

#[test]
fn a_fork_does_not_count_the_calls_of_its_parent_again() {
    let told = |second: &str| count(second, &usage(1000, 0, 125), &usage(1000, 0, 125));
    let parent = calls(&[meta("00.000", "parent", ""), model("gpt-5.5"), told("09.000")]);
    let by_fork = r#","forked_from_id":"parent""#;
    let by_spawn = r#","source":{"subagent":{"thread_spawn":{"parent_thread_id":"parent"}}}"#;
    for how in [by_fork, by_spawn] {
        let begin = [meta("30.000", "child", how), meta("30.001", "parent", ""), model("gpt-5.5")];
        let own = count("40.000", &usage(5, 0, 3), &usage(1005, 0, 128));
        let at_once = calls(&[begin.as_slice(), &[told("30.002"), own.clone()]].concat());
        assert_eq!(outputs(&at_once), [3], "{how}");
        assert_eq!(at_once[0].session.as_deref(), Some("child"));
        let slowly = calls(&[begin.as_slice(), &[told("32.000"), own]].concat());
        assert_eq!(slowly[0].key, parent[0].key, "{how}");
    }
}
