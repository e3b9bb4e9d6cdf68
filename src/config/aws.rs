//! Where Amazon's own tools find keys, for the accounts that name none.

use std::path::PathBuf;

use super::accounts::Accounts;
use super::environment::Environment;

/// Where the address of a container's keys is only a path.
const CONTAINER: &str = "http://169.254.170.2";

/// Completes each Bedrock account from the variables and files that Amazon's tools know.
pub(super) fn fill_in(accounts: &mut Accounts, environment: &Environment) {
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let region = text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION"));
    let file = text("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    let file = file.or_else(|| Some(PathBuf::from(environment.get("HOME")?).join(".aws/credentials")));
    let container = text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let container = container
        .or_else(|| Some(format!("{CONTAINER}{}", environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")?)));
    for account in accounts.bedrock.values_mut() {
        if account.regions.is_empty() {
            account.regions.extend(region.clone());
        }
        account.credentials_file = account.credentials_file.take().or_else(|| file.clone());
        if account.access_key_id.is_some() || account.profile.is_some() {
            continue;
        }
        account.profile = text("AWS_PROFILE");
        if account.container_credentials_url.is_none() {
            account.container_credentials_url = container.clone();
            account.container_token = text("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Into::into);
            account.container_token_file = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from);
        }
        if let Some(url) = text("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
            account.metadata_url = url;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::bedrock::Config;

    fn filled(account: serde_json::Value, variables: &[(&str, &str)]) -> Config {
        let mut accounts = Accounts::default();
        accounts.bedrock.insert("default".to_owned(), serde_json::from_value(account).unwrap());
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fill_in(&mut accounts, &environment);
        accounts.bedrock.remove("default").unwrap()
    }

    #[test]
    fn an_account_without_keys_has_those_of_its_surroundings() {
        let variables = [
            ("AWS_REGION", "eu-west-1"),
            ("HOME", "/home/dev"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"),
            ("AWS_PROFILE", "billing"),
        ];
        let config = filled(serde_json::json!({}), &variables);
        assert_eq!(config.regions, ["eu-west-1"]);
        assert_eq!(config.profile.as_deref(), Some("billing"));
        assert_eq!(config.credentials_file, Some(PathBuf::from("/home/dev/.aws/credentials")));
        assert_eq!(config.container_credentials_url.as_deref(), Some("http://169.254.170.2/v2/credentials/1"));
    }

    #[test]
    fn what_an_account_says_itself_holds() {
        let variables = [("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "billing")];
        let config = filled(serde_json::json!({ "access_key_id": "AKIA1", "regions": ["us-east-1"] }), &variables);
        assert_eq!(config.regions, ["us-east-1"]);
        assert_eq!(config.profile, None);
    }
}
