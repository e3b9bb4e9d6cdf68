//! The proxy's answers, as far as they are read: as LiteLLM 1.109 writes them, and with patience for older ones.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// A page of `GET /user/daily/activity`. It is cut from the rows of a table, so each page has its own part of a day.
#[derive(Debug, Deserialize)]
pub(super) struct Activity {
    results: Vec<DayPart>,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    page: Option<Number>,
    has_more: bool,
}

/// What rows of a day add up to.
#[derive(Debug, Deserialize)]
pub(super) struct DayPart {
    pub(super) date: NaiveDate,
    pub(super) metrics: Metrics,
    #[serde(default)]
    pub(super) breakdown: Breakdown,
}

/// The same by other columns is left unread.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Breakdown {
    #[serde(default)]
    pub(super) models: BTreeMap<String, ModelPart>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelPart {
    pub(super) metrics: Metrics,
    /// By the hash of the key.
    #[serde(default)]
    pub(super) api_key_breakdown: BTreeMap<String, KeyPart>,
}

#[derive(Debug, Deserialize)]
pub(super) struct KeyPart {
    pub(super) metrics: Metrics,
    #[serde(default)]
    pub(super) metadata: KeyOwner,
}

/// As of now.
#[derive(Debug, Default, Deserialize)]
pub(super) struct KeyOwner {
    pub(super) team_id: Option<String>,
    pub(super) user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Metrics {
    /// US dollars, as the proxy reckons.
    pub(super) spend: Number,
    /// US dollars for capacity that is paid for whether it is used or not.
    pub(super) flat_cost: Option<Number>,
    /// With what was read from and written to a cache.
    pub(super) prompt_tokens: Option<Number>,
    pub(super) completion_tokens: Option<Number>,
    pub(super) cache_read_input_tokens: Option<Number>,
    pub(super) cache_creation_input_tokens: Option<Number>,
    /// Failed ones, too.
    pub(super) api_requests: Option<Number>,
}

impl Page for Activity {
    type Item = DayPart;

    fn into_parts(self) -> PageParts<DayPart> {
        let cursor = after(self.metadata.page);
        PageParts { items: self.results, has_more: self.metadata.has_more, cursor }
    }
}

/// `GET /user/list`: a page.
#[derive(Debug, Deserialize)]
pub(super) struct Users {
    users: Vec<User>,
    page: Option<Number>,
    total_pages: Option<Number>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) user_id: String,
    pub(super) user_email: Option<String>,
    pub(super) user_alias: Option<String>,
}

impl Page for Users {
    type Item = User;

    fn into_parts(self) -> PageParts<User> {
        PageParts { items: self.users, has_more: is_before(self.page, self.total_pages), cursor: after(self.page) }
    }
}

/// `GET /key/list`: a page.
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    keys: Vec<Key>,
    current_page: Option<Number>,
    total_pages: Option<Number>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Key {
    /// The hash.
    pub(super) token: Option<String>,
    pub(super) key_alias: Option<String>,
    /// The key's last four characters, behind dots.
    pub(super) key_name: Option<String>,
}

impl Page for Keys {
    type Item = Key;

    fn into_parts(self) -> PageParts<Key> {
        let cursor = after(self.current_page);
        PageParts { items: self.keys, has_more: is_before(self.current_page, self.total_pages), cursor }
    }
}

/// An item of `GET /team/list`.
#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub(super) team_id: String,
    pub(super) team_alias: Option<String>,
}

fn after(page: Option<Number>) -> Option<String> {
    let next = u64::try_from(page?.0).ok()?.checked_add(1)?;
    Some(next.to_string())
}

fn is_before(page: Option<Number>, last: Option<Number>) -> bool {
    page.zip(last).is_some_and(|(page, last)| page.0 < last.0)
}
