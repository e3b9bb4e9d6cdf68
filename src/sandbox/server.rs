//! A sandbox that answers, and where.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::faults::Faults;
use super::options::Options;
use super::state::State;
use super::visits::{self, Visits};
use super::weather::Weather;
use super::world::World;
use super::{anthropic, ecb, guests, mishaps, openai, statement};
use crate::domain::clock::Clock;

/// A running sandbox; it stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    pub(super) state: Arc<State>,
    _stop: DropGuard,
}

impl Sandbox {
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
