//! Amazon Bedrock: Cost Explorer, CloudWatch, STS and S3 of one account, all at one address and told apart by the signature.

mod explorer;
mod filter;
mod logs;
mod signature;
mod sts;
mod tamper;
mod watch;
mod work;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::room::{PAGE_LIMIT, Room};
use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::tamper::{AGAIN, Tampering};

pub(in crate::sandbox) use self::logs::{BUCKET, PREFIX};
pub(in crate::sandbox) use self::signature::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
pub(in crate::sandbox) use self::sts::ROLE;

/// The account's number.
const ACCOUNT: &str = "111122223333";

pub(super) struct Bedrock;

/// An error of Amazon's: its kind, and what it says.
struct Refusal(&'static str, String);

impl Refusal {
    fn invalid(what: impl Into<String>) -> Self {
        Self("ValidationException", what.into())
    }

    /// Most errors have the status 400: the kind says what is wrong.
    fn json(self) -> Response {
        let Self(kind, message) = self;
        let status =
            if kind == "InternalFailure" { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        let body = json!({ "__type": format!("com.amazonaws.sandbox#{kind}"), "message": message });
        (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
    }
}

impl Room for Bedrock {
    /// Cursors are in the body, under `NextPageToken` and `NextToken`, or in the query.
    fn later_page(&self) -> &'static [&'static str] {
        &["Token\":\"", "continuation-token="]
    }

    fn routes(&self) -> Router<Arc<State>> {
        Router::new().route("/{*path}", any(handle))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let kind = match status.as_u16() {
            401 => "UnrecognizedClientException",
            403 => "AccessDeniedException",
            429 => "ThrottlingException",
            500.. => "InternalFailure",
            _ => "ValidationException",
        };
        Refusal(kind, message.to_owned()).json()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        tamper::apply(tampering, answer);
    }

    fn tamper_other(&self, tampering: Tampering, body: Bytes) -> Bytes {
        logs::tamper(tampering, &body)
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        let ours = || work::lines(state, day).into_iter().filter(|line| line.service.contains("Bedrock"));
        state.has_seen(day).then(|| ours().map(|line| line.amount).sum())
    }
}

async fn handle(
    Shared(state): Shared<Arc<State>>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let scope = match signature::verify(&method, &uri, &headers, &body, state.now()) {
        Ok(scope) => scope,
        Err(Refusal(kind, message)) if is_form(&headers) => return sts::refuse(kind, &message),
        Err(Refusal(kind, message)) if method == Method::GET => {
            return logs::refuse(StatusCode::FORBIDDEN, kind, &message);
        }
        Err(refusal) => return refusal.json(),
    };
    if scope.service == "sts" {
        return sts::answer(&state, &scope, &body);
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let limit = text(PAGE_LIMIT).parse::<usize>().ok();
    if scope.service == "s3" {
        return logs::answer(&state, &uri, limit);
    }
    let answer = asked(&body).and_then(|asked| match (scope.service.as_str(), text("x-amz-target")) {
        ("ce", "AWSInsightsIndexService.GetCostAndUsage") => explorer::costs(&state, &asked, limit),
        ("ce", "AWSInsightsIndexService.GetDimensionValues") => explorer::values(&state, &asked, limit),
        ("monitoring", "GraniteServiceVersion20100801.ListMetrics") => watch::list(&scope.region, &asked, limit),
        ("monitoring", "GraniteServiceVersion20100801.GetMetricData") => {
            watch::data(&state, &scope.region, &asked, limit)
        }
        (service, target) => Err(Refusal("UnknownOperationException", format!("{service} has no {target}"))),
    });
    let content_type = text("content-type").to_owned();
    match answer {
        Ok(answer) => ([("content-type", content_type)], answer.to_string()).into_response(),
        Err(refusal) => refusal.json(),
    }
}

/// Whether the older protocol is spoken, which answers in XML.
fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.starts_with("application/x-www-form-urlencoded")
}

fn asked(body: &Bytes) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal("SerializationException", error.to_string()))
}

/// A page of `items`, and the cursor of the next; a cursor that is handed out again and again leads to the first page.
fn page<T>(items: Vec<T>, cursor: &Value, limit: usize) -> Result<(Vec<T>, Option<String>), Refusal> {
    let from = match cursor.as_str() {
        None | Some(AGAIN) => 0,
        Some(cursor) => {
            let at = cursor.strip_prefix("AQ+/").and_then(|at| at.parse().ok());
            at.ok_or_else(|| Refusal("InvalidNextTokenException", "the token is none of ours".to_owned()))?
        }
    };
    let limit = limit.max(1);
    let next = (from + limit < items.len()).then(|| format!("AQ+/{}", from + limit));
    Ok((items.into_iter().skip(from).take(limit).collect(), next))
}
