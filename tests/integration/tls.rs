//! Certificates are always verified, against the roots that the options name.

use std::io::Write as _;

use dmerp::{Call, Client, PacketKind, Receipt, Status};
use dmerp_sandbox::{Listener, Options, Outgoing, Sandbox};

use crate::support::*;

fn https() -> Sandbox {
    start(Options {
        tls: true,
        ..Options::default()
    })
}

#[test]
fn a_round_trip_over_https() {
    let sandbox = https();
    for roots in ["file", "both"] {
        let client = client_with(&sandbox, &[("tls.roots", roots)]);
        sandbox.send(Outgoing::packet("user1", &b"<sent/>"[..]));
        push(&client, b"<pushed/>").expect("a push");
        let packet = pull_one(&client);
        let content = client.download(&packet.url, &Call::new());
        assert_eq!(content.expect("content"), b"<sent/>");
        client
            .done(
                &[Receipt::from(&packet)],
                PacketKind::Packet,
                None,
                &Call::new(),
            )
            .expect("done");
    }
    assert!(at(&sandbox, Listener::Storage).len() >= 4);
}

#[test]
fn a_certificate_of_an_unknown_authority() {
    let sandbox = https();
    let other = https();
    let mut config = config(&sandbox);
    let file = other.ca_file().and_then(|file| file.to_str());
    config
        .set("tls.ca_file", file.expect("a CA file"))
        .expect("a path");
    let client = Client::new(&config).expect("a client");
    let error = fails(client.check(&Call::new()), Status::TlsFailed, "tls.ca_file");
    assert_eq!(error.attempts(), 1, "no retry makes a certificate good");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_platforms_roots_do_not_know_the_sandbox() {
    let sandbox = https();
    let mut config = dmerp::Config::new();
    for (key, value) in [
        ("app_area", sandbox.app_area()),
        ("api_key", sandbox.api_key()),
        ("base_url", &sandbox.base_url()),
        ("proxy", "none"),
    ] {
        config.set(key, value).expect(key);
    }
    match Client::new(&config) {
        Ok(client) => {
            fails(client.check(&Call::new()), Status::TlsFailed, "certificate");
        }
        // A machine without any trust store says so.
        Err(error) => assert_eq!(error.status(), Status::InvalidConfig),
    }
}

#[test]
fn a_certificate_for_another_name() {
    let sandbox = https();
    let base_url = sandbox.base_url().replace("127.0.0.1", "127.0.0.2");
    let client = client_with(&sandbox, &[("base_url", &base_url)]);
    let result = client.check(&Call::new());
    // Where nothing listens on 127.0.0.2 the certificate is never seen.
    let error = result.expect_err("not this server's name");
    assert!(
        matches!(error.status(), Status::TlsFailed | Status::ConnectFailed),
        "{error}"
    );
}

#[test]
fn plain_http_where_https_was_meant() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url().replace("http:", "https:");
    let client = client_with(&sandbox, &[("base_url", &base_url)]);
    fails(client.check(&Call::new()), Status::TlsFailed, "");
}

#[test]
fn a_ca_file_that_is_none() {
    let sandbox = sandbox();
    let mut empty = tempfile::NamedTempFile::new().expect("a file");
    writeln!(empty, "no PEM in here").expect("written");
    for (path, says) in [
        ("/no/such/file.pem", "cannot be read"),
        (
            empty.path().to_str().expect("UTF-8"),
            "holds no certificate",
        ),
    ] {
        let mut config = config(&sandbox);
        config.set("tls.ca_file", path).expect("a path");
        fails(Client::new(&config).map(drop), Status::InvalidConfig, says);
    }
}
