//! Certificates are always verified, against the roots that the options name.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dmerp::hooks::BEFORE_CHECK;
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

/// The checks of certificates that wait now, in a child process; and whether they may go on.
static CHECKS: AtomicUsize = AtomicUsize::new(0);
static MAY_GO_ON: (Mutex<bool>, Condvar) = (Mutex::new(true), Condvar::new());

fn wait_as_windows_may() -> Result<(), rustls::Error> {
    let may_go_on = MAY_GO_ON.0.lock().expect("a lock");
    CHECKS.fetch_add(1, Ordering::SeqCst);
    let limit = SOON * 2;
    let waited = MAY_GO_ON
        .1
        .wait_timeout_while(may_go_on, limit, |may| !*may);
    CHECKS.fetch_sub(1, Ordering::SeqCst);
    assert!(
        !waited.expect("a lock").1.timed_out(),
        "nobody let it go on"
    );
    Ok(())
}

fn checks_go_on(may: bool) {
    *MAY_GO_ON.0.lock().expect("a lock") = may;
    MAY_GO_ON.1.notify_all();
}

fn a_check_waits() {
    let began = Instant::now();
    while CHECKS.load(Ordering::SeqCst) == 0 {
        assert!(began.elapsed() < SOON, "no certificate is checked");
        thread::yield_now();
    }
}

#[test]
fn a_check_that_takes_long_holds_up_no_other_call() {
    passed(
        &child(&sandbox(), "tls::child_with_a_check_that_waits")
            .output()
            .expect("the child ran"),
    );
}

#[test]
#[ignore = "run by a_check_that_takes_long_holds_up_no_other_call"]
fn child_with_a_check_that_waits() {
    let sandbox = https();
    sandbox.send(Outgoing::packet("user1", &b"<sent/>"[..]));
    let client = client_with(&sandbox, &[("timeout.connect_ms", "86400000")]);
    let packet = pull_one(&client);
    assert!(BEFORE_CHECK.set(wait_as_windows_may).is_ok());

    // The storage is another host, whose certificate is checked now. The connection to the portal is there already.
    checks_go_on(false);
    thread::scope(|scope| {
        let download = scope.spawn(|| client.download(&packet.url, None));
        a_check_waits();
        client.check(None).expect("the other call goes on");
        assert!(at(&sandbox, Listener::Storage).is_empty());
        checks_go_on(true);
        let content = download.join().expect("no panic").expect("content");
        assert_eq!(content, b"<sent/>");
    });

    // A cancel ends the call; its check is not waited for, also not when the client goes.
    checks_go_on(false);
    let fresh = client_with(&sandbox, &[("timeout.connect_ms", "86400000")]);
    // One of three counts: the machine may be busy.
    let mut cancels = (0..3).map(|_| {
        let call = Call::new();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| fresh.check(&call));
            a_check_waits();
            let began = Instant::now();
            call.cancel();
            let result = waiting.join().expect("no panic");
            let took = began.elapsed();
            fails(result, Status::Cancelled, "cancelled");
            took
        })
    });
    assert!(cancels.any(|took| took < Duration::from_millis(250)));
    drop(cancels);
    drop(fresh);

    // Without a cancel, the limit on making a connection ends it.
    let hasty = [("timeout.connect_ms", "100"), ("retry.max_attempts", "1")];
    let error = fails(
        client_with(&sandbox, &hasty).check(None),
        Status::TimedOut,
        "the certificate of host 127.0.0.1 was not checked within 5100 ms",
    );
    assert!(!error.is_outcome_unknown());
    checks_go_on(true);
    client_with(&sandbox, &[]).check(None).expect("a check");
}

#[test]
fn a_revocation_that_nobody_knows_of_is_told() {
    passed(
        &child(&sandbox(), "tls::child_that_knows_no_revocation")
            .output()
            .expect("the child ran"),
    );
}

#[test]
#[ignore = "run by a_revocation_that_nobody_knows_of_is_told"]
fn child_that_knows_no_revocation() {
    // What the platform's verifier makes of Windows' CRYPT_E_REVOCATION_OFFLINE.
    let offline = || {
        let told = io::Error::from_raw_os_error(0x8009_2013_u32 as i32).to_string();
        let told = rustls::OtherError(Arc::from(Box::from(told)));
        Err(rustls::CertificateError::Other(told).into())
    };
    assert!(BEFORE_CHECK.set(offline).is_ok());
    let sandbox = https();
    let client = client(&sandbox);
    let says = "could not be found out whether it was revoked";
    let error = fails(client.check(None), Status::TlsFailed, says);
    assert!(matches!(error.kind(), ErrorKind::RevocationUnknown(_)));
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_certificate_that_was_refused_is_refused_again() {
    // A session that is resumed has no check of its own.
    let (sandbox, other) = (https(), https());
    let file = other.ca_file().and_then(|file| file.to_str());
    let client = client_with(&sandbox, &[("tls.ca_file", file.expect("a CA file"))]);
    for _ in 0..3 {
        let says = "the server's certificate was not accepted";
        fails(client.check(None), Status::TlsFailed, says);
    }
    assert!(sandbox.requests().is_empty());
}
