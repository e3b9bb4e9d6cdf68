//! Of the lines of one call, the best: the most output, then the later line, then the larger digest.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, SubsecRound, Utc};
use sha2::{Digest, Sha256};

use crate::domain::call_log::Call;
use crate::domain::usage::{Dimensions, Meter};

/// Of the lines of one call that a batch holds, what counts.
#[derive(Debug, Clone)]
pub(in crate::store) struct Best<C> {
    /// The line that holds, as a whole.
    pub(super) line: C,
    pub(super) first_at: DateTime<Utc>,
    pub(super) rank: Rank,
}

/// What decides between lines of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) output: i64,
    /// Of the line; unknown for lines that were read before it mattered.
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) digest: i64,
}

/// One for each key, in the order of keys: rows that are written in the order of an index need less of it at a time.
pub(in crate::store) fn best<C: Borrow<Call>>(lines: Vec<C>) -> Vec<Best<C>> {
    let mut best: HashMap<&str, (usize, DateTime<Utc>)> = HashMap::new();
    for (number, line) in lines.iter().map(Borrow::borrow).enumerate() {
        match best.entry(&line.key) {
            Entry::Vacant(new) => drop(new.insert((number, stored(line.at)))),
            Entry::Occupied(mut known) => {
                let (holds, first_at) = known.get_mut();
                *first_at = stored(line.at).min(*first_at);
                if beats(line, lines[*holds].borrow()) {
                    *holds = number;
                }
            }
        }
    }
    let mut best: Vec<_> = best.into_iter().collect();
    best.sort_unstable_by_key(|(key, _)| *key);
    let best: Vec<_> = best.into_iter().map(|(_, held)| held).collect();
    // The other lines need not be kept until these are stored.
    let mut lines: Vec<Option<C>> = lines.into_iter().map(Some).collect();
    let ranked = best.into_iter().filter_map(|(number, first_at)| {
        let line = lines[number].take()?;
        Some(Best { rank: rank(line.borrow()), line, first_at })
    });
    ranked.collect()
}

fn rank(call: &Call) -> Rank {
    Rank { output: output(call), at: Some(stored(call.at)), digest: digest(call) }
}

fn beats(line: &Call, other: &Call) -> bool {
    let without_digest = |call: &Call| (output(call), stored(call.at));
    match without_digest(line).cmp(&without_digest(other)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        // Copies of a line are what most equals are.
        Ordering::Equal => line != other && digest(line) > digest(other),
    }
}

/// A time as finely as the database keeps it.
fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

fn output(call: &Call) -> i64 {
    i64::try_from(call.meters.get(Meter::Output)).unwrap_or(i64::MAX)
}

/// Of what the line tells, whoever pays and wherever it stands.
fn digest(call: &Call) -> i64 {
    let Call { key: _, at: _, session, dims, meters } = call;
    let Dimensions { project, api_key, user, model, service_tier, region, prompt_over } = dims;
    let mut digest = Sha256::new();
    for text in [session, project, api_key, user, model, service_tier, region] {
        // No text is as long as what stands for none.
        let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
        digest.update(length.to_be_bytes());
        digest.update(text.as_deref().unwrap_or_default());
    }
    digest.update(prompt_over.to_be_bytes());
    for (meter, units) in meters.iter() {
        digest.update(meter.as_str());
        digest.update(units.to_be_bytes());
    }
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
