//! Checks certificates outside the event loop.
//!
//! A check may block: Windows fetches revocation lists for up to ten seconds. rustls wants its result during the
//! handshake, which runs on the event loop, where all other calls of the client would wait, too. So the handshake only
//! notes what is to be checked. The check runs on a thread of the event loop's pool as soon as the handshake is done, and
//! the connection is not used before it has passed. That thread ends shortly after. A call can stop waiting for it at any
//! time.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::future::Future;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

tokio::task_local! {
    /// What the handshakes of one connection have noted.
    static NOTED: RefCell<Vec<Check>>;
}

type BoxError = Box<dyn StdError + Send + Sync>;

/// A check that did not end.
#[derive(Debug, thiserror::Error)]
#[error("the certificate of {host} was not checked within {} ms", .timeout.as_millis())]
pub(super) struct NotChecked {
    pub host: String,
    pub timeout: Duration,
}

/// Makes a connection, and then the checks that its handshakes have noted, each within `timeout`.
pub(super) async fn checked<T>(
    connecting: impl Future<Output = Result<T, BoxError>>,
    timeout: Duration,
) -> Result<T, BoxError> {
    NOTED
        .scope(RefCell::default(), async {
            let connection = connecting.await?;
            for check in NOTED.with(RefCell::take) {
                let host = check.server_name.to_str().into_owned();
                let result = tokio::task::spawn_blocking(move || check.run());
                match tokio::time::timeout(timeout, result).await {
                    Ok(Ok(result)) => result?,
                    Ok(Err(why)) => resume_unwind(why.into_panic()),
                    Err(_) => return Err(NotChecked { host, timeout }.into()),
                };
            }
            Ok(connection)
        })
        .await
}

/// What a server has shown in a handshake.
struct Check {
    verifier: Arc<dyn ServerCertVerifier>,
    end_entity: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    server_name: ServerName<'static>,
    ocsp_response: Vec<u8>,
    now: UnixTime,
}

impl Check {
    fn run(&self) -> Result<ServerCertVerified, rustls::Error> {
        #[cfg(feature = "test-hooks")]
        if let Some(hook) = BEFORE_CHECK.get() {
            hook()?;
        }
        self.verifier.verify_server_cert(
            &self.end_entity,
            &self.intermediates,
            &self.server_name,
            &self.ocsp_response,
            self.now,
        )
    }
}

/// What the tests have a check do first.
#[cfg(feature = "test-hooks")]
pub static BEFORE_CHECK: once_cell::sync::OnceCell<fn() -> Result<(), rustls::Error>> =
    once_cell::sync::OnceCell::new();

/// Notes what `verifier` is to check for the [`checked`] that makes the connection.
#[derive(Debug)]
pub(super) struct CheckLater {
    verifier: Arc<dyn ServerCertVerifier>,
}

impl CheckLater {
    pub fn new(verifier: Arc<dyn ServerCertVerifier>) -> Self {
        CheckLater { verifier }
    }
}

impl ServerCertVerifier for CheckLater {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let check = Check {
            verifier: self.verifier.clone(),
            end_entity: end_entity.clone().into_owned(),
            intermediates: intermediates
                .iter()
                .map(|certificate| certificate.clone().into_owned())
                .collect(),
            server_name: server_name.to_owned(),
            ocsp_response: ocsp_response.to_vec(),
            now,
        };
        let later = NOTED.try_with(|noted| noted.borrow_mut().push(check));
        match later {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            // Nobody would make the check later.
            Err(_) => self.verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
