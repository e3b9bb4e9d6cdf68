//! The rules for chats, on lines written by hand.

use std::fs;
use std::path::Path;

use super::chat::Chats;
use crate::domain::call_log::Call;
use crate::domain::usage::Meter;
use crate::providers::call_logs::{Findings, Format};

const HEADER: &str = r#"{"sessionId":"s-1","projectHash":"5eb9","startTime":"2026-11-20T14:11:04.096Z","kind":"main"}"#;

fn found(lines: &[&str]) -> Findings {
    let (chats, mut found) = (Chats::default(), Findings::default());
    let mut state = chats.start(Path::new("/home/dev/.gemini/tmp/shop/chats/session-1.jsonl"));
    lines.iter().for_each(|line| chats.read(line.as_bytes(), &mut state, &mut found));
    found
}

fn calls(lines: &[&str]) -> Vec<Call> {
    let found = found(lines);
    assert_eq!(found.broken, 0, "{lines:#?}");
    found.calls
}

fn message(id: &str, tokens: &str) -> String {
    format!(
        r#"{{"id":"{id}","timestamp":"2026-11-20T14:11:07.670Z","type":"gemini","model":"gemini-3.1-pro","content":[{{"text":"4"}}],"tokens":{{{tokens}}}}}"#
    )
}

fn counts(call: &Call) -> Vec<(Meter, u64)> {
    call.meters.iter().collect()
}

#[test]
fn cached_tokens_are_a_part_of_the_input_and_thoughts_are_none_of_the_output() {
    let spoken = message("m2", r#""input":7173,"output":12,"cached":1024,"thoughts":17,"tool":0,"total":7202"#);
    let calls = calls(&[HEADER, r#"{"id":"m1","type":"user","content":"2+2"}"#, &spoken]);
    let expected =
        [(Meter::Input, 7173 - 1024), (Meter::CacheRead, 1024), (Meter::Output, 12 + 17), (Meter::Requests, 1)];
    assert_eq!(counts(&calls[0]), expected);
    assert_eq!((calls[0].key.as_str(), calls[0].session.as_deref()), ("s-1/m2", Some("s-1")));
    assert_eq!((calls[0].dims.prompt_over, calls[0].dims.model.as_deref()), (7173, Some("gemini-3.1-pro")));
    assert_eq!(calls[0].dims.project.as_deref(), Some("shop"));
}

#[test]
fn where_the_total_says_so_cached_tokens_stand_beside_the_input_and_tools_always_do() {
    let spoken = message("m2", r#""input":100,"output":10,"cached":40,"thoughts":5,"tool":7,"total":162"#);
    let apart = &calls(&[HEADER, &spoken])[0];
    assert_eq!(counts(apart)[..2], [(Meter::Input, 107), (Meter::CacheRead, 40)]);
    assert_eq!(apart.dims.prompt_over, 147);
    let within = &calls(&[HEADER, &spoken.replace("162", "122")])[0];
    assert_eq!(counts(within)[..2], [(Meter::Input, 67), (Meter::CacheRead, 40)]);
    assert_eq!(within.dims.prompt_over, 107);
}

#[test]
fn messages_that_are_listed_again_have_the_same_keys() {
    let (one, two) = (message("m1", r#""input":1,"output":2"#), message("m2", r#""input":3,"output":4"#));
    let again = format!(r#"{{"$set":{{"messages":[{one},{two}],"lastUpdated":"2026-11-20T14:12:00Z"}}}}"#);
    let rewound = r#"{"$rewindTo":"m1"}"#;
    let keys: Vec<_> = calls(&[HEADER, &one, &two, rewound, &again]).into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["s-1/m1", "s-1/m2", "s-1/m1", "s-1/m2"]);
    let document = format!(r#"{{"sessionId":"s-1","messages":[{{"id":"m0","type":"user"}},{one},{two}]}}"#);
    let listed: Vec<_> = calls(&[&document]).into_iter().map(|call| call.key).collect();
    assert_eq!(listed, keys[..2], "as an older version writes them");
}

#[test]
fn what_cannot_be_read_is_counted() {
    let nameless = message("", r#""input":1"#);
    let untimed = r#"{"id":"m","tokens":{"input":1}}"#;
    assert_eq!(
        found(&[HEADER, &nameless, untimed, r#"{"id":"m","tokens":{"inp"#, r#"{"type":"user","cont"#]).broken,
        4
    );
}

#[test]
fn chats_are_known_by_their_place_and_tell_their_project() {
    let home = tempfile::tempdir().unwrap();
    let chats = Chats::default();
    assert_eq!(chats.folders(home.path()), [home.path()]);
    let project = home.path().join("tmp/5eb9");
    fs::create_dir_all(project.join("chats")).unwrap();
    assert_eq!(chats.folders(home.path()), [home.path().join("tmp")]);
    for (name, read, document) in [
        ("chats/session-1.json", true, true),
        ("chats/session-1.jsonl", true, false),
        ("chats/s-1/agent.jsonl", true, false),
        ("chats/notes.jsonl", false, false),
        ("logs.json", false, true),
    ] {
        let path = project.join(name);
        assert_eq!((chats.holds(&path), chats.is_document(&path)), (read, document), "{name}");
    }
    let folder = |name: &str| {
        let (mut state, mut found) = (chats.start(&project.join(name)), Findings::default());
        chats.read(message("m", r#""input":1"#).as_bytes(), &mut state, &mut found);
        found.calls[0].dims.project.clone()
    };
    assert_eq!(folder("chats/session-1.json").as_deref(), Some("5eb9"));
    fs::write(project.join(".project_root"), "/home/dev/shop\n").unwrap();
    assert_eq!(folder("chats/s-1/agent.jsonl").as_deref(), Some("/home/dev/shop"));
}
