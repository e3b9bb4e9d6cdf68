//! S3 with a bucket into which Bedrock logs every call, in compressed files of some calls each. Some come hours late, and some
//! calls stand in two.

mod calls;
mod shelf;
mod tamper;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(super) use self::tamper::with as tamper;
use super::{Refusal, page};
use crate::sandbox::state::State;

/// The bucket, and what its owner put before the keys.
pub(in crate::sandbox) const BUCKET: &str = "acme-bedrock-logs";
pub(in crate::sandbox) const PREFIX: &str = "llm/prod logs+1";

/// Answers a request for the bucket or what is in it.
pub(super) fn answer(state: &State, uri: &Uri, limit: Option<usize>) -> Response {
    let Some((_, rest)) = uri.path().split_once(&format!("/{BUCKET}/")) else {
        return refuse(StatusCode::NOT_FOUND, "NoSuchBucket", "the bucket does not exist");
    };
    if !rest.is_empty() {
        let content = shelf::content(state, &percent_decode_str(rest).decode_utf8_lossy());
        let missing = || refuse(StatusCode::NOT_FOUND, "NoSuchKey", "the key does not exist");
        return content
            .map_or_else(missing, |text| ([("content-type", "binary/octet-stream")], pack(&text)).into_response());
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if asked("list-type") != Some("2") {
        return refuse(StatusCode::BAD_REQUEST, "InvalidArgument", "the sandbox lists in the second way");
    }
    match list(state, asked("prefix").unwrap_or_default(), asked("delimiter"), asked("continuation-token"), limit) {
        Ok(xml) => ([("content-type", "application/xml")], xml).into_response(),
        Err(Refusal(code, message)) => refuse(StatusCode::BAD_REQUEST, code, &message),
    }
}

/// An error in S3's words.
pub(super) fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [("content-type", "application/xml")], body).into_response()
}

/// `ListObjectsV2`, on pages much smaller than Amazon's.
fn list(
    state: &State,
    prefix: &str,
    delimiter: Option<&str>,
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<String, Refusal> {
    let mut folders = BTreeSet::new();
    let mut keys = shelf::keys(state, prefix);
    if let Some(delimiter) = delimiter {
        keys.retain(|key| {
            let folder = key.strip_prefix(prefix).and_then(|rest| rest.split_once(delimiter));
            folders.extend(folder.map(|(folder, _)| format!("{prefix}{folder}{delimiter}")));
            folder.is_none()
        });
    }
    let mut entries: Vec<_> = keys.into_iter().map(|key| (key, true)).collect();
    entries.extend(folders.into_iter().map(|folder| (folder, false)));
    entries.sort();
    let (entries, next) = page(entries, &cursor.map_or(Value::Null, Value::from), limit.unwrap_or(20))?;
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{BUCKET}</Name><Prefix>{prefix}</Prefix><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
        entries.len(),
        next.is_some()
    );
    if let Some(next) = next {
        let _ = write!(xml, "<NextContinuationToken>{next}</NextContinuationToken>");
    }
    for (key, is_object) in entries {
        let _ = if is_object {
            let tag = shelf::tag(&key);
            write!(
                xml,
                "<Contents><Key>{key}</Key><ETag>&quot;{tag:016x}&quot;</ETag><StorageClass>STANDARD</StorageClass></Contents>"
            )
        } else {
            write!(xml, "<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>")
        };
    }
    Ok(xml + "</ListBucketResult>")
}

fn pack(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = gzip.write_all(text.as_bytes());
    gzip.finish().unwrap_or_default()
}
