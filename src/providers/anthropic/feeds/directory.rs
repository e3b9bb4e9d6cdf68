//! `directory`: names of workspaces, API keys and users, also of those that are gone, and of the organisation.

use std::sync::Arc;

use async_trait::async_trait;

use super::query;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::account::Identity;
use crate::providers::anthropic::api::{List, Named};
use crate::providers::anthropic::convert;
use crate::providers::feed::{Directory, FetchError};
use crate::providers::http::{Ask, Http};

pub(crate) struct Names {
    pub(crate) http: Arc<Http>,
}

impl Names {
    async fn of(&self, kind: DirectoryKind) -> Result<impl Iterator<Item = DirectoryEntry>, FetchError> {
        let (path, more): (_, &[_]) = match kind {
            DirectoryKind::Project => ("v1/organizations/workspaces", &[("include_archived", "true")]),
            DirectoryKind::ApiKey => ("v1/organizations/api_keys", &[]),
            DirectoryKind::User => ("v1/organizations/users", &[]),
        };
        let query = query(&[&[("limit", "1000")], more].concat());
        let ask = Ask { path: path.to_owned(), query, ..Ask::default() };
        let rows = self.http.pages::<List<Named>>(&ask, "after_id").await?;
        Ok(rows.into_iter().filter_map(move |row| convert::directory_entry(kind, row)))
    }
}

#[async_trait]
impl Directory for Names {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let projects = self.of(DirectoryKind::Project).await?;
        let keys = self.of(DirectoryKind::ApiKey).await?;
        let users = self.of(DirectoryKind::User).await?;
        Ok(projects.chain(keys).chain(users).collect())
    }
}

/// The organisation that the key belongs to.
pub(crate) struct Organization {
    pub(crate) http: Arc<Http>,
}

#[async_trait]
impl Identity for Organization {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let me: Named = self.http.json(&Ask::get("v1/organizations/me")).await?;
        Ok(vec![me.id])
    }
}
