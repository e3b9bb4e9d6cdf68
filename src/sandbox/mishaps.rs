//! Ordered faults as they happen, in front of all paths.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::stream;
use serde_json::Value;

use super::company::Vendor;
use super::faults::{Fault, LATER_PAGE, RetryAfter, Target};
use super::guest::Guest;
use super::guests::room;
use super::guests::room::PAGE_LIMIT;
use super::refusal::Refusal;
use super::state::State;
use super::tamper::{self, AGAIN, Tampering};

/// The middleware in front of all paths.
pub(super) async fn apply(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let Some(target) = Target::of(request.uri()) else { return next.run(request).await };
    let (mut head, body) = request.into_parts();
    if let Some(refusal) = state.faults.exchange_key(target, &mut head.headers) {
        return refusal;
    }
    let body = whole(body).await;
    let fault = state.faults.take(target, &head.uri, &body, later_page(target));
    let mut request = Request::from_parts(head, Body::from(body));
    let Some(fault) = fault else { return next.run(request).await };
    match fault {
        Fault::TooManyRequests(after) => too_many(&state, target, after),
        Fault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            refuse(target, status, "the sandbox was told to fail")
        }
        Fault::Gateway => {
            (StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, "text/html")], "<html><h1>502 Bad Gateway</h1></html>")
                .into_response()
        }
        Fault::Delay(delay) => {
            tokio::time::sleep(delay).await;
            next.run(request).await
        }
        Fault::Reset => cut(next.run(request).await, true).await,
        Fault::Truncated => cut(next.run(request).await, false).await,
        Fault::InvalidJson => ([(CONTENT_TYPE, "application/json")], "{\"data\": [nan, }").into_response(),
        Fault::RevokedKey => match target {
            Target::Vendor(vendor) => Refusal::revoked_key(vendor, request.headers()).answer(vendor),
            Target::Guest(guest) => room(guest).refuse(StatusCode::UNAUTHORIZED, &told_key(request.headers())),
        },
        Fault::ShortPages(limit) => {
            match target {
                Target::Vendor(_) => *request.uri_mut() = with_limit(request.uri(), limit),
                Target::Guest(_) => drop(request.headers_mut().insert(PAGE_LIMIT, limit.into())),
            }
            next.run(request).await
        }
        Fault::Exponents => {
            let (head, body) = next.run(request).await.into_parts();
            replace(head, tamper::with_exponents(&whole(body).await))
        }
        Fault::Renamed(old, new) => {
            let (head, body) = next.run(request).await.into_parts();
            let body =
                String::from_utf8_lossy(&whole(body).await).replace(&format!("\"{old}\":"), &format!("\"{new}\":"));
            replace(head, body.into())
        }
        Fault::Tampered(tampering) => {
            if tampering == Tampering::RepeatedCursor && matches!(target, Target::Vendor(_)) {
                *request.uri_mut() = without_again(request.uri());
            }
            let response = next.run(request).await;
            if response.status() != StatusCode::OK {
                return response;
            }
            let (head, body) = response.into_parts();
            replace(head, tampered(target, tampering, whole(body).await))
        }
    }
}

fn tampered(target: Target, tampering: Tampering, body: Bytes) -> Bytes {
    match (serde_json::from_slice::<Value>(&body), target) {
        (Ok(mut answer), Target::Vendor(_)) => {
            tamper::apply(tampering, &mut answer);
            answer.to_string().into()
        }
        (Ok(mut answer), Target::Guest(guest)) => {
            room(guest).tamper(tampering, &mut answer);
            answer.to_string().into()
        }
        (Err(_), Target::Guest(guest)) => room(guest).tamper_other(tampering, body),
        (Err(_), Target::Vendor(_)) => body,
    }
}

fn later_page(target: Target) -> &'static [&'static str] {
    match target {
        Target::Vendor(_) => &[LATER_PAGE],
        Target::Guest(guest) => room(guest).later_page(),
    }
}

fn refuse(target: Target, status: StatusCode, message: &str) -> Response {
    match target {
        Target::Vendor(vendor) => Refusal::new(status, message).answer(vendor),
        Target::Guest(guest) => room(guest).refuse(status, message),
    }
}

/// Words that repeat the key, as careless vendors have them.
fn told_key(headers: &HeaderMap) -> String {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("the key was revoked: {sent}")
}

fn too_many(state: &State, target: Target, after: RetryAfter) -> Response {
    let mut response = refuse(target, StatusCode::TOO_MANY_REQUESTS, "rate limit reached");
    let at = |seconds: u32| state.now() + TimeDelta::seconds(seconds.into());
    let (name, text) = match (after, target) {
        (RetryAfter::Absent, _) => return response,
        (RetryAfter::Date(seconds), _) => (RETRY_AFTER.as_str(), httpdate::fmt_http_date(at(seconds).into())),
        (RetryAfter::VendorReset(seconds), Target::Vendor(Vendor::OpenAi)) => {
            ("x-ratelimit-reset-requests", format!("{}m{}s", seconds / 60, seconds % 60))
        }
        (RetryAfter::VendorReset(seconds), Target::Vendor(Vendor::Anthropic)) => {
            ("anthropic-ratelimit-requests-reset", at(seconds).to_rfc3339_opts(SecondsFormat::Secs, true))
        }
        (RetryAfter::VendorReset(seconds), Target::Guest(guest)) => match reset_header(guest, at(seconds), seconds) {
            Some(header) => header,
            None => (RETRY_AFTER.as_str(), seconds.to_string()),
        },
        (RetryAfter::Seconds(seconds), _) => (RETRY_AFTER.as_str(), seconds.to_string()),
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(name, value);
    }
    response
}

fn reset_header(guest: Guest, at: DateTime<Utc>, seconds: u32) -> Option<(&'static str, String)> {
    room(guest).reset_header(at).or_else(|| room(guest).wait_header(seconds))
}

/// Sends the first half of the body, and then breaks the connection or ends as if that were all.
async fn cut(response: Response, break_off: bool) -> Response {
    let (head, body) = response.into_parts();
    let bytes = whole(body).await;
    let half = bytes.slice(..bytes.len() / 2);
    if break_off {
        let pieces = [Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
        return Response::from_parts(head, Body::from_stream(stream::iter(pieces)));
    }
    replace(head, half)
}

fn replace(mut head: axum::http::response::Parts, bytes: Bytes) -> Response {
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(bytes))
}

async fn whole(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}

/// The same request for the first page, where the client followed a cursor that was handed out twice.
fn without_again(uri: &Uri) -> Uri {
    let again = format!("page={AGAIN}");
    with_query(uri, pairs(uri).filter(|pair| *pair != again))
}

fn with_limit(uri: &Uri, limit: u32) -> Uri {
    let limit = format!("limit={limit}");
    let others = pairs(uri).filter(|pair| !pair.starts_with("limit="));
    with_query(uri, others.chain([limit.as_str()]))
}

fn pairs(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
}

fn with_query<'a>(uri: &Uri, pairs: impl Iterator<Item = &'a str>) -> Uri {
    let pairs: Vec<_> = pairs.collect();
    format!("{}?{}", uri.path(), pairs.join("&")).parse().unwrap_or_else(|_| uri.clone())
}
