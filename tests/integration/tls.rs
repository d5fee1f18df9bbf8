//! Certificates are always verified, against the roots that the options name.

use std::io::Write as _;

use dmerp::{Call, Client, ErrorKind, PacketKind, Receipt, Status};
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
    let says = "the server's certificate was not accepted";
    let error = fails(client.check(&Call::new()), Status::TlsFailed, says);
    assert!(matches!(error.kind(), ErrorKind::CertificateRefused(_)));
    assert!(error.to_string().contains("tls.ca_file"), "{error}");
    assert_eq!(error.attempts(), 1, "no retry makes a certificate good");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_platforms_roots_do_not_know_the_sandbox() {
    let sandbox = https();
    match Client::new(&bare_config(&sandbox)) {
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
    let error = fails(
        client.check(&Call::new()),
        Status::TlsFailed,
        "the TLS handshake failed",
    );
    assert!(matches!(error.kind(), ErrorKind::HandshakeFailed(_)));
    assert!(error.to_string().contains("port speaks https"), "{error}");
    assert!(!error.to_string().contains("certificate"), "{error}");
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

/// The certificate authority of a sandbox, as PEM text.
fn pem(sandbox: &Sandbox) -> String {
    let file = sandbox.ca_file().expect("a CA file");
    std::fs::read_to_string(file).expect("PEM text")
}

/// A client of a sandbox with nothing set about TLS but these.
fn with_roots(sandbox: &Sandbox, options: &[(&str, &str)]) -> dmerp::Result<Client> {
    let mut config = bare_config(sandbox);
    for (key, value) in [("retry.max_attempts", "1")].iter().chain(options) {
        config.set(key, value).expect(key);
    }
    Client::new(&config)
}

#[test]
fn authorities_given_as_text_count_alone_and_beside_a_file() {
    let (one, other, third) = (https(), https(), https());
    let file = other.ca_file().and_then(|file| file.to_str());
    let file = file.expect("a CA file");
    // With a comment between, as in a bundle.
    let text = format!("# the company's\n{}", pem(&one));
    for roots in ["file", "both"] {
        let set = |sandbox: &Sandbox, options: &[(&str, &str)]| {
            let options: Vec<_> = [("tls.roots", roots)]
                .iter()
                .chain(options)
                .copied()
                .collect();
            let client = with_roots(sandbox, &options).expect("a client");
            client.check(None)
        };
        let alone = [("tls.ca_pem", text.as_str())];
        set(&one, &alone).expect(roots);
        fails(set(&other, &alone), Status::TlsFailed, "certificate");
        let beside = [("tls.ca_pem", text.as_str()), ("tls.ca_file", file)];
        set(&one, &beside).expect(roots);
        set(&other, &beside).expect(roots);
        fails(set(&third, &beside), Status::TlsFailed, "certificate");
        let bundle = format!("{}{}", pem(&one), pem(&third));
        let several = [("tls.ca_pem", bundle.as_str())];
        set(&one, &several).expect(roots);
        set(&third, &several).expect(roots);
    }
}

#[test]
fn text_that_holds_no_authority_is_told() {
    let sandbox = https();
    let good = pem(&sandbox);
    let cut = &good[..good.len() / 2];
    let broken = good.replacen("MII", "?!?", 1);
    for roots in ["file", "both"] {
        for text in ["no PEM in here", cut, &broken] {
            let options = [("tls.roots", roots), ("tls.ca_pem", text)];
            let result = with_roots(&sandbox, &options).map(drop);
            fails(result, Status::InvalidConfig, "tls.ca_pem");
        }
    }
    // A good text beside does not hide a bad file, nor the other way round.
    let options = [
        ("tls.ca_pem", good.as_str()),
        ("tls.ca_file", "/no/such/file.pem"),
    ];
    let result = with_roots(&sandbox, &options).map(drop);
    fails(result, Status::InvalidConfig, "tls.ca_file /no/such");
    let result = with_roots(
        &sandbox,
        &[("tls.ca_pem", &good), ("tls.roots", "platform")],
    );
    fails(result.map(drop), Status::InvalidConfig, "would ignore it");
}
