//! A log's content: one JSON object a line, of which only what was counted is read.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read};

use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::who;
use crate::domain::usage::Meter;
use crate::providers::bedrock::model;
use crate::providers::number::Number;

/// A call with a whole prompt in it has some megabytes; what is longer than this is no line of a log.
const MAX_LINE_BYTES: u64 = 32 << 20;

/// One call, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Digest of the id that makes the call one call wherever it is logged again.
    pub(super) id: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) user: Option<String>,
    pub(super) model: String,
    pub(super) region: Option<String>,
    pub(super) counts: Vec<(Meter, Decimal)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) calls: Vec<Call>,
    /// Numbers of lines that should have been read and could not be, the first being 1.
    pub(super) broken: Vec<usize>,
}

/// The calls of a log, which may be compressed.
///
/// # Errors
///
/// Content that ends in the middle, or is no gzip although it begins like one.
pub(super) fn read(content: &[u8]) -> io::Result<Calls> {
    // Whoever stored it may have the transport decompress it.
    if content.starts_with(&[0x1f, 0x8b]) { lines(MultiGzDecoder::new(content)) } else { lines(content) }
}

fn lines(content: impl Read) -> io::Result<Calls> {
    let (mut reader, mut line) = (BufReader::new(content), Vec::new());
    let mut found = Calls::default();
    for number in 1.. {
        line.clear();
        let length = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if length as u64 == MAX_LINE_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("line {number} does not end")));
        }
        if length == 0 {
            break;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        // What is wrong with a line is not told: the text would repeat parts of a prompt.
        match serde_json::from_slice::<Line>(text) {
            Ok(line) => found.calls.extend(line.call(text)),
            Err(_) => found.broken.push(number),
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    schema_type: Option<String>,
    timestamp: DateTime<Utc>,
    request_id: Option<String>,
    identity: Option<Identity>,
    region: Option<String>,
    model_id: String,
    /// Of calls that failed.
    error_code: Option<String>,
    input: Option<Input>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct Identity {
    arn: Option<String>,
}

/// Disjoint counts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    input_token_count: Option<Number>,
    cache_read_input_token_count: Option<Number>,
    cache_write_input_token_count: Option<Number>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    output_token_count: Option<Number>,
}

impl Line {
    /// `None` of what is no call.
    fn call(self, text: &[u8]) -> Option<Call> {
        if self.schema_type.is_some_and(|kind| kind != "ModelInvocationLog") {
            return None;
        }
        let (input, output) = (self.input.unwrap_or_default(), self.output.unwrap_or_default());
        let request = Number(Decimal::ONE);
        let counts = [
            (Meter::Requests, self.error_code.is_none().then_some(request)),
            (Meter::Input, input.input_token_count),
            (Meter::CacheRead, input.cache_read_input_token_count),
            (Meter::CacheWrite, input.cache_write_input_token_count),
            (Meter::Output, output.output_token_count),
        ];
        let counts = counts.into_iter().filter_map(|(meter, count)| Some((meter, count?.0)));
        Some(Call {
            // A line without an id is a call of its own, unless it is the same to the last byte.
            id: digest(self.request_id.as_deref().map_or(text, str::as_bytes)),
            at: self.timestamp,
            user: self.identity.and_then(|identity| who::user(&identity.arn?)),
            model: model::of_call(&self.model_id).to_owned(),
            region: self.region,
            counts: counts.filter(|(_, count)| *count > Decimal::ZERO).collect(),
        })
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::{Value, json};

    use super::*;

    const LOG: &str = include_str!("../fixtures/invocation_log.json");

    fn log() -> Value {
        serde_json::from_str(LOG).unwrap()
    }

    fn read_lines(lines: &[Value]) -> Calls {
        let text: Vec<_> = lines.iter().map(Value::to_string).collect();
        read(text.join("\n").as_bytes()).unwrap()
    }

    fn counts(call: &Call) -> Vec<(Meter, String)> {
        call.counts.iter().map(|(meter, count)| (*meter, count.to_string())).collect()
    }

    #[test]
    fn a_documented_line_is_a_call() {
        let found = read_lines(&[log()]);
        let [call] = found.calls.as_slice() else { panic!("{found:?}") };
        assert_eq!(call.at.to_rfc3339(), "2026-11-01T10:00:00+00:00");
        assert_eq!(call.user.as_deref(), Some("dev/alice"));
        assert_eq!(call.model, "us.anthropic.claude-sonnet-4-5-20250929-v1:0");
        assert_eq!(call.region.as_deref(), Some("us-east-1"));
        let expected =
            [(Meter::Requests, "1"), (Meter::Input, "120"), (Meter::CacheRead, "900"), (Meter::Output, "40")];
        assert_eq!(counts(call), expected.map(|(meter, count)| (meter, count.to_owned())));
    }

    #[test]
    fn a_failed_call_counts_what_it_tells_and_is_no_request() {
        let mut failed = log();
        failed["errorCode"] = json!("ThrottlingException");
        failed.as_object_mut().unwrap().remove("output");
        failed["input"] = json!({ "inputContentType": "application/json" });
        assert_eq!(read_lines(&[failed]).calls[0].counts, []);
    }

    #[test]
    fn ids_make_calls_one() {
        let mut other = log();
        other["requestId"] = json!("8f0c0000-0000-4000-8000-000000000001");
        let mut without = log();
        without["requestId"] = Value::Null;
        let ids: Vec<_> = read_lines(&[log(), log(), other, without]).calls.iter().map(|call| call.id).collect();
        assert_eq!(ids[0], ids[1]);
        assert!(ids[2] != ids[0] && ids[3] != ids[0] && ids[3] != ids[2]);
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_and_loses_no_other() {
        let mut wrong = log();
        wrong["output"]["outputTokenCount"] = json!([]);
        let mut other_kind = log();
        other_kind["schemaType"] = json!("SomethingElse");
        let text = format!("{}\n\n{{\"timestamp\": \n{wrong}\n{other_kind}\n{}", log(), log());
        let found = read(text.as_bytes()).unwrap();
        assert_eq!((found.calls.len(), found.broken), (2, vec![3, 4]));
    }

    #[test]
    fn compressed_content_is_read_to_its_end_or_not_at_all() {
        let packed = |text: &str| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        };
        let text = format!("{}\n", log());
        let mut two = packed(&text);
        two.extend(packed(&text));
        assert_eq!(read(&two).unwrap().calls.len(), 2, "of several members");
        let one = packed(&text);
        for length in 2..one.len() {
            assert!(read(&one[..length]).is_err(), "{length} of {} bytes", one.len());
        }
        assert_eq!(read(b"").unwrap(), Calls::default());
    }
}
