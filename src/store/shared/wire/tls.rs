//! TLS over a [`Line`], and so before its deadline.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, RootCertStore, StreamOwned};

use super::line::Line;
use super::{WireError, of_io};
use crate::sys::error::words;

/// Which certificates are trusted: those of `ca_file`, or else the system's.
///
/// # Errors
///
/// [`WireError::Tls`]: there are none.
pub(super) fn configuration(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, WireError> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let wrong = |reason: String| WireError::Tls(format!("ca_file in [shared]: {}: {reason}", path.display()));
            let text = fs::read(path).map_err(|error| wrong(words(&error)))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("there is no certificate in it; expected one in PEM".to_owned()));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                let what = "this system has no certificates to trust; name a file of them as ca_file in [shared]";
                return Err(WireError::Tls(what.to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| WireError::Tls(error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Agrees on TLS with the server, which has to be `host`.
pub(super) fn begin(
    configuration: Arc<ClientConfig>,
    host: &str,
    mut line: Line,
) -> Result<StreamOwned<ClientConnection, Line>, WireError> {
    let wrong = |error: &dyn std::fmt::Display| WireError::Tls(error.to_string());
    let name = ServerName::try_from(host.to_owned()).map_err(|error| wrong(&error))?;
    let mut session = ClientConnection::new(configuration, name).map_err(|error| wrong(&error))?;
    while session.is_handshaking() {
        session.complete_io(&mut line).map_err(of_io)?;
    }
    Ok(StreamOwned::new(session, line))
}

/// What went wrong, for the user, with the remedy.
pub(super) fn explained(error: &Error) -> String {
    match error {
        Error::InvalidMessage(_) => "the server does not speak TLS; expected redis:// in place of rediss://".to_owned(),
        // Two authorities of one name differ in their keys.
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "the server's certificate is of an issuer that is not trusted; ca_file in [shared] names others".to_owned()
        }
        Error::InvalidCertificate(
            error @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        ) => format!("the server's certificate is for another name: {error}"),
        Error::InvalidCertificate(error) => format!("the server's certificate: {error}"),
        Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure) => {
            "the server wants a client certificate, or speaks another version of TLS; set 'tls-auth-clients no' there"
                .to_owned()
        }
        other => other.to_string(),
    }
}
