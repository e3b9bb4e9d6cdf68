//! Pages that name the address of the next.

use axum::http::HeaderMap;

use super::refusal::Refusal;
use crate::sandbox::guests::room::PAGE_LIMIT;

/// Which page was asked for.
pub(super) struct Pages {
    /// Up to the parameters.
    address: String,
    /// Without the skip token.
    query: Vec<(String, String)>,
    skip: usize,
    limit: usize,
}

impl Pages {
    pub(super) fn read(headers: &HeaderMap, path: &str, query: &[(String, String)]) -> Result<Self, Refusal> {
        let value = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let number = |name: &str| -> Result<Option<usize>, Refusal> {
            let wrong = |_| Refusal::bad(format!("'{name}' is not valid"));
            value(name).map(|text| text.trim_start_matches("AQAAAA").parse().map_err(wrong)).transpose()
        };
        if value("api-version").is_none() {
            return Err(Refusal::bad("the api-version query parameter (?api-version=) is required for all requests"));
        }
        let limit = number("$top")?.unwrap_or(1_000);
        if !(1..=5_000).contains(&limit) {
            return Err(Refusal::bad("$top must be between 1 and 5000"));
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let short = header(PAGE_LIMIT).and_then(|text| text.parse().ok()).unwrap_or(limit);
        let host = header("host").unwrap_or("localhost");
        Ok(Self {
            address: format!("http://{host}/azure/subscriptions/{path}"),
            query: query.iter().filter(|(name, _)| name != "$skiptoken").cloned().collect(),
            skip: number("$skiptoken")?.unwrap_or_default(),
            limit: limit.min(short).max(1),
        })
    }

    /// The items of the page, and the address of the next one.
    pub(super) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.skip + self.limit;
        let next = (end < all.len()).then(|| {
            let mut parameters = url::form_urlencoded::Serializer::new(String::new());
            parameters.extend_pairs(&self.query);
            format!("{}?{}&$skiptoken=AQAAAA{end}", self.address, parameters.finish())
        });
        (all.into_iter().skip(self.skip).take(self.limit).collect(), next)
    }
}
