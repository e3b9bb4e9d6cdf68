//! One account at every vendor that the sandbox stands in for.

use llmtally::sandbox::{Guest, Sandbox, Target, Vendor};

use crate::support::scene::Scene;

/// Who tells what a day has cost. The other guests tell only of use and balances.
pub(crate) const BILLED: [Target; 13] = [
    Target::Vendor(Vendor::OpenAi),
    Target::Vendor(Vendor::Anthropic),
    Target::Guest(Guest::Azure),
    Target::Guest(Guest::Google),
    Target::Guest(Guest::Bedrock),
    Target::Guest(Guest::OpenRouter),
    Target::Guest(Guest::Mistral),
    Target::Guest(Guest::HuggingFace),
    Target::Guest(Guest::Copilot),
    Target::Guest(Guest::Cursor),
    Target::Guest(Guest::Xai),
    Target::Guest(Guest::Together),
    Target::Guest(Guest::Fireworks),
];

pub(crate) fn name(target: Target) -> &'static str {
    match target {
        Target::Vendor(vendor) => vendor.name(),
        Target::Guest(guest) => guest.name(),
    }
}

fn settings(guest: Guest) -> String {
    let key = |key: &str| format!("api_key = '{key}'");
    match guest {
        Guest::Copilot => format!("{}\norganization = 'example'", key(Sandbox::COPILOT_KEY)),
        Guest::DeepSeek => key(Sandbox::DEEPSEEK_KEY),
        Guest::OpenRouter => key(Sandbox::OPENROUTER_KEY),
        Guest::ElevenLabs => key(Sandbox::ELEVENLABS_KEY),
        Guest::Mistral => key(Sandbox::MISTRAL_KEY),
        Guest::HuggingFace => key(Sandbox::HUGGINGFACE_KEY),
        Guest::LiteLlm => key(Sandbox::LITELLM_KEY),
        Guest::Cursor => key(Sandbox::CURSOR_KEY),
        Guest::Xai => key(Sandbox::XAI_KEY),
        Guest::Together => key(Sandbox::TOGETHER_KEY),
        Guest::Fireworks => key(Sandbox::FIREWORKS_KEY),
        Guest::Azure => format!(
            "tenant_id = '{}'\nclient_id = '{}'\nclient_secret = '{}'\nsubscription_ids = {:?}",
            Sandbox::AZURE_TENANT,
            Sandbox::AZURE_CLIENT,
            Sandbox::AZURE_SECRET,
            Sandbox::AZURE_SUBSCRIPTIONS,
        ),
        Guest::Google => "project = 'shop-prod-123'\nlocation = 'EU'\n\
             billing_table = 'shop-prod-123.billing.gcp_billing_export_v1_0123AB_4567CD_89EF01'\n\
             usage_projects = ['shop-prod-123', 'research-lab-7']"
            .to_owned(),
        Guest::AppOptimize => panic!("google's projects once more: they count once"),
        Guest::Bedrock => format!(
            "access_key_id = '{}'\nsecret_access_key = '{}'\nregions = ['us-east-1', 'eu-central-1']",
            Sandbox::BEDROCK_KEY_ID,
            Sandbox::BEDROCK_SECRET_KEY,
        ),
    }
}

impl Scene {
    pub(crate) fn add_everybody(&mut self) {
        self.add_openai();
        self.add_anthropic();
        let address = format!("http://{}", self.sandbox.address());
        for guest in Guest::ALL.iter().filter(|guest| **guest != Guest::AppOptimize) {
            let addresses = match guest {
                Guest::Azure => format!("login_url = '{address}/azure/login'\nbase_url = '{address}/azure'"),
                Guest::Google => format!(
                    "service_account_key = '''{}'''\nbigquery_url = '{address}/google'\nmonitoring_url = '{address}/google'",
                    Sandbox::google_account(&address)
                ),
                Guest::Bedrock => format!("endpoint_url = '{address}/bedrock/aws'"),
                _ => format!("base_url = '{address}/{guest}'"),
            };
            self.add(&format!("[accounts.{guest}.main]\n{}\n{addresses}", settings(*guest)));
        }
    }
}
