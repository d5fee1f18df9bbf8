//! HTTPS on both listeners, trusted through the sandbox's own CA alone.

mod erp;

use dmerp_sandbox::{Fault, Options, Sandbox};
use erp::{Erp, client};
use reqwest::Certificate;

fn round_trip(host: &str) {
    let sandbox = Sandbox::start(Options {
        tls: true,
        host: host.to_owned(),
        ..Options::default()
    })
    .unwrap();
    let mut erp = Erp::of(&sandbox);
    assert!(
        erp.base.starts_with(&format!("https://{host}:"))
            && sandbox.storage_url().starts_with("https://")
    );
    assert!(erp.pull_with("").is_err(), "an unknown CA is not trusted");
    let ca = std::fs::read(sandbox.ca_file().unwrap()).unwrap();
    let ca = Certificate::from_pem(&ca).unwrap();
    erp.http = client().tls_certs_only([ca]).build().unwrap();
    sandbox.send_packet("user1", b"abc");
    let packet = &erp.pull()[0];
    let link = erp
        .link(packet["url"].as_str().unwrap())
        .unwrap()
        .text()
        .unwrap();
    assert_eq!(erp.http.get(link).send().unwrap().text().unwrap(), "abc");
    sandbox.fault(Fault::on_portal().truncate(1));
    assert!(
        erp.pull_with("").unwrap().bytes().is_err(),
        "a cut answer is no whole one over TLS either"
    );
    erp.push_and_upload("user1", "p", b"def");
    assert_eq!(
        sandbox.pushed("user1")[0].content.as_deref(),
        Some(&b"def"[..])
    );
}

#[test]
fn the_certificate_changes_for_new_connections() {
    let sandbox = Sandbox::start(Options {
        tls: true,
        ..Options::default()
    })
    .unwrap();
    let ca = std::fs::read(sandbox.ca_file().unwrap()).unwrap();
    let ca = Certificate::from_pem(&ca).unwrap();
    let erp = || Erp {
        http: client().tls_certs_only([ca.clone()]).build().unwrap(),
        ..Erp::of(&sandbox)
    };
    let connected = erp();
    assert!(connected.pull_with("").is_ok());
    sandbox.change_certificate();
    assert!(connected.pull_with("").is_ok());
    assert!(erp().pull_with("").is_err());
    sandbox.restore_certificate();
    assert!(erp().pull_with("").is_ok());
}

#[test]
fn by_address() {
    round_trip("127.0.0.1");
}

#[test]
fn by_name() {
    round_trip("localhost");
}
