//! Logs of calls, from files to the database: a call counts once, whatever happens to the files.

#[path = "call_logs/bench.rs"]
mod bench;
#[path = "call_logs/files.rs"]
mod files;
#[path = "call_logs/interleavings.rs"]
mod interleavings;
#[path = "call_logs/lines.rs"]
mod lines;
#[path = "call_logs/sessions.rs"]
mod sessions;
#[path = "call_logs/trouble.rs"]
mod trouble;
