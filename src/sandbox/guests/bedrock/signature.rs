//! Signature Version 4, worked out once more: whoever signs otherwise is refused.

use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::Refusal;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const ACCESS_KEY_ID: &str = "AKIASANDBOX000000000";
/// Opens nothing but a sandbox.
pub(in crate::sandbox) const SECRET_ACCESS_KEY: &str = "sandboxSecret/0000+0000/000000000000000";

/// Keys of the role; they open nothing but a sandbox.
pub(super) const ROLE_KEY_ID: &str = "ASIASANDBOX000000000";
pub(super) const ROLE_SECRET: &str = "roleSecret/0000+0000/00000000000000000000";
pub(super) const ROLE_TOKEN: &str = "sandboxSessionToken//////0000==";

/// For what a request was signed.
pub(super) struct Scope {
    pub(super) key: String,
    pub(super) region: String,
    pub(super) service: String,
}

/// Whether the request was signed with keys of ours, at most five minutes ago.
pub(super) fn verify(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Scope, Refusal> {
    let wrong = |what: &str| Refusal("InvalidSignatureException", what.to_owned());
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let missing = || Refusal("MissingAuthenticationTokenException", "the request is not signed".to_owned());
    let fields = text("authorization").strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(missing)?;
    let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name)).ok_or_else(missing);
    let (credential, signed) = (field("Credential=")?, field("SignedHeaders=")?);
    let parts: Vec<_> = credential.split('/').collect();
    let [key, date, region, service, "aws4_request"] = parts[..] else { return Err(wrong("the scope is none")) };

    let (secret, token) = match key {
        ACCESS_KEY_ID => (SECRET_ACCESS_KEY, None),
        ROLE_KEY_ID => (ROLE_SECRET, Some(ROLE_TOKEN)),
        _ => return Err(Refusal("UnrecognizedClientException", format!("the key {key} is invalid"))),
    };
    if token.is_some_and(|token| text("x-amz-security-token") != token) {
        return Err(Refusal("UnrecognizedClientException", "the security token is invalid".to_owned()));
    }
    let at = NaiveDateTime::parse_from_str(text("x-amz-date"), "%Y%m%dT%H%M%SZ").map_err(|_| wrong("no x-amz-date"))?;
    if (now - at.and_utc()).abs() > TimeDelta::minutes(5) || !text("x-amz-date").starts_with(date) {
        return Err(wrong("the signature is too old or not yet good"));
    }
    let listed: Vec<&str> = signed.split(';').collect();
    let must = |name: &str| name == "host" || name == "content-type" || name.starts_with("x-amz-");
    let unsigned = headers.keys().find(|name| must(name.as_str()) && !listed.contains(&name.as_str()));
    if let Some(name) = unsigned {
        return Err(wrong(&format!("{name} must be signed")));
    }

    // S3 alone wants the digest of the body told, and takes paths as they are.
    let path = if service == "s3" { uri.path().to_owned() } else { encoded(uri.path(), true) };
    if service == "s3" && text("x-amz-content-sha256") != digest(body) {
        return Err(Refusal("XAmzContentSHA256Mismatch", "the digest is missing, or is of another body".to_owned()));
    }
    let lines: String = listed.iter().map(|name| format!("{name}:{}\n", text(name).trim())).collect();
    let query = canonical_query(uri.query().unwrap_or_default());
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{signed}\n{}", digest(body));
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", text("x-amz-date"), digest(canonical.as_bytes()));
    let seed = format!("AWS4{secret}").into_bytes();
    let chain = [date, region, service, "aws4_request", &to_sign];
    let signature = chain.iter().fold(seed, |key, text| mac(&key, text.as_bytes()).to_vec());
    if hex(&signature) != field("Signature=")? {
        return Err(wrong("the signature that we calculated does not match the one that you provided"));
    }
    Ok(Scope { key: key.to_owned(), region: region.to_owned(), service: service.to_owned() })
}

fn canonical_query(query: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut pairs: Vec<_> =
        pairs.map(|(name, value)| format!("{}={}", encoded(&name, false), encoded(&value, false))).collect();
    pairs.sort();
    pairs.join("&")
}

/// Percent-encoded but for what no address needs to escape; a path keeps its slashes.
fn encoded(text: &str, is_path: bool) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (is_path && byte == b'/');
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

/// HMAC-SHA256 of RFC 2104.
fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
