//! What holds for every answer.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::limits::BODY_BYTES;

/// A day: it binds every port of the host, so a mistake should not last.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=86400");

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
    ),
];

/// Nothing here is for caches or frames, and no type is to be guessed. Whoever came by TLS is to come back by it.
pub(super) async fn headers(State(tls): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if tls {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// Refuses what announces to be too long. A body without a length is read by no route, so nothing holds it.
pub(super) async fn body_limit(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > BODY_BYTES) {
        let message = format!("the body is longer than {BODY_BYTES} bytes");
        return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).into_response();
    }
    next.run(request).await
}

/// No request holds a connection of the database for ever.
pub(super) async fn time_limit(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", limit.as_secs_f64());
        ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message).hint("ask for fewer days").into_response()
    })
}
