//! Which certificates count. They are always verified.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use crate::config::{Roots, Settings};
use crate::error::{ErrorKind, Result};

type Unverified = ConfigBuilder<ClientConfig, WantsVerifier>;
type Verified = ConfigBuilder<ClientConfig, WantsClientCert>;

pub(super) fn client_config(settings: &Settings) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|why| ErrorKind::Internal(format!("TLS: {why}")))?;
    let verified = match &settings.roots {
        Roots::File(path) => with_file(builder, path)?,
        Roots::Both(path) => with_platform(builder, provider, ca_file(path)?)?,
        // A machine without a trust store can still talk plain HTTP to a sandbox; then no certificate is accepted.
        Roots::Platform if settings.base_url.scheme() == "http" => {
            with_platform(builder.clone(), provider, Vec::new())
                .unwrap_or_else(|_| builder.with_root_certificates(RootCertStore::empty()))
        }
        Roots::Platform => with_platform(builder, provider, Vec::new())?,
    };
    Ok(verified.with_no_client_auth())
}

fn with_platform(
    builder: Unverified,
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
) -> Result<Verified> {
    let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(|why| {
        ErrorKind::InvalidConfig(format!(
            "the platform's trust store cannot be used ({why}); install it (on Debian: ca-certificates) or name a PEM file in tls.ca_file with tls.roots=file"
        ))
    })?;
    // Called dangerous for what it allows; this verifier checks chain, name and time as the platform does.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn with_file(builder: Unverified, path: &Path) -> Result<Verified> {
    let mut store = RootCertStore::empty();
    for root in ca_file(path)? {
        store.add(root).map_err(|why| {
            unusable(
                path,
                format!("holds a certificate that cannot be a root: {why}"),
            )
        })?;
    }
    Ok(builder.with_root_certificates(store))
}

fn ca_file(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    // Reading a device or a named pipe may never end.
    if path.exists() && !path.is_file() {
        return Err(unusable(path, "is not a regular file".into()).into());
    }
    let pem =
        std::fs::read(path).map_err(|why| unusable(path, format!("cannot be read: {why}")))?;
    let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<std::result::Result<_, _>>()
        .map_err(|why| unusable(path, format!("is not a PEM file of certificates: {why}")))?;
    if roots.is_empty() {
        return Err(unusable(path, "holds no certificate".into()).into());
    }
    Ok(roots)
}

fn unusable(path: &Path, why: String) -> ErrorKind {
    ErrorKind::InvalidConfig(format!("tls.ca_file {} {why}", path.display()))
}
