//! What Google's refusals mean, and what a person can do about them.

use serde_json::Value;

use crate::providers::feed::FetchError;
use crate::providers::http::{Verdict, by_status};

const KEY_HELP: &str = "google needs the JSON key of a service account that has the roles BigQuery Job User on the project, \
     BigQuery Data Viewer on the dataset of the billing export and Monitoring Viewer on every project whose use is read; \
     it is made at console.cloud.google.com → IAM & Admin → Service Accounts → Keys";

const REPORT_HELP: &str = "google needs the JSON key of a service account that has the role App Optimize Admin \
     (roles/appoptimize.admin) on every project whose cost is read, where the App Optimize API must be enabled, and Monitoring \
     Viewer on every project whose use is read; it is made at console.cloud.google.com → IAM & Admin → Service Accounts → Keys";

/// Too much at once is refused with the status of a missing permission.
pub(super) fn judge(status: u16, body: &[u8]) -> Verdict {
    match status {
        403 if is_throttled(body) => Verdict::RateLimited,
        _ => by_status(status, body),
    }
}

/// A grant that is not good is refused with status 400.
pub(super) fn judge_grant(status: u16, body: &[u8]) -> Verdict {
    match status {
        400 => Verdict::Unauthorized,
        _ => by_status(status, body),
    }
}

fn is_throttled(body: &[u8]) -> bool {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else { return false };
    let error = &answer["error"];
    let details = error["errors"].as_array().into_iter().flatten();
    let mut reasons = details.filter_map(|detail| detail["reason"].as_str());
    error["status"] == "RESOURCE_EXHAUSTED"
        || reasons.any(|reason| {
            matches!(reason, "rateLimitExceeded" | "userRateLimitExceeded" | "jobRateLimitExceeded" | "quotaExceeded")
        })
}

/// The same error, with what helps.
pub(super) fn explain(error: FetchError) -> FetchError {
    error.with_help(KEY_HELP)
}

/// The same error of a report, with what helps.
pub(super) fn explain_report(error: FetchError) -> FetchError {
    error.with_help(REPORT_HELP)
}

/// The same error of a query, with what helps.
pub(super) fn explain_query(error: FetchError) -> FetchError {
    let hint = match &error {
        FetchError::Rejected { status: 404, .. } => "a dataset outside US and EU is only found with `location` set",
        FetchError::Rejected { status: 400, message } if message.contains("bytes billed") => {
            "`max_bytes_billed` sets the limit"
        }
        _ => return explain(error),
    };
    match error {
        FetchError::Rejected { status, message } => {
            FetchError::Rejected { status, message: format!("{message}; {hint}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_at_once_is_no_missing_permission() {
        for (status, body, verdict) in [
            (403, r#"{"error":{"code":403,"errors":[{"reason":"accessDenied"}]}}"#, Verdict::Unauthorized),
            (403, r#"{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}"#, Verdict::RateLimited),
            (403, r#"{"error":{"code":403,"errors":[{"reason":"quotaExceeded"}]}}"#, Verdict::RateLimited),
            (403, "<html>", Verdict::Unauthorized),
            (429, r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#, Verdict::RateLimited),
            (400, r#"{"error":{"errors":[{"reason":"invalidQuery"}]}}"#, Verdict::Rejected),
            (503, r#"{"error":{"errors":[{"reason":"backendError"}]}}"#, Verdict::Unavailable),
        ] {
            assert_eq!(judge(status, body.as_bytes()), verdict, "{status} {body}");
        }
        assert_eq!(judge_grant(400, br#"{"error":"invalid_grant"}"#), Verdict::Unauthorized);
    }
}
