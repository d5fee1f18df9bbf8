//! Through a proxy, or past it. The sandbox answers a proxy's requests as well: a name that nobody knows reaches it only so.

use dmerp::{Call, Client, Status};
use dmerp_sandbox::{Fault, Sandbox};

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
