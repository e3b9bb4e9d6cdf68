//! Faults to order: the next so many answers of a path go wrong in a certain way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;

use super::auth;
use super::company::Vendor;
use super::guest::Guest;
use super::refusal::Refusal;
use super::tamper::Tampering;

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
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vendor(vendor) => vendor.name(),
            Self::Guest(guest) => guest.name(),
        }
    }

    /// Who answers at a path.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let mut segments = uri.path().split('/').skip(1);
        let (first, second) = (segments.next()?, segments.next());
        match second {
            Some("organization") if first == "v1" => Some(Vendor::OpenAi.into()),
            Some("organizations") if first == "v1" => Some(Vendor::Anthropic.into()),
            _ => Guest::ALL.iter().find(|guest| guest.name() == first).map(|guest| (*guest).into()),
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

    /// Revokes the vendor's key for good: from now on `key` opens it instead.
    pub fn replace_key(&self, vendor: Vendor, key: &str) {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).insert(vendor, key.to_owned());
    }

    /// Refuses a key that was replaced, and shows the new one as the old, which is all that the rest of the sandbox knows.
    pub(super) fn exchange_key(&self, target: Target, headers: &mut HeaderMap) -> Option<Response> {
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

    /// The fault that the request meets; the vendor's requests for later pages contain one of `later_page`.
    pub(super) fn take(&self, target: Target, uri: &Uri, body: &Bytes, later_page: &[&str]) -> Option<Fault> {
        let text = format!("{uri}\n{}", String::from_utf8_lossy(body));
        self.with(|plans| {
            let plan = plans.iter_mut().find(|plan| {
                let is_meant = match plan.part.as_str() {
                    LATER_PAGE => later_page.iter().any(|part| text.contains(part)),
                    part => text.contains(part),
                };
                plan.left > 0 && plan.target == target && is_meant
            })?;
            plan.left -= 1;
            Some(plan.fault)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Plan>) -> T) -> T {
        act(&mut self.plans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
