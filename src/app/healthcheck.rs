//! Asks the daemon on this machine; plain enough to need no runtime and no client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use super::inspect::on_this_machine;
use crate::config::HttpSection;

const TIMEOUT: Duration = Duration::from_secs(3);
const QUESTION: &[u8] = b"GET /-/healthy HTTP/1.0\r\nHost: localhost\r\n\r\n";
/// Nobody's status line is longer.
const LONGEST_LINE: u64 = 1000;

/// Succeeds where the daemon says that it is healthy, which takes no token.
pub(super) fn ask(http: &HttpSection) -> Result<ExitCode> {
    let address = on_this_machine(http.listen);
    let status = status(address, http.tls.is_some()).with_context(|| format!("nobody answers on {address}"))?;
    anyhow::ensure!(status.contains(" 200 "), "{address} answers `{}`", status.trim_end());
    Ok(ExitCode::SUCCESS)
}

fn status(address: SocketAddr, tls: bool) -> Result<String> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    if !tls {
        return Ok(exchange(stream)?);
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)));
    let name = ServerName::from(address.ip());
    let connection = ClientConnection::new(Arc::new(config.with_no_client_auth()), name)?;
    Ok(exchange(StreamOwned::new(connection, stream))?)
}

/// The first line of the answer.
fn exchange(mut stream: impl Read + Write) -> std::io::Result<String> {
    stream.write_all(QUESTION)?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line)?;
    Ok(line)
}

/// Takes any certificate. They name hosts and not this address, and nothing here is worth a lie: the question holds no
/// secret, and whoever could answer it in the daemon's place has its port already.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
