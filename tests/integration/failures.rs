//! Each way to fail has its status, and a message that says what to do.

use std::net::TcpListener;
use std::time::Duration;

use dmerp::{Call, ErrorKind, Format, Status};
use dmerp_sandbox::{Dialects, Fault, Options, UnknownArea};

use crate::support::*;

const ONCE: &[(&str, &str)] = &[("retry.max_attempts", "1")];

#[test]
fn a_wrong_key() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("api_key", "some-other-key")]);
    for result in [
        client.check(&Call::new()),
        pull(&client).map(drop),
        push(&client, b"<p/>").map(drop),
        client.link("x", &Call::new()).map(drop),
    ] {
        let error = fails(
            result,
            Status::AuthenticationFailed,
            "api_key: complete, not expired, and of app area DMDEV01",
        );
        assert_eq!(error.http_status(), Some(403));
        assert_eq!(error.server_message(), Some("Forbidden"));
        assert_eq!(error.attempts(), 1, "a refused key is not tried again");
        assert!(!error.to_string().contains("some-other-key"));
    }
}

#[test]
fn a_wrong_area() {
    for (unknown_area, status) in [
        (UnknownArea::Denied, Status::UnknownAppArea),
        (UnknownArea::NotFound, Status::UnknownAppArea),
        // The same answer as for a wrong key can only be reported as that; the message names both.
        (UnknownArea::Forbidden, Status::AuthenticationFailed),
    ] {
        let sandbox = sandbox();
        sandbox.set_dialects(Dialects {
            unknown_area,
            ..Dialects::default()
        });
        let client = client_with(&sandbox, &[("app_area", "NOSUCH")]);
        fails(client.check(&Call::new()), status, "area");
        fails(pull(&client), status, "area");
    }
}

#[test]
fn an_unknown_mobile_user_is_told_in_the_portals_words() {
    let sandbox = start(Options {
        mobile_users: Some(vec!["user2".into()]),
        ..Options::default()
    });
    let error = fails(push(&client(&sandbox), b"<p/>"), Status::Rejected, "user1");
    let said = error.server_message().expect("the portal's words");
    assert!(error.to_string().contains(said));
    assert_eq!(error.http_status(), Some(200));
    assert!(error.packet_id().is_some());
}

#[test]
fn a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let sandbox = sandbox();
    let base_url = format!("http://127.0.0.1:{port}");
    let client = client_with(&sandbox, &[("base_url", &base_url)]);
    let error = fails(
        client.check(&Call::new()),
        Status::ConnectFailed,
        "Connection refused",
    );
    assert_eq!(error.attempts(), 3);
    assert_eq!(error.http_status(), None);
}

#[test]
fn a_name_that_nobody_knows() {
    let sandbox = sandbox();
    let options = [("base_url", "https://portal.invalid/mobile"), ONCE[0]];
    let client = client_with(&sandbox, &options);
    let error = fails(
        client.check(&Call::new()),
        Status::HostNotFound,
        "portal.invalid",
    );
    assert!(matches!(error.kind(), ErrorKind::HostNotFound(_)));
    // Words for an administrator, not a resolver's insides.
    assert!(!error.to_string().contains("Query"), "{error}");
}

#[test]
fn a_server_that_never_answers() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().hang());
    let options = [("timeout.idle_ms", "100"), ("retry.max_attempts", "2")];
    let client = client_with(&sandbox, &options);
    let error = fails(pull(&client), Status::TimedOut, "timeout.idle_ms");
    assert_eq!(error.attempts(), 2);
}

#[test]
fn a_server_that_stops_in_the_middle() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", &[7; 10_000]);
    sandbox.fault(Fault::on_storage().forever().stall(5_000));
    let client = client_with(&sandbox, &[("timeout.idle_ms", "100"), ONCE[0]]);
    let result = client.download(&sent.url, &Call::new());
    fails(result, Status::TimedOut, "while receiving");
}

#[test]
fn a_connection_that_takes_too_long() {
    // A listener whose queue of connections is full answers no further one.
    let sandbox = sandbox();
    let listener =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let local: std::net::SocketAddr = ([127, 0, 0, 1], 0).into();
    listener.bind(&local.into()).expect("a port");
    listener.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let address = address.as_socket().expect("an IP address");
    let _held: Vec<_> = (0..4)
        .map_while(|_| {
            std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()
        })
        .collect();
    let base_url = format!("http://{address}");
    let options = [
        ("base_url", base_url.as_str()),
        ("timeout.connect_ms", "150"),
        ONCE[0],
    ];
    let result = client_with(&sandbox, &options).check(&Call::new());
    fails(result, Status::TimedOut, "timeout.connect_ms");
}

