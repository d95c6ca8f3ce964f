//! TLS to a PostgreSQL server, for a URL that says `sslmode=require`. The server's certificate must be
//! one that the machine trusts and must bear the host's name: encryption towards an unknown server
//! protects nothing. `SSL_CERT_FILE` names another file of trusted certificates.

use std::io::Error;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes the connection.
pub(super) fn connector() -> Result<MakeRustlsConnect, Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        let said: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Error::other(format!("this machine trusts no certificate: {}", said.join("; "))));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
