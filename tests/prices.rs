//! The price table over the network: a good one takes over, a bad one changes nothing, and the last good one outlives a
//! restart.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::names::Provider;
use llmtally::domain::period::Day;
use llmtally::domain::spend::Price;
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::pricing::{Catalog, Overrides, Prices, Refresh};
use llmtally::providers::feed::FetchError;
use llmtally::providers::http::download;
use llmtally::store::Store;
use rust_decimal::Decimal;
use sqlx::PgPool;

const MAX_BYTES: usize = 4096;
/// On no list but that of this test.
const MODEL: &str = "claude-orchid-9";

/// A daemon as far as prices go, and the server that it gets the table from.
struct Desk {
    url: String,
    served: Arc<Mutex<(StatusCode, Vec<u8>)>>,
    store: Store,
    prices: Prices,
    now: DateTime<Utc>,
}

impl Desk {
    async fn open(pool: PgPool) -> Self {
        let served = Arc::new(Mutex::new((StatusCode::NOT_FOUND, Vec::new())));
        let answer = Arc::clone(&served);
        let router = Router::new().fallback(move || {
            let (status, body) = answer.lock().unwrap().clone();
            async move { Response::builder().status(status).body(Body::from(body)).unwrap() }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/prices.json?token=hidden", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        Self { url, served, store: Store::new(pool), prices: bundled(), now }
    }

    fn serve(&self, status: StatusCode, body: impl Into<Vec<u8>>) {
        *self.served.lock().unwrap() = (status, body.into());
    }

    /// Gets what is served and, where it is new and good, keeps it for the next start. An hour passes.
    async fn refresh(&mut self) -> Result<Refresh, String> {
        self.now += TimeDelta::hours(1);
        let body = download(&self.url, MAX_BYTES).await.map_err(|error| {
            assert!(!error.to_string().contains("127.0.0.1") && !error.to_string().contains("hidden"), "{error}");
            assert!(matches!(error, FetchError::Unavailable(_) | FetchError::Malformed(_)), "{error:?}");
            error.to_string()
        })?;
        let refresh = self.prices.refresh(&body).map_err(|error| error.to_string())?;
        if refresh == Refresh::Replaced {
            self.store.save_catalog(&Catalog::checksum_of(&body), &body, self.now).await.unwrap();
        }
        Ok(refresh)
    }

    /// Begins again with the table of the binary and what the database has.
    async fn restart(&mut self) {
        self.prices = bundled();
        if let Some(body) = self.store.latest_catalog().await.unwrap() {
            self.prices.refresh(&body).unwrap();
        }
    }

    /// US dollars for a million input tokens; `None` where no price is known.
    fn price(&self) -> Option<Decimal> {
        let dims = Dimensions { model: Some(MODEL.to_owned()), ..Dimensions::default() };
        let (day, million) = (Day::of(self.now), Decimal::from(1_000_000));
        match self.prices.current().quote(Provider::Anthropic, day, &dims, Meter::Input, million).price {
            Price::Rated { amount, .. } => Some(amount.amount),
            _ => None,
        }
    }
}

fn bundled() -> Prices {
    Prices::new(Catalog::bundled(Overrides::default()))
}

fn table(input: u32) -> String {
    let provider = |id: &str, model: &str| {
        serde_json::json!({
            "id": id, "name": id, "api_pattern": format!("https://{id}\\.example"),
            "models": [{ "id": model, "match": { "equals": model }, "prices": { "input_mtok": input } }],
        })
    };
    serde_json::json!([provider("openai", "gpt-4o"), provider("anthropic", MODEL)]).to_string()
}

fn dollars(amount: u32) -> Option<Decimal> {
    Some(amount.into())
}
