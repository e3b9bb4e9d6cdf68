//! Whether an account is one of its own: asked once, before its first answer is stored.

use tokio::sync::OnceCell;

use super::error::{RunError, StandingError};
use crate::domain::names::AccountId;
use crate::providers::account::Identity;
use crate::providers::feed::FetchError;
use crate::store::Store;
use crate::store::identities::Claim;

/// Whose an account is, shared by its feeds.
#[derive(Default)]
pub struct Standing {
    identity: Option<Box<dyn Identity>>,
    ids: OnceCell<Vec<String>>,
    checked: OnceCell<()>,
}

impl Standing {
    #[must_use]
    pub fn new(identity: Option<Box<dyn Identity>>) -> Self {
        Self { identity, ..Self::default() }
    }

    /// The provider's ids of the account; none where it does not tell.
    ///
    /// # Errors
    ///
    /// The provider's.
    pub async fn ids(&self) -> Result<&[String], FetchError> {
        let Some(identity) = &self.identity else { return Ok(&[]) };
        Ok(self.ids.get_or_try_init(|| identity.ids()).await?)
    }

    /// Whether the account may be synced.
    ///
    /// # Errors
    ///
    /// [`StandingError`], the database's, and the provider's for an account that has never said whose it is.
    pub async fn check(&self, store: &Store, account: AccountId) -> Result<(), RunError> {
        if self.identity.is_none() || self.checked.initialized() {
            return Ok(());
        }
        let ids = match self.ids().await {
            Ok(ids) => ids,
            // A key that may not ask whose it is may be good for everything else, and if it is not, the feed itself says so.
            Err(FetchError::Unauthorized(_) | FetchError::Rejected { .. } | FetchError::Malformed(_)) => return Ok(()),
            // It was itself the last time; its feeds are not to wait for one list.
            Err(_) if store.has_identity(account).await? => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if ids.is_empty() {
            return Ok(());
        }
        let claimed = self.checked.get_or_try_init(async || match store.claim_identities(account, ids).await? {
            Claim::Ours => Ok(()),
            Claim::Held { by, id, configured: true } => Err(StandingError::Duplicate { by, id }.into()),
            Claim::Held { by, id, configured: false } => Err(StandingError::Renamed { by, id }.into()),
            Claim::Others => Err(StandingError::OtherOrganization.into()),
        });
        claimed.await.copied()
    }
}
