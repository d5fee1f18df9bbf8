//! Through a proxy, or past it. The sandbox answers a proxy's requests as well: a name that nobody knows reaches it only so.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use dmerp::{Call, Client, Level, Status};
use dmerp_sandbox::{Answer, Fault, Sandbox};

use crate::support::*;

const BEYOND: &str = "http://portal.invalid/mobile";

fn address(sandbox: &Sandbox) -> String {
    sandbox.base_url().replace("/mobile", "")
}

#[test]
fn a_configured_proxy_is_used() {
    let sandbox = sandbox();
    let proxy = address(&sandbox);
    let client = client_with(&sandbox, &[("base_url", BEYOND), ("proxy", &proxy)]);
    client
        .check(&Call::new())
        .expect("an answer through the proxy");
    assert_eq!(sandbox.requests()[0].header("host"), Some("portal.invalid"));
}

#[test]
fn a_proxys_user_and_password_go_to_the_proxy_and_into_no_message() {
    let sandbox = sandbox();
    let proxy = address(&sandbox).replace("http://", "http://joe:hidden@");
    let client = client_with(&sandbox, &[("base_url", BEYOND), ("proxy", &proxy)]);
    sandbox.fault(Fault::on_portal().status(407));
    let error = fails(
        client.check(&Call::new()),
        Status::ProxyRefused,
        "asks for a user and a password",
    );
    assert!(!error.to_string().contains("hidden"), "{error}");
    let sent = sandbox.requests()[0]
        .header("proxy-authorization")
        .map(str::to_string);
    assert!(sent.is_some_and(|credentials| credentials.starts_with("Basic ")));
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named_without_its_password() {
    let sandbox = sandbox();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let client = client_with(
        &sandbox,
        &[("proxy", &format!("http://joe:hidden@{address}"))],
    );
    let named = format!("through the proxy http://{address}");
    let error = fails(client.check(&Call::new()), Status::ConnectFailed, &named);
    assert!(!error.to_string().contains("hidden"), "{error}");

    let told = ask_beyond("system", &sandbox, &format!("http://joe:hidden@{address}"));
    assert!(
        told.contains(&format!("through the proxy http://{address}")),
        "{told}"
    );
    assert!(!told.contains("hidden"), "{told}");
}

#[test]
fn the_platforms_proxy_is_used_unless_told_otherwise() {
    let sandbox = sandbox();
    for (proxy, expected) in [("system", "reached"), ("none", "not found")] {
        let told = ask_beyond(proxy, &sandbox, &address(&sandbox));
        assert!(
            told.contains(&format!("the portal is {expected}")),
            "{proxy}: {told}"
        );
    }
}

/// What a process tells whose environment names a proxy.
fn ask_beyond(option: &str, sandbox: &Sandbox, platforms: &str) -> String {
    let run = child(sandbox, "proxy::child_asks_beyond")
        .env("http_proxy", platforms)
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .env("DMERP_TEST_PROXY", option)
        .output()
        .expect("the child ran");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// Run by the tests above in a process of its own: the platform's settings are the process's environment.
#[test]
#[ignore = "run by ask_beyond"]
fn child_asks_beyond() {
    let mut config = child_config();
    let proxy = from_parent("DMERP_TEST_PROXY");
    for (key, value) in [("base_url", BEYOND), ("proxy", &proxy)] {
        config.set(key, value).expect(key);
    }
    let client = Client::new(&config).expect("a client");
    match client.check(&Call::new()) {
        Ok(()) => println!("the portal is reached"),
        Err(error) if error.status() == Status::HostNotFound => println!("the portal is not found"),
        Err(error) => println!("{error}"),
    }
}

/// A client beyond a proxy with a wrong password, and what it logs.
fn with_a_wrong_password(sandbox: &Sandbox, base_url: &str, proxy: &str) -> (Client, Seen<String>) {
    let seen = Seen::new();
    let mut config = config(sandbox);
    for (key, value) in [
        ("base_url", base_url),
        ("proxy", &format!("http://joe:hidden@{proxy}")),
    ] {
        config.set(key, value).expect(key);
    }
    config.log_to(Level::Debug, {
        let seen = seen.clone();
        move |record| seen.add(record.message.to_string())
    });
    (Client::new(&config).expect("a client"), seen)
}

const SCHEMES: [(&[&str], &str); 4] = [
    (
        &["NTLM", "Negotiate"],
        "; it offers NTLM, Negotiate, none of which this library supports; let this machine pass the proxy without a password, or run a local proxy that signs in (such as cntlm or px) and name it in the proxy option",
    ),
    (
        &["Negotiate", "Basic realm=\"a, b\""],
        "; it offers Negotiate, Basic; check the user and the password in the proxy option",
    ),
    (
        &["basic realm=x"],
        "; it offers basic; check the user and the password in the proxy option",
    ),
    (
        &[],
        "(HTTP 407); check the user and the password in the proxy option",
    ),
];

/// Neither the password nor what is sent of it (`joe:hidden` in Base64) is in these lines.
#[track_caller]
fn no_password(told: &[String]) {
    assert!(told.len() > 1);
    for line in told {
        for secret in ["hidden", "am9l"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[test]
fn a_wrong_password_is_tried_once_and_the_proxys_ways_are_named() {
    for (schemes, says) in SCHEMES {
        let sandbox = sandbox();
        let answer = schemes.iter().fold(Answer::status(407), |answer, scheme| {
            answer.header("Proxy-Authenticate", scheme)
        });
        sandbox.fault(Fault::on_portal().forever().answer_with(answer));
        let proxy = address(&sandbox).replace("http://", "");
        let (client, seen) = with_a_wrong_password(&sandbox, BEYOND, &proxy);
        let error = fails(client.check(None), Status::ProxyRefused, says);
        assert_eq!(error.attempts(), 1);
        assert!(!error.is_retryable());
        assert_eq!(sandbox.requests().len(), 1);
        let mut told = seen.take();
        told.push(error.to_string());
        no_password(&told);
    }
}

/// A proxy that opens no tunnel until somebody signs in its way, and the heads of the requests it gets.
fn refusing_proxy(schemes: &[&str]) -> (SocketAddr, Seen<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heads = Seen::new();
    let ways: String = schemes
        .iter()
        .map(|scheme| format!("Proxy-Authenticate: {scheme}\r\n"))
        .collect();
    let answer =
        format!("HTTP/1.1 407 Sign in\r\n{ways}Content-Length: 0\r\nConnection: close\r\n\r\n");
    let seen = heads.clone();
    // It ends with the test program.
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(connection.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            seen.add(String::from_utf8_lossy(&head).to_ascii_lowercase());
            // Who has hung up wants no answer.
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    (address, heads)
}

#[test]
fn a_tunnel_that_is_refused_is_told_with_the_proxys_ways() {
    for (schemes, says) in SCHEMES {
        let sandbox = sandbox();
        let (proxy, heads) = refusing_proxy(schemes);
        let beyond = "https://portal.invalid/mobile";
        let (client, seen) = with_a_wrong_password(&sandbox, beyond, &proxy.to_string());
        let result = client.check(None);
        let named = format!("the proxy http://{proxy} asks for a user and a password");
        let error = fails(result, Status::ProxyRefused, &named);
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.attempts(), 1);
        assert!(!error.is_retryable());
        let heads = heads.take();
        let signed_in = |head: &&String| head.contains("proxy-authorization:");
        assert_eq!(heads.iter().filter(signed_in).count(), 1, "{heads:?}");
        for head in &heads {
            assert!(head.starts_with("connect portal.invalid:443 "), "{head}");
            assert!(!head.contains("x-api-key"), "{head}");
        }
        let mut told = seen.take();
        told.push(error.to_string());
        no_password(&told);
    }
}
