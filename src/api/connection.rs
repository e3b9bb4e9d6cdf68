//! One connection, from its first byte to its end.

use std::error::Error;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::limits::Limits;
use super::tls::Tls;

/// What a connection holds of a request before somebody reads it; headers have to fit in.
const BUFFER_BYTES: usize = 64 * 1024;

/// What every connection is served with.
pub(super) struct Host {
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

impl Host {
    /// Answers what comes over `stream` until either side has had enough.
    pub(super) async fn attend(&self, stream: TcpStream, watcher: Watcher) {
        // Below TLS, so that it counts for the handshake and the farewell too.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.unread_time));
        let stream = Box::pin(stream);
        let Some(tls) = &self.tls else { return self.talk(stream, watcher).await };
        let handshake = async { tls.acceptor().await.accept(stream).await };
        let handshake = tokio::time::timeout(self.limits.handshake_time, handshake);
        match self.stop.run_until_cancelled(handshake).await {
            Some(Ok(Ok(stream))) => self.talk(stream, watcher).await,
            Some(Ok(Err(error))) => debug!(error = &error as &dyn Error, "a TLS handshake failed"),
            Some(Err(_)) => debug!("a TLS handshake took too long"),
            None => {}
        }
    }

    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, watcher: Watcher) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_header_size(self.limits.header_bytes)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.router.clone()));
        if let Err(error) = watcher.watch(connection).await {
            debug!(error = &error as &dyn Error, "a connection broke");
        }
    }
}
