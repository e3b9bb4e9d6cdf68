//! A webhook that remembers what it was sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

type Letters = Arc<Mutex<Vec<Value>>>;

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    letters: Letters,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let letters = Letters::default();
        let keep = async |State(letters): State<Letters>, Json(letter): Json<Value>| {
            letters.lock().expect("letters").push(letter);
        };
        let router = Router::new().route("/alerts", post(keep)).with_state(Arc::clone(&letters));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, letters }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/alerts", self.address)
    }

    pub(crate) fn letters(&self) -> Vec<Value> {
        self.letters.lock().expect("letters").clone()
    }
}
