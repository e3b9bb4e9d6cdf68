//! What nobody should find in a folder of transcripts: it costs itself at most, and never the calls beside it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::clock::Clock;
use llmtally::domain::period::Day;
use llmtally::store::reporting::Range;
use llmtally::sync::ledger::rebuild;
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, config, dollar_a_unit, line, lines};

/// A line of the call `n`, with this timestamp and output.
fn odd(timestamp: &str, output: &str) -> Vec<u8> {
    format!(
        r#"{{"timestamp":{timestamp},"sessionId":"s","message":{{"id":"n","model":"m","usage":{{"output_tokens":{output}}}}}}}"#
    )
    .into_bytes()
}

const TIME: &str = r#""2026-11-22T10:00:00Z""#;

/// What it is, how it looks, and whether it is a call.
fn oddities() -> Vec<(&'static str, Vec<u8>, bool)> {
    let untimed = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "-9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
    let untimed = untimed.into_iter().chain(["+200000-01-01T00:00:00Z", "yesterday"]);
    let mut oddities: Vec<_> = untimed.map(|time| (time, odd(&format!("{time:?}"), "5"), false)).collect();
    let uncounted = ["12.5", "-5", "\"5\"", "[5]", "18446744073709551616", "1e400", "true"];
    oddities.extend(uncounted.map(|count| (count, odd(TIME, count), false)));
    oddities.extend([
        ("the largest count", odd(TIME, &u64::MAX.to_string()), true),
        ("the end of a line on Windows", [odd(TIME, "5"), b"\r".to_vec()].concat(), true),
        ("zeros before a line", [vec![0; 5000], odd(TIME, "5")].concat(), true),
        ("zeros", vec![0; 5000], false),
        ("seconds since 1970", odd("1795341600", "5"), false),
        ("a leap second", odd(r#""2026-11-22T23:59:60Z""#, "5"), true),
        ("another time zone", odd(r#""2026-11-22T01:00:00+05:30""#, "5"), true),
        ("a key that stands there twice", [br#"{"message":1,"#, &odd(TIME, "5")[1..]].concat(), false),
        ("no UTF-8 where nobody looks", [b"{\"x\":\"\xff\xfe\",".as_slice(), &odd(TIME, "5")[1..]].concat(), true),
        ("no UTF-8 in what is read", br#"{"sessionId":"\xff","usage":1}"#.to_vec(), false),
        ("half a pair", br#"{"sessionId":"\ud800","message":{"usage":{}}}"#.to_vec(), false),
        ("deep", [b"{\"usage\":".to_vec(), vec![b'['; 20_000]].concat(), false),
        ("a claim beyond all money", br#"{"type":"cost-state","sessionId":"s","totalCostUSD":1e300}"#.to_vec(), false),
        (
            "a claim beyond all counts",
            br#"{"type":"cost-state","sessionId":"s","totalCostUSD":7e27,"modelUsage":{"a":{"inputTokens":18446744073709551615,"outputTokens":9}}}"#
                .to_vec(),
            false,
        ),
    ]);
    oddities
}

#[sqlx::test]
async fn a_line_that_makes_no_sense_costs_no_other(pool: PgPool) {
    let (before, after) = (lines(&["a"]).into_bytes(), lines(&["b"]).into_bytes());
    for (what, line, is_call) in oddities() {
        // At the end it may be half a line.
        for ending in [[b"\n".as_slice(), &after].concat(), Vec::new()] {
            Bench::forget(&pool).await;
            let bench = Bench::new(&pool).await;
            fs::write(bench.path("s.jsonl"), [before.as_slice(), &line, &ending].concat()).unwrap();
            bench.try_pass().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            let mut expected = vec!["a"];
            expected.extend((!ending.is_empty()).then_some("b"));
            expected.extend(is_call.then_some("n"));
            assert_eq!(bench.keys().await, expected, "{what}");
        }
    }
}

#[sqlx::test]
async fn what_is_taken_of_nonsense_can_be_built_and_read(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    for (number, (_, line, _)) in oddities().into_iter().enumerate() {
        let key = format!(r#""id":"n{number}""#);
        let line = String::from_utf8_lossy(&line).replace(r#""id":"n""#, &key);
        bench.write(&format!("{number}.jsonl"), &line);
    }
    let calls = oddities().iter().filter(|(.., is_call)| *is_call).count();
    assert_eq!(bench.pass().await, calls);
    let in_sessions: i64 = bench.sessions().await.iter().map(|session| session.3).sum();
    assert_eq!(usize::try_from(in_sessions), Ok(calls));
    let now: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
    let store = &bench.job.store;
    rebuild(store, &dollar_a_unit, &|_, _| None, &config(&bench, Vec::new()), now, &CancellationToken::new())
        .await
        .unwrap();
    let today = Day::of(now);
    let all = Range { from: today.minus(30), daily_from: today.minus(30), end: today.next() };
    let rows = store.daily_rows(all).await.unwrap();
    let built: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT day::text FROM spend ORDER BY 1").fetch_all(&pool).await.unwrap();
    assert_eq!(
        built,
        ["2026-11-21", "2026-11-22", "2026-11-23"],
        "the leap second is of the day on which it is stored"
    );
    assert!(!rows.is_empty());
    for view in ["spend", "sessions", "session_claims", "logged_calls", "subscriptions"] {
        let read = AssertSqlSafe(format!("SELECT count(v::text) FROM reporting.{view} v"));
        let rows: i64 =
            sqlx::query_scalar(read).fetch_one(&pool).await.unwrap_or_else(|error| panic!("{view}: {error}"));
        assert!(rows > 0 || view == "session_claims" || view == "subscriptions", "{view} is empty");
    }
}

#[sqlx::test]
async fn a_mark_at_the_beginning_of_a_file_is_no_part_of_its_first_line(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &format!("\u{feff}{}", lines(&["a", "b"])));
    assert_eq!(bench.pass().await, 2);
}

#[sqlx::test]
async fn what_is_no_file_hides_no_file(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("one/s.jsonl", &lines(&["a"]));
    bench.write("one/two/s.jsonl", &lines(&["b"]));
    bench.write("one/folder.jsonl/s.jsonl", &lines(&["c"]));
    symlink(bench.path("one"), bench.path("one/two/up")).unwrap();
    symlink(bench.path("nowhere"), bench.path("one/gone.jsonl")).unwrap();
    symlink(bench.path("one"), bench.path("one/linked.jsonl")).unwrap();
    assert!(Command::new("mkfifo").arg(bench.path("one/pipe.jsonl")).status().unwrap().success());
    assert_eq!(bench.pass().await, 3);
    assert_eq!(bench.keys().await, ["a", "b", "c"]);
    // A file that gives way to something else is a file that is gone.
    fs::remove_file(bench.path("one/s.jsonl")).unwrap();
    fs::create_dir(bench.path("one/s.jsonl")).unwrap();
    assert_eq!(bench.pass().await, 0);
    assert_eq!(bench.keys().await, ["a", "b", "c"]);
}

#[sqlx::test]
async fn a_link_to_itself_is_told_and_hides_nothing(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    // Wherever in its folder it comes up.
    for name in ["a", "m", "z"] {
        bench.write(&format!("{name}/s.jsonl"), &line(name, "m", "10:00:00", 5));
        bench.write(&format!("{name}/below/s.jsonl"), &line(&format!("{name}-below"), "m", "10:00:00", 5));
        for link in ["0", "5", "9"] {
            let path = bench.path(&format!("{name}/{link}.jsonl"));
            symlink(&path, &path).unwrap();
        }
    }
    let error = bench.try_pass().await.unwrap_err().to_string();
    assert!(error.contains(".jsonl`") && error.contains("9 in all"), "{error}");
    assert_eq!(bench.keys().await, ["a", "a-below", "m", "m-below", "z", "z-below"]);
}

#[sqlx::test]
async fn a_file_of_the_same_size_and_time_is_read_when_it_is_another(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &lines(&["a"]));
    bench.pass().await;
    let (path, text) = (bench.path("s.jsonl"), lines(&["b"]));
    let before = fs::metadata(&path).unwrap();
    assert_eq!(before.len(), text.len() as u64);
    fs::write(&path, "").unwrap();
    fs::write(&path, text).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(bench.pass().await, 1);
    assert_eq!(bench.keys().await, ["a", "b"]);
}

#[sqlx::test]
async fn many_empty_files_are_looked_at_once(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let files: i64 = 2_500;
    (0..files).for_each(|number| bench.write(&format!("{}/{number}.jsonl", number % 7), ""));
    assert_eq!(bench.pass().await, 0);
    let positions = "SELECT count(*) FROM log_positions WHERE read_to = 0";
    let known = async || sqlx::query_scalar::<_, i64>(positions).fetch_one(&pool).await.unwrap();
    assert_eq!(known().await, files);
    bench.append("3/1403.jsonl", &lines(&["a"]));
    assert_eq!(bench.pass().await, 1);
    assert_eq!(known().await, files - 1);
}

#[sqlx::test]
async fn a_call_of_tomorrow_does_not_hide_the_session_of_now(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let now = Clock::system().now();
    let call = |id: &str, at: DateTime<Utc>| {
        line(id, "m", "10:00:00", 5).replace("2026-11-22T10:00:00Z", &at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    bench.write("s.jsonl", &(call("a", now) + &call("b", now + TimeDelta::hours(30))));
    assert_eq!(bench.pass().await, 2);
    assert_eq!(bench.sessions().await.len(), 2);
    let latest = bench.job.store.latest_sessions().await.unwrap();
    assert_eq!(latest.iter().map(|session| session.last_at.timestamp()).collect::<Vec<_>>(), [now.timestamp()]);
}

#[sqlx::test]
async fn a_file_that_begins_as_before_and_ends_otherwise_is_read_anew(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let ids: Vec<String> = (0..60).map(|number| format!("call-{number:03}")).collect();
    let beginning = lines(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    bench.write("s.jsonl", &(beginning.clone() + &lines(&["old-1", "old-2"])));
    assert_eq!(bench.pass().await, 62);
    // As when a conversation is taken back some steps and goes on: longer than it was, in the same file.
    bench.write("s.jsonl", &(beginning + &lines(&["new-1", "new-2", "new-3"])));
    assert_eq!(bench.pass().await, 3);
}

#[sqlx::test]
async fn what_was_read_of_a_folder_that_is_away_is_still_known(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &lines(&["a"]));
    bench.pass().await;
    let (home, away) = (bench.path(""), bench.path("").with_extension("away"));
    fs::rename(&home, &away).unwrap();
    bench.try_pass().await.unwrap_err();
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM log_positions").fetch_one(&pool).await.unwrap();
    fs::rename(&away, &home).unwrap();
    assert_eq!((known, bench.pass().await), (1, 0));
}

#[sqlx::test]
async fn a_stop_between_two_parts_of_a_log_keeps_the_first_and_the_rest_comes_later(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let files = 2_300;
    for number in 0..files {
        bench.write(&format!("{number:04}.jsonl"), &lines(&[&format!("call-{number}")]));
    }
    bench.job.shutdown.ask();
    bench.try_pass().await.unwrap_err();
    let stored = bench.keys().await.len();
    assert!(stored > 0 && stored < files, "{stored} of {files} were read");
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM log_positions").fetch_one(&pool).await.unwrap();
    assert_eq!(usize::try_from(known), Ok(stored), "each file has one call");
    let (rows, _) = bench.as_if_new(&pool, "fresh").await;
    assert_eq!(rows.len(), files);
}
