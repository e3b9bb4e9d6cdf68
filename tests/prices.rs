//! The price table over the network: a good one takes over, a bad one changes nothing, and the last good one outlives a
//! restart.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use llmtally::domain::names::Provider;
use llmtally::domain::spend::Price;
use llmtally::domain::usage::{Dimensions, Meter};
use llmtally::pricing::source::MAX_BYTES;
use llmtally::pricing::{Catalog, Overrides, Prices, Refresh};
use llmtally::providers::feed::FetchError;
use llmtally::providers::http::download;
use llmtally::store::Store;
use rust_decimal::Decimal;
use sqlx::PgPool;

/// On no list but that of this test.
const MODEL: &str = "claude-orchid-9";

/// A status and the pieces of a body, the last of which may break off.
type Served = (StatusCode, Vec<Result<String, ErrorKind>>);

/// A daemon as far as prices go, and the server that it gets the table from.
struct Desk {
    url: String,
    served: Arc<Mutex<Served>>,
    store: Store,
    prices: Prices,
    now: DateTime<Utc>,
}

impl Desk {
    async fn open(pool: PgPool) -> Self {
        let served = Arc::new(Mutex::new((StatusCode::NOT_FOUND, Vec::new())));
        let answer = Arc::clone(&served);
        let router = Router::new().fallback(move || {
            let (status, pieces) = answer.lock().unwrap().clone();
            let body = Body::from_stream(futures::stream::iter(pieces).map_err(std::io::Error::from));
            async move { Response::builder().status(status).body(body).unwrap() }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/prices.json?token=hidden", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        Self { url, served, store: Store::new(pool), prices: bundled(), now }
    }

    fn serve(&self, body: &str) {
        *self.served.lock().unwrap() = (StatusCode::OK, vec![Ok(body.to_owned())]);
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
        let million = Decimal::from(1_000_000);
        match self.prices.current().price(Provider::Anthropic, self.now, &dims, Meter::Input, million).price {
            Price::Rated(dollars) => Some(dollars),
            Price::Free | Price::Unpriced => None,
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

#[sqlx::test]
async fn a_good_table_takes_over_and_outlives_a_restart(pool: PgPool) {
    let mut desk = Desk::open(pool).await;
    assert_eq!(desk.price(), None);
    desk.serve(&table(7));
    assert_eq!(desk.refresh().await, Ok(Refresh::Replaced));
    assert_eq!(desk.price(), dollars(7));
    assert_eq!(desk.refresh().await, Ok(Refresh::Unchanged));

    desk.restart().await;
    assert_eq!(desk.price(), dollars(7));
    assert_eq!(desk.refresh().await, Ok(Refresh::Unchanged));
}

#[sqlx::test]
async fn the_last_good_table_stays_whatever_goes_wrong(pool: PgPool) {
    let mut desk = Desk::open(pool).await;
    desk.serve(&table(7));
    desk.refresh().await.unwrap();
    let good = table(9);
    let half = good[..good.len() / 2].to_owned();
    for (what, served) in [
        ("a page of HTML", (StatusCode::OK, vec![Ok("<html>Sign in</html>".to_owned())])),
        ("half a table", (StatusCode::OK, vec![Ok(half.clone())])),
        ("a connection that breaks", (StatusCode::OK, vec![Ok(half), Err(ErrorKind::ConnectionReset)])),
        ("a table without models", (StatusCode::OK, vec![Ok("[]".to_owned())])),
        ("a table that is too large", (StatusCode::OK, vec![Ok(good.clone()), Ok(" ".repeat(MAX_BYTES))])),
        ("an error with a table", (StatusCode::SERVICE_UNAVAILABLE, vec![Ok(good)])),
    ] {
        *desk.served.lock().unwrap() = served;
        assert!(desk.refresh().await.is_err(), "{what}");
        assert_eq!(desk.price(), dollars(7), "{what}");
        desk.restart().await;
        assert_eq!(desk.price(), dollars(7), "{what}, restarted");
    }
    desk.serve(&table(9));
    assert_eq!(desk.refresh().await, Ok(Refresh::Replaced));
    assert_eq!(desk.price(), dollars(9));
}

#[sqlx::test]
async fn a_table_that_comes_back_is_the_latest_again(pool: PgPool) {
    let mut desk = Desk::open(pool).await;
    for input in [7, 9, 7] {
        desk.serve(&table(input));
        assert_eq!(desk.refresh().await, Ok(Refresh::Replaced));
        desk.restart().await;
        assert_eq!(desk.price(), dollars(input));
    }
}
