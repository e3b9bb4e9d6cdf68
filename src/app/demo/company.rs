//! The company as llmtally is told of it: a configuration file like any other.

use std::path::Path;

use anyhow::{Context, Result};
use rust_decimal::{Decimal, RoundingStrategy};

use super::exchange;
use crate::config::{self, Config, Environment};
use crate::sandbox::{Guest, Sandbox, Target, Vendor};

const FILE: &str = include_str!("../../../config/demo.toml");

/// Whom the company uses beside OpenAI and Anthropic.
pub(super) const GUESTS: &[Guest] =
    &[Guest::Azure, Guest::Google, Guest::Mistral, Guest::OpenRouter, Guest::DeepSeek, Guest::ElevenLabs];
const CLOUDS: [Target; 2] = [Target::Guest(Guest::Azure), Target::Guest(Guest::Google)];
/// Budgets are round sums in whatever currency.
const DIGITS: u32 = 3;
/// What a demo is told by its environment. Keys and databases there are the real ones': the demo does not look at them.
const OWN: &[&str] = &["currency.reporting", "currency.rates", "http"];

/// What of the environment is for a demo, too.
pub(super) fn told(environment: &Environment) -> Environment {
    environment.below(OWN)
}

/// The configuration of an llmtally that asks `sandbox` and reads the agent's transcripts in `agent`. It is written to `folder`
/// first, where people can read it. What the environment [tells](told) comes before it.
///
/// # Errors
///
/// A file that cannot be written or read, or a currency that is worth nothing at the company's bank.
pub(super) async fn config(folder: &Path, agent: &Path, sandbox: &Sandbox, told: &Environment) -> Result<Config> {
    let address = format!("http://{}", sandbox.address());
    let settings = config::load(None, told)?.config.currency;
    let unit = exchange::per_dollar(&format!("{address}/ecb"), settings.reporting, settings.rates).await?;
    let budget = |percent: u32, targets: &[Target]| -> Decimal {
        let limit = sandbox.budget_spent_to(percent, targets) * unit;
        limit.round_sf_with_strategy(DIGITS, RoundingStrategy::ToZero).unwrap_or(limit).normalize()
    };
    let values = [
        ("{sandbox}", address.clone()),
        ("{agent}", agent.display().to_string()),
        ("{openai_key}", Sandbox::OPENAI_KEY.to_owned()),
        ("{anthropic_key}", Sandbox::ANTHROPIC_KEY.to_owned()),
        ("{azure_tenant}", Sandbox::AZURE_TENANT.to_owned()),
        ("{azure_client}", Sandbox::AZURE_CLIENT.to_owned()),
        ("{azure_secret}", Sandbox::AZURE_SECRET.to_owned()),
        ("{azure_subscriptions}", Sandbox::AZURE_SUBSCRIPTIONS.join(",")),
        ("{google_key}", Sandbox::google_account(&address)),
        ("{mistral_key}", Sandbox::MISTRAL_KEY.to_owned()),
        ("{openrouter_key}", Sandbox::OPENROUTER_KEY.to_owned()),
        ("{deepseek_key}", Sandbox::DEEPSEEK_KEY.to_owned()),
        ("{elevenlabs_key}", Sandbox::ELEVENLABS_KEY.to_owned()),
        ("{budget}", budget(88, &sandbox.billed_by()).to_string()),
        ("{budget_anthropic}", budget(96, &[Vendor::Anthropic.into()]).to_string()),
        ("{budget_clouds}", budget(62, &CLOUDS).to_string()),
    ];
    let text = values.iter().fold(FILE.to_owned(), |text, (name, value)| text.replace(name, value));
    let path = folder.join("llmtally.toml");
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(config::load(Some(&path), told)?.config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Clock;
    use crate::sandbox::Options;

    async fn company(environment: &[(&str, &str)]) -> Result<(Config, String)> {
        let options = Options { guests: GUESTS.to_vec(), ..Options::new(Clock::system()) };
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = config(folder.path(), &folder.path().join("claude"), &sandbox, &told(&environment)).await?;
        Ok((config, std::fs::read_to_string(folder.path().join("llmtally.toml")).unwrap()))
    }

    fn limits(config: &Config) -> Vec<Decimal> {
        config.budgets.iter().map(|budget| budget.limit).collect()
    }

    #[tokio::test]
    async fn whoever_bills_the_company_is_asked_and_nobody_outside() {
        let keys = [("OPENAI_ADMIN_KEY", "sk-admin-real"), ("LLMTALLY__ACCOUNTS__XAI__REAL__API_KEY", "xai-real")];
        let (config, text) = company(&keys).await.unwrap();
        let options = Options { guests: GUESTS.to_vec(), ..Options::new(Clock::system()) };
        let billed = Sandbox::start(options).await.unwrap().billed_by();
        let asked: Vec<&str> = config.accounts.connections().iter().map(|(name, _)| name.provider.as_str()).collect();
        for target in GUESTS.iter().map(|guest| Target::from(*guest)).chain(billed) {
            assert!(asked.contains(&target.name()), "{} is not configured", target.name());
        }
        assert!(config.accounts.connections().iter().all(|(name, _)| name.account == "demo"), "{asked:?}");
        assert!(!text.contains("https://"), "something lies outside");
        assert!(config.currency.url.contains("127.0.0.1"));
    }

    #[tokio::test]
    async fn the_environment_chooses_the_currency_and_budgets_follow() {
        let (dollars, _) = company(&[]).await.unwrap();
        let chosen = [
            ("LLMTALLY__CURRENCY__REPORTING", "JPY"),
            ("LLMTALLY__CURRENCY__RATES__JPY", "0.01"),
            ("LLMTALLY__CURRENCY__URL", "https://elsewhere.example"),
            ("LLMTALLY__HTTP__LISTEN", "127.0.0.1:1"),
        ];
        let (yen, _) = company(&chosen).await.unwrap();
        assert_eq!(yen.currency.reporting.as_str(), "JPY");
        assert!(yen.currency.url.contains("127.0.0.1"), "the demo has a bank of its own");
        assert_eq!(yen.http.listen.port(), 1);
        for (dollars, yen) in limits(&dollars).into_iter().zip(limits(&yen)) {
            assert_eq!(yen, dollars * Decimal::ONE_HUNDRED);
        }

        let (euros, _) = company(&[("LLMTALLY__CURRENCY__REPORTING", "EUR")]).await.unwrap();
        for (dollars, euros) in limits(&dollars).into_iter().zip(limits(&euros)) {
            assert!(euros < dollars && euros > dollars / Decimal::TWO, "{euros} for {dollars}");
        }
    }

    #[tokio::test]
    async fn a_currency_that_the_companys_bank_does_not_know_is_told_at_once() {
        let error = company(&[("LLMTALLY__CURRENCY__REPORTING", "SEK")]).await.unwrap_err();
        assert!(error.to_string().contains("currency.rates.SEK"), "{error}");
    }
}
