//! Settings that can only be right.

use std::fmt;

use serde::Deserialize;

/// Vertex AI, the Gemini API, and Agentic Applications.
pub(super) fn services() -> Vec<String> {
    ["C7E2-9256-1C43", "AEFD-7695-64FA", "E4EE-DF31-DCDA"].map(str::to_owned).to_vec()
}

/// 10 GB, for which Google asks some cents.
pub(super) fn max_bytes_billed() -> u64 {
    10_000_000_000
}

pub(super) fn bigquery_url() -> String {
    "https://bigquery.googleapis.com".to_owned()
}

pub(super) fn monitoring_url() -> String {
    "https://monitoring.googleapis.com".to_owned()
}

pub(super) fn optimize_url() -> String {
    "https://appoptimize.googleapis.com".to_owned()
}

pub(super) fn metadata_url() -> String {
    "http://metadata.google.internal".to_owned()
}

/// A project's id, such as `my-project-123`, never its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ProjectId(String);

/// Why a text names nothing at Google.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    #[error("`{0}` is not the id of a google cloud project, such as my-project-123")]
    Project(String),
    #[error(
        "`{0}` is not the table of a billing export, such as \
         my-project.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01"
    )]
    Table(String),
}

impl TryFrom<String> for ProjectId {
    type Error = SettingError;

    fn try_from(id: String) -> Result<Self, SettingError> {
        // Old projects belong to a domain, as in `example.com:my-project`.
        let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
        if id.is_empty() || !id.chars().all(usable) { Err(SettingError::Project(id)) } else { Ok(Self(id)) }
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The table of a standard or a detailed export. Its text is safe within a query, where no parameter can stand for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BillingTable {
    path: String,
    billing_account: String,
}

/// Of the detailed export and of the standard one.
const PREFIXES: [&str; 2] = ["gcp_billing_export_resource_v1_", "gcp_billing_export_v1_"];

impl BillingTable {
    /// Such as `0123AB-4567CD-89EF01`; the same for both exports of an account.
    pub(super) fn billing_account(&self) -> &str {
        &self.billing_account
    }
}

impl TryFrom<String> for BillingTable {
    type Error = SettingError;

    fn try_from(path: String) -> Result<Self, SettingError> {
        let account = billing_account(&path);
        account.map(|billing_account| Self { path: path.clone(), billing_account }).ok_or(SettingError::Table(path))
    }
}

fn billing_account(path: &str) -> Option<String> {
    let (rest, table) = path.rsplit_once('.')?;
    let (project, dataset) = rest.rsplit_once('.')?;
    ProjectId::try_from(project.to_owned()).ok()?;
    let is_dataset = !dataset.is_empty() && dataset.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let account = PREFIXES.iter().find_map(|prefix| table.strip_prefix(prefix))?;
    let is_part = |part: &str| part.len() == 6 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_account = account.split('_').count() == 3 && account.split('_').all(is_part);
    (is_dataset && is_account).then(|| account.replace('_', "-"))
}

impl fmt::Display for BillingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(path: &str) -> Result<String, SettingError> {
        BillingTable::try_from(path.to_owned()).map(|table| table.billing_account().to_owned())
    }

    #[test]
    fn both_exports_name_their_billing_account() {
        for path in [
            "my-project.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01",
            "my-project.billing.gcp_billing_export_resource_v1_0123AB_4567CD_89EF01",
            "example.com:my-project.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01",
        ] {
            assert_eq!(account(path).as_deref(), Ok("0123AB-4567CD-89EF01"), "{path}");
        }
    }

    #[test]
    fn nothing_else_gets_into_a_query() {
        for path in [
            "",
            "billing.gcp_billing_export_v1_0123AB_4567CD_89EF01",
            "p.d.gcp_billing_export_v1_0123AB_4567CD",
            "p.d.gcp_billing_export_v1_0123AB_4567CD_89EF0`",
            "p.d` --.gcp_billing_export_v1_0123AB_4567CD_89EF01",
            "p`.d.gcp_billing_export_v1_0123AB_4567CD_89EF01",
            "p.d.cloud_pricing_export",
        ] {
            assert!(account(path).is_err(), "{path}");
        }
        for id in ["", "My Project", "p/timeSeries", "p`"] {
            assert!(ProjectId::try_from(id.to_owned()).is_err(), "{id}");
        }
    }
}
