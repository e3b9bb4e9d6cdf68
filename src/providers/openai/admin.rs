//! Asking the organization API: queries, pages, and refusals that say what to do about them.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::api::{Bucket, Buckets, List, Listed};
use crate::domain::period::Window;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

/// What a person can do about a refused key.
const KEY_HELP: &str = "openai needs an admin key (sk-admin-…), which an organization owner makes at \
    platform.openai.com → organization settings → admin keys; a restricted one needs the scope api.usage.read; \
    project keys (sk-proj-…) and service account keys do not work";

/// One account's view of the organization API.
#[derive(Clone)]
pub(super) struct Admin {
    http: Arc<Http>,
}

impl Admin {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self { http }
    }

    /// The buckets of all pages.
    pub(super) async fn buckets<R>(&self, path: &str, query: Query) -> Result<Vec<Bucket<R>>, FetchError>
    where
        R: DeserializeOwned,
    {
        self.http.pages::<Buckets<R>>(&Ask { query, ..Ask::get(path) }, "page").await.map_err(explain)
    }

    /// The items of all pages of a list.
    pub(super) async fn list<T: Listed>(&self, path: &str, filter: &[(&str, &str)]) -> Result<Vec<T>, FetchError> {
        let query = [("limit", "100")].iter().chain(filter).map(|(name, value)| pair(name, value)).collect();
        self.http.pages::<List<T>>(&Ask { query, ..Ask::get(path) }, "after").await.map_err(explain)
    }
}

pub(super) type Query = Vec<(String, String)>;

/// Asks for the buckets of exactly the days of `window`, `limit` buckets a page.
pub(super) fn bucket_query(window: Window, width: &str, limit: u32, group_by: &[&str]) -> Query {
    let mut query = vec![
        pair("start_time", &window.first().start().timestamp().to_string()),
        pair("end_time", &window.end().start().timestamp().to_string()),
        pair("bucket_width", width),
        pair("limit", &limit.to_string()),
    ];
    query.extend(group_by.iter().map(|group| pair("group_by[]", group)));
    query
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn explain(error: FetchError) -> FetchError {
    error.with_help(KEY_HELP)
}
