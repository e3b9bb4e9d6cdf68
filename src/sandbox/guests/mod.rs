//! Vendors beside the two that the made-up company mostly uses: each a room with its own API, prices and bill, below a path
//! of its name.

mod copilot;
mod deepseek;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub(super) use self::copilot::KEY as COPILOT_KEY;
pub(super) use self::deepseek::KEY as DEEPSEEK_KEY;

use super::state::State;
use super::tamper::Tampering;
use crate::domain::period::Day;

/// With [`super::Fault::ShortPages`] a request carries this header: no page may hold more than so many items.
pub(super) const PAGE_LIMIT: &str = "x-sandbox-page-limit";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guest {
    Copilot,
    DeepSeek,
}

/// What a guest's room has to offer.
pub(super) trait Room: Sync {
    /// Its API, below `/<name>`.
    fn routes(&self) -> Router<Arc<State>>;

    /// A refusal in the vendor's own shape.
    fn refuse(&self, status: StatusCode, message: &str) -> Response;

    /// The vendor's own header, if it has one, that says from when on it may be asked again.
    fn reset_header(&self, _at: DateTime<Utc>) -> Option<(&'static str, String)> {
        None
    }

    /// A good answer that is wrong in itself; the body as it is where that cannot be.
    fn tamper(&self, tampering: Tampering, body: &Bytes) -> Bytes;

    /// What the vendor charges for the day as of now, in its currency; `None` where it does not tell by days.
    fn bill(&self, _state: &State, _day: Day) -> Option<Decimal> {
        None
    }
}

impl Guest {
    pub const ALL: &[Self] = &[Self::Copilot, Self::DeepSeek];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Copilot => "copilot",
            Self::DeepSeek => "deepseek",
        }
    }

    pub(super) fn room(self) -> &'static dyn Room {
        match self {
            Self::Copilot => &copilot::Copilot,
            Self::DeepSeek => &deepseek::DeepSeek,
        }
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The APIs of all guests.
pub(super) fn routes() -> Router<Arc<State>> {
    Guest::ALL.iter().fold(Router::new(), |router, guest| router.nest(&format!("/{guest}"), guest.room().routes()))
}
