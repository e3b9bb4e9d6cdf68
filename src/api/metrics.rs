//! The scrape: bytes from memory.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::ApiState;
use super::error::ApiError;
use crate::metrics::{Format, accepts_gzip};

pub(super) async fn scrape(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, ApiError> {
    let format = Format::negotiate(&joined(&headers, &header::ACCEPT));
    let page = state.publisher.page();
    let common = [(header::CONTENT_TYPE, format.content_type()), (header::VARY, "accept, accept-encoding")];
    if !accepts_gzip(&joined(&headers, &header::ACCEPT_ENCODING)) {
        return Ok((common, page.plain(format)).into_response());
    }
    let body = match page.ready_gzip(format) {
        Some(body) => body,
        None => tokio::task::spawn_blocking(move || page.gzip(format)).await.map_err(|_| {
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "not_compressed", "the page could not be compressed")
        })?,
    };
    Ok((common, [(header::CONTENT_ENCODING, "gzip")], body).into_response())
}

/// A list may come in one header or in several.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}
