//! The certificate and key that the daemon shows, read again when they change.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{Error, InconsistentKeys, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::watched::{FileProblem, Watched};

const CERT_FILE: &str = "http.tls.cert_file";
const KEY_FILE: &str = "http.tls.key_file";

/// TLS 1.2 and 1.3 with the pair of two PEM files.
pub struct Tls(Watched<ServerConfig>);

impl Tls {
    /// Reads a chain of certificates, the daemon's own first, and the private key that belongs to it.
    ///
    /// # Errors
    ///
    /// The file that is at fault, and why.
    pub fn open(cert_file: &Path, key_file: &Path) -> Result<Self, FileProblem> {
        let (cert, key) = (cert_file.to_owned(), key_file.to_owned());
        let files = vec![cert.clone(), key.clone()];
        Watched::open(files, move || config(&cert, &key)).map(Self)
    }

    /// Takes new connections with the pair as it is now; those that exist keep theirs.
    pub(super) async fn acceptor(&self) -> TlsAcceptor {
        self.0.current().await.into()
    }
}

fn config(cert_file: &Path, key_file: &Path) -> Result<ServerConfig, FileProblem> {
    let chain = chain(cert_file)?;
    let key = PrivateKeyDer::from_pem_slice(&read(KEY_FILE, key_file)?).map_err(|_| {
        let message =
            format!("`{}` holds no private key in PEM that can be used without a password", key_file.display());
        FileProblem { key: KEY_FILE, message }
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = builder
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| refused(&error, cert_file, key_file))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, FileProblem> {
    let text = read(CERT_FILE, file)?;
    // The reader's own words quote lines of the file.
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(FileProblem { key: CERT_FILE, message: format!("`{}` holds no certificate in PEM", file.display()) }),
    }
}

fn refused(error: &Error, cert_file: &Path, key_file: &Path) -> FileProblem {
    let (cert, key) = (cert_file.display(), key_file.display());
    match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            FileProblem { key: KEY_FILE, message: format!("`{key}` is not the key of the certificate in `{cert}`") }
        }
        Error::InvalidCertificate(_) => {
            FileProblem { key: CERT_FILE, message: format!("`{cert}` cannot be used: {error}") }
        }
        _ => FileProblem { key: KEY_FILE, message: format!("`{key}` cannot be used: {error}") },
    }
}

fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, FileProblem> {
    let error = |error| FileProblem { key, message: format!("cannot read `{}`: {error}", file.display()) };
    std::fs::read(file).map_err(error)
}
