//! `directory`: names of teams, users and keys, of deleted keys as well.

use async_trait::async_trait;

use super::api::{Keys, Team, Users};
use super::desk::Desk;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::feed::{Directory, FetchError};
use crate::providers::http::Ask;

/// The most that these lists give on a page.
const PAGE_SIZE: &str = "100";

pub(super) struct Names {
    pub(super) desk: Desk,
}

#[async_trait]
impl Directory for Names {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let mut entries = Vec::new();
        let mut add = |kind, id: String, names: [Option<String>; 2]| {
            let name = names.into_iter().flatten().find(|name| !name.trim().is_empty());
            entries.extend(name.map(|name| DirectoryEntry { kind, id, name }));
        };
        for team in self.desk.http.json::<Vec<Team>>(&Ask::get("team/list")).await? {
            add(DirectoryKind::Project, team.team_id, [team.team_alias, None]);
        }
        for user in self.desk.pages::<Users>(&Ask::get("user/list").with("page_size", PAGE_SIZE)).await? {
            add(DirectoryKind::User, user.user_id, [user.user_email, user.user_alias]);
        }
        let keys = Ask::get("key/list").with("size", PAGE_SIZE).with("return_full_object", "true");
        for ask in [keys.clone(), keys.with("status", "deleted")] {
            for key in self.desk.pages::<Keys>(&ask).await? {
                let Some(hash) = key.token else { continue };
                add(DirectoryKind::ApiKey, hash, [key.key_alias, key.key_name]);
            }
        }
        Ok(entries)
    }
}
