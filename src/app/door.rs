//! The listener, and a loud word where it is more open than it looks.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tracing::{info, warn};

use super::inspect::on_this_machine;
use crate::api::{Door, Limits};
use crate::config::HttpSection;

/// Takes the address; from here on connections wait to be served.
pub(super) async fn open(http: &HttpSection) -> Result<Door> {
    let address = http.listen;
    let tls = http.tls()?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("http.listen: {address}"))?;
    let door = Door { listener, tls, limits: Limits::default() };
    info!("serving on {}://{}", scheme(&door), door.listener.local_addr()?);
    if let Some(exposure) = exposure(address, http.tls.is_some(), http.auth.is_some()) {
        warn!("{exposure}");
    }
    Ok(door)
}

/// What a browser on this machine opens.
pub(super) fn url(door: &Door) -> Result<String> {
    Ok(format!("{}://{}", scheme(door), on_this_machine(door.listener.local_addr()?)))
}

fn scheme(door: &Door) -> &'static str {
    if door.tls.is_some() { "https" } else { "http" }
}

/// What is missing between the network and the figures.
fn exposure(address: SocketAddr, tls: bool, tokens: bool) -> Option<String> {
    if address.ip().is_loopback() {
        return None;
    }
    let missing = match (tokens, tls) {
        (true, true) => return None,
        (false, true) => {
            format!("tokens (http.auth.tokens_file): whoever can reach {address} can read what you spend")
        }
        (true, false) => {
            format!("TLS (http.tls): whoever is on the way to {address} can read tokens and what you spend")
        }
        (false, false) => format!(
            "tokens (http.auth.tokens_file) and without TLS (http.tls): whoever can reach {address} can read what you \
             spend, and whoever is on the way can listen"
        ),
    };
    Some(format!("listening beyond loopback without {missing}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_and_no_more() {
        let said = |address: &str, tls, tokens| exposure(address.parse().unwrap(), tls, tokens).unwrap_or_default();
        for (tls, tokens) in [(false, false), (false, true), (true, false), (true, true)] {
            for loopback in ["127.0.0.1:9847", "[::1]:9847"] {
                assert_eq!(said(loopback, tls, tokens), "");
            }
            for open in ["0.0.0.0:9847", "[::]:9847", "192.0.2.7:9847"] {
                let said = said(open, tls, tokens);
                assert_eq!(said.contains("(http.tls)"), !tls, "{said}");
                assert_eq!(said.contains("(http.auth.tokens_file)"), !tokens, "{said}");
            }
        }
    }
}
