//! ElevenLabs' answers. What they call characters are credits.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::money::Currency;
use crate::providers::number::Number;

/// `GET /v1/usage/character-stats`: for each name as many values as there are times.
#[derive(Debug, Deserialize)]
pub(super) struct CharacterStats {
    /// Unix milliseconds.
    pub(super) time: Vec<Number>,
    pub(super) usage: BTreeMap<String, Vec<Number>>,
}

/// `GET /v1/user/subscription`.
#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    pub(super) character_count: Number,
    pub(super) character_limit: Number,
    /// Unix seconds.
    pub(super) next_character_count_reset_unix: Option<Number>,
    pub(super) current_overage: Option<Overage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Overage {
    pub(super) amount: Number,
    pub(super) currency: Currency,
}

/// `GET /v1/user`.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) user_id: String,
    pub(super) workspace_id: Option<String>,
}
