//! What the sandbox wants of each guest.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::sandbox::faults::LATER_PAGE;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// With [`crate::sandbox::Fault::ShortPages`] a request carries this header: no page may hold more than so many items.
pub(in crate::sandbox) const PAGE_LIMIT: &str = "x-sandbox-page-limit";

/// What a guest's room has to offer.
pub(in crate::sandbox) trait Room: Sync {
    /// Its API, below `/<name>`.
    fn routes(&self) -> Router<Arc<State>>;

    /// A refusal in the vendor's own shape.
    fn refuse(&self, status: StatusCode, message: &str) -> Response;

    /// The vendor's own header, if it has one, that says from when on it may be asked again.
    fn reset_header(&self, _at: DateTime<Utc>) -> Option<(&'static str, String)> {
        None
    }

    /// The vendor's own header, if it has one, that says for how many seconds it wants to be left alone.
    fn wait_header(&self, _seconds: u32) -> Option<(&'static str, String)> {
        None
    }

    /// What a request for a later page of an answer has in it, one of these, and one for the first has not.
    fn later_page(&self) -> &'static [&'static str] {
        &[LATER_PAGE]
    }

    /// Makes a good answer wrong in itself; it stays as it is where that cannot be.
    fn tamper(&self, tampering: Tampering, answer: &mut Value);

    /// The same of a body that is no JSON.
    fn tamper_other(&self, _tampering: Tampering, body: Bytes) -> Bytes {
        body
    }

    /// What the vendor charges for the day as of now, in its currency; `None` where it does not tell by days.
    fn bill(&self, _state: &State, _day: Day) -> Option<Decimal> {
        None
    }

    /// In what it charges.
    fn currency(&self) -> Currency {
        Currency::USD
    }
}
