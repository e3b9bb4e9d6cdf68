//! The environment as a part of the configuration: `LLMTALLY__SECTION__KEY`, and the plain names that people already have.

use std::fmt;

use figment::value::{Dict, Map, Tag, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::mask::is_secret;

/// Environment variables, taken once.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl fmt::Debug for Environment {
    /// Names only: any value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A variable and the key that it sets.
pub(super) struct Variable {
    name: String,
    path: Vec<String>,
    value: Value,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process() -> Self {
        // Names and values that are no Unicode are none of ours.
        let variables = std::env::vars_os();
        Self(
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect(),
        )
    }

    pub fn get(&self, wanted: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Only what sets one of the `keys` (`currency.reporting`) or a key below it, by its prefixed name.
    #[must_use]
    pub fn below(&self, keys: &[&str]) -> Self {
        let is_wanted = |name: &str| {
            let path = name.strip_prefix("LLMTALLY__").unwrap_or_default().to_ascii_lowercase().replace("__", ".");
            let below =
                |key: &&str| path.strip_prefix(*key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            keys.iter().any(below)
        };
        Self(self.0.iter().filter(|(name, _)| is_wanted(name)).cloned().collect())
    }

    /// What the variables set: plain names first, since the prefixed form is the more deliberate.
    pub(super) fn variables(&self) -> Vec<Variable> {
        let mut set: Vec<Variable> = Vec::new();
        for (name, value) in self.0.iter().filter(|(_, value)| !value.is_empty()) {
            if let Some(path) = self.plain(name) {
                set.push(Variable::new(name, path, Value::from(value.as_str())));
            } else if let Some(variable) = plain_value(name, value) {
                set.push(variable);
            }
        }
        for (name, value) in &self.0 {
            let Some(path) = name.strip_prefix("LLMTALLY__") else { continue };
            let path: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
            let key = path.last().map(String::as_str).unwrap_or_default();
            // A key that looks like a number is still a text.
            let value = if is_secret(key) { Value::from(value.as_str()) } else { parsed(value) };
            set.push(Variable::new(name, path, value));
        }
        set
    }

    /// The key of a plain name that holds a secret, or names its file.
    fn plain(&self, name: &str) -> Option<Vec<String>> {
        let (base, suffix) = name.strip_suffix("_FILE").map_or((name, ""), |base| (base, "_file"));
        let account = |provider: &str, account: &str, key: &str| {
            Some(vec!["accounts".into(), provider.into(), account.to_ascii_lowercase(), format!("{key}{suffix}")])
        };
        match base {
            "DATABASE_URL" => Some(vec!["storage".into(), format!("database_url{suffix}")]),
            "OTEL_EXPORTER_OTLP_HEADERS" => Some(vec!["telemetry".into(), format!("otlp_headers{suffix}")]),
            "OPENAI_ADMIN_KEY" => account("openai", "default", "api_key"),
            "ANTHROPIC_ADMIN_KEY" => account("anthropic", "default", "api_key"),
            // Both: many a machine has the one for programs that are none of ours.
            "GOOGLE_APPLICATION_CREDENTIALS" if suffix.is_empty() && self.has("GOOGLE_PROJECT_ID") => {
                account("google", "default", "service_account_key_file")
            }
            "GOOGLE_PROJECT_ID" if suffix.is_empty() && self.has("GOOGLE_APPLICATION_CREDENTIALS") => {
                account("google", "default", "project")
            }
            // Not CURSOR_API_KEY: that is what Cursor's own programs call the key of a user.
            "CURSOR_ADMIN_KEY" => account("cursor", "default", "api_key"),
            "LITELLM_PROXY_API_KEY" if self.get("LITELLM_PROXY_URL").is_some() => {
                account("litellm", "default", "api_key")
            }
            "LITELLM_PROXY_URL" if suffix.is_empty() && self.has("LITELLM_PROXY_API_KEY") => {
                account("litellm", "default", "base_url")
            }
            "DEEPSEEK_API_KEY" => account("deepseek", "default", "api_key"),
            "AZURE_CLIENT_SECRET" => account("azure", "default", "client_secret"),
            // Other tools of Azure's read these, too: they make no account by themselves.
            "AZURE_TENANT_ID" | "AZURE_CLIENT_ID" | "AZURE_SUBSCRIPTION_ID"
                if suffix.is_empty() && self.has("AZURE_CLIENT_SECRET") =>
            {
                account("azure", "default", azure_key(base))
            }
            "ELEVENLABS_API_KEY" => account("elevenlabs", "default", "api_key"),
            "MISTRAL_API_KEY" => account("mistral", "default", "api_key"),
            "HF_TOKEN" => account("huggingface", "default", "api_key"),
            "OPENROUTER_API_KEY" => account("openrouter", "default", "api_key"),
            "XAI_MANAGEMENT_KEY" => account("xai", "default", "api_key"),
            "TOGETHER_API_KEY" => account("together", "default", "api_key"),
            "FIREWORKS_API_KEY" => account("fireworks", "default", "api_key"),
            // Half a pair of keys is no account, and a token alone is none either.
            "AWS_SECRET_ACCESS_KEY" if self.has_aws_keys() => account("bedrock", "default", "secret_access_key"),
            "AWS_SESSION_TOKEN" if self.has_aws_keys() => account("bedrock", "default", "session_token"),
            "AWS_ACCESS_KEY_ID" if self.has_aws_keys() && suffix.is_empty() => {
                account("bedrock", "default", "access_key_id")
            }
            // The admin key is the one that can read a bill.
            "OPENAI_API_KEY" if !self.has("OPENAI_ADMIN_KEY") => account("openai", "default", "api_key"),
            "ANTHROPIC_API_KEY" if !self.has("ANTHROPIC_ADMIN_KEY") => account("anthropic", "default", "api_key"),
            "OPENAI_ORG_ID" if suffix.is_empty() && (self.has("OPENAI_API_KEY") || self.has("OPENAI_ADMIN_KEY")) => {
                account("openai", "default", "organization")
            }
            _ => {
                let several = [("openai", "OPENAI_API_KEY_"), ("openrouter", "OPENROUTER_API_KEY_")];
                let named = |(provider, prefix)| Some((provider, base.strip_prefix(prefix)?));
                let (provider, name) = several.into_iter().find_map(named).filter(|(_, name)| !name.is_empty())?;
                account(provider, name, "api_key")
            }
        }
    }

    fn has_aws_keys(&self) -> bool {
        self.get("AWS_ACCESS_KEY_ID").is_some() && self.has("AWS_SECRET_ACCESS_KEY")
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some() || self.get(&format!("{name}_FILE")).is_some()
    }
}

fn azure_key(name: &str) -> &'static str {
    match name {
        "AZURE_TENANT_ID" => "tenant_id",
        "AZURE_CLIENT_ID" => "client_id",
        _ => "subscription_ids",
    }
}

/// Plain names whose value is not a secret.
fn plain_value(name: &str, value: &str) -> Option<Variable> {
    match name {
        "MONTHLY_BUDGET" => {
            let budget = Dict::from([("name".into(), Value::from("monthly")), ("limit".into(), Value::from(value))]);
            Some(Variable::new(name, vec!["budgets".into()], Value::from(vec![Value::from(budget)])))
        }
        "OTEL_EXPORTER_OTLP_ENDPOINT" => {
            Some(Variable::new(name, vec!["telemetry".into(), "otlp_endpoint".into()], Value::from(value)))
        }
        // In milliseconds, as everybody reads it.
        "OTEL_METRIC_EXPORT_INTERVAL" => {
            let path = vec!["telemetry".into(), "otlp_metrics_interval".into()];
            Some(Variable::new(name, path, Value::from(with_unit(value, "ms"))))
        }
        "REFRESH_INTERVAL" => {
            let every = Value::from(format!("every {}", with_unit(value, "s")));
            Some(Variable::new(name, vec!["sync".into(), "schedule".into()], every))
        }
        _ => None,
    }
}

/// A time that may be a bare number.
fn with_unit(value: &str, unit: &str) -> String {
    if value.bytes().all(|byte| byte.is_ascii_digit()) { format!("{value}{unit}") } else { value.to_owned() }
}

/// A number, a truth value or a text.
fn parsed(value: &str) -> Value {
    if let Ok(number) = value.parse::<i64>() {
        Value::from(number)
    } else if let Ok(flag) = value.parse::<bool>() {
        Value::from(flag)
    } else {
        Value::from(value)
    }
}

impl Variable {
    fn new(name: &str, path: Vec<String>, value: Value) -> Self {
        Self { name: name.to_owned(), path, value }
    }
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut path = self.path.iter().rev();
        let Some(key) = path.next() else { return Ok(Map::new()) };
        let innermost = Dict::from([(key.clone(), self.value.clone())]);
        let dict = path.fold(innermost, |inner, key| Dict::from([(key.clone(), Value::Dict(Tag::Default, inner))]));
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}
