//! What only trying tells of a configuration: files that do not say what they should, addresses that are none, accounts that
//! do not open.

use reqwest::Client;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::sections::{Config, PricesSection};
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;
use crate::pricing::Overrides;
use crate::providers::account::Account;
use crate::providers::http::{HttpMetrics, Wire};
use crate::telemetry;

impl Config {
    /// Keys, and what is wrong with what they name.
    pub(super) fn trial_problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (key, url) in [("prices.url", &self.prices.url), ("currency.url", &self.currency.url)] {
            if !is_address(url) {
                problems.push((key.to_owned(), "is no absolute http or https address".to_owned()));
            }
        }
        if telemetry::check_level(&self.log.level).is_err() {
            let message =
                format!("`{}` is neither a level such as `info` nor as in `warn,llmtally=debug`", self.log.level);
            problems.push(("log.level".to_owned(), message));
        }
        problems.extend(self.prices.read_overrides().err().map(|message| ("prices.overrides".to_owned(), message)));
        problems
    }

    /// Why an account cannot be used although its secrets are there; nobody is asked.
    pub(super) fn opening_problem(&self, client: &Client, name: &AccountName, account: &dyn Account) -> Option<String> {
        let wire = Wire {
            client: client.clone(),
            account: name.clone(),
            limits: self.sync.patience.limits(),
            clock: Clock::system(),
            stop: CancellationToken::new(),
            metrics: HttpMetrics::default(),
        };
        account.open(&wire).err().map(|error| error.to_string())
    }
}

impl PricesSection {
    /// The prices of the overrides file; none where there is no file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or its first mistake with its line.
    pub fn read_overrides(&self) -> Result<Overrides, String> {
        let Some(file) = &self.overrides else { return Ok(Overrides::default()) };
        let at = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read `{at}`: {error}"))?;
        Overrides::parse(&text).map_err(|error| format!("`{at}`, line {}: {}", error.line, error.message))
    }
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
