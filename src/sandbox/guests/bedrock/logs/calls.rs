//! The single calls of a workload, as Bedrock logs them.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::super::ACCOUNT;
use super::super::work::{Count, WORKLOADS, Workload};
use crate::sandbox::state::State;
use crate::sandbox::time::Minute;

/// Who calls: people by a single sign-on, a user, and a service by sessions of its machines.
const CALLERS: [&str; 4] = [
    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0a1b2c3d4e5f6071/ada@example.com",
    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_0a1b2c3d4e5f6071/grace@example.com",
    "arn:aws:iam::111122223333:user/ci",
    "arn:aws:sts::111122223333:assumed-role/shop-api/i-",
];

/// When a call is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    AtOnce,
    /// In the folder of the hour after.
    NextHour,
    Late,
}

fn part(number: u64) -> Part {
    match number {
        number if number % 11 == 5 => Part::NextHour,
        number if number % 7 == 3 => Part::Late,
        _ => Part::AtOnce,
    }
}

/// The calls of an hour in a region, a line each. The newer endpoint logs none.
pub(super) fn of(state: &State, region: &str, hour: Minute, wanted: Part) -> Vec<String> {
    let logged = WORKLOADS.iter().filter(|workload| workload.region == region && !workload.is_mantle);
    let mut lines = Vec::new();
    for workload in logged {
        let calls = workload.used(state, hour, hour.next_multiple(60))[Count::Requests as usize];
        let wanted = (0..calls).filter(|number| part(*number) == wanted);
        lines.extend(wanted.map(|number| line(workload, hour, number).to_string()));
    }
    lines
}

fn line(workload: &Workload, hour: Minute, number: u64) -> Value {
    let Workload { region, model_id, tokens, .. } = workload;
    let caller = CALLERS[usize::try_from(number % 4).unwrap_or_default()];
    let machine = if caller.ends_with('-') { format!("{:017x}", hour.hours()) } else { String::new() };
    let seed: u64 = model_id.bytes().map(u64::from).sum();
    let seconds = hour.seconds() + i64::try_from(number * 3_600 / 300).unwrap_or_default();
    let at = chrono::DateTime::from_timestamp(seconds.min(hour.seconds() + 3_599), 0).unwrap_or_default();
    // The caller of some models names a profile by its resource name.
    let model = if model_id.starts_with("us.") {
        format!("arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{model_id}")
    } else {
        (*model_id).to_owned()
    };
    let count = |count: Count| tokens[count as usize];
    json!({
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "accountId": ACCOUNT,
        "identity": { "arn": format!("{caller}{machine}") },
        "region": region,
        "requestId": format!("{:08x}-{seed:04x}-4000-8000-{number:012x}", hour.hours()),
        "operation": "Converse",
        "modelId": model,
        "input": {
            "inputContentType": "application/json",
            "inputBodyJson": { "messages": [{ "role": "user", "content": [{ "text": "What is \u{e9} in \"UTF-8\"?" }] }] },
            "inputTokenCount": count(Count::Input),
            "cacheReadInputTokenCount": count(Count::CacheRead),
            "cacheWriteInputTokenCount": count(Count::CacheWrite),
        },
        "output": { "outputContentType": "application/json", "outputTokenCount": count(Count::Output) },
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    })
}

/// A call that failed: it tells no counts.
pub(super) fn failed(region: &str, hour: Minute) -> String {
    let line = json!({
        "timestamp": hour.instant().to_rfc3339_opts(SecondsFormat::Secs, true),
        "accountId": ACCOUNT,
        "identity": { "arn": CALLERS[2] },
        "region": region,
        "requestId": format!("{:08x}-ffff-4000-8000-000000000000", hour.hours()),
        "operation": "Converse",
        "modelId": "amazon.nova-2-lite-v1:0",
        "errorCode": "ThrottlingException",
        "input": { "inputContentType": "application/json" },
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
    });
    line.to_string()
}
