//! The one HTTP client of all providers: authentication, pacing, retries, limits and measures in one place.

mod ask;
mod auth;
mod client;
mod credential;
mod decode;
mod download;
mod exchange;
mod failure;
#[cfg(test)]
pub(crate) mod loopback;
mod metrics;
mod pacing;
mod pages;
mod refusal;
mod retry;
mod scrub;
mod shape;
#[cfg(test)]
mod tests;
mod token;
mod wire;

use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use self::exchange::Request;
use self::failure::Failure;
use self::metrics::AccountMetrics;
use self::pacing::Pacing;
use self::retry::Step;
use self::shape::Shapes;
use super::feed::FetchError;
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;

pub use self::ask::{Answer, Ask, Body};
pub use self::auth::{Auth, Authenticate, Outgoing, Proof, secret_header};
pub use self::client::{SetupError, shared_client};
pub use self::credential::{Credential, CredentialError};
pub use self::download::download;
pub use self::metrics::HttpMetrics;
pub use self::pages::{Cursors, Page, PageParts};
pub use self::refusal::{Judge, Verdict, by_status};
pub use self::token::{Issuer, Token, Tokens};
pub use self::wire::Wire;

/// What a connection is made of; see [`Wire::to`].
pub struct HttpConfig {
    pub wire: Wire,
    pub base_url: String,
    pub auth: Auth,
    /// Sent with every request, such as an API version.
    pub headers: HeaderMap,
    /// What a refusal means where the status alone does not say it.
    pub judge: Judge,
    /// What a person can do about a refused key: which one it has to be, and where it is made.
    pub key_help: Option<&'static str>,
}

/// How much patience and memory a vendor gets.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For one request, from the first byte sent to the last one read.
    pub timeout: Duration,
    /// Bytes of a decompressed answer.
    pub max_body: usize,
    /// The first one included.
    pub max_attempts: u32,
    /// The longest first pause; each further one may be twice as long.
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// A rate limit that lasts longer is left to the caller's schedule.
    pub longest_wait: Duration,
    /// Between the starts of two requests of the account.
    pub min_gap: Duration,
    pub max_concurrent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            max_body: 64 << 20,
            max_attempts: 6,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(60),
            longest_wait: Duration::from_secs(120),
            min_gap: Duration::from_millis(250),
            max_concurrent: 2,
        }
    }
}

/// One account's connection to one server of a vendor's.
pub struct Http {
    client: reqwest::Client,
    account: AccountName,
    base: Url,
    auth: Auth,
    headers: HeaderMap,
    judge: Judge,
    key_help: Option<&'static str>,
    limits: Limits,
    pacing: Pacing,
    clock: Clock,
    stop: CancellationToken,
    metrics: AccountMetrics,
    shapes: Shapes,
}

