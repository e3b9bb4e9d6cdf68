//! The JSON of the organization API, as far as it is read; unknown fields are ignored.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// A page of time buckets, of costs or of usage.
#[derive(Debug, Deserialize)]
pub(super) struct Buckets<R> {
    data: Vec<Bucket<R>>,
    has_more: bool,
    next_page: Option<String>,
}

impl<R: DeserializeOwned> Page for Buckets<R> {
    type Item = Bucket<R>;

    fn into_parts(self) -> PageParts<Self::Item> {
        PageParts { items: self.data, has_more: self.has_more, cursor: self.next_page }
    }
}

/// Start and end are Unix seconds, half-open.
#[derive(Debug, Deserialize)]
pub(super) struct Bucket<R> {
    pub(super) start_time: i64,
    pub(super) end_time: i64,
    #[serde(alias = "result")]
    pub(super) results: Vec<R>,
}

/// What was charged for one combination of the groups that were asked for.
#[derive(Debug, Deserialize)]
pub(super) struct CostResult {
    pub(super) object: String,
    pub(super) amount: Option<Amount>,
    pub(super) line_item: Option<String>,
    pub(super) project_id: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) quantity: Option<Number>,
    pub(super) quantity_unit: Option<String>,
}

impl CostResult {
    pub(super) const OBJECT: &str = "organization.costs.result";

    pub(super) fn has_amount(&self) -> bool {
        self.object == Self::OBJECT && self.amount.as_ref().is_some_and(|amount| amount.value.is_some())
    }
}

/// In whole units of the currency: dollars, not cents.
#[derive(Debug, Deserialize)]
pub(super) struct Amount {
    pub(super) value: Option<Number>,
    pub(super) currency: Option<String>,
}

/// The results of all usage endpoints in one: each fills the counts that it knows.
#[derive(Debug, Default, Deserialize)]
pub(super) struct UsageResult {
    pub(super) object: String,
    pub(super) project_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) batch: Option<bool>,
    pub(super) service_tier: Option<String>,

    pub(super) num_model_requests: Option<Number>,
    /// All input: fresh, cached and cache-writing, of every modality.
    pub(super) input_tokens: Option<Number>,
    pub(super) input_uncached_tokens: Option<Number>,
    pub(super) input_cached_tokens: Option<Number>,
    pub(super) input_cached_text_tokens: Option<Number>,
    pub(super) input_cached_audio_tokens: Option<Number>,
    pub(super) input_cached_image_tokens: Option<Number>,
    pub(super) input_cache_write_tokens: Option<Number>,
    pub(super) input_cache_write_30m_tokens: Option<Number>,
    pub(super) input_cache_write_12h_tokens: Option<Number>,
    /// Uncached, as are image tokens.
    pub(super) input_audio_tokens: Option<Number>,
    pub(super) input_image_tokens: Option<Number>,
    /// All output, of every modality, with reasoning.
    pub(super) output_tokens: Option<Number>,
    pub(super) output_audio_tokens: Option<Number>,
    pub(super) output_image_tokens: Option<Number>,

    pub(super) images: Option<Number>,
    pub(super) characters: Option<Number>,
    pub(super) seconds: Option<Number>,
    pub(super) usage_bytes: Option<Number>,
    pub(super) num_sessions: Option<Number>,
    pub(super) num_requests: Option<Number>,
}

/// A page of a list that is walked by the id of its last item.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    data: Vec<T>,
    has_more: bool,
    last_id: Option<String>,
}

impl<T: Listed> Page for List<T> {
    type Item = T;

    fn into_parts(self) -> PageParts<T> {
        // The vendor documents `last_id` as optional: it is the id of the last item anyway.
        let cursor = self.last_id.or_else(|| self.data.last().map(|item| item.id().to_owned()));
        PageParts { items: self.data, has_more: self.has_more, cursor }
    }
}

/// An item of a [`List`].
pub(super) trait Listed: DeserializeOwned {
    fn id(&self) -> &str;
}

#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApiKey {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) owner: Option<Owner>,
}

/// Who a key belongs to: one of the two.
#[derive(Debug, Deserialize)]
pub(super) struct Owner {
    pub(super) user: Option<User>,
    pub(super) service_account: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

impl Listed for Project {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for ApiKey {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for User {
    fn id(&self) -> &str {
        &self.id
    }
}
