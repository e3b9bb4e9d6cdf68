//! What opens a sandbox and nothing else.

use super::server::Sandbox;
use super::{auth, guests};

impl Sandbox {
    /// An admin key that opens a sandbox and nothing else.
    pub const OPENAI_KEY: &'static str = auth::OPENAI_KEY;
    /// Another key to the same organization.
    pub const OPENAI_SECOND_KEY: &'static str = auth::OPENAI_SECOND_KEY;
    /// An admin key that opens a sandbox and nothing else.
    pub const ANTHROPIC_KEY: &'static str = auth::ANTHROPIC_KEY;

    /// A token of GitHub's that opens a sandbox and nothing else.
    pub const COPILOT_KEY: &'static str = guests::COPILOT_KEY;
    /// A key of Cursor's that opens a sandbox and nothing else.
    pub const CURSOR_KEY: &'static str = guests::CURSOR_KEY;
    /// A LiteLLM proxy's master key that opens a sandbox and nothing else.
    pub const LITELLM_KEY: &'static str = guests::LITELLM_KEY;
    /// A key of DeepSeek's that opens a sandbox and nothing else.
    pub const DEEPSEEK_KEY: &'static str = guests::DEEPSEEK_KEY;
    /// The private key of a service account at Google, and the token that it is good for. They open a sandbox and nothing else.
    pub const GOOGLE_KEYS: [&'static str; 2] = [guests::GOOGLE_KEY, guests::GOOGLE_TOKEN];

    /// The directory, the app registration and the subscriptions that the company has at Azure.
    pub const AZURE_TENANT: &'static str = guests::AZURE_TENANT;
    pub const AZURE_CLIENT: &'static str = guests::AZURE_CLIENT;
    pub const AZURE_SUBSCRIPTIONS: &'static [&'static str] = &guests::AZURE_SUBSCRIPTIONS;
    /// A client secret of Azure's that opens a sandbox and nothing else.
    pub const AZURE_SECRET: &'static str = guests::AZURE_SECRET;

    /// Another app registration that may read the same subscriptions, and its secret.
    pub const AZURE_SECOND_CLIENT: [&'static str; 2] = guests::AZURE_SECOND_CLIENT;

    /// A key of OpenRouter's that opens a sandbox and nothing else.
    pub const OPENROUTER_KEY: &'static str = guests::OPENROUTER_KEY;

    /// A key of ElevenLabs's that opens a sandbox and nothing else.
    pub const ELEVENLABS_KEY: &'static str = guests::ELEVENLABS_KEY;

    /// A key of Mistral's that opens a sandbox and nothing else.
    pub const MISTRAL_KEY: &'static str = guests::MISTRAL_KEY;

    /// A key of Hugging Face's that opens a sandbox and nothing else.
    pub const HUGGINGFACE_KEY: &'static str = guests::HUGGINGFACE_KEY;

    /// The id of a pair of Amazon's keys that opens a sandbox and nothing else.
    pub const BEDROCK_KEY_ID: &'static str = guests::BEDROCK_KEY_ID;
    /// The other half of the pair.
    pub const BEDROCK_SECRET_KEY: &'static str = guests::BEDROCK_SECRET_KEY;
    /// The role that these keys may take on.
    pub const BEDROCK_ROLE: &'static str = guests::BEDROCK_ROLE;

    /// The bucket with the logs of calls on Bedrock, and what stands before their keys.
    pub const BEDROCK_LOGS: [&'static str; 2] = [guests::BEDROCK_BUCKET, guests::BEDROCK_PREFIX];

    /// A management key of xAI's that opens a sandbox and nothing else.
    pub const XAI_KEY: &'static str = guests::XAI_KEY;
    /// A key of Together's that opens a sandbox and nothing else.
    pub const TOGETHER_KEY: &'static str = guests::TOGETHER_KEY;
    /// A key of Fireworks's that opens a sandbox and nothing else.
    pub const FIREWORKS_KEY: &'static str = guests::FIREWORKS_KEY;

    /// An admin key that opens this sandbox and nothing else.
    #[must_use]
    pub fn openai_key(&self) -> &'static str {
        auth::OPENAI_KEY
    }

    /// An admin key that opens this sandbox and nothing else.
    #[must_use]
    pub fn anthropic_key(&self) -> &'static str {
        auth::ANTHROPIC_KEY
    }

    /// The key file of a service account at Google, whose tokens a sandbox at `address` gives out.
    #[must_use]
    pub fn google_account(address: &str) -> String {
        guests::google_account(address)
    }
}
