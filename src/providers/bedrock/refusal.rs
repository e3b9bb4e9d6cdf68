//! What Amazon's refusals mean: most of them have the status 400, and the kind of error says the rest.

use serde::Deserialize;

use super::xml;
use crate::providers::feed::FetchError;
use crate::providers::http::{Verdict, by_status};

/// What refused keys lack.
const KEYS_NEEDED: &str = "the keys need the IAM permissions ce:GetCostAndUsage, ce:GetDimensionValues, \
                           cloudwatch:ListMetrics and cloudwatch:GetMetricData, which a policy of their user or role \
                           gives in the IAM console; Cost Explorer has to be enabled once in the account that pays";

/// Asked too often.
const THROTTLED: [&str; 8] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "TooManyRequestsException",
    "SlowDown",
];

/// The keys are wrong, too old, or not allowed to ask.
const REFUSED: [&str; 15] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedException",
    "UnrecognizedClientException",
];

/// Sorts a refusal by the kind of error in its body, and by its status where there is none that we know.
pub(super) fn judge(status: u16, body: &[u8]) -> Verdict {
    let kind = kind(body).unwrap_or_default();
    if THROTTLED.contains(&kind.as_str()) {
        Verdict::RateLimited
    } else if REFUSED.contains(&kind.as_str()) {
        Verdict::Unauthorized
    } else {
        by_status(status, body)
    }
}

/// `AccessDeniedException` of `{"__type": "com.amazon#AccessDeniedException"}` or `<Code>AccessDeniedException</Code>`.
fn kind(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "__type")]
        kind: String,
    }
    let json = serde_json::from_slice::<Error>(body).map(|error| error.kind);
    let kind = json.ok().or_else(|| xml::text(&String::from_utf8_lossy(body), "Code"))?;
    kind.rsplit('#').next().map(str::to_owned)
}

pub(super) fn explain(error: FetchError) -> FetchError {
    error.with_help(KEYS_NEEDED)
}

/// Whether there is nothing to tell of the days that were asked for, such as those before the account was opened.
pub(super) fn is_no_data(error: &FetchError) -> bool {
    matches!(error, FetchError::Rejected { message, .. } if message.starts_with("DataUnavailableException"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_error_goes_before_the_status() {
        for (status, body, verdict) in [
            (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#, Verdict::RateLimited),
            (400, r#"{"__type":"com.amazonaws.ce#LimitExceededException"}"#, Verdict::RateLimited),
            (503, "<Error><Code>SlowDown</Code></Error>", Verdict::RateLimited),
            (400, r#"{"__type":"UnrecognizedClientException","message":"no"}"#, Verdict::Unauthorized),
            (
                403,
                "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
                Verdict::Unauthorized,
            ),
            (400, r#"{"__type":"ValidationException","message":"no"}"#, Verdict::Rejected),
            (500, r#"{"__type":"InternalFailure"}"#, Verdict::Unavailable),
            (403, "", Verdict::Unauthorized),
            (429, "slower", Verdict::RateLimited),
        ] {
            assert_eq!(judge(status, body.as_bytes()), verdict, "{status} {body}");
        }
    }
}
