//! Vendors beside the two that the made-up company mostly uses: each a room with its own API, prices and bill, below a path
//! of its name.

mod azure;
mod bedrock;
mod copilot;
mod cursor;
mod deepseek;
mod elevenlabs;
mod fireworks;
mod google;
mod huggingface;
mod litellm;
mod mistral;
mod openrouter;
pub(super) mod room;
mod together;
mod wrong;
mod xai;

use std::sync::Arc;

use axum::Router;

pub(super) use self::azure::{
    CLIENT as AZURE_CLIENT, SECOND as AZURE_SECOND_CLIENT, SECRET as AZURE_SECRET,
    SUBSCRIPTIONS as AZURE_SUBSCRIPTIONS, TENANT as AZURE_TENANT,
};
pub(super) use self::bedrock::{
    ACCESS_KEY_ID as BEDROCK_KEY_ID, BUCKET as BEDROCK_BUCKET, PREFIX as BEDROCK_PREFIX, ROLE as BEDROCK_ROLE,
    SECRET_ACCESS_KEY as BEDROCK_SECRET_KEY,
};
pub(super) use self::copilot::KEY as COPILOT_KEY;
pub(super) use self::cursor::KEY as CURSOR_KEY;
pub(super) use self::deepseek::KEY as DEEPSEEK_KEY;
pub(super) use self::elevenlabs::KEY as ELEVENLABS_KEY;
pub(super) use self::fireworks::KEY as FIREWORKS_KEY;
pub(super) use self::google::{PRIVATE_KEY as GOOGLE_KEY, TOKEN as GOOGLE_TOKEN, service_account as google_account};
pub(super) use self::huggingface::KEY as HUGGINGFACE_KEY;
pub(super) use self::litellm::KEY as LITELLM_KEY;
pub(super) use self::mistral::KEY as MISTRAL_KEY;
pub(super) use self::openrouter::KEY as OPENROUTER_KEY;
pub(super) use self::together::KEY as TOGETHER_KEY;
pub(super) use self::xai::KEY as XAI_KEY;

use self::room::Room;
use super::guest::Guest;
use super::state::State;

/// Where a guest lives.
pub(super) fn room(guest: Guest) -> &'static dyn Room {
    match guest {
        Guest::Copilot => &copilot::Copilot,
        Guest::DeepSeek => &deepseek::DeepSeek,
        Guest::Google => &google::Google,
        Guest::AppOptimize => &google::AppOptimize,
        Guest::Azure => &azure::Azure,
        Guest::OpenRouter => &openrouter::OpenRouter,
        Guest::ElevenLabs => &elevenlabs::ElevenLabs,
        Guest::Mistral => &mistral::Mistral,
        Guest::HuggingFace => &huggingface::HuggingFace,
        Guest::Bedrock => &bedrock::Bedrock,
        Guest::Fireworks => &fireworks::Fireworks,
        Guest::Together => &together::Together,
        Guest::Xai => &xai::Xai,
        Guest::Cursor => &cursor::Cursor,
        Guest::LiteLlm => &litellm::LiteLlm,
    }
}

/// The APIs of all guests.
pub(super) fn routes() -> Router<Arc<State>> {
    Guest::ALL.iter().fold(Router::new(), |router, guest| router.nest(&format!("/{guest}"), room(*guest).routes()))
}