#[test]
fn a_connection_that_breaks_before_the_answer() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().drop_before_headers());
    let error = fails(pull(&client(&sandbox)), Status::ConnectionLost, "broke");
    assert_eq!(error.attempts(), 3);
}

#[test]
fn a_truncated_answer() {
    for fault in [
        Fault::on_portal().forever().truncate(1),
        Fault::on_portal().forever().drop_after_headers(),
    ] {
        let sandbox = sandbox();
        sandbox.send_packet("user1", b"<p/>");
        sandbox.fault(fault);
        let error = fails(pull(&client(&sandbox)), Status::Truncated, "broke off");
        assert!(matches!(
            error.kind(),
            ErrorKind::Truncated {
                expected: Some(_),
                ..
            }
        ));
    }
}

#[test]
fn a_sign_in_page_instead_of_the_portal() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().html());
    let client = client(&sandbox);
    for result in [
        client.check(&Call::new()),
        pull(&client).map(drop),
        push(&client, b"<p/>").map(drop),
        client.link("x", &Call::new()).map(drop),
    ] {
        let error = fails(result, Status::BadAnswer, "HTML page");
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn an_html_page_with_a_refusal_is_not_the_portals_word_on_the_key() {
    let sandbox = sandbox();
    let page = "<!DOCTYPE html><html><head><title>Blocked by policy</title></head></html>";
    sandbox.fault(Fault::on_portal().forever().answer(403, "text/html", page));
    let error = fails(
        client(&sandbox).check(&Call::new()),
        Status::BadAnswer,
        "Blocked by policy",
    );
    assert_eq!(error.http_status(), Some(403));
}

#[test]
fn garbage() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().garbage());
    fails(pull(&client(&sandbox)), Status::BadAnswer, "");
}

#[test]
fn an_entry_that_cannot_be_read_is_told_beside_the_others() {
    let sandbox = sandbox();
    let list = r#"[{"id":"1","receiptHandle":"h","url":"u"},{"id":"2","url":"u"}]"#;
    sandbox.fault(Fault::on_portal().answer(200, "application/json", list));
    let list = pull(&client(&sandbox)).expect("a list");
    assert_eq!(list.packets.len(), 1);
    let [unreadable] = &list.unreadable[..] else {
        panic!("{list:?}");
    };
    assert_eq!(unreadable.place, 2);
    assert_eq!(unreadable.id.as_deref(), Some("2"));
    assert_eq!(unreadable.receipt_handle, None);
    assert!(
        unreadable.reason.contains("receiptHandle"),
        "{unreadable:?}"
    );
}

#[test]
fn a_list_of_which_nothing_can_be_read_is_an_error() {
    let sandbox = sandbox();
    for list in [
        r#"[{"id":"1"}]"#,
        r#"[{"id":"1","receiptHandle":"h","url":"u"}"#,
    ] {
        sandbox.fault(Fault::on_portal().answer(200, "application/json", list));
        fails(
            pull(&client(&sandbox)),
            Status::BadAnswer,
            "list of packets",
        );
    }
}

#[test]
fn a_redirect_is_reported_and_not_followed() {
    let sandbox = sandbox();
    let target = format!("{}/elsewhere?token=secret", sandbox.storage_url());
    sandbox.fault(Fault::on_portal().redirect(302, &target));
    let error = fails(pull(&client(&sandbox)), Status::BadAnswer, "/elsewhere");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_portal_that_fails() {
    for code in [500, 502, 503, 504] {
        let sandbox = sandbox();
        let answer = r#"{"message":"Internal server error"}"#;
        sandbox.fault(
            Fault::on_portal()
                .forever()
                .answer(code, "application/json", answer),
        );
        let error = fails(
            pull(&client(&sandbox)),
            Status::ServerError,
            "Internal server error",
        );
        assert_eq!(error.http_status(), Some(code));
        assert_eq!(error.attempts(), 3);
    }
}

#[test]
fn a_refusal_the_portal_explains() {
    let sandbox = sandbox();
    let answer = r#"{"message":"size is not a number"}"#;
    sandbox.fault(Fault::on_portal().answer(400, "application/json", answer));
    let error = fails(pull(&client(&sandbox)), Status::Rejected, "size is not");
    assert_eq!(error.http_status(), Some(400));
    assert_eq!(error.attempts(), 1);
}

#[test]
fn a_portal_that_asks_for_less() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_portal().forever().throttle(None));
    let error = fails(pull(&client(&sandbox)), Status::Throttled, "fewer requests");
    assert_eq!(error.http_status(), Some(429));
    assert_eq!(error.attempts(), 3);
}

