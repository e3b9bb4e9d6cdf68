//! The table of providers: a new one is one more entry.

use llmtally::domain::names::{Billing, Provider};
use llmtally::providers::account::Account;
use llmtally::providers::feed::NamedFeed;
use llmtally::providers::{
    anthropic, azure, bedrock, claude_code, codex, copilot, cursor, deepseek, elevenlabs, fireworks, gemini_cli,
    google, huggingface, litellm, mistral, openai, openrouter, together, xai,
};
use llmtally::sandbox::{Guest, Sandbox, Target, Vendor};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::Path;

/// How to set up one kind of account.
pub(crate) enum Kind {
    Api(Api),
    Log(Log),
}

/// An account at a vendor for whom the sandbox stands in.
pub(crate) struct Api {
    pub(crate) provider: Provider,
    /// The provider, and what is special about its settings.
    pub(crate) name: &'static str,
    /// Who stands in for the vendor.
    pub(crate) target: Target,
    /// Feeds whose answers are never more than one page.
    pub(crate) unpaged: &'static [&'static str],
    /// With the vendor's servers below an address such as `http://127.0.0.1:9000`.
    pub(crate) connect: fn(&str) -> Connection,
    /// What a person has to read when the key is refused.
    pub(crate) key_help: &'static [&'static str],
    /// Feeds of whose use the made-up company has none.
    pub(crate) unused: &'static [&'static str],
}

pub(crate) struct Connection {
    /// No text may repeat them.
    pub(crate) keys: Vec<&'static str>,
    pub(crate) account: Box<dyn Account>,
}

/// A log of calls in a folder.
pub(crate) struct Log {
    pub(crate) provider: Provider,
    pub(crate) feeds: fn(&Path) -> Vec<NamedFeed>,
    /// The path of a file of the log, by a number.
    pub(crate) file: fn(u32) -> String,
    /// The line of a call, by its key.
    pub(crate) line: fn(&str) -> String,
}

