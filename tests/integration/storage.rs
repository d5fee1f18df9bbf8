//! What the storage's answers mean.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use dmerp::{Call, Status};
use dmerp_sandbox::{Answer, Fault, Listener, Options, Then};

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
fn a_success_with_a_body_is_no_push() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_storage().garbage());
    let result = push(&client(&sandbox), b"<p/>");
    fails(result, Status::BadAnswer, "upload");
    assert_eq!(sandbox.pushed("user1")[0].content, None);
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

#[test]
fn what_s3_calls_passing_is_tried_again_in_any_status() {
    for (code, name) in [
        (400, "RequestTimeout"),
        (500, "InternalError"),
        (403, "InternalError"),
        (503, "SlowDown"),
        (400, "SlowDown"),
        (503, "ServiceUnavailable"),
    ] {
        let sandbox = sandbox();
        let sent = sandbox.send_packet("user1", b"<sent/>");
        let client = client(&sandbox);
        let fault = || Fault::on_storage().answer_with(Answer::s3_error(code, name));
        sandbox.fault(fault());
        push(&client, b"<pushed/>").unwrap_or_else(|error| panic!("{code} {name}: {error}"));
        let stored = sandbox.pushed("user1");
        assert_eq!(stored[0].content.as_deref(), Some(&b"<pushed/>"[..]));
        sandbox.fault(fault());
        let content = client.download(&sent.url, None);
        assert_eq!(content.expect(name), b"<sent/>");
        // The same link was used again: it was not the link's fault.
        let portal = at(&sandbox, Listener::Portal);
        assert_eq!(portal.len(), 2, "{code} {name}");
        assert_eq!(at(&sandbox, Listener::Storage).len(), 4);
    }
}

#[test]
fn what_s3_calls_passing_and_stays_is_told() {
    for (code, name, status, says) in [
        (
            400,
            "RequestTimeout",
            Status::ServerError,
            "the storage failed (HTTP 400: RequestTimeout",
        ),
        (
            403,
            "InternalError",
            Status::ServerError,
            "the storage failed (HTTP 403: InternalError",
        ),
        (
            503,
            "SlowDown",
            Status::Throttled,
            "the storage asks for fewer requests (HTTP 503: SlowDown",
        ),
        (
            400,
            "SlowDown",
            Status::Throttled,
            "the storage asks for fewer requests (HTTP 400: SlowDown",
        ),
    ] {
        let sandbox = sandbox();
        let sent = sandbox.send_packet("user1", b"<sent/>");
        let client = client(&sandbox);
        let answer = Answer::s3_error(code, name);
        sandbox.fault(Fault::on_storage().forever().answer_with(answer));
        for result in [
            push(&client, b"<p/>").map(drop),
            client.download(&sent.url, None).map(drop),
        ] {
            let error = fails(result, status, says);
            assert_eq!(error.http_status(), Some(code));
            assert_eq!(error.attempts(), 4, "one link, three tries through it");
        }
    }
}

#[test]
fn a_success_that_holds_an_error_of_s3_is_no_success() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    sandbox.fault(Fault::on_storage().answer_with(Answer::s3_error(200, "InternalError")));
    push(&client, b"<p/>").expect("a push at the second try");
    assert_eq!(at(&sandbox, Listener::Storage).len(), 2);
    let stored = sandbox.pushed("user1");
    assert_eq!(stored[0].content.as_deref(), Some(&b"<p/>"[..]));
}

#[test]
fn a_refusal_amid_an_upload_is_heard_and_the_link_renewed_once() {
    let content = vec![7; 64 << 20];
    for then in [Then::Close, Then::KeepOpen] {
        let refusal = || {
            let answer = Answer::s3_error(403, "AccessDenied").early(1 << 20, then);
            Fault::on_storage().method("PUT").answer_with(answer)
        };
        let sandbox = sandbox();
        let client = client(&sandbox);
        sandbox.fault(refusal());
        let pushed = push(&client, &content).expect("a push through a fresh link");
        assert_eq!(pushed.size, content.len() as u64);
        let stored = sandbox.pushed("user1");
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].packet_unique_id, pushed.packet_id);
        assert_eq!(stored[0].pushes, 2, "two links, under one id");
        assert!(stored[0].content.as_deref() == Some(&content[..]));
        assert_eq!(at(&sandbox, Listener::Storage).len(), 2);

        sandbox.reset();
        sandbox.fault(refusal());
        sandbox.fault(refusal());
        let error = fails(
            push(&client, &content),
            Status::StorageRefused,
            "HTTP 403: AccessDenied",
        );
        assert_eq!(error.http_status(), Some(403));
        assert_eq!(error.attempts(), 4);
        assert!(!error.is_outcome_unknown());
        assert_eq!(at(&sandbox, Listener::Portal).len(), 2, "{then:?}");
        assert_eq!(at(&sandbox, Listener::Storage).len(), 2, "{then:?}");
        assert!(sandbox.pushed("user1")[0].content.is_none());
    }
}
