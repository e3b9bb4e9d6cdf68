//! Which files lie in the bucket at a time, and which calls are in each.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};

use super::super::ACCOUNT;
use super::super::work::WORKLOADS;
use super::PREFIX;
use super::calls::{self, Part};
use crate::sandbox::state::State;
use crate::sandbox::time::Minute;

/// What lies in the folder of each hour: the calls of that hour that were logged at once, with some of the hour before; those
/// that were logged hours later; and a body that was too large for either.
const FILES: [(&str, i64); 3] = [("main.json.gz", 65), ("late.json.gz", 240), ("data/0a1b_input.json.gz", 65)];

fn home() -> String {
    format!("{PREFIX}/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/")
}

fn regions() -> BTreeSet<&'static str> {
    WORKLOADS.iter().filter(|workload| !workload.is_mantle).map(|workload| workload.region).collect()
}

/// All keys that begin with `prefix`. Only one day's are looked for below a region.
pub(super) fn keys(state: &State, prefix: &str) -> Vec<String> {
    let home = home();
    let mut keys = vec![format!("{home}amazon-bedrock-logs-permission-check")];
    for region in regions() {
        let region = format!("{home}{region}/");
        // Of the whole bucket the first hour stands for all.
        let date = prefix.strip_prefix(&region).and_then(|rest| rest.get(..10)).map(str::to_owned);
        let first = || state.world.founded.date().format("%Y/%m/%d").to_string();
        let date = date.unwrap_or_else(first);
        for hour in 0..24 {
            let files = FILES.iter().map(|(name, _)| format!("{region}{date}/{hour:02}/{}", file(&date, hour, name)));
            keys.extend(files.filter(|key| visible(state, key).is_some()));
        }
    }
    keys.retain(|key| key.starts_with(prefix));
    keys
}

/// A time stands before the name of a file.
fn file(date: &str, hour: u32, name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("{}T{hour:02}5959123Z_{name}", date.replace('/', "")) }
}

/// The hour, the region and the kind of a file that is there by now.
fn visible<'k>(state: &State, key: &'k str) -> Option<(Minute, &'k str, &'static str)> {
    let (region, rest) = key.strip_prefix(&home())?.split_once('/')?;
    let hour =
        NaiveDateTime::parse_from_str(&format!("{} 00:00", rest.get(..13)?), "%Y/%m/%d/%H %M:%S").ok()?.and_utc();
    let (name, minutes) = FILES.iter().find(|(name, _)| rest.ends_with(name))?;
    let is_there = hour + TimeDelta::minutes(*minutes) <= state.now();
    let hour = Minute::of(hour);
    (is_there && state.world.founded <= hour.day()).then_some((hour, region, *name))
}

/// What is in a file before it is packed.
pub(super) fn content(state: &State, key: &str) -> Option<String> {
    let (hour, region, name) = visible(state, key)?;
    let lines: Vec<String> = match name {
        "main.json.gz" => {
            let mut lines = calls::of(state, region, hour, Part::AtOnce);
            lines.extend(calls::of(state, region, hour.back(60), Part::NextHour));
            lines.push(calls::failed(region, hour));
            lines
        }
        "late.json.gz" => {
            let mut lines = calls::of(state, region, hour, Part::Late);
            lines.extend(calls::of(state, region, hour, Part::AtOnce).into_iter().take(3));
            lines
        }
        _ => vec![r#"{"messages":[{"role":"user","content":"a very long prompt"}]}"#.to_owned()],
    };
    Some(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// A digest of a file that never changes.
pub(super) fn tag(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
