//! What the storage's answers mean.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use dmerp::{Call, Status};
use dmerp_sandbox::{Fault, Options};

use crate::support::*;

const DENIED: &str = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
const EXPIRED_TOKEN: &str =
    "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";

#[test]
fn a_refusal_of_the_storage_is_not_one_of_the_portal() {
    let sandbox = sandbox();
    sandbox.fault(
        Fault::on_storage()
            .forever()
            .answer(403, "application/xml", DENIED),
    );
    let result = push(&client(&sandbox), b"<p/>");
    let error = fails(result, Status::StorageRefused, "AccessDenied");
    assert_eq!(error.http_status(), Some(403));
    assert!(
        error
            .server_message()
            .is_some_and(|said| said.contains("Access Denied"))
    );
}

#[test]
fn credentials_that_expired_before_the_link_are_renewed() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    sandbox.fault(Fault::on_storage().answer(400, "application/xml", EXPIRED_TOKEN));
    let content = client(&sandbox).download(&sent.url, &Call::new());
    assert_eq!(content.expect("content"), b"<p/>");
}

#[test]
fn a_page_of_a_proxy_is_not_a_packet() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    sandbox.fault(
        Fault::on_storage()
            .forever()
            .redirect(302, "http://signin.invalid/?q=1"),
    );
    let result = client(&sandbox).download(&sent.url, &Call::new());
    fails(result, Status::BadAnswer, "signin.invalid");
}

#[test]
fn a_download_without_a_length_is_refused() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", b"<p/>");
    sandbox.fault(Fault::on_storage().forever().no_length());
    let result = client(&sandbox).download(&sent.url, &Call::new());
    fails(result, Status::BadAnswer, "unannounced length");
}

#[test]
fn a_link_in_the_clear_is_refused_where_the_portal_is_https() {
    let sandbox = start(Options {
        tls: true,
        ..Options::default()
    });
    for (link, says) in [
        ("http://127.0.0.1/bucket/x", "without https"),
        ("ftp://127.0.0.1/x", ""),
    ] {
        sandbox.fault(Fault::on_portal().answer(200, "text/plain", link));
        let result = client(&sandbox).link("x", &Call::new());
        fails(result, Status::BadAnswer, says);
    }
}

#[test]
fn a_success_that_is_not_the_storages_is_no_push_and_no_packet() {
    let faults: [fn() -> Fault; 2] = [
        || Fault::on_storage().forever().html(),
        || Fault::on_storage().forever().status(206),
    ];
    for fault in faults {
        let sandbox = sandbox();
        let sent = sandbox.send_packet("user1", b"<p/>");
        sandbox.fault(fault());
        let client = client(&sandbox);
        fails(push(&client, b"<p/>"), Status::BadAnswer, "upload");
        client
            .download(&sent.url, &Call::new())
            .expect_err("what came is no packet");
    }
}

#[test]
fn a_success_before_the_packet_was_sent_whole_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let sandbox = sandbox();
    let answer = format!(r#"{{"success":true,"uploadPath":"http://{address}/x"}}"#);
    sandbox.fault(Fault::on_portal().answer(200, "application/json", answer));
    std::thread::scope(|scope| {
        // Reads the beginning alone, so that most of the packet stays unsent while the connection is open.
        let hasty = scope.spawn(move || {
            let (mut connection, _) = listener.accept().expect("the upload");
            let read = connection.read(&mut [0; 1024]).expect("its beginning");
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            connection.write_all(answer).expect("an answer");
            (read, connection)
        });
        let result = push(&client(&sandbox), &vec![7; 64 * 1024 * 1024]);
        fails(result, Status::BadAnswer, "upload");
        assert!(hasty.join().expect("no panic").0 > 0);
    });
}
