//! The feed `directory`: names of projects, API keys and users.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::admin::Admin;
use super::api::{ApiKey, Project, User};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::account::Identity;
use crate::providers::feed::{Directory, FetchError};

pub(super) struct Names {
    pub(super) admin: Admin,
}

/// Names by kind and id; the first name of an id stays.
#[derive(Default)]
struct Found(BTreeMap<(DirectoryKind, String), String>);

impl Found {
    fn add(&mut self, kind: DirectoryKind, id: String, name: Option<String>) {
        if let Some(name) = name.filter(|name| !name.trim().is_empty()) {
            self.0.entry((kind, id)).or_insert(name);
        }
    }

    fn add_user(&mut self, user: User) {
        self.add(DirectoryKind::User, user.id, user.email.or(user.name));
    }

    /// Its owner may be a service account, which is in no list of users.
    fn add_key(&mut self, key: ApiKey) {
        self.add(DirectoryKind::ApiKey, key.id, key.name);
        let owners = key.owner.into_iter().flat_map(|owner| [owner.user, owner.service_account]);
        owners.flatten().for_each(|owner| self.add_user(owner));
    }
}

#[async_trait]
impl Directory for Names {
    /// A list that the key may not read is left out with a warning, so that the names of the others arrive; when it may
    /// read neither projects nor users, that is an error. Every other failure fails the whole listing: it is tried again.
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let (users, projects) = match (permitted(self.users().await)?, permitted(self.projects().await)?) {
            (Err(refusal), Err(_)) => return Err(refusal),
            (users, projects) => (or_none("users", users), or_none("projects", projects)),
        };
        let mut found = Found::default();
        let mut without_keys = 0;
        users.into_iter().for_each(|user| found.add_user(user));
        for project in projects {
            let keys = permitted(self.api_keys(&project.id).await)?.unwrap_or_else(|error| {
                tracing::debug!(project = project.id, %error, "names of api keys refused");
                without_keys += 1;
                Vec::new()
            });
            keys.into_iter().for_each(|key| found.add_key(key));
            found.add(DirectoryKind::Project, project.id, project.name);
        }
        if without_keys > 0 {
            tracing::warn!(projects = without_keys, "openai refuses the names of some projects' api keys");
        }
        Ok(found.0.into_iter().map(|((kind, id), name)| DirectoryEntry { kind, id, name }).collect())
    }
}

impl Names {
    async fn users(&self) -> Result<Vec<User>, FetchError> {
        self.admin.list("v1/organization/users", &[]).await
    }

    /// Archived ones too: what they have cost stays.
    async fn projects(&self) -> Result<Vec<Project>, FetchError> {
        all_projects(&self.admin).await
    }

    /// Those of owners who have left, too.
    async fn api_keys(&self, project: &str) -> Result<Vec<ApiKey>, FetchError> {
        let path = format!("v1/organization/projects/{project}/api_keys");
        self.admin.list(&path, &[("owner_project_access", "any")]).await
    }
}

/// The organization, told by its projects: their ids are nobody else's, while its own id is in no answer that must come.
pub(super) struct Projects {
    pub(super) admin: Admin,
}

#[async_trait]
impl Identity for Projects {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(all_projects(&self.admin).await?.into_iter().map(|project| project.id).collect())
    }
}

async fn all_projects(admin: &Admin) -> Result<Vec<Project>, FetchError> {
    admin.list("v1/organization/projects", &[("include_archived", "true")]).await
}

/// Sorts refusals, inside, from failures that may pass, outside.
fn permitted<T>(answer: Result<T, FetchError>) -> Result<Result<T, FetchError>, FetchError> {
    match answer {
        Err(error @ (FetchError::Unauthorized(_) | FetchError::Rejected { .. })) => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(found) => Ok(Ok(found)),
    }
}

fn or_none<T>(list: &str, answer: Result<Vec<T>, FetchError>) -> Vec<T> {
    answer.unwrap_or_else(|error| {
        tracing::warn!(list, %error, "openai refuses names");
        Vec::new()
    })
}