pub(crate) const KINDS: &[Kind] = &[
    Kind::Api(Api {
        provider: Provider::OpenAi,
        name: "openai",
        target: Target::Vendor(Vendor::OpenAi),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::OPENAI_KEY, format!("{address}/v1"));
            let config: openai::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["admin key", "sk-admin-", "platform.openai.com", "api.usage.read"],
        unused: &["usage.decisions", "usage.images"],
    }),
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic",
        target: Target::Vendor(Vendor::Anthropic),
        unpaged: &[],
        connect: |address| anthropic(address, false),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    // The sandbox has no analytics, as most organisations: the classic report has to stand in.
    Kind::Api(Api {
        provider: Provider::Anthropic,
        name: "anthropic with analytics",
        target: Target::Vendor(Vendor::Anthropic),
        unpaged: &[],
        connect: |address| anthropic(address, true),
        key_help: ANTHROPIC_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Copilot,
        name: "copilot",
        target: Target::Guest(Guest::Copilot),
        unpaged: &["costs"],
        connect: |address| {
            let (key, base_url) = (Sandbox::COPILOT_KEY, format!("{address}/copilot"));
            let settings_of = json!({ "api_key": key, "base_url": base_url, "organization": "example" });
            let config: copilot::Config = settings(settings_of);
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["organisation owner", "Administration"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Cursor,
        name: "cursor",
        target: Target::Guest(Guest::Cursor),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::CURSOR_KEY, format!("{address}/cursor"));
            let config: cursor::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            // Refusals repeat the header, which holds the key in another notation.
            Connection { keys: vec![key, "a2V5X3NhbmRib3hjdXJzb3I"], account: Box::new(config) }
        },
        key_help: &["Admin API", "team administrator", "cursor.com/dashboard"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::LiteLlm,
        name: "litellm",
        target: Target::Guest(Guest::LiteLlm),
        unpaged: &[],
        connect: |address| litellm(address, "included"),
        key_help: LITELLM_KEY_HELP,
        unused: &[],
    }),
    // The same as the only source of what is spent.
    Kind::Api(Api {
        provider: Provider::LiteLlm,
        name: "litellm alone",
        target: Target::Guest(Guest::LiteLlm),
        unpaged: &[],
        connect: |address| litellm(address, "metered"),
        key_help: LITELLM_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::DeepSeek,
        name: "deepseek",
        target: Target::Guest(Guest::DeepSeek),
        unpaged: &[],
        connect: |address| deepseek(address, false),
        key_help: DEEPSEEK_KEY_HELP,
        unused: &[],
    }),
    // The same with its balance as the bill.
    Kind::Api(Api {
        provider: Provider::DeepSeek,
        name: "deepseek alone",
        target: Target::Guest(Guest::DeepSeek),
        unpaged: &[],
        connect: |address| deepseek(address, true),
        key_help: DEEPSEEK_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Google,
        name: "google",
        target: Target::Guest(Guest::Google),
        unpaged: &[],
        connect: |address| {
            let config: google::Config = settings(json!({
                "service_account_key": Sandbox::google_account(address),
                "project": "shop-prod-123",
                "billing_table": "shop-prod-123.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01",
                "location": "EU",
                "usage_projects": ["shop-prod-123", "research-lab-7"],
                "bigquery_url": format!("{address}/google"),
                "monitoring_url": format!("{address}/google"),
            }));
            Connection { keys: Sandbox::GOOGLE_KEYS.to_vec(), account: Box::new(config) }
        },
        key_help: &["service account", "BigQuery Data Viewer", "Monitoring Viewer", "console.cloud.google.com"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Google,
        name: "google without an export",
        target: Target::Guest(Guest::AppOptimize),
        unpaged: &[],
        connect: |address| {
            let config: google::Config = settings(json!({
                "service_account_key": Sandbox::google_account(address),
                "project": "shop-prod-123",
                "app_optimize": true,
                "usage_projects": ["shop-prod-123", "research-lab-7"],
                "optimize_url": format!("{address}/app_optimize"),
                "monitoring_url": format!("{address}/app_optimize"),
            }));
            Connection { keys: Sandbox::GOOGLE_KEYS.to_vec(), account: Box::new(config) }
        },
        key_help: &["service account", "Monitoring Viewer", "console.cloud.google.com"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Azure,
        name: "azure",
        target: Target::Guest(Guest::Azure),
        unpaged: &[],
        connect: |address| {
            let config: azure::Config = settings(json!({
                "tenant_id": Sandbox::AZURE_TENANT,
                "client_id": Sandbox::AZURE_CLIENT,
                "client_secret": Sandbox::AZURE_SECRET,
                "subscription_ids": Sandbox::AZURE_SUBSCRIPTIONS,
                "login_url": format!("{address}/azure/login"),
                "base_url": format!("{address}/azure"),
            }));
            Connection { keys: vec![Sandbox::AZURE_SECRET], account: Box::new(config) }
        },
        key_help: &["app registration", "client secret", "Reader on each subscription"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::OpenRouter,
        name: "openrouter",
        target: Target::Guest(Guest::OpenRouter),
        unpaged: &["costs", "usage", "usage.byok", "usage.keys"],
        connect: |address| {
            let (key, base_url) = (Sandbox::OPENROUTER_KEY, format!("{address}/openrouter"));
            let config: openrouter::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["management key", "openrouter.ai/settings"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::ElevenLabs,
        name: "elevenlabs",
        target: Target::Guest(Guest::ElevenLabs),
        unpaged: &["usage", "usage.users"],
        connect: |address| {
            let (key, base_url) = (Sandbox::ELEVENLABS_KEY, format!("{address}/elevenlabs"));
            let config: elevenlabs::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["API key", "elevenlabs.io", "user_read"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Mistral,
        name: "mistral",
        target: Target::Guest(Guest::Mistral),
        unpaged: &["costs", "usage", "usage.workspaces"],
        connect: |address| {
            let (key, base_url) = (Sandbox::MISTRAL_KEY, format!("{address}/mistral"));
            let config: mistral::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["admin key", "backoffice.mistral.ai", "Enterprise", "CSV"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::HuggingFace,
        name: "huggingface",
        target: Target::Guest(Guest::HuggingFace),
        unpaged: &["costs"],
        connect: |address| huggingface(address, None),
        key_help: HUGGINGFACE_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::HuggingFace,
        name: "huggingface of an organization",
        target: Target::Guest(Guest::HuggingFace),
        unpaged: &["costs"],
        connect: |address| huggingface(address, Some("acme")),
        key_help: HUGGINGFACE_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Bedrock,
        name: "bedrock",
        target: Target::Guest(Guest::Bedrock),
        unpaged: &[],
        connect: |address| bedrock(address, None),
        key_help: BEDROCK_KEY_HELP,
        unused: &[],
    }),
    // The same by keys that have to be asked for first, and with logs of the calls.
    Kind::Api(Api {
        provider: Provider::Bedrock,
        name: "bedrock by a role with logs",
        target: Target::Guest(Guest::Bedrock),
        unpaged: &[],
        connect: |address| bedrock(address, Some(Sandbox::BEDROCK_ROLE)),
        key_help: BEDROCK_WITH_LOGS_KEY_HELP,
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Xai,
        name: "xai",
        target: Target::Guest(Guest::Xai),
        unpaged: &["costs"],
        connect: |address| {
            let (key, base_url) = (Sandbox::XAI_KEY, format!("{address}/xai"));
            let config: xai::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["management key", "console.x.ai"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Together,
        name: "together",
        target: Target::Guest(Guest::Together),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::TOGETHER_KEY, format!("{address}/together"));
            let config: together::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["API key", "api.together.ai", "organization"],
        unused: &[],
    }),
    Kind::Api(Api {
        provider: Provider::Fireworks,
        name: "fireworks",
        target: Target::Guest(Guest::Fireworks),
        unpaged: &[],
        connect: |address| {
            let (key, base_url) = (Sandbox::FIREWORKS_KEY, format!("{address}/fireworks"));
            let config: fireworks::Config = settings(json!({ "api_key": key, "base_url": base_url }));
            Connection { keys: vec![key], account: Box::new(config) }
        },
        key_help: &["API key", "app.fireworks.ai"],
        unused: &[],
    }),
    Kind::Log(Log {
        provider: Provider::ClaudeCode,
        feeds: |folder| claude_code::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        file: |number| format!("projects/-home-dev-shop/s-{number}.jsonl"),
        line: |key| {
            json!({
                "timestamp": "2026-11-22T10:00:00Z", "sessionId": "s-1", "cwd": "/home/dev/shop", "nobody_knows": [1, {}],
                "message": { "id": key, "model": "claude-opus-4-8", "usage": { "output_tokens": 7, "new_tokens": {} } },
            })
            .to_string()
        },
    }),
    Kind::Log(Log {
        provider: Provider::Codex,
        feeds: |folder| codex::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        file: |number| format!("sessions/2026/11/22/rollout-{number}.jsonl"),
        line: |key| {
            json!({
                "timestamp": "2026-11-22T10:00:00Z", "type": "token_usage_record", "nobody_knows": [1, {}],
                "payload": { "response_id": key, "usage": { "output_tokens": 7, "total_tokens": 7, "new_tokens": {} } },
            })
            .to_string()
        },
    }),
    Kind::Log(Log {
        provider: Provider::GeminiCli,
        feeds: |folder| gemini_cli::feeds(&settings(json!({ "paths": [folder] })), Billing::Subscription),
        // A chat goes on in one file, but subagents have files of their own.
        file: |number| format!("tmp/shop/chats/session-{number}.jsonl"),
        line: |key| {
            json!({
                "sessionId": "s-1", "id": key, "timestamp": "2026-11-22T10:00:00Z", "nobody_knows": [1, {}],
                "model": "gemini-3.1-pro", "tokens": { "output": 7, "total": 7, "new": {} },
            })
            .to_string()
        },
    }),
];

const ANTHROPIC_KEY_HELP: &[&str] = &["Admin key", "sk-ant-admin", "Settings → Admin keys"];

fn anthropic(address: &str, analytics: bool) -> Connection {
    let key = Sandbox::ANTHROPIC_KEY;
    let config: anthropic::Config = settings(json!({ "api_key": key, "base_url": address, "analytics": analytics }));
    Connection { keys: vec![key], account: Box::new(config) }
}

const HUGGINGFACE_KEY_HELP: &[&str] = &["access token", "Settings → Access Tokens", "read billing"];

fn huggingface(address: &str, organization: Option<&str>) -> Connection {
    let (key, base_url) = (Sandbox::HUGGINGFACE_KEY, format!("{address}/huggingface"));
    let json = json!({ "api_key": key, "organization": organization, "base_url": base_url });
    let config: huggingface::Config = settings(json);
    Connection { keys: vec![key], account: Box::new(config) }
}

const DEEPSEEK_KEY_HELP: &[&str] = &["API key", "platform.deepseek.com"];
const LITELLM_KEY_HELP: &[&str] = &["master key", "proxy_admin_viewer"];

fn deepseek(address: &str, spend_from_balance: bool) -> Connection {
    let (key, base_url) = (Sandbox::DEEPSEEK_KEY, format!("{address}/deepseek"));
    let set = json!({ "api_key": key, "base_url": base_url, "spend_from_balance": spend_from_balance });
    let config: deepseek::Config = settings(set);
    Connection { keys: vec![key], account: Box::new(config) }
}

fn litellm(address: &str, billing: &str) -> Connection {
    let (key, base_url) = (Sandbox::LITELLM_KEY, format!("{address}/litellm"));
    let config: litellm::Config = settings(json!({ "api_key": key, "base_url": base_url, "billing": billing }));
    Connection { keys: vec![key], account: Box::new(config) }
}

const BEDROCK_KEY_HELP: &[&str] = &["IAM", "ce:GetCostAndUsage", "cloudwatch:GetMetricData"];
/// Each of Amazon's services wants another permission.
const BEDROCK_WITH_LOGS_KEY_HELP: &[&str] = &["the keys need the IAM permission", "in the IAM console"];

fn bedrock(address: &str, role_arn: Option<&str>) -> Connection {
    let (id, secret) = (Sandbox::BEDROCK_KEY_ID, Sandbox::BEDROCK_SECRET_KEY);
    let [bucket, prefix] = Sandbox::BEDROCK_LOGS;
    let config: bedrock::Config = settings(json!({
        "access_key_id": id,
        "secret_access_key": secret,
        "role_arn": role_arn,
        "regions": ["us-east-1", "eu-central-1"],
        "invocation_logs": role_arn.map(|_| json!({ "bucket": bucket, "prefix": prefix })).into_iter().collect::<Vec<_>>(),
        "endpoint_url": format!("{address}/bedrock/aws"),
    }));
    Connection { keys: vec![id, secret], account: Box::new(config) }
}

/// Settings as a configuration file brings them.
fn settings<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn apis() -> impl Iterator<Item = &'static Api> {
    KINDS.iter().filter_map(|kind| if let Kind::Api(api) = kind { Some(api) } else { None })
}

pub(crate) fn logs() -> impl Iterator<Item = &'static Log> {
    KINDS.iter().filter_map(|kind| if let Kind::Log(log) = kind { Some(log) } else { None })
}
