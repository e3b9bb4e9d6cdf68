//! The account behind the keys, by its number.

use std::sync::Arc;

use async_trait::async_trait;

use super::refusal::explain;
use super::xml;
use crate::providers::account::Identity;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Body, Http};

/// `GetCallerIdentity`, for which no permission is needed.
pub(super) struct Caller {
    sts: Arc<Http>,
}

impl Caller {
    pub(super) fn new(sts: Arc<Http>) -> Self {
        Self { sts }
    }
}

#[async_trait]
impl Identity for Caller {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let name = "GetCallerIdentity";
        let body = Body::form(&[("Action", name), ("Version", "2011-06-15")], Vec::new());
        let answer = self.sts.fetch(&Ask { name: Some(name), ..Ask::post("", body) }).await.map_err(explain)?;
        let account = xml::text(&String::from_utf8_lossy(&answer.body), "Account");
        let account = account.filter(|account| !account.is_empty());
        account.map(|account| vec![account]).ok_or_else(|| FetchError::Malformed(format!("{name} names no account")))
    }
}
