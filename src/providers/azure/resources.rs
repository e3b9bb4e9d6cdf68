//! The accounts of subscriptions and the models that are deployed there.

use std::collections::BTreeMap;

use super::api::{Deployment, Model, Resource};
use super::arm::Arm;
use super::settings::Id;
use crate::providers::feed::FetchError;

const VERSION: &str = "2025-09-01";

impl Arm {
    pub(super) async fn resources(&self, subscription: &Id) -> Result<Vec<Resource>, FetchError> {
        let path = format!("subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts");
        self.list(&path, VERSION).await
    }

    pub(super) async fn deployments(&self, resource: &Resource) -> Result<Deployments, FetchError> {
        let listed: Vec<Deployment> = self.list(&format!("{}/deployments", resource.id), VERSION).await?;
        Ok(Deployments::new(listed))
    }
}

impl Resource {
    /// Its id in the case in which bills have it.
    pub(super) fn project(&self) -> String {
        self.id.to_lowercase()
    }

    /// Whether models are deployed there; accounts for speech or vision count no tokens.
    pub(super) fn serves_models(&self) -> bool {
        self.kind
            .as_deref()
            .is_some_and(|kind| ["OpenAI", "AIServices"].iter().any(|own| own.eq_ignore_ascii_case(kind)))
    }
}

/// What Azure says of the deployments that still exist, by name in lower case.
#[derive(Debug, Default)]
pub(super) struct Deployments(BTreeMap<String, Deployed>);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Deployed {
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<&'static str>,
    pub(super) region: Option<&'static str>,
}

impl Deployments {
    pub(super) fn new(listed: Vec<Deployment>) -> Self {
        let deployed = |deployment: Deployment| {
            let sku = deployment.sku.map(|sku| sku.name.to_ascii_lowercase()).unwrap_or_default();
            let model = deployment.properties.and_then(|properties| properties.model).map(Model::written);
            (deployment.name.to_lowercase(), Deployed { model, service_tier: tier(&sku), region: region(&sku) })
        };
        Self(listed.into_iter().map(deployed).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Deployed> {
        self.0.get(&name.to_lowercase())
    }
}

/// `GlobalBatch`, `DataZoneProvisionedManaged`, …
fn tier(sku: &str) -> Option<&'static str> {
    if sku.contains("batch") {
        Some("batch")
    } else if sku.contains("provisioned") {
        Some("provisioned")
    } else {
        None
    }
}

fn region(sku: &str) -> Option<&'static str> {
    if sku.contains("global") {
        Some("global")
    } else if sku.contains("datazone") {
        Some("data_zone")
    } else {
        sku.contains("standard").then_some("regional")
    }
}

impl Model {
    /// As OpenAI writes it, with the day of the snapshot; lower case, since meters and metrics mix cases.
    pub(super) fn written(self) -> String {
        let version = self.version.filter(|version| is_snapshot(version) && !self.name.contains(version.as_str()));
        let written = version.map_or_else(|| self.name.clone(), |version| format!("{}-{version}", self.name));
        written.to_lowercase()
    }
}

/// `2025-08-07`; other sellers number their versions, and those change no price.
fn is_snapshot(version: &str) -> bool {
    version.len() == 10 && version.parse::<chrono::NaiveDate>().is_ok()
}
