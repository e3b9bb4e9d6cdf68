//! Asking for a team's bill: the key says which team it is, and refusals say which key it takes.

use std::sync::Arc;

use async_trait::async_trait;

use super::api::ManagementKey;
use crate::providers::account::Identity;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

pub(super) const KEY_HELP: &str = "xai needs a management key of the team, which is made at console.x.ai → Settings → \
    Management keys; keys for inference (xai-…) cannot read a bill";

/// One management key's view of its team.
#[derive(Clone)]
pub(super) struct Team {
    pub(super) http: Arc<Http>,
}

impl Team {
    pub(super) async fn id(&self) -> Result<String, FetchError> {
        let ask = Ask::get("auth/management-keys/validation");
        let key: ManagementKey = self.http.json(&ask).await?;
        let usable =
            |id: &String| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let none = || FetchError::Unauthorized(format!("the key is of no team; {KEY_HELP}"));
        key.team_id.filter(usable).ok_or_else(none)
    }
}

#[async_trait]
impl Identity for Team {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(vec![self.id().await?])
    }
}
