//! Which certificates are accepted. They are always verified.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use crate::config::{Authorities, Roots, Settings};
use crate::error::{ErrorKind, Result};

type Unverified = ConfigBuilder<ClientConfig, WantsVerifier>;
type Verified = ConfigBuilder<ClientConfig, WantsClientCert>;

pub(super) fn client_config(settings: &Settings) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|why| ErrorKind::Internal(format!("TLS: {why}")))?;
    let verified = match &settings.roots {
        Roots::Own(authorities) => with_own(builder, authorities)?,
        Roots::Both(authorities) => {
            let own = read(authorities)?.into_iter().map(|(_, root)| root);
            with_platform(builder, provider, own.collect())?
        }
        // A machine without a trust store can still use plain HTTP with a sandbox; no certificate is accepted then.
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
    // rustls calls this dangerous because any verifier can be set. This one checks the chain, the name and the time as
    // the platform does.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn with_own(builder: Unverified, authorities: &Authorities) -> Result<Verified> {
    let mut store = RootCertStore::empty();
    for (option, root) in read(authorities)? {
        store.add(root).map_err(|why| {
            unusable(
                &option,
                format!("holds a certificate that cannot be a root: {why}"),
            )
        })?;
    }
    Ok(builder.with_root_certificates(store))
}

/// All certificates from the options, each with the option that it comes from.
fn read(authorities: &Authorities) -> Result<Vec<(String, CertificateDer<'static>)>> {
    let mut roots = Vec::new();
    if let Some(path) = &authorities.file {
        let option = format!("tls.ca_file {}", path.display());
        // Reading a device or a named pipe might never end.
        if path.exists() && !path.is_file() {
            return Err(unusable(&option, "is not a regular file".into()).into());
        }
        let pem = std::fs::read(path)
            .map_err(|why| unusable(&option, format!("cannot be read: {why}")))?;
        certificates(&option, &pem, &mut roots)?;
    }
    if let Some(pem) = &authorities.pem {
        certificates("tls.ca_pem", pem.as_bytes(), &mut roots)?;
    }
    Ok(roots)
}

fn certificates(
    option: &str,
    pem: &[u8],
    roots: &mut Vec<(String, CertificateDer<'static>)>,
) -> Result<()> {
    let before = roots.len();
    for root in CertificateDer::pem_slice_iter(pem) {
        let root = root.map_err(|why| unusable(option, format!("is not in PEM form: {why}")))?;
        roots.push((option.to_string(), root));
    }
    match roots.len() > before {
        true => Ok(()),
        false => Err(unusable(option, "holds no certificate".into()).into()),
    }
}

fn unusable(option: &str, why: String) -> ErrorKind {
    ErrorKind::InvalidConfig(format!("{option} {why}"))
}
