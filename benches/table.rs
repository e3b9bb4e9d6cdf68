//! The table that benchmarks print: what was measured, and how fast that is against a yardstick of the same run.

use std::time::Duration;

/// How many times everything is measured; the best run counts, because noise only ever adds.
pub(crate) const ROUNDS: usize = 3;

/// The head of the table.
#[expect(clippy::print_stdout, reason = "a benchmark is read on the terminal")]
pub(crate) fn head(yardstick: &str) {
    println!("\n| what | rows | seconds | rows/s | times as fast as {yardstick} |");
    println!("|---|---:|---:|---:|---:|");
}

/// One line: how many `rows` took how long, against the yardstick over the same rows.
#[expect(clippy::print_stdout, reason = "a benchmark is read on the terminal")]
pub(crate) fn line(what: &str, rows: usize, time: Duration, yardstick: Duration) {
    let per_second = f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / time.as_secs_f64();
    let ratio = yardstick.as_secs_f64() / time.as_secs_f64();
    println!("| {what} | {rows} | {:.3} | {per_second:.0} | {ratio:.2} |", time.as_secs_f64());
}
