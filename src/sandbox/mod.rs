//! The vendors' APIs over a made-up company, on loopback, for the demo and for tests.
//!
//! The sandbox is as nasty as the vendors are and has a bill of its own. It shares no code with the adapters or the price
//! lists: if it did, their agreement would prove nothing.

mod anthropic;
mod auth;
mod bill;
mod books;
mod buckets;
mod company;
mod ecb;
mod faults;
mod guest;
mod guests;
mod mishaps;
mod openai;
mod params;
mod rates;
mod refusal;
mod state;
mod statement;
mod streams;
mod table;
mod tamper;
#[cfg(test)]
mod tests;
mod time;
pub mod transcripts;
mod visits;
mod weather;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};
use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use company::Vendor;
pub use faults::{Fault, Faults, RetryAfter, Target};
pub use guest::Guest;
pub use tamper::Tampering;
pub use weather::Restatement;

use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use state::State;
use visits::Visits;
use weather::Weather;
use world::World;

/// What kind of company to make up.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: u64,
    pub clock: Clock,
    /// The first day with traffic.
    pub founded: Day,
    /// The day on which one project had four times its traffic.
    pub anomaly: Day,
    /// Days that are billed anew, and when.
    pub restatements: Vec<Restatement>,
    /// The vendors that the company uses beside OpenAI and Anthropic. All of them answer; the statement is about these.
    pub guests: Vec<Guest>,
    /// The loopback port; 0 for any that is free.
    pub port: u16,
}

impl Options {
    /// A company that was founded 120 days ago and had an odd day 10 days ago.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let today = clock.today();
        Self {
            seed: 1,
            founded: today.minus(120),
            anomaly: today.minus(10),
            restatements: Vec::new(),
            guests: Vec::new(),
            port: 0,
            clock,
        }
    }

    /// The same, and ten minutes from now OpenAI bills the latest settled day anew, so that a restatement can be watched.
    #[must_use]
    pub fn demo(clock: Clock) -> Self {
        let at = clock.now() + TimeDelta::minutes(10);
        let restatement = Restatement { vendor: Vendor::OpenAi, day: clock.today().minus(3), at };
        Self { restatements: vec![restatement], ..Self::new(clock) }
    }
}

/// A running sandbox; it stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<State>,
    _stop: DropGuard,
}

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

    /// Binds a loopback port and serves until the sandbox is dropped.
    ///
    /// # Errors
    ///
    /// Fails where the port cannot be bound.
    pub async fn start(options: Options) -> io::Result<Self> {
        let state = State {
            world: World { seed: options.seed, founded: options.founded, anomaly: options.anomaly },
            weather: Weather::default(),
            guests: options.guests,
            clock: options.clock,
            faults: Faults::default(),
            visits: Visits::default(),
        };
        options.restatements.into_iter().for_each(|restatement| state.weather.restate(restatement));
        Self::serve(state, options.port).await
    }

    /// The same company at another time, at an address of its own.
    ///
    /// # Errors
    ///
    /// Fails where no port can be bound.
    pub async fn at_time_of(&self, clock: Clock) -> io::Result<Self> {
        let State { world, weather, guests, .. } = &*self.state;
        let (weather, guests) = (weather.clone(), guests.clone());
        let (faults, visits) = (Faults::default(), Visits::default());
        Self::serve(State { world: *world, weather, guests, clock, faults, visits }, 0).await
    }

    async fn serve(state: State, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(state);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let router = router(Arc::clone(&state));
        tokio::spawn(async move {
            let serve = axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned());
            if let Err(error) = serve.await {
                tracing::warn!(%error, "sandbox stopped serving");
            }
        });
        Ok(Self { address, state, _stop: stop.drop_guard() })
    }

    /// The key file of a service account at Google, whose tokens a sandbox at `address` gives out.
    #[must_use]
    pub fn google_account(address: &str) -> String {
        guests::google_account(address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stands for `https://api.openai.com/v1`.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What stands for `https://api.anthropic.com`.
    #[must_use]
    pub fn anthropic_url(&self) -> String {
        format!("http://{}", self.address)
    }

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

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// How often each path and query has been asked for.
    #[must_use]
    pub fn visits(&self) -> BTreeMap<String, u32> {
        self.state.visits.counted()
    }

    /// What stands for `https://www.ecb.europa.eu/stats/eurofxref`.
    #[must_use]
    pub fn exchange_rates_url(&self) -> String {
        format!("http://{}/ecb", self.address)
    }

    /// What the vendor charges for the day as of now, in US dollars; `None` before the founding and after today.
    #[must_use]
    pub fn bill(&self, vendor: Vendor, day: Day) -> Option<Decimal> {
        self.bill_of(vendor.into(), day)
    }

    /// The same of a vendor or a guest, in its currency; a guest that does not tell by days has none.
    #[must_use]
    pub fn bill_of(&self, target: Target, day: Day) -> Option<Decimal> {
        books::owed(&self.state, target, day)
    }

    /// In what the vendor or guest bills.
    #[must_use]
    pub fn currency_of(&self, target: Target) -> Currency {
        books::currency(target)
    }

    /// The vendors that the company uses, without those that do not tell their bill by days.
    #[must_use]
    pub fn billed_by(&self) -> Vec<Target> {
        books::billed_by(&self.state)
    }

    /// Whether the day's bill no longer moves, unless the vendor restates it.
    #[must_use]
    pub fn is_settled(&self, day: Day) -> bool {
        weather::is_settled(day, self.state.now())
    }

    /// From now on the vendor bills the day anew: OpenAI 3.6 % higher, Anthropic 3.8 % lower.
    pub fn restate(&self, vendor: Vendor, day: Day) {
        self.state.weather.restate(Restatement { vendor, day, at: self.state.now() });
    }

    /// A monthly budget in whole tens of US dollars, of which this month's bills of `targets` so far are about `percent`.
    #[must_use]
    pub fn budget_spent_to(&self, percent: u32, targets: &[Target]) -> Decimal {
        let today = Day::of(self.state.now());
        let month = Window::new(today.month_start(), today.next());
        let days = month.into_iter().flat_map(Window::days);
        let bill = |target: &Target, day| books::dollars(&self.state, *target, day).unwrap_or_default();
        let spent: Decimal = days.flat_map(|day| targets.iter().map(move |target| bill(target, day))).sum();
        let tens = spent * Decimal::TEN / Decimal::from(percent.max(1));
        tens.round_dp_with_strategy(0, RoundingStrategy::ToZero).max(Decimal::ONE) * Decimal::TEN
    }
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/organization/{*path}", get(openai::handle))
        .route("/v1/organizations/{*path}", get(anthropic::handle))
        .route("/bill", get(statement::handle))
        .merge(ecb::routes())
        .merge(guests::routes())
        .layer(middleware::from_fn_with_state(Arc::clone(&state), mishaps::apply))
        .layer(middleware::from_fn_with_state(state.visits.clone(), visits::count))
        .with_state(state)
}
