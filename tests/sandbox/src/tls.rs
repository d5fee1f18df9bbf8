//! A certificate authority for one sandbox, and the certificate of its two listeners.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The certificate that new connections are served with.
pub(crate) struct Certificates {
    own: TlsAcceptor,
    now: Mutex<TlsAcceptor>,
}

impl Certificates {
    /// Makes an authority and a certificate of it, and writes the authority's to the file.
    pub(crate) fn new(ca_file: &Path) -> io::Result<Self> {
        let ca = authority().map_err(io::Error::other)?;
        std::fs::write(ca_file, ca.pem())?;
        let own = acceptor(&ca)?;
        Ok(Self {
            now: Mutex::new(own.clone()),
            own,
        })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.lock().clone()
    }

    /// Takes a certificate of another authority, which no file names.
    pub(crate) fn change(&self) -> io::Result<()> {
        let stranger = acceptor(&authority().map_err(io::Error::other)?)?;
        *self.lock() = stranger;
        Ok(())
    }

    /// Takes the first certificate again.
    pub(crate) fn restore(&self) {
        *self.lock() = self.own.clone();
    }

    fn lock(&self) -> MutexGuard<'_, TlsAcceptor> {
        self.now
            .lock()
            .expect("no panic under the certificates' lock")
    }
}

fn acceptor(ca: &CertifiedIssuer<'static, KeyPair>) -> io::Result<TlsAcceptor> {
    Ok(TlsAcceptor::from(Arc::new(server_config(ca)?)))
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = valid_for_a_year(CertificateParams::default());
    params
        .distinguished_name
        .push(DnType::CommonName, "dmerp sandbox CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn server_config(ca: &CertifiedIssuer<'static, KeyPair>) -> io::Result<ServerConfig> {
    let mut params =
        CertificateParams::new(vec!["localhost".to_owned()]).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "dmerp sandbox");
    for address in [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ] {
        params.subject_alt_names.push(SanType::IpAddress(address));
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, ca).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(io::Error::other)?;
    // As S3, and as the faults need it.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// rcgen's own default is 21 centuries, and Apple's verifier takes no server certificate beyond 825 days.
fn valid_for_a_year(mut params: CertificateParams) -> CertificateParams {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let date = |date: Date| {
        date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    params.not_before = date(today.saturating_sub(1.day()));
    params.not_after = date(today.saturating_add(365.days()));
    params
}
