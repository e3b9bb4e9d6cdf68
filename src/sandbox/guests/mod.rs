//! Vendors beside the two that the made-up company mostly uses: each a room with its own API, prices and bill, below a path
//! of its name.

mod azure;
mod bedrock;
mod copilot;
mod cursor;
mod deepseek;
mod elevenlabs;
mod google;
mod huggingface;
mod litellm;
mod mistral;
mod openrouter;
mod wrong;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub(super) use self::azure::{
    CLIENT as AZURE_CLIENT, SECRET as AZURE_SECRET, SUBSCRIPTIONS as AZURE_SUBSCRIPTIONS, TENANT as AZURE_TENANT,
};
pub(super) use self::bedrock::{
    ACCESS_KEY_ID as BEDROCK_KEY_ID, ROLE as BEDROCK_ROLE, SECRET_ACCESS_KEY as BEDROCK_SECRET_KEY,
};
pub(super) use self::copilot::KEY as COPILOT_KEY;
pub(super) use self::cursor::KEY as CURSOR_KEY;
pub(super) use self::deepseek::KEY as DEEPSEEK_KEY;
pub(super) use self::elevenlabs::KEY as ELEVENLABS_KEY;
pub(super) use self::google::{PRIVATE_KEY as GOOGLE_KEY, TOKEN as GOOGLE_TOKEN, service_account as google_account};
pub(super) use self::huggingface::KEY as HUGGINGFACE_KEY;
pub(super) use self::litellm::KEY as LITELLM_KEY;
pub(super) use self::mistral::KEY as MISTRAL_KEY;
pub(super) use self::openrouter::KEY as OPENROUTER_KEY;

use super::faults::LATER_PAGE;
use super::state::State;
use super::tamper::Tampering;
use crate::domain::period::Day;

/// With [`super::Fault::ShortPages`] a request carries this header: no page may hold more than so many items.
pub(super) const PAGE_LIMIT: &str = "x-sandbox-page-limit";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guest {
    Copilot,
    Cursor,
    LiteLlm,
    DeepSeek,
    Google,
    Azure,
    OpenRouter,
    ElevenLabs,
    Mistral,
    HuggingFace,
    Bedrock,
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

    /// The vendor's own header, if it has one, that says for how many seconds it wants to be left alone.
    fn wait_header(&self, _seconds: u32) -> Option<(&'static str, String)> {
        None
    }

    /// What a request for a later page of an answer has in its query, and one for the first has not.
    fn later_page(&self) -> &'static str {
        LATER_PAGE
    }

    /// A good answer that is wrong in itself; the body as it is where that cannot be.
    fn tamper(&self, tampering: Tampering, body: &Bytes) -> Bytes;

    /// What the vendor charges for the day as of now, in its currency; `None` where it does not tell by days.
    fn bill(&self, _state: &State, _day: Day) -> Option<Decimal> {
        None
    }
}

impl Guest {
    pub const ALL: &[Self] = &[
        Self::Copilot,
        Self::Cursor,
        Self::LiteLlm,
        Self::DeepSeek,
        Self::Google,
        Self::Azure,
        Self::OpenRouter,
        Self::ElevenLabs,
        Self::Mistral,
        Self::HuggingFace,
        Self::Bedrock,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Copilot => "copilot",
            Self::Cursor => "cursor",
            Self::LiteLlm => "litellm",
            Self::DeepSeek => "deepseek",
            Self::Google => "google",
            Self::Azure => "azure",
            Self::OpenRouter => "openrouter",
            Self::ElevenLabs => "elevenlabs",
            Self::Mistral => "mistral",
            Self::HuggingFace => "huggingface",
            Self::Bedrock => "bedrock",
        }
    }

    pub(super) fn room(self) -> &'static dyn Room {
        match self {
            Self::Copilot => &copilot::Copilot,
            Self::Cursor => &cursor::Cursor,
            Self::LiteLlm => &litellm::LiteLlm,
            Self::DeepSeek => &deepseek::DeepSeek,
            Self::Google => &google::Google,
            Self::Azure => &azure::Azure,
            Self::OpenRouter => &openrouter::OpenRouter,
            Self::ElevenLabs => &elevenlabs::ElevenLabs,
            Self::Mistral => &mistral::Mistral,
            Self::HuggingFace => &huggingface::HuggingFace,
            Self::Bedrock => &bedrock::Bedrock,
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
