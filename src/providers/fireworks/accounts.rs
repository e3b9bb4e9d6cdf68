//! The accounts that a key sees: whose they are, what they are called, and asking for them.

use std::sync::Arc;

use async_trait::async_trait;

use super::api::{Account, AccountPage};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::account::Identity;
use crate::providers::feed::{Directory, FetchError};
use crate::providers::http::{Ask, Http};

/// One key's view of its accounts.
#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) http: Arc<Http>,
}

impl Accounts {
    /// The accounts by their slugs, which never change.
    pub(super) async fn list(&self) -> Result<Vec<(String, Account)>, FetchError> {
        let ask = Ask::get("v1/accounts").with("pageSize", "200");
        let accounts = self.http.pages::<AccountPage>(&ask, "pageToken").await?;
        accounts.into_iter().map(|account| Ok((slug(&account)?, account))).collect()
    }
}

/// It becomes a part of addresses.
fn slug(account: &Account) -> Result<String, FetchError> {
    let slug = account.name.rsplit('/').next().unwrap_or_default();
    let usable = !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let strange = || FetchError::Malformed(format!("`{}` is no name of an account", account.name));
    usable.then(|| slug.to_owned()).ok_or_else(strange)
}

#[async_trait]
impl Identity for Accounts {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(Self::list(self).await?.into_iter().map(|(slug, _)| slug).collect())
    }
}

#[async_trait]
impl Directory for Accounts {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let entry = |(slug, account): (String, Account)| {
            let name = account.display_name.filter(|name| !name.is_empty()).unwrap_or_else(|| slug.clone());
            DirectoryEntry { kind: DirectoryKind::Project, id: slug, name }
        };
        Ok(Self::list(self).await?.into_iter().map(entry).collect())
    }
}
