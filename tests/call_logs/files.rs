use std::fs;

use sqlx::PgPool;

use crate::bench::{Bench, line, lines};

#[sqlx::test]
async fn every_transcript_is_read_once_and_copies_add_nothing(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("history.jsonl", &lines(&["history"]));
    bench.write("projects/shop/s-1.jsonl", &lines(&["a", "b"]));
    bench.write("projects/shop/s-2.jsonl", &lines(&["b", "c"]));
    bench.write("projects/shop/s-1/subagents/agent-1.jsonl", &lines(&["d"]));
    assert_eq!(bench.pass().await, 4);
    assert_eq!(bench.keys().await, ["a", "b", "c", "d"]);
    assert_eq!(bench.pass().await, 0);
    bench.write("projects/copy/s-3.jsonl", &lines(&["a", "b", "c", "d"]));
    assert_eq!(bench.pass().await, 0);
}

#[sqlx::test]
async fn only_what_was_appended_is_read(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let ids: Vec<String> = (0..100).map(|number| format!("call-{number:03}")).collect();
    let text = lines(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    bench.write("s.jsonl", &text);
    assert_eq!(bench.pass().await, 100);
    // Nobody does this to a transcript: it shows that the middle is not read again.
    let changed = text.replace("call-050", "call-999");
    assert_eq!(changed.len(), text.len());
    fs::write(bench.path("s.jsonl"), changed).unwrap();
    bench.append("s.jsonl", &lines(&["new"]));
    assert_eq!(bench.pass().await, 1);
    assert!(!bench.keys().await.contains(&"call-999".to_owned()));
}

#[sqlx::test]
async fn a_half_written_line_counts_when_it_is_whole(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &lines(&["a"]));
    let added = lines(&["b"]);
    let (half, rest) = added.split_at(40);
    bench.append("s.jsonl", half);
    assert_eq!(bench.pass().await, 1);
    bench.append("s.jsonl", rest.trim_end());
    assert_eq!(bench.pass().await, 1, "it is whole before its end of line comes");
    bench.append("s.jsonl", &format!("\n{}", lines(&["c"])));
    assert_eq!(bench.pass().await, 1);
    assert_eq!(bench.keys().await, ["a", "b", "c"]);
}

#[sqlx::test]
async fn truncated_rotated_and_replaced_files_are_read_and_nothing_is_lost(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &lines(&["a", "b", "c"]));
    bench.pass().await;
    fs::write(bench.path("s.jsonl"), lines(&["d"])).unwrap();
    assert_eq!(bench.pass().await, 1, "truncated");
    fs::write(bench.path("s.jsonl"), lines(&["e", "f", "g", "h"])).unwrap();
    assert_eq!(bench.pass().await, 4, "written anew beyond where it was read to");
    fs::rename(bench.path("s.jsonl"), bench.path("old.jsonl")).unwrap();
    bench.append("old.jsonl", &lines(&["i"]));
    bench.write("s.jsonl", &lines(&["j"]));
    assert_eq!(bench.pass().await, 2, "rotated");
    bench.write("other", &lines(&["k"]));
    fs::rename(bench.path("other"), bench.path("s.jsonl")).unwrap();
    assert_eq!(bench.pass().await, 1, "replaced");
    fs::remove_file(bench.path("s.jsonl")).unwrap();
    fs::remove_file(bench.path("old.jsonl")).unwrap();
    assert_eq!(bench.pass().await, 0, "deleted");
    assert_eq!(bench.keys().await.concat(), "abcdefghijk");
    let positions: i64 = sqlx::query_scalar("SELECT count(*) FROM log_positions").fetch_one(&pool).await.unwrap();
    assert_eq!(positions, 0);
}

#[sqlx::test]
async fn a_moved_file_is_read_on(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let ids: Vec<String> = (0..100).map(|number| format!("call-{number:03}")).collect();
    let text = lines(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    bench.write("s.jsonl", &text);
    bench.pass().await;
    fs::write(bench.path("s.jsonl"), text.replace("call-050", "call-999")).unwrap();
    fs::rename(bench.path("s.jsonl"), bench.path("archived.jsonl")).unwrap();
    bench.append("archived.jsonl", &lines(&["new"]));
    assert_eq!(bench.pass().await, 1);
}

#[sqlx::test]
async fn calls_and_positions_are_stored_together_or_not_at_all(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &lines(&["a"]));
    sqlx::raw_sql("ALTER TABLE log_positions ADD CONSTRAINT full_disk CHECK (false)").execute(&pool).await.unwrap();
    bench.try_pass().await.unwrap_err();
    assert!(bench.keys().await.is_empty());
    sqlx::raw_sql("ALTER TABLE log_positions DROP CONSTRAINT full_disk").execute(&pool).await.unwrap();
    assert_eq!(bench.pass().await, 1);
}

#[sqlx::test]
async fn a_log_that_two_accounts_hold_counts_once(pool: PgPool) {
    let (laptop, server) = (Bench::of(&pool, "laptop").await, Bench::of(&pool, "server").await);
    let shared: String = (0..1_500).map(|call| line(&format!("m{call}"), "a", "10:00:00", 7)).collect();
    laptop.write("s.jsonl", &shared);
    server.write("copied.jsonl", &(shared + &line("own", "a", "10:00:00", 7)));
    let (one, other) = tokio::join!(laptop.pass(), server.pass());
    assert_eq!(one + other, 1_501, "whoever comes first has the calls that both hold");
    let count = sqlx::query_scalar("SELECT count(DISTINCT key) FROM calls HAVING count(*) = count(DISTINCT key)");
    let count: Option<i64> = count.fetch_optional(&pool).await.unwrap();
    assert_eq!(count, Some(1_501), "no key stands there twice");
    assert!(server.keys().await.contains(&"own".to_owned()));
    assert_eq!((laptop.pass().await, server.pass().await), (0, 0));
    // What the first has of a call grows where it is known.
    laptop.append("s.jsonl", &line("m0", "a", "10:00:01", 99));
    server.append("copied.jsonl", &line("m0", "a", "10:00:01", 99));
    assert_eq!(laptop.pass().await + server.pass().await, 1);
}
