//! The connection pool that accounts share, and the addresses below which they ask.

use std::error::Error;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("llmtally/", env!("CARGO_PKG_VERSION"));
const MAX_REDIRECTS: usize = 5;

/// Why no connection could be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The text is left out: it may hold a password.
    #[error("base_url is no absolute http or https address")]
    BaseUrl,
    #[error("http client cannot be set up: {0}")]
    Client(String),
}

/// The pool of connections for all accounts.
///
/// # Errors
///
/// No usable TLS set-up, such as a machine without root certificates.
pub fn shared_client() -> Result<Client, SetupError> {
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "this is the one place that builds a client")]
    let builder = Client::builder();
    let builder =
        builder.user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT).redirect(Policy::custom(stay_at_home));
    builder.build().map_err(|error| SetupError::Client(causes(error)))
}

/// An error and what caused it in one line, without the address.
pub(super) fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A key goes to the server that it was meant for and to no other.
fn stay_at_home(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let home = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if home && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// `text` as an address that paths can be joined to.
pub(super) fn base(text: &str) -> Result<Url, SetupError> {
    let url = Url::parse(&format!("{}/", text.trim_end_matches('/'))).map_err(|_| SetupError::BaseUrl)?;
    let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    usable.then_some(url).ok_or(SetupError::BaseUrl)
}
