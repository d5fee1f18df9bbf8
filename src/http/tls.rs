//! Which certificates are accepted. They are always verified.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::certificates::CheckLater;
use crate::config::{Authorities, Roots, Settings};
use crate::error::{ErrorKind, Result};

pub(super) fn client_config(settings: &Settings) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|why| ErrorKind::Internal(format!("TLS: {why}")))?;
    let verifier = match &settings.roots {
        Roots::Own(authorities) => own(authorities, provider),
        Roots::Both(authorities) => {
            let own = read(authorities)?.into_iter().map(|(_, root)| root);
            platform(own.collect(), provider)
        }
        Roots::Platform => platform(Vec::new(), provider),
    };
    let is_plain = settings.base_url.scheme() == "http";
    let mut config = match verifier {
        // rustls calls this dangerous because any verifier can be set. These check the chain, the name and the time.
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(CheckLater::new(verifier)))
            .with_no_client_auth(),
        // A machine without a trust store can still use plain HTTP with a sandbox; no certificate is accepted then.
        Err(_) if is_plain && !matches!(settings.roots, Roots::Own(_)) => builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
        Err(why) => return Err(why),
    };
    // rustls does not check the certificate of a session that it resumes. It must not resume one whose check, which comes
    // after the handshake, then fails.
    config.resumption = Resumption::disabled();
    Ok(config)
}
fn platform(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let verifier = match extra.is_empty() {
        true => Verifier::new(provider),
        false => Verifier::new_with_extra_roots(extra, provider),
    };
    let advice = match cfg!(windows) {
        true => "to do without it, ",
        false => "install it (on Debian: ca-certificates), or ",
    };
    let verifier = verifier.map_err(|why| {
        ErrorKind::InvalidConfig(format!(
            "the platform's trust store cannot be used ({why}); {advice}name a PEM file in tls.ca_file with tls.roots=file"
        ))
    })?;
    Ok(Arc::new(verifier))
}

fn own(
    authorities: &Authorities,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut store = RootCertStore::empty();
    for (option, root) in read(authorities)? {
        store.add(root).map_err(|why| {
            unusable(
                &option,
                format!("holds a certificate that cannot be a root: {why}"),
            )
        })?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
        .build()
        .map_err(|why| ErrorKind::Internal(format!("TLS: {why}")))?;
    Ok(verifier)
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
