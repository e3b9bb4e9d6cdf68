//! What work costs in processor time, which other work on the machine disturbs less than the clock on the wall.

use std::fs;

/// How often the system counts in a second, on every Linux.
const TICKS: f64 = 100.0;

/// Seconds of processor time of a process that has not ended, on all its threads; none where it is on another machine.
pub(crate) fn seconds(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name comes first, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
