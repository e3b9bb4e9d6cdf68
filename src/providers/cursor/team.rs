//! Who the team is: its id, and the names of its members.

use async_trait::async_trait;

use super::api::{AuditLog, MemberList};
use super::desk::Desk;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::account::Identity;
use crate::providers::feed::{Directory, FetchError};
use crate::providers::http::Ask;

/// The team's id, which only answers to a question about its log tell: none of the log itself is wanted.
pub(super) struct Team {
    pub(super) desk: Desk,
}

#[async_trait]
impl Identity for Team {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let ask = Ask::get("teams/audit-logs").with("startTime", "1s").with("endTime", "now").with("pageSize", "1");
        let answer: AuditLog = self.desk.http.json(&ask).await?;
        Ok(answer.params.and_then(|params| params.team_id).map(|id| id.0.to_string()).into_iter().collect())
    }
}

/// `directory`: names by address, under which events know members. Those who left are still told.
pub(super) struct Members {
    pub(super) desk: Desk,
}

#[async_trait]
impl Directory for Members {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let answer: MemberList = self.desk.http.json(&Ask::get("teams/members")).await?;
        let named = answer.team_members.into_iter().filter_map(|member| {
            let name = member.name.filter(|name| !name.trim().is_empty())?;
            Some(DirectoryEntry { kind: DirectoryKind::User, id: member.email?, name })
        });
        Ok(named.collect())
    }
}