impl Http {
    /// # Errors
    ///
    /// A base address that is no absolute `http` or `https` one.
    pub fn new(config: HttpConfig) -> Result<Self, SetupError> {
        let wire = config.wire;
        Ok(Self {
            base: client::base(&config.base_url)?,
            pacing: Pacing::new(wire.limits.min_gap, wire.limits.max_concurrent),
            metrics: wire.metrics.of(&wire.account),
            client: wire.client,
            account: wire.account,
            shapes: Shapes::default(),
            auth: config.auth,
            headers: config.headers,
            judge: config.judge,
            key_help: config.key_help,
            limits: wire.limits,
            clock: wire.clock,
            stop: wire.stop,
        })
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The decoded answer to `ask`; one without content (204) is JSON's `null`.
    ///
    /// # Errors
    ///
    /// After retries, sorted as [`FetchError`] says, with help where the key is refused; texts hold neither address nor key.
    pub async fn json<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, FetchError> {
        let (answer, secrets) = self.answer(ask).await?;
        let body = if answer.status == 204 { b"null" } else { answer.body.as_slice() };
        let path = self.label(ask);
        let decoded = decode::json(&path, body, &secrets)?;
        for news in self.shapes.news(&path, body) {
            self.metrics.shape_changed();
            tracing::info!(account = %self.account, path, "the answer has {news}, which was not there before");
        }
        Ok(decoded)
    }

    /// Tells once, and counts with the news of shapes, what answers to `path` do not say although money depends on it.
    pub fn miss(&self, path: &str, lack: &str) {
        if self.shapes.is_first(path, lack) {
            self.metrics.shape_changed();
            tracing::warn!(account = %self.account, path, "the answer does not tell {lack}");
        }
    }

    /// The answer to `ask` as it came, for what is no JSON or says something by its status or headers.
    ///
    /// # Errors
    ///
    /// As [`Http::json`].
    pub async fn fetch(&self, ask: &Ask) -> Result<Answer, FetchError> {
        Ok(self.answer(ask).await?.0)
    }

    /// All items of all pages of `ask`, whose cursor goes into the query as `parameter`.
    ///
    /// # Errors
    ///
    /// As [`Http::json`], and `Malformed` where the cursors do not lead to an end.
    pub async fn pages<P: Page>(&self, ask: &Ask, parameter: &str) -> Result<Vec<P::Item>, FetchError> {
        self.pages_by::<P>(ask, |cursor| ask.clone().with(parameter, cursor)).await
    }

    /// All items of all pages of `first`, where `next` makes of a cursor the question for its page.
    ///
    /// # Errors
    ///
    /// As [`Http::pages`].
    pub async fn pages_by<P: Page>(
        &self,
        first: &Ask,
        next: impl Fn(String) -> Ask + Send + Sync,
    ) -> Result<Vec<P::Item>, FetchError> {
        let mut cursors = Cursors::new(&self.label(first));
        let mut items = Vec::new();
        let mut page = first.clone();
        loop {
            let parts = self.json::<P>(&page).await?.into_parts();
            items.extend(parts.items);
            let Some(cursor) = cursors.follow(parts.has_more, parts.cursor)? else { return Ok(items) };
            page = next(cursor);
        }
    }

    /// What errors and logs call the request: no address, no query.
    fn label(&self, ask: &Ask) -> String {
        let of_path = || Url::parse(&ask.path).map(|url| url.path().trim_start_matches('/').to_owned());
        ask.name.map_or_else(|| of_path().unwrap_or_else(|_| ask.path.clone()), str::to_owned)
    }

    async fn answer(&self, ask: &Ask) -> Result<(Answer, Vec<SecretString>), FetchError> {
        let answer = self.stop.run_until_cancelled(self.persist(ask)).await;
        let answer = answer.unwrap_or(Err(FetchError::Stopped));
        answer.map_err(|error| match self.key_help {
            Some(help) => error.with_help(help),
            None => error,
        })
    }

    /// The first attempt that succeeds, and the secrets that it was asked with.
    async fn persist(&self, ask: &Ask) -> Result<(Answer, Vec<SecretString>), FetchError> {
        let path = self.label(ask);
        let request = self.request(ask)?;
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let proof = self.auth.prove(&request.outgoing()).await?;
            let secrets = request.secrets(&proof);
            let failure = match self.attempt(&request, &path, &proof, &secrets, attempt).await {
                Ok(answer) => return Ok((answer, secrets)),
                Err(failure) => failure,
            };
            if failure.status() == Some(401) && !renewed && self.auth.has_another(&proof).await {
                renewed = true;
                continue;
            }
            match retry::next_step(&failure, attempt, &self.limits, fastrand::f64()) {
                Step::GiveUp => return Err(self.give_up(failure, &path, attempt)),
                Step::Wait(pause) => self.wait(&failure, &path, attempt, pause).await,
            }
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        path: &str,
        proof: &Proof,
        secrets: &[SecretString],
        attempt: u32,
    ) -> Result<Answer, Failure> {
        let span = tracing::debug_span!(
            "provider_request",
            otel.kind = "client",
            otel.status_code = field::Empty,
            provider = self.account.provider.as_str(),
            account = self.account.account,
            path,
            attempt = i64::from(attempt),
            status = field::Empty,
        );
        let exchange = async {
            let _turn = self.pacing.turn().await;
            let result = self.exchange(request, proof, secrets).await;
            let code = exchange::code(&result);
            let span = tracing::Span::current();
            span.record("status", code.as_str());
            if result.is_err() {
                span.record("otel.status_code", "ERROR");
            }
            tracing::debug!("provider answered");
            self.metrics.count(&code);
            result
        };
        exchange.instrument(span).await
    }

    async fn wait(&self, failure: &Failure, path: &str, attempt: u32, pause: Duration) {
        if failure.is_rate_limit() {
            let until = self.clock.now() + pause;
            self.metrics.rate_limited_until(until);
            self.pacing.hold(pause);
            tracing::info!(account = %self.account, path, attempt, "waiting until {} for the rate limit", until.format("%H:%M:%S UTC"));
        } else {
            tracing::warn!(account = %self.account, path, attempt, pause_ms = pause.as_millis(), "retrying: {failure}");
        }
        tokio::time::sleep(pause).await;
    }

    fn give_up(&self, failure: Failure, path: &str, attempts: u32) -> FetchError {
        let error = failure.into_error(path, attempts, self.clock.now(), self.limits.backoff_cap);
        if let FetchError::RateLimited { until } = &error {
            self.metrics.rate_limited_until(*until);
        }
        error
    }
}
