//! The usage endpoints: how each is asked and what its counts are.

use rust_decimal::Decimal;

use super::api::UsageResult;
use super::tokens;
use crate::domain::usage::Meter;
use crate::providers::number::Number;

/// One usage endpoint, which is one feed.
pub(super) struct Endpoint {
    pub(super) feed: &'static str,
    /// Below `v1/organization/usage/`.
    pub(super) path: &'static str,
    /// Everything that pricing and attribution can use and that the endpoint allows.
    pub(super) group_by: &'static [&'static str],
    /// The kind of result that counts here; others are skipped.
    pub(super) object: &'static str,
    pub(super) counts: Counts,
    /// Not every organization has it: a 404 is an answer, not a failure.
    pub(super) optional: bool,
}

/// What an endpoint counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counts {
    /// Input and output tokens of every modality, and requests.
    Tokens,
    /// One meter and the requests that caused it.
    WithRequests(Meter, Field),
    One(Meter, Field),
    /// Use that costs nothing: its tokens would only look like use without a price.
    RequestsOnly,
}

/// A required count of a result, by the vendor's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field(&'static str, fn(&UsageResult) -> Option<Number>);

const REQUESTS: Field = Field("num_model_requests", |result| result.num_model_requests);
const INPUT_TOKENS: Field = Field("input_tokens", |result| result.input_tokens);
const OUTPUT_TOKENS: Field = Field("output_tokens", |result| result.output_tokens);
const TOOL_CALLS: Field = Field("num_requests", |result| result.num_requests);

impl Field {
    /// A count below zero is a correction that has nothing to correct here.
    fn read(self, result: &UsageResult) -> Result<Decimal, MissingCount> {
        let Self(name, get) = self;
        get(result).map(|number| number.0.max(Decimal::ZERO)).ok_or(MissingCount(name))
    }
}

/// A result without a count that the vendor documents as required.
#[derive(Debug, thiserror::Error)]
#[error("usage result without `{0}`")]
pub(super) struct MissingCount(&'static str);

impl Counts {
    /// Disjoint quantities of `result`, zeros among them.
    pub(super) fn read(self, result: &UsageResult) -> Result<Vec<(Meter, Decimal)>, MissingCount> {
        let requests = || Ok((Meter::Requests, REQUESTS.read(result)?));
        match self {
            Self::Tokens => {
                let mut meters = tokens::disjoint(INPUT_TOKENS.read(result)?, OUTPUT_TOKENS.read(result)?, result);
                meters.push(requests()?);
                Ok(meters)
            }
            Self::WithRequests(meter, field) => Ok(vec![(meter, field.read(result)?), requests()?]),
            Self::One(meter, field) => Ok(vec![(meter, field.read(result)?)]),
            Self::RequestsOnly => Ok(vec![requests()?]),
        }
    }
}

const BY_TIER: &[&str] = &["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"];
const BY_MODEL: &[&str] = &["project_id", "user_id", "api_key_id", "model"];
const BY_KEY: &[&str] = &["project_id", "user_id", "api_key_id"];
const BY_PROJECT: &[&str] = &["project_id"];

const COMPLETIONS: Endpoint = Endpoint {
    feed: "usage.completions",
    path: "completions",
    group_by: BY_TIER,
    object: "organization.usage.completions.result",
    counts: Counts::Tokens,
    optional: false,
};

const fn endpoint(
    feed: &'static str,
    path: &'static str,
    group_by: &'static [&'static str],
    object: &'static str,
    counts: Counts,
) -> Endpoint {
    Endpoint { feed, path, group_by, object, counts, optional: false }
}

pub(super) const ALL: [Endpoint; 11] = [
    COMPLETIONS,
    Endpoint {
        feed: "usage.decisions",
        path: "decisions",
        object: "organization.usage.decisions.result",
        optional: true,
        ..COMPLETIONS
    },
    endpoint(
        "usage.embeddings",
        "embeddings",
        BY_MODEL,
        "organization.usage.embeddings.result",
        Counts::WithRequests(Meter::Input, INPUT_TOKENS),
    ),
    endpoint(
        "usage.moderations",
        "moderations",
        BY_MODEL,
        "organization.usage.moderations.result",
        Counts::RequestsOnly,
    ),
    endpoint(
        "usage.images",
        "images",
        BY_MODEL,
        "organization.usage.images.result",
        Counts::WithRequests(Meter::Images, Field("images", |result| result.images)),
    ),
    endpoint(
        "usage.audio_speeches",
        "audio_speeches",
        BY_MODEL,
        "organization.usage.audio_speeches.result",
        Counts::WithRequests(Meter::Characters, Field("characters", |result| result.characters)),
    ),
    endpoint(
        "usage.audio_transcriptions",
        "audio_transcriptions",
        BY_MODEL,
        "organization.usage.audio_transcriptions.result",
        Counts::WithRequests(Meter::Seconds, Field("seconds", |result| result.seconds)),
    ),
    endpoint(
        "usage.vector_stores",
        "vector_stores",
        BY_PROJECT,
        "organization.usage.vector_stores.result",
        Counts::One(Meter::StorageBytes, Field("usage_bytes", |result| result.usage_bytes)),
    ),
    endpoint(
        "usage.code_interpreter_sessions",
        "code_interpreter_sessions",
        BY_PROJECT,
        "organization.usage.code_interpreter_sessions.result",
        Counts::One(Meter::Sessions, Field("num_sessions", |result| result.num_sessions)),
    ),
    endpoint(
        "usage.file_search_calls",
        "file_search_calls",
        BY_KEY,
        "organization.usage.file_searches.result",
        Counts::One(Meter::FileSearches, TOOL_CALLS),
    ),
    // The model requests around a search are counted by completions already.
    endpoint(
        "usage.web_search_calls",
        "web_search_calls",
        BY_MODEL,
        "organization.usage.web_searches.result",
        Counts::One(Meter::WebSearches, TOOL_CALLS),
    ),
];
