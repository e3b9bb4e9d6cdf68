//! Asking the organization API: queries and pages.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::api::{Bucket, Buckets, List, Listed};
use crate::domain::period::Window;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

/// One account's view of the organization API.
#[derive(Clone)]
pub(super) struct Admin {
    pub(super) http: Arc<Http>,
}

impl Admin {
    /// The buckets of all pages.
    pub(super) async fn buckets<R>(&self, path: &str, query: Query) -> Result<Vec<Bucket<R>>, FetchError>
    where
        R: DeserializeOwned,
    {
        self.http.pages::<Buckets<R>>(&Ask { query, ..Ask::get(path) }, "page").await
    }

    /// The items of all pages of a list.
    pub(super) async fn list<T: Listed>(&self, path: &str, filter: &[(&str, &str)]) -> Result<Vec<T>, FetchError> {
        let query = [("limit", "100")].iter().chain(filter).map(|(name, value)| pair(name, value)).collect();
        self.http.pages::<List<T>>(&Ask { query, ..Ask::get(path) }, "after").await
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
