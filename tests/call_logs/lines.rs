use sqlx::PgPool;

use crate::bench::{Bench, line};

#[sqlx::test]
async fn the_largest_output_wins_as_a_whole_and_among_equals_the_later_line(pool: PgPool) {
    for (first, second, model) in [
        (line("m", "a", "10:00:00", 5), line("m", "b", "10:00:01", 3), "a"),
        (line("m", "a", "10:00:00", 5), line("m", "b", "10:00:01", 5), "b"),
        (line("m", "a", "10:00:02", 5), line("m", "b", "10:00:01", 5), "a"),
    ] {
        for passes_between in [false, true] {
            Bench::forget(&pool).await;
            let bench = Bench::new(&pool).await;
            bench.write("s.jsonl", &first);
            if passes_between {
                bench.pass().await;
            }
            bench.append("s.jsonl", &second);
            bench.pass().await;
            let rows = bench.rows().await;
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].3.as_deref(), Some(model), "{first}{second}{passes_between}");
        }
    }
}

#[sqlx::test]
async fn the_earliest_line_gives_the_time_in_whatever_pass_it_is_read(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    bench.write("s.jsonl", &line("m", "a", "10:00:07", 9));
    bench.pass().await;
    bench.write("earlier.jsonl", &line("m", "b", "10:00:00", 1));
    assert_eq!(bench.pass().await, 1);
    let rows = bench.rows().await;
    assert_eq!(rows[0].1.to_rfc3339(), "2026-11-22T10:00:00+00:00");
    assert_eq!((rows[0].3.as_deref(), rows[0].4), (Some("a"), 9));
}

#[sqlx::test]
async fn what_the_program_says_of_a_session_stands_beside_what_its_lines_hold(pool: PgPool) {
    let bench = Bench::new(&pool).await;
    let claim = |tokens: u64, cost: &str| {
        format!(
            r#"{{"type":"cost-state","sessionId":"s-m","totalCostUSD":{cost},"modelUsage":{{"a":{{"inputTokens":{tokens}}}}}}}"#
        ) + "\n"
    };
    bench.write("s.jsonl", &(line("m", "a", "10:00:00", 9) + &claim(50, "0.5") + &claim(20, "0.2")));
    let row = async || -> (String, i64, i64, i64) {
        let row = "SELECT claimed_usd::text, claimed_tokens, tokens::bigint, missing_tokens::bigint FROM reporting.session_claims";
        sqlx::query_as(row).fetch_one(&pool).await.unwrap()
    };
    bench.pass().await;
    assert_eq!(row().await, ("0.5".into(), 50, 12, 38), "the largest of a part");
    bench.append("s.jsonl", &claim(70, "0.7"));
    bench.pass().await;
    assert_eq!(row().await, ("0.7".into(), 70, 12, 58));
    bench.append("s.jsonl", &claim(60, "0.6"));
    bench.pass().await;
    assert_eq!(row().await, ("0.7".into(), 70, 12, 58), "the largest of all");
}
