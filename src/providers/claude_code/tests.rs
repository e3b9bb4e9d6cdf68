//! The rules for lines and files, on transcripts written by hand.

mod files;
mod lines;

use std::collections::BTreeMap;

use super::log::{Transcripts, read_lines};
use crate::domain::usage::{Call, Meter};
use crate::providers::feed::{CallLog, FetchError};

fn calls(text: &str) -> BTreeMap<String, Call> {
    let gathered = read_lines(text.as_bytes(), 1 << 20).unwrap();
    gathered.into_calls().into_iter().map(|call| (call.key.clone(), call)).collect()
}

fn broken(text: &str, max_bytes: u64) -> usize {
    read_lines(text.as_bytes(), max_bytes).unwrap().broken
}

fn counts(call: &Call) -> Vec<(Meter, u64)> {
    call.meters.iter().map(|(meter, count)| (*meter, *count)).collect()
}
