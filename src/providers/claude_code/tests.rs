//! The rules for lines, on transcripts written by hand. What holds for files is tested with the store.

mod lines;
mod settings;

use std::collections::BTreeMap;

use super::transcript::Transcripts;
use crate::domain::call_log::Call;
use crate::domain::usage::Meter;
use crate::providers::call_logs::{Findings, Format};

fn found(text: &str) -> Findings {
    let (format, mut found) = (Transcripts::default(), Findings::default());
    text.lines().filter(|line| !line.is_empty()).for_each(|line| format.read(line.as_bytes(), &mut (), &mut found));
    found
}

/// The last line of each call.
fn calls(text: &str) -> BTreeMap<String, Call> {
    found(text).calls.into_iter().map(|call| (call.key.clone(), call)).collect()
}

fn counts(call: &Call) -> Vec<(Meter, u64)> {
    call.meters.iter().collect()
}