#[test]
fn a_path_where_no_portal_is() {
    let sandbox = sandbox();
    let base_url = sandbox.base_url().replace("/mobile", "/nobody/home");
    let client = client_with(&sandbox, &[("base_url", &base_url)]);
    fails(client.check(&Call::new()), Status::NotFound, "base_url");
}

#[test]
fn a_packet_that_is_gone() {
    let sandbox = sandbox();
    let result = client(&sandbox).download("push_done/DMDEV01/gone.xml", &Call::new());
    let error = fails(result, Status::NotFound, "NoSuchKey");
    assert_eq!(error.packet_id(), Some("push_done/DMDEV01/gone.xml"));
}

#[test]
fn bodies_beyond_their_limits() {
    let sandbox = sandbox();
    let sent = sandbox.send_packet("user1", &[7; 5000]);
    sandbox.send_many(dmerp_sandbox::Outgoing::packet("user1", &b"<p/>"[..]), 10);
    let client = client_with(
        &sandbox,
        &[("max_list_bytes", "1024"), ("max_memory_bytes", "4999")],
    );
    fails(pull(&client), Status::TooLarge, "max_list_bytes");
    let result = client.download(&sent.url, &Call::new());
    fails(result, Status::TooLarge, "max_memory_bytes");
    // The same without an announced length.
    sandbox.show_hidden();
    sandbox.fault(Fault::on_portal().no_length());
    fails(pull(&client), Status::TooLarge, "max_list_bytes");
}

#[test]
fn a_server_that_repeats_the_key_does_not_get_it_into_a_message() {
    let sandbox = sandbox();
    let echo = format!(r#"{{"message":"no API for key {}"}}"#, sandbox.api_key());
    sandbox.fault(Fault::on_portal().answer(400, "application/json", echo.clone()));
    sandbox.fault(Fault::on_portal().answer(500, "application/json", echo.clone()));
    sandbox.fault(Fault::on_portal().answer(200, "text/plain", echo));
    let client = client_with(&sandbox, ONCE);
    fails(pull(&client), Status::Rejected, "***");
    fails(pull(&client), Status::ServerError, "***");
    fails(pull(&client), Status::BadAnswer, "");

    // Where a message is cut, half a key is still a secret.
    let half = &sandbox.api_key()[..6];
    for before in 1..310 {
        let said = format!(
            r#"{{"message":"{}{}"}}"#,
            "x".repeat(before),
            sandbox.api_key()
        );
        sandbox.fault(Fault::on_portal().answer(400, "application/json", said.clone()));
        sandbox.fault(Fault::on_portal().answer(200, "text/plain", &said[12..]));
        for _ in 0..2 {
            let error = pull(&client).expect_err("a refusal, then no list");
            assert!(!error.to_string().contains(half), "{error}");
        }
    }
    let target = format!("http://x.invalid/{}/y", sandbox.api_key());
    sandbox.fault(Fault::on_portal().redirect(307, &target));
    fails(pull(&client), Status::BadAnswer, "***");
}

#[test]
fn an_error_is_complete_for_who_reads_it_at_night() {
    let sandbox = sandbox();
    sandbox.fault(Fault::on_storage().forever().status(503));
    let result = client(&sandbox).push("user1", Format::Xml, b"<p/>", Some("erp-1"), &Call::new());
    let error = fails(
        result,
        Status::ServerError,
        "push of packet erp-1 to mobile user user1",
    );
    assert_eq!(error.packet_id(), Some("erp-1"));
    assert_eq!(
        error.attempts(),
        4,
        "one to the portal, three to the storage"
    );
    assert!(error.to_string().contains("the storage failed (HTTP 503"));
}
