//! Faults to order: the next so many answers of a path go wrong in a certain way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::stream;

use super::auth;
use super::company::Vendor;
use super::guests::{Guest, PAGE_LIMIT};
use super::refusal::Refusal;
use super::state::State;
use super::tamper::{self, AGAIN, Tampering};

/// What the queries for later pages have at most vendors.
pub(super) const LATER_PAGE: &str = "page=";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429.
    TooManyRequests(RetryAfter),
    /// An error of that status in the vendor's shape.
    Status(u16),
    /// A 502 with a page of HTML, as gateways send it.
    Gateway,
    /// A right answer, late.
    Delay(Duration),
    /// The connection breaks in the middle of the body.
    Reset,
    /// The body ends in the middle, and the transport thinks that all is well.
    Truncated,
    /// 200 with something that is not JSON.
    InvalidJson,
    /// 401, as for a key that was revoked; the text repeats the key.
    RevokedKey,
    /// A right answer, but on pages that hold no more than this, whatever was asked for.
    ShortPages(u32),
    /// A right answer whose amounts are numbers with an exponent.
    Exponents,
    /// 200 with a body that is wrong in itself.
    Tampered(Tampering),
    /// A right answer in which the field of the first name has the second.
    Renamed(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Absent,
    Seconds(u32),
    /// An HTTP date, so many seconds after now.
    Date(u32),
    /// No `Retry-After` but the vendor's own header, which says that all is well again so many seconds after now.
    VendorReset(u32),
}

/// Whose answers a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Vendor(Vendor),
    Guest(Guest),
}

impl From<Vendor> for Target {
    fn from(vendor: Vendor) -> Self {
        Self::Vendor(vendor)
    }
}

impl From<Guest> for Target {
    fn from(guest: Guest) -> Self {
        Self::Guest(guest)
    }
}

impl Target {
    /// Who answers at a path.
    fn of(uri: &Uri) -> Option<Self> {
        let mut segments = uri.path().split('/').skip(1);
        let (first, second) = (segments.next()?, segments.next());
        match second {
            Some("organization") if first == "v1" => Some(Vendor::OpenAi.into()),
            Some("organizations") if first == "v1" => Some(Vendor::Anthropic.into()),
            _ => Guest::ALL.iter().find(|guest| guest.name() == first).map(|guest| (*guest).into()),
        }
    }

    /// What of an order's part is looked for in a request to the vendor.
    fn part(self, part: &str) -> &str {
        match self {
            Self::Guest(guest) if part == LATER_PAGE => guest.room().later_page(),
            _ => part,
        }
    }

    fn refuse(self, status: StatusCode, message: &str) -> Response {
        match self {
            Self::Vendor(vendor) => Refusal::new(status, message).answer(vendor),
            Self::Guest(guest) => guest.room().refuse(status, message),
        }
    }
}

#[derive(Debug)]
struct Plan {
    target: Target,
    part: String,
    fault: Fault,
    left: u32,
}

/// The switchboard; its clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    plans: Arc<Mutex<Vec<Plan>>>,
    /// The only key that opens a vendor whose first one was revoked.
    replaced: Arc<Mutex<BTreeMap<Vendor, String>>>,
}

impl Faults {
    /// The next `times` requests to the vendor whose path, query or body contain `part` meet the fault; earlier orders come
    /// first.
    ///
    /// A `part` of `page=` spares the first page of an answer, whatever the vendor calls its cursor.
    pub fn next(&self, times: u32, target: impl Into<Target>, part: &str, fault: Fault) {
        let target = target.into();
        self.with(|plans| plans.push(Plan { target, part: part.to_owned(), fault, left: times }));
    }

    /// How many ordered faults have not happened yet.
    #[must_use]
    pub fn pending(&self) -> u32 {
        self.with(|plans| plans.iter().map(|plan| plan.left).fold(0, u32::saturating_add))
    }

    /// Calls off what has not happened yet.
    pub fn clear(&self) {
        self.with(|plans| plans.clear());
    }

    /// The same for one vendor; the others go on as ordered.
    pub fn clear_of(&self, target: impl Into<Target>) {
        let target = target.into();
        self.with(|plans| plans.retain(|plan| plan.target != target));
    }

    /// Revokes the vendor's key for good: from now on `key` opens it instead.
    pub fn replace_key(&self, vendor: Vendor, key: &str) {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).insert(vendor, key.to_owned());
    }

    /// Refuses a key that was replaced, and shows the new one as the old, which is all that the rest of the sandbox knows.
    fn exchange_key(&self, target: Target, headers: &mut HeaderMap) -> Option<Response> {
        let Target::Vendor(vendor) = target else { return None };
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let key = replaced.get(&vendor)?;
        let (name, new, old) = match vendor {
            Vendor::OpenAi => ("authorization", format!("Bearer {key}"), format!("Bearer {}", auth::OPENAI_KEY)),
            Vendor::Anthropic => ("x-api-key", key.clone(), auth::ANTHROPIC_KEY.to_owned()),
        };
        let shown = headers.get(name).is_some_and(|shown| shown.as_bytes() == new.as_bytes());
        match HeaderValue::from_str(&old) {
            Ok(old) if shown => {
                headers.insert(name, old);
                None
            }
            _ => Some(Refusal::revoked_key(vendor, headers).answer(vendor)),
        }
    }

    fn take(&self, target: Target, uri: &Uri, body: &Bytes) -> Option<Fault> {
        let text = format!("{uri}\n{}", String::from_utf8_lossy(body));
        self.with(|plans| {
            let plan = plans
                .iter_mut()
                .find(|plan| plan.left > 0 && plan.target == target && text.contains(target.part(&plan.part)))?;
            plan.left -= 1;
            Some(plan.fault)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Plan>) -> T) -> T {
        act(&mut self.plans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The middleware in front of all paths.
pub(super) async fn apply(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let Some(target) = Target::of(request.uri()) else { return next.run(request).await };
    let (mut head, body) = request.into_parts();
    if let Some(refusal) = state.faults.exchange_key(target, &mut head.headers) {
        return refusal;
    }
    let body = whole(body).await;
    let fault = state.faults.take(target, &head.uri, &body);
    let mut request = Request::from_parts(head, Body::from(body));
    let Some(fault) = fault else { return next.run(request).await };
    match fault {
        Fault::TooManyRequests(after) => too_many(&state, target, after),
        Fault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            target.refuse(status, "the sandbox was told to fail")
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
            Target::Guest(guest) => guest.room().refuse(StatusCode::UNAUTHORIZED, &told_key(request.headers())),
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
            let body = whole(body).await;
            let body = match target {
                Target::Vendor(_) => tamper::with(tampering, &body),
                Target::Guest(guest) => guest.room().tamper(tampering, &body),
            };
            replace(head, body)
        }
    }
}

/// Words that repeat the key, as careless vendors have them.
fn told_key(headers: &HeaderMap) -> String {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("the key was revoked: {sent}")
}

fn too_many(state: &State, target: Target, after: RetryAfter) -> Response {
    let mut response = target.refuse(StatusCode::TOO_MANY_REQUESTS, "rate limit reached");
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
    guest.room().reset_header(at).or_else(|| guest.room().wait_header(seconds))
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
