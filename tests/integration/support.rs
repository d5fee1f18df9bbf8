//! A sandbox and a client that talks to it.

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dmerp::{Call, Client, Config, Error, Format, Packet, PacketKind, Packets, Status};
use dmerp_sandbox::{Listener, Options, Request, Sandbox};

/// Longer than anything on loopback takes, shorter than a developer's patience.
pub const SOON: Duration = Duration::from_secs(20);

pub fn sandbox() -> Sandbox {
    start(Options::default())
}

pub fn start(options: Options) -> Sandbox {
    Sandbox::start(options).expect("the sandbox starts on an ephemeral port")
}

/// The sandbox's settings, but nothing about TLS, and no proxy of the machine's.
pub fn bare_config(sandbox: &Sandbox) -> Config {
    let mut config = Config::new();
    for (key, value) in [
        ("app_area", sandbox.app_area()),
        ("api_key", sandbox.api_key()),
        ("base_url", &sandbox.base_url()),
        ("proxy", "none"),
    ] {
        config.set(key, value).expect(key);
    }
    config
}

/// What every client here has: the sandbox's settings, and short waits between tries.
pub fn config(sandbox: &Sandbox) -> Config {
    let mut config = bare_config(sandbox);
    for (key, value) in [
        ("retry.base_ms", "1"),
        ("retry.max_ms", "5"),
        ("retry.max_attempts", "3"),
    ] {
        config.set(key, value).expect(key);
    }
    if let Some(file) = sandbox.ca_file() {
        let file = file.to_str().expect("a UTF-8 path");
        config.set("tls.ca_file", file).expect("tls.ca_file");
        config.set("tls.roots", "file").expect("tls.roots");
    }
    config
}

pub fn client(sandbox: &Sandbox) -> Client {
    client_with(sandbox, &[])
}

pub fn client_with(sandbox: &Sandbox, options: &[(&str, &str)]) -> Client {
    let mut config = config(sandbox);
    for (key, value) in options {
        config.set(key, value).expect(key);
    }
    Client::new(&config).expect("a client")
}

pub fn push(client: &Client, content: &[u8]) -> dmerp::Result<dmerp::Pushed> {
    client.push("user1", Format::Xml, content, None, &Call::new())
}

pub fn pull(client: &Client) -> dmerp::Result<Packets> {
    client.pull(PacketKind::Packet, None, &Call::new())
}

/// The one packet that is waiting.
pub fn pull_one(client: &Client) -> Packet {
    let mut packets = pull(client).expect("a list").packets;
    assert_eq!(packets.len(), 1, "{packets:?}");
    packets.remove(0)
}

pub fn at(sandbox: &Sandbox, listener: Listener) -> Vec<Request> {
    let mut requests = sandbox.requests();
    requests.retain(|request| request.listener == listener);
    requests
}

/// The error of a call that must fail this way; its text is checked for what it may never hold.
#[track_caller]
pub fn fails<T: std::fmt::Debug>(result: dmerp::Result<T>, status: Status, says: &str) -> Error {
    let error = result.expect_err("this call must fail");
    assert_eq!(error.status(), status, "{error}");
    let text = error.to_string();
    assert!(text.contains(says), "{says:?} is not in {text:?}");
    assert!(!text.contains(&Options::default().api_key), "{text}");
    assert!(!text.contains("X-Amz-Signature"), "{text}");
    let is_final = matches!(error.http_status(), Some(501 | 505));
    assert_eq!(error.is_retryable(), status.row().retryable && !is_final);
    error
}

/// An HTTP client that is not this library's.
pub fn browser() -> reqwest::blocking::Client {
    // Fails when another test was first, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .expect("an HTTP client")
}

/// A test of this program that is marked `#[ignore]`, to run in a process of its own, with the sandbox in [`child_config`].
pub fn child(sandbox: &Sandbox, test: &str) -> Command {
    let mut run = Command::new(std::env::current_exe().expect("this test program"));
    run.args([
        test,
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ])
    .env("DMERP_TEST_BASE_URL", sandbox.base_url())
    .env("DMERP_TEST_API_KEY", sandbox.api_key());
    run
}

/// Checks that a [`child`] passed.
#[track_caller]
pub fn passed(run: &Output) {
    let told = String::from_utf8_lossy(&run.stdout);
    let warned = String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success() && told.contains("1 passed"),
        "{told}{warned}"
    );
}

/// What a child process is told.
pub fn from_parent(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is for this test's parent to set"))
}

/// In a child process, what [`config`] is elsewhere.
pub fn child_config() -> Config {
    let mut config = Config::new();
    for (key, value) in [
        ("app_area", "DMDEV01"),
        ("api_key", &from_parent("DMERP_TEST_API_KEY")),
        ("base_url", &from_parent("DMERP_TEST_BASE_URL")),
        ("proxy", "none"),
        ("retry.base_ms", "1"),
        ("retry.max_ms", "5"),
        ("retry.max_attempts", "1"),
    ] {
        config.set(key, value).expect(key);
    }
    config
}

/// A list that several threads or callbacks write to.
pub struct Seen<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Seen(self.0.clone())
    }
}

impl<T> Seen<T> {
    pub fn new() -> Self {
        Seen(Arc::default())
    }

    pub fn add(&self, what: T) {
        self.0.lock().expect("no panic").push(what);
    }

    /// All of it so far; it begins anew.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}
