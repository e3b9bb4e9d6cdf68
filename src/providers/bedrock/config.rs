//! The settings of a Bedrock account.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

/// A bucket that Bedrock writes logs of calls into, as its logging settings name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPlace {
    pub bucket: String,
    /// What stands before `AWSLogs`.
    #[serde(default)]
    pub prefix: String,
    /// Where the bucket is; the first of the account's regions unless set.
    #[serde(default)]
    pub region: Option<String>,
}

/// Keys are taken from the first of these that is set: `access_key_id`, `profile`, `container_credentials_url`, and last the
/// metadata of the machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<SecretString>,
    pub secret_access_key_file: Option<PathBuf>,
    /// Of keys that expire.
    pub session_token: Option<SecretString>,
    pub session_token_file: Option<PathBuf>,
    /// A section of `credentials_file`.
    pub profile: Option<String>,
    pub credentials_file: Option<PathBuf>,
    /// Where a container gets its keys.
    pub container_credentials_url: Option<String>,
    pub container_token: Option<SecretString>,
    pub container_token_file: Option<PathBuf>,
    /// Where a machine gets its keys.
    pub metadata_url: String,
    /// A role to take on with these keys.
    pub role_arn: Option<String>,
    /// What the role's trust may ask for.
    pub external_id: Option<String>,
    /// False where the account that pays is configured as well: its bill has this one's cost in it.
    pub costs: bool,
    /// Where models are called; the first one is also where everything else is asked.
    pub regions: Vec<String>,
    /// Where Bedrock logs the calls, if anywhere: the logs name who made them.
    pub invocation_logs: Vec<LogPlace>,
    /// How many days back these logs are read.
    pub invocation_log_days: u32,
    /// One address for all services.
    pub endpoint_url: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            access_key_id: None,
            secret_access_key: None,
            secret_access_key_file: None,
            session_token: None,
            session_token_file: None,
            profile: None,
            credentials_file: None,
            container_credentials_url: None,
            container_token: None,
            container_token_file: None,
            metadata_url: "http://169.254.169.254".to_owned(),
            role_arn: None,
            external_id: None,
            costs: true,
            regions: Vec::new(),
            invocation_logs: Vec::new(),
            // Reading a log costs a little, and more where prompts are in it.
            invocation_log_days: 31,
            endpoint_url: None,
        }
    }
}

impl Config {
    /// At least one.
    pub(super) fn regions(&self) -> Vec<String> {
        if self.regions.is_empty() { vec!["us-east-1".to_owned()] } else { self.regions.clone() }
    }
}
