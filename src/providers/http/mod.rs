//! The one HTTP client of all providers: authentication, pacing, retries, limits and measures in one place.

mod client;
mod credential;
mod decode;
mod download;
mod exchange;
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

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use self::exchange::Failure;
use self::metrics::AccountMetrics;
use self::pacing::Pacing;
use self::pages::Cursors;
use self::retry::Step;
use self::shape::Shapes;
use super::feed::FetchError;
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;

pub use self::client::{SetupError, shared_client};
pub use self::credential::{Credential, CredentialError};
pub use self::download::download;
pub use self::metrics::HttpMetrics;
pub use self::pages::{Page, PageParts};

/// What a connection is made of.
pub struct HttpConfig {
    /// From [`shared_client`]; accounts may share one.
    pub client: reqwest::Client,
    /// Whom logs and metrics name.
    pub account: AccountName,
    pub base_url: String,
    pub auth: Auth,
    /// Sent with every request, such as an API version.
    pub headers: HeaderMap,
    pub limits: Limits,
    pub clock: Clock,
    /// Ends every wait with [`FetchError::Stopped`].
    pub stop: CancellationToken,
    pub metrics: HttpMetrics,
}

/// How requests prove who asks.
pub struct Auth {
    header: HeaderName,
    prefix: &'static str,
    credential: Credential,
}

impl Auth {
    /// `Authorization: Bearer <key>`.
    #[must_use]
    pub fn bearer(credential: Credential) -> Self {
        Self { header: reqwest::header::AUTHORIZATION, prefix: "Bearer ", credential }
    }

    /// The bare key in a header of the vendor's own, such as `x-api-key`.
    #[must_use]
    pub fn header(name: HeaderName, credential: Credential) -> Self {
        Self { header: name, prefix: "", credential }
    }
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

/// One account's connection to one vendor.
pub struct Http {
    client: reqwest::Client,
    account: AccountName,
    base: reqwest::Url,
    auth: Auth,
    headers: HeaderMap,
    limits: Limits,
    pacing: Pacing,
    clock: Clock,
    stop: CancellationToken,
    metrics: AccountMetrics,
    shapes: Shapes,
}

/// A GET below the account's base address.
#[derive(Debug, Clone, Default)]
pub struct Get {
    /// Without a leading slash, such as `v1/organization/costs`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Beyond the account's own headers.
    pub headers: HeaderMap,
}

impl Http {
    /// # Errors
    ///
    /// A base address that is no absolute `http` or `https` one.
    pub fn new(config: HttpConfig) -> Result<Self, SetupError> {
        Ok(Self {
            base: client::base(&config.base_url)?,
            pacing: Pacing::new(config.limits.min_gap, config.limits.max_concurrent),
            metrics: config.metrics.of(&config.account),
            shapes: Shapes::default(),
            client: config.client,
            account: config.account,
            auth: config.auth,
            headers: config.headers,
            limits: config.limits,
            clock: config.clock,
            stop: config.stop,
        })
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The decoded answer to `get`.
    ///
    /// # Errors
    ///
    /// After retries, sorted as [`FetchError`] says; texts hold neither address nor key.
    pub async fn get<T: DeserializeOwned>(&self, get: &Get) -> Result<T, FetchError> {
        let answer = self.stop.run_until_cancelled(self.answer(get)).await;
        let (body, secret) = answer.unwrap_or(Err(FetchError::Stopped))?;
        let answer = decode::json(&get.path, &body, &secret)?;
        for news in self.shapes.news(&get.path, &body) {
            self.metrics.shape_changed();
            tracing::info!(account = %self.account, path = get.path, "the answer has {news}, which was not there before");
        }
        Ok(answer)
    }

    /// All items of all pages of `get`, whose cursor goes into the query as `parameter`.
    ///
    /// # Errors
    ///
    /// As [`Http::get`], and `Malformed` where the cursors do not lead to an end.
    pub async fn get_pages<P: Page>(&self, get: &Get, parameter: &str) -> Result<Vec<P::Item>, FetchError> {
        let mut cursors = Cursors::new(&get.path);
        let mut items = Vec::new();
        let mut page = get.clone();
        loop {
            let parts = self.get::<P>(&page).await?.into_parts();
            items.extend(parts.items);
            let Some(cursor) = cursors.follow(parts.has_more, parts.cursor)? else { return Ok(items) };
            page.query.clone_from(&get.query);
            page.query.push((parameter.to_owned(), cursor));
        }
    }

    /// The body of the first attempt that succeeds, and the key that it was asked with.
    async fn answer(&self, get: &Get) -> Result<(Vec<u8>, SecretString), FetchError> {
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let secret = self.auth.credential.current().await?;
            let failure = match self.attempt(get, &secret, attempt).await {
                Ok(body) => return Ok((body, secret)),
                Err(failure) => failure,
            };
            if failure.status() == Some(401) && !renewed && self.auth.credential.has_changed(&secret).await {
                renewed = true;
                continue;
            }
            match retry::next_step(&failure, attempt, &self.limits, fastrand::f64()) {
                Step::GiveUp => return Err(self.give_up(failure, &get.path, attempt)),
                Step::Wait(pause) => self.wait(&failure, &get.path, attempt, pause).await,
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, get: &Get, secret: &SecretString, attempt: u32) -> Result<Vec<u8>, Failure> {
        let span = tracing::debug_span!(
            "provider_request",
            otel.kind = "client",
            otel.status_code = field::Empty,
            provider = self.account.provider.as_str(),
            account = self.account.account,
            path = get.path,
            attempt = i64::from(attempt),
            status = field::Empty,
        );
        let exchange = async {
            let _turn = self.pacing.turn().await;
            let result = self.exchange(get, secret).await;
            let code = exchange::code(&result);
            let span = tracing::Span::current();
            span.record("status", code.as_str());
            if result.is_err() {
                span.record("otel.status_code", "ERROR");
            }
            tracing::debug!("provider answered");
            self.metrics.count(code);
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
