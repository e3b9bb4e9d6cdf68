//! The feed `directory`: names of accounts, which are the projects of Azure.

use async_trait::async_trait;

use super::arm::Arm;
use super::settings::Subscriptions;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::feed::{Directory, FetchError};

pub(super) struct Names {
    pub(super) arm: Arm,
    pub(super) subscriptions: Subscriptions,
}

#[async_trait]
impl Directory for Names {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let mut entries = Vec::new();
        for subscription in self.subscriptions.iter() {
            entries.extend(self.arm.resources(subscription).await?.into_iter().map(|resource| DirectoryEntry {
                kind: DirectoryKind::Project,
                id: resource.project(),
                name: resource.name,
            }));
        }
        Ok(entries)
    }
}
