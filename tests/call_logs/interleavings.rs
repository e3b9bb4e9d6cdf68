use std::fs;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::PgPool;

use crate::bench::{Bench, line};

/// What happens to the files, as far as it loses no line.
#[derive(Debug, Clone)]
enum Step {
    /// So many more bytes of what the agent writes into a file arrive on the disk.
    Append {
        file: usize,
        bytes: usize,
    },
    Copy {
        file: usize,
    },
    Rename {
        file: usize,
    },
    Pass,
}

/// A few ids, times and outputs, so that lines of one call meet.
fn text() -> impl Strategy<Value = String> {
    let drawn = (0..6_u8, 0..3_u8, 0..4_u8, 0..3_u64, any::<bool>());
    let drawn = drawn.prop_map(|(id, model, time, output, other)| match other {
        true => "{\"type\":\"user\"}\n".to_owned(),
        false => line(&format!("m{id}"), &format!("model-{model}"), TIMES[usize::from(time)], output),
    });
    prop::collection::vec(drawn, 1..20).prop_map(|lines| lines.concat())
}

/// Within one session, and beyond it.
const TIMES: [&str; 4] = ["10:00:00", "10:00:03", "15:00:00", "21:10:00"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 1..400_usize).prop_map(|(file, bytes)| Step::Append { file, bytes }),
        1 => (0..3_usize).prop_map(|file| Step::Copy { file }),
        1 => (0..3_usize).prop_map(|file| Step::Rename { file }),
        3 => Just(Step::Pass),
    ]
}

#[sqlx::test]
async fn any_interleaving_of_writing_and_reading_gives_the_same_calls_as_one_pass_at_the_end(pool: PgPool) {
    let mut runner = TestRunner::deterministic();
    let cases = (prop::collection::vec(text(), 3), prop::collection::vec(step(), 1..40));
    for case in 0..24 {
        Bench::forget(&pool).await;
        let (texts, steps) = cases.new_tree(&mut runner).unwrap().current();
        let bench = Bench::new(&pool).await;
        let mut names: Vec<String> = (0..3).map(|file| format!("{file}.jsonl")).collect();
        let mut written = [0; 3];
        for (number, step) in steps.iter().enumerate() {
            match *step {
                Step::Append { file, bytes } => {
                    let rest = &texts[file][written[file]..];
                    let part = &rest[..bytes.min(rest.len())];
                    bench.append(&names[file], part);
                    written[file] += part.len();
                }
                Step::Copy { file } if written[file] > 0 => {
                    fs::copy(bench.path(&names[file]), bench.path(&format!("copy-{number}.jsonl"))).unwrap();
                }
                Step::Rename { file } if written[file] > 0 => {
                    let name = format!("moved-{number}.jsonl");
                    fs::rename(bench.path(&names[file]), bench.path(&name)).unwrap();
                    names[file] = name;
                }
                Step::Copy { .. } | Step::Rename { .. } => {}
                Step::Pass => {
                    bench.pass().await;
                    bench.sessions().await;
                }
            }
        }
        bench.pass().await;
        let now = (bench.rows().await, bench.sessions().await);
        let fresh = bench.as_if_new(&pool, &format!("fresh-{case}")).await;
        assert_eq!(now, fresh, "{texts:#?}\n{steps:#?}");
    }
}
