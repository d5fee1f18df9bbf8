//! What a sandbox is started with.

use std::path::PathBuf;
use std::time::Duration;

use crate::dialects::Dialects;

/// What a sandbox is started with; the default suits most tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// The portal's port; 0 lets the system choose.
    pub port: u16,
    /// The storage's port; 0 lets the system choose.
    pub storage_port: u16,
    /// The host written into URLs: `127.0.0.1`, `localhost`, or a name under `.test` that the client resolves to
    /// 127.0.0.1. Both listeners are on 127.0.0.1 either way; the certificate is for the first two.
    pub host: String,
    /// HTTPS on both listeners, with a certificate from a CA made for this sandbox.
    pub tls: bool,
    /// The one application area the key is good for.
    pub app_area: String,
    /// The API key.
    pub api_key: String,
    /// How long upload and download URLs are good for, in whole seconds: 1 s to 7 days, as with S3.
    pub link_ttl: Duration,
    /// How long a listed packet stays hidden from the next pull: up to 12 hours, as with SQS.
    pub visibility_timeout: Duration,
    /// The mobile users that push knows; `None` takes any name.
    pub mobile_users: Option<Vec<String>>,
    /// The most packets one pull lists; `None` lists all.
    pub max_per_pull: Option<usize>,
    /// How the portal words its answers, at the start and after a reset.
    pub dialects: Dialects,
    /// Where the stored objects (and the CA's certificate) go and stay; `None` takes a temporary directory. The
    /// queue itself is in memory: a new sandbox on an old directory starts with an empty one.
    pub data_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            storage_port: 0,
            host: "127.0.0.1".to_owned(),
            tls: false,
            app_area: "DMDEV01".to_owned(),
            api_key: "sandbox-key".to_owned(),
            link_ttl: Duration::from_secs(15 * 60),
            visibility_timeout: Duration::from_secs(30),
            mobile_users: None,
            max_per_pull: None,
            dialects: Dialects::default(),
            data_dir: None,
        }
    }
}

impl Options {
    /// Why these can't be started with, if they can't.
    pub(crate) fn check(&self) -> Result<(), String> {
        const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
        const HALF_DAY: Duration = Duration::from_secs(12 * 60 * 60);
        if !matches!(self.host.as_str(), "127.0.0.1" | "localhost") && !self.host.ends_with(".test")
        {
            return Err(format!(
                "the host must be 127.0.0.1, localhost or a name under .test, not {:?}",
                self.host
            ));
        }
        if !(Duration::from_secs(1)..=WEEK).contains(&self.link_ttl) {
            return Err(format!(
                "links can be good for 1 second to 7 days, not {:?}",
                self.link_ttl
            ));
        }
        if self.visibility_timeout > HALF_DAY {
            let timeout = self.visibility_timeout;
            return Err(format!(
                "packets can hide for up to 12 hours, not {timeout:?}"
            ));
        }
        Ok(())
    }
}
