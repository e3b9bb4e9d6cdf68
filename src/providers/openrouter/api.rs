//! OpenRouter's answers. Older ones lack most fields of a key.

use serde::Deserialize;

use crate::providers::number::Number;

/// Every answer has its content under `data`.
#[derive(Debug, Deserialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// `GET /activity`: a day's use of one model at one endpoint.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Activity {
    /// Some answers have a time behind the day.
    pub(super) date: String,
    pub(super) model: Option<String>,
    pub(super) model_permaslug: Option<String>,
    /// Who ran the model.
    pub(super) provider_name: Option<String>,
    /// US dollars that OpenRouter charged.
    pub(super) usage: Number,
    /// US dollars that the vendor charges for inference with a key of its own.
    pub(super) byok_usage_inference: Option<Number>,
    pub(super) requests: Option<Number>,
    pub(super) prompt_tokens: Option<Number>,
    /// With reasoning.
    pub(super) completion_tokens: Option<Number>,
    pub(super) cached_tokens: Option<Number>,
    pub(super) workspace_id: Option<String>,
}

/// `GET /key`, and an item of `GET /keys`.
#[derive(Debug, Deserialize)]
pub(super) struct Key {
    /// Absent where the key asks for itself.
    pub(super) hash: Option<String>,
    pub(super) name: Option<String>,
    pub(super) label: Option<String>,
    pub(super) usage_daily: Option<Number>,
    pub(super) limit: Option<Number>,
    /// Of the period that runs now.
    pub(super) limit_remaining: Option<Number>,
    /// `daily`, `weekly` or `monthly`; null for a limit that never starts again.
    pub(super) limit_reset: Option<String>,
    pub(super) is_management_key: Option<bool>,
    /// The former name of the same.
    pub(super) is_provisioning_key: Option<bool>,
    pub(super) creator_user_id: Option<String>,
    pub(super) organization_id: Option<String>,
    pub(super) free_model_daily_requests: Option<Requests>,
}

impl Key {
    pub(super) fn is_management(&self) -> bool {
        self.is_management_key.or(self.is_provisioning_key).unwrap_or(false)
    }
}

/// How many requests to free models a day may have.
#[derive(Debug, Deserialize)]
pub(super) struct Requests {
    pub(super) limit: Option<Number>,
    pub(super) used: Number,
}

/// `GET /credits`: of all time.
#[derive(Debug, Deserialize)]
pub(super) struct Credits {
    pub(super) total_credits: Number,
    pub(super) total_usage: Number,
}

/// An item of `GET /workspaces`.
#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: Option<String>,
}
