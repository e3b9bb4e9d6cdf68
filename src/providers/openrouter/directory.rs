//! Whose account it is, and the names of workspaces and keys.

use async_trait::async_trait;

use super::api::Key;
use super::desk::Desk;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::account::Identity;
use crate::providers::feed::{Directory, FetchError};
use crate::providers::http::Ask;

/// The organisation behind a management key, or the user who made it.
pub(super) struct Owner {
    pub(super) desk: Desk,
}

#[async_trait]
impl Identity for Owner {
    /// None for a key of inference: it books no cost, so several of one account count nothing twice.
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let key: Key = self.desk.data(&Ask::get("key")).await?;
        let owner = key.is_management().then(|| key.organization_id.or(key.creator_user_id));
        Ok(owner.flatten().into_iter().collect())
    }
}

pub(super) struct Names {
    pub(super) desk: Desk,
}

#[async_trait]
impl Directory for Names {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let workspaces = self.desk.workspaces().await?;
        let keys = self.desk.keys().await?;
        let projects = workspaces.into_iter().filter_map(|workspace| {
            Some(DirectoryEntry { kind: DirectoryKind::Project, id: workspace.id, name: workspace.name? })
        });
        let keys = keys.into_iter().filter_map(|key| {
            Some(DirectoryEntry { kind: DirectoryKind::ApiKey, id: key.hash?, name: key.name.or(key.label)? })
        });
        Ok(projects.chain(keys).collect())
    }
}
