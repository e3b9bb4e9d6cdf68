//! Lists and logs that are well-formed and wrong.

use std::io::Read;

use axum::body::Bytes;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::pack;
use crate::sandbox::tamper::{AGAIN, Tampering};

pub(in crate::sandbox::guests::bedrock) fn with(tampering: Tampering, body: &Bytes) -> Bytes {
    let mut text = String::new();
    if GzDecoder::new(body.as_ref()).read_to_string(&mut text).is_ok() {
        let lines = text.lines().map(|line| format!("{}\n", changed(tampering, line)));
        return pack(&lines.collect::<String>()).into();
    }
    match (tampering, std::str::from_utf8(body)) {
        (Tampering::RepeatedCursor, Ok(list)) => {
            let more = format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{AGAIN}</NextContinuationToken>");
            let flags = ["<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>"];
            flags
                .iter()
                .find(|flag| list.contains(**flag))
                .map_or_else(|| body.clone(), |flag| list.replacen(flag, &more, 1).into())
        }
        _ => body.clone(),
    }
}

fn changed(tampering: Tampering, line: &str) -> String {
    let Ok(mut line) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    match tampering {
        Tampering::WrongTypes => each_count(&mut line, |count| *count = json!([])),
        Tampering::NoAmount => each_count(&mut line, |count| *count = Value::Null),
        Tampering::OtherNotation => each_count(&mut line, |count| *count = Value::String(count.to_string())),
        Tampering::Unknown => line["sandboxSurprise"] = json!({ "nested": [1, 2.5, null] }),
        Tampering::RepeatedCursor | Tampering::VanishedRow | Tampering::EmptyDay => {}
    }
    line.to_string()
}

fn each_count(line: &mut Value, change: impl Fn(&mut Value)) {
    for side in ["input", "output"] {
        let fields = line[side].as_object_mut().into_iter().flatten();
        fields.filter(|(name, _)| name.ends_with("TokenCount")).for_each(|(_, count)| change(count));
    }
}
