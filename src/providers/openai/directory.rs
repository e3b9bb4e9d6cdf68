//! The feed `directory`: names of projects, API keys and users.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::admin::Admin;
use super::api::{ApiKey, Project, User};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
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
}

#[async_trait]
impl Directory for Names {
    /// A list that the key may not read is left out with a warning, so that the names of the others arrive; when it may
    /// read neither projects nor users, that is an error. Every other failure fails the whole listing: it is tried again.
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let mut found = Found::default();
        let users = self.users().await;
        let projects = self.projects().await;
        let (users, projects) = match (permitted("users", users)?, permitted("projects", projects)?) {
            (Err(refusal), Err(_)) => return Err(refusal),
            (users, projects) => (users.unwrap_or_default(), projects.unwrap_or_default()),
        };
        users.into_iter().for_each(|user| found.add_user(user));
        for project in projects {
            let keys = permitted("api keys of a project", self.api_keys(&project.id).await)?;
            found.add(DirectoryKind::Project, project.id, project.name);
            for key in keys.unwrap_or_default() {
                found.add(DirectoryKind::ApiKey, key.id, key.name);
                let owners = key.owner.into_iter().flat_map(|owner| [owner.user, owner.service_account]);
                owners.flatten().for_each(|owner| found.add_user(owner));
            }
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
        self.admin.list("v1/organization/projects", &[("include_archived", "true")]).await
    }

    /// Those of owners who have left, too.
    async fn api_keys(&self, project: &str) -> Result<Vec<ApiKey>, FetchError> {
        let path = format!("v1/organization/projects/{project}/api_keys");
        self.admin.list(&path, &[("owner_project_access", "any")]).await
    }
}

/// Sorts refusals, inside, from failures that may pass, outside.
fn permitted<T>(list: &str, answer: Result<T, FetchError>) -> Result<Result<T, FetchError>, FetchError> {
    match answer {
        Err(error @ (FetchError::Unauthorized(_) | FetchError::Rejected { .. })) => {
            tracing::warn!(list, %error, "names left out: the key may not read them");
            Ok(Err(error))
        }
        Err(error) => Err(error),
        Ok(found) => Ok(Ok(found)),
    }
}
