//! Each way to fail has its status, and a message that says what to do.

use std::net::TcpListener;
use std::time::Duration;

use dmerp::{Call, Client, ErrorKind, Format, Level, Missing, PacketKind, Peer, Receipt, Status};
use dmerp_sandbox::{Answer, Dialects, Fault, Options, Sandbox, UnknownArea};

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
    let client = client_with(&sandbox, &[("timeout.idle_ms", "1000"), ONCE[0]]);
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

#[test]
fn a_bad_request_is_a_good_key_only_in_the_portals_own_words() {
    let nginx = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>";
    for (content_type, body, status) in [
        ("text/html", nginx, Status::BadAnswer),
        (
            "text/plain",
            "The plain HTTP request was sent to HTTPS port",
            Status::Rejected,
        ),
        ("text/plain", "", Status::Rejected),
        ("application/json", "[]", Status::Rejected),
        (
            "application/xml",
            "<Error><Code>InvalidRequest</Code><Message>No</Message></Error>",
            Status::Rejected,
        ),
    ] {
        let sandbox = sandbox();
        sandbox.fault(Fault::on_portal().answer(400, content_type, body));
        let error = fails(client(&sandbox).check(None), status, "HTTP 400");
        assert_eq!(error.http_status(), Some(400));
    }
    for body in [
        r#"{"message":"path is not a packet's"}"#,
        r#"{"success":false}"#,
        "<result><success>false</success><message>no such path</message></result>",
    ] {
        let sandbox = sandbox();
        sandbox.fault(Fault::on_portal().answer(400, "application/json", body));
        client(&sandbox).check(None).expect(body);
        assert_eq!(sandbox.requests().len(), 1);
    }
}

/// Bodies of an error that say nothing, and may not even end.
fn hollow(code: u16) -> [Answer; 3] {
    let big = || Answer::status(code).padded(2 << 20);
    [big(), big().truncated(1000), big().stalled(1000)]
}

/// A short wait for a body that stalls, and two tries.
const HASTY: &[(&str, &str)] = &[("timeout.idle_ms", "1000"), ("retry.max_attempts", "2")];

#[test]
fn an_errors_status_counts_whatever_its_body() {
    for answer in hollow(503) {
        let sandbox = sandbox();
        let sent = sandbox.send_packet("user1", b"<p/>");
        let client = client_with(&sandbox, HASTY);
        sandbox.fault(Fault::on_portal().times(2).answer_with(answer.clone()));
        let says = "the portal failed (HTTP 503)";
        let error = fails(pull(&client), Status::ServerError, says);
        assert_eq!((error.http_status(), error.attempts()), (Some(503), 2));
        sandbox.fault(Fault::on_portal().answer_with(answer.clone()));
        pull(&client).expect("a list at the second try");

        sandbox.fault(Fault::on_storage().times(4).answer_with(answer.clone()));
        let says = "the storage failed (HTTP 503)";
        let error = fails(push(&client, b"<p/>"), Status::ServerError, says);
        assert_eq!(error.http_status(), Some(503));
        let error = fails(client.download(&sent.url, None), Status::ServerError, says);
        assert_eq!(error.http_status(), Some(503));
        sandbox.fault(Fault::on_storage().times(1).answer_with(answer));
        push(&client, b"<p/>").expect("a push at the second try");
    }
    for (code, at_portal, at_storage) in [
        (403, Status::AuthenticationFailed, Status::StorageRefused),
        (404, Status::NotFound, Status::NotFound),
    ] {
        for answer in hollow(code) {
            let sandbox = sandbox();
            let client = client_with(&sandbox, HASTY);
            sandbox.fault(Fault::on_portal().answer_with(answer.clone()));
            let error = fails(client.link("x", None), at_portal, "the portal");
            assert_eq!((error.http_status(), error.attempts()), (Some(code), 1));
            sandbox.fault(Fault::on_storage().forever().answer_with(answer));
            let error = fails(push(&client, b"<p/>"), at_storage, "the storage");
            assert_eq!(error.http_status(), Some(code));
        }
    }
}

#[test]
fn what_a_storage_says_is_read_out_of_a_big_body() {
    let sandbox = sandbox();
    for code in [403, 404] {
        let denied = Answer::s3_error(code, "AccessDenied").padded(2 << 20);
        sandbox.fault(Fault::on_storage().times(2).answer_with(denied));
        let error = push(&client(&sandbox), b"<p/>").expect_err("a refusal");
        assert_eq!(error.http_status(), Some(code));
        let said = error.server_message().unwrap_or_default();
        assert!(said.contains("AccessDenied"), "{error}");
        sandbox.clear_faults();
    }
}

#[test]
fn a_refusal_with_words_is_the_areas_or_the_requests() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let answer = r#"{"message":"The licence ended in May"}"#;
    sandbox.fault(
        Fault::on_portal()
            .forever()
            .answer(403, "application/json", answer),
    );
    for result in [client.check(None), pull(&client).map(drop)] {
        let says = "use app area DMDEV01 (HTTP 403: The licence ended in May)";
        let error = fails(result, Status::UnknownAppArea, says);
        assert_eq!(error.server_message(), Some("The licence ended in May"));
        assert_eq!(error.attempts(), 1);
    }
    let receipt = Receipt {
        id: "1".into(),
        receipt_handle: "h".into(),
    };
    for result in [
        push(&client, b"<p/>").map(drop),
        client.link("x", None).map(drop),
        client.download("x", None).map(drop),
        client.done(&[receipt], PacketKind::Packet, None, None),
    ] {
        let says = "the portal said no (HTTP 403: The licence ended in May)";
        let error = fails(result, Status::Rejected, says);
        assert_eq!(error.server_message(), Some("The licence ended in May"));
        assert_eq!(error.attempts(), 1);
    }
}

#[test]
fn a_packet_that_the_portal_does_not_have_is_not_the_storages() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for body in ["", r#"{"message":"Not Found"}"#] {
        sandbox.fault(
            Fault::on_portal()
                .times(2)
                .answer(404, "application/json", body),
        );
        for result in [
            client.link("x", None).map(drop),
            client.download("x", None).map(drop),
        ] {
            let error = fails(result, Status::NotFound, "the portal has no such packet");
            assert!(matches!(
                error.kind(),
                ErrorKind::NotFound {
                    peer: Peer::Portal,
                    what: Missing::Packet,
                    ..
                }
            ));
            assert!(error.to_string().contains("pull again"), "{error}");
        }
    }
    let error = fails(
        client.download("push_done/DMDEV01/gone.xml", None),
        Status::NotFound,
        "the storage has no such packet",
    );
    assert!(error.to_string().contains("pull again"), "{error}");
}

#[test]
fn who_asks_for_less_is_told_and_for_how_long() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, ONCE);
    sandbox.fault(Fault::on_portal().throttle(Some(7)));
    let error = fails(
        pull(&client),
        Status::Throttled,
        "the portal asks for fewer requests (HTTP 429: Too Many Requests), asking to wait 7 s",
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let busy = Answer::status(503).header("Retry-After", "9");
    sandbox.fault(Fault::on_storage().answer_with(busy));
    let says = "the storage failed (HTTP 503), asking to wait 9 s";
    let error = fails(push(&client, b"<p/>"), Status::ServerError, says);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    sandbox.fault(Fault::on_storage().throttle(None));
    let says = "the storage asks for fewer requests (HTTP 429";
    let error = fails(push(&client, b"<p/>"), Status::Throttled, says);
    assert_eq!(error.retry_after(), None);
}

/// A key of which every character that has another form somewhere has one.
const AWKWARD_KEY: &str = "k3y/Part&Two+Three\"Four=";

#[test]
fn a_key_that_comes_back_in_another_form_gets_into_no_message() {
    let sandbox = sandbox();
    let seen = Seen::new();
    let mut config = config(&sandbox);
    config.set("api_key", AWKWARD_KEY).expect("a key");
    config.set("retry.max_attempts", "2").expect("a number");
    config.log_to(Level::Debug, {
        let seen = seen.clone();
        move |record| seen.add(record.message.to_string())
    });
    let client = Client::new(&config).expect("a client");
    let json = |said: &str| format!(r#"{{"message":"no {said} here"}}"#);
    let xml = |said: &str| format!("<e><message>no {said} here</message></e>");
    for (content_type, body) in [
        ("application/json", json(r#"k3y/Part&Two+Three\"Four="#)),
        ("application/json", json(r#"k3y\/Part&Two+Three\"Four="#)),
        (
            "application/json",
            json(r#"k3y\u002fPart\u0026Two\u002bThree\u0022Four\u003d"#),
        ),
        (
            "application/json",
            json("k3y%2FPart%26Two%2BThree%22Four%3D"),
        ),
        (
            "application/json",
            json("k3y%2fPart%26Two%2bThree%22Four%3d"),
        ),
        ("application/json", json("azN5L1BhcnQmVHdvK1RocmVlIkZvdXI9")),
        ("application/xml", xml("k3y/Part&amp;Two+Three&quot;Four=")),
        ("application/xml", xml("k3y/Part&amp;Two+Three\"Four=")),
        ("text/plain", format!("no {AWKWARD_KEY} here")),
    ] {
        let mut told = Vec::new();
        for code in [400, 403, 503] {
            sandbox.fault(
                Fault::anywhere()
                    .times(2)
                    .answer(code, content_type, body.as_str()),
            );
            let error = pull(&client).expect_err("a refusal");
            told.push(error.server_message().unwrap_or_default().to_string());
            assert_eq!(told.last().map(String::as_str), Some("no *** here"));
            told.push(error.to_string());
            sandbox.clear_faults();
        }
        sandbox.fault(Fault::on_portal().answer(200, content_type, body.as_str()));
        told.push(pull(&client).expect_err("no list").to_string());
        told.append(&mut seen.take());
        clean(&told);
    }
}

#[test]
fn a_key_in_a_list_gets_into_no_reason() {
    let sandbox = sandbox();
    let seen = Seen::new();
    let mut config = config(&sandbox);
    config.set("api_key", AWKWARD_KEY).expect("a key");
    config.log_to(Level::Debug, {
        let seen = seen.clone();
        move |record| seen.add(record.message.to_string())
    });
    let client = Client::new(&config).expect("a client");
    // A reason names the element where something is wrong; of the key's forms, only this one can be an element's name.
    let key = "azN5L1BhcnQmVHdvK1RocmVlIkZvdXI9";
    let good = "<message><id>1</id><receiptHandle>h</receiptHandle><url>u</url></message>";
    let bad = format!("<message><id>2</id><{key}>&nope;</{key}></message>");
    let list = |entries: &str| format!("<messages>{entries}</messages>");
    // A reason is cut to a length, here amid the key.
    let long = format!("{}{key}", "x".repeat(50));
    let cut = format!("{good}<message><id>2</id><{long}>&nope;</{long}></message>");
    for (entries, readable) in [(format!("{good}{bad}"), true), (bad, false), (cut, true)] {
        sandbox.fault(Fault::on_portal().answer(200, "application/xml", list(&entries)));
        let mut told = match pull(&client) {
            Ok(list) => {
                assert!(readable);
                let reason = list.unreadable[0].reason.clone();
                assert!(reason.contains("***"), "{reason}");
                vec![reason]
            }
            Err(error) => {
                assert!(!readable, "{error}");
                assert!(error.to_string().contains("<***>"), "{error}");
                vec![error.to_string()]
            }
        };
        let mut logged = seen.take();
        assert!(logged.iter().any(|line| line.contains("***")), "{logged:?}");
        told.append(&mut logged);
        clean(&told);
    }
}

/// Neither the awkward key nor a form of it is in these lines.
#[track_caller]
fn clean(told: &[String]) {
    assert!(!told.is_empty());
    for line in told {
        for secret in ["k3y", "Two", "Four", "azN5", "Rm91c"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

/// A push whose outcome nobody can know: the storage took every byte and said nothing.
#[test]
fn a_push_without_the_storages_answer_has_an_unknown_outcome() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("timeout.idle_ms", "1000"), ONCE[0]]);
    sandbox.fault(Fault::on_storage().hang());
    let error = fails(push(&client, b"<p/>"), Status::TimedOut, "idle_ms");
    assert!(error.is_outcome_unknown());

    sandbox.fault(Fault::on_storage().lose_answer());
    let result = push(&client, b"<p/>");
    let error = fails(result, Status::ConnectionLost, "broke");
    assert!(error.is_outcome_unknown());
    let id = error.packet_id().expect("an id");
    let stored = sandbox.pushed("user1");
    let stored = stored.iter().find(|packet| packet.packet_unique_id == id);
    assert!(stored.is_some_and(|packet| packet.content.is_some()));

    let patient = client_with(&sandbox, ONCE);
    sandbox.fault(Fault::on_storage().hang());
    let call = Call::new().timeout(Duration::from_millis(500));
    let late = patient.push("user1", Format::Xml, b"<p/>", None, &call);
    assert!(fails(late, Status::TimedOut, "500 ms").is_outcome_unknown());
    let result = cancelled_amid(&sandbox, Fault::on_storage().hang(), |call| {
        patient.push("user1", Format::Xml, b"<p/>", None, call)
    });
    assert!(fails(result, Status::Cancelled, "").is_outcome_unknown());

    // Less than all of it reached the storage, so it cannot have it.
    sandbox.fault(Fault::on_storage().drop_while_reading(1_000_000));
    let result = push(&client, &vec![7; 64 << 20]);
    let error = fails(result, Status::ConnectionLost, "broke");
    assert!(!error.is_outcome_unknown());
}

#[test]
fn a_done_without_an_answer_has_an_unknown_outcome() {
    let receipt = [Receipt {
        id: "1".into(),
        receipt_handle: "h".into(),
    }];
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("timeout.idle_ms", "1000"), ONCE[0]]);
    let done = |call: &Call| client.done(&receipt, PacketKind::Packet, None, call);
    let faults: [(fn() -> Fault, Status); 2] = [
        (|| Fault::on_portal().hang(), Status::TimedOut),
        (|| Fault::on_portal().lose_answer(), Status::ConnectionLost),
    ];
    for (fault, status) in faults {
        sandbox.fault(fault());
        let error = fails(done(&Call::new()), status, "done for 1 receipts");
        assert!(error.is_outcome_unknown());
        let results: Vec<_> = error.results().iter().flatten().collect();
        assert_eq!(results[0].status(), status);
    }
    let patient = client_with(&sandbox, ONCE);
    let done = |call: &Call| patient.done(&receipt, PacketKind::Packet, None, call);
    sandbox.fault(Fault::on_portal().hang());
    let late = done(&Call::new().timeout(Duration::from_millis(150)));
    assert!(fails(late, Status::TimedOut, "150 ms").is_outcome_unknown());

    let result = cancelled_amid(&sandbox, Fault::on_portal().hang(), done);
    assert!(fails(result, Status::Cancelled, "").is_outcome_unknown());
}

/// The result of a call that is cancelled when the fault has struck.
fn cancelled_amid<T: Send>(
    sandbox: &Sandbox,
    fault: Fault,
    verb: impl Fn(&Call) -> dmerp::Result<T> + Sync,
) -> dmerp::Result<T> {
    let rule = sandbox.fault(fault);
    let call = Call::new();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| verb(&call));
        sandbox
            .wait_for_request(|request| request.fault == Some(rule), SOON)
            .expect("the fault strikes");
        call.cancel();
        waiting.join().expect("no panic")
    })
}

#[test]
fn what_never_got_there_or_was_answered_has_a_known_outcome() {
    let sandbox = sandbox();
    let receipt = [Receipt {
        id: "1".into(),
        receipt_handle: "h".into(),
    }];
    let client = client_with(&sandbox, &[("timeout.idle_ms", "1000"), ONCE[0]]);
    // Only the portal knows of this push, and it stores nothing.
    sandbox.fault(Fault::on_portal().hang());
    let error = fails(push(&client, b"<p/>"), Status::TimedOut, "idle_ms");
    assert!(!error.is_outcome_unknown());
    // Nothing is changed by these.
    sandbox.fault(Fault::on_portal().times(2).hang());
    assert!(!fails(pull(&client), Status::TimedOut, "").is_outcome_unknown());
    assert!(!fails(client.check(None), Status::TimedOut, "").is_outcome_unknown());
    // An answer is an answer, whichever.
    for code in [400, 503] {
        sandbox.fault(Fault::on_portal().status(code));
        let done = client.done(&receipt, PacketKind::Packet, None, None);
        assert!(!done.expect_err("a refusal").is_outcome_unknown());
        sandbox.fault(Fault::on_storage().status(code));
        let pushed = push(&client, b"<p/>");
        assert!(!pushed.expect_err("a refusal").is_outcome_unknown());
    }

    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let base_url = format!("http://{address}");
    let lost = client_with(&sandbox, &[("base_url", &base_url)]);
    let done = lost.done(&receipt, PacketKind::Packet, None, None);
    assert!(!fails(done, Status::ConnectFailed, "").is_outcome_unknown());
    let answer = format!(r#"{{"success":true,"uploadPath":"{base_url}/x"}}"#);
    sandbox.fault(Fault::on_portal().answer(200, "application/json", answer));
    let pushed = push(&client, b"<p/>");
    assert!(!fails(pushed, Status::ConnectFailed, "").is_outcome_unknown());
}

#[test]
fn an_outcome_stays_unknown_until_a_retry_settles_it() {
    let sandbox = sandbox();
    let client = client_with(
        &sandbox,
        &[("retry.max_attempts", "2"), ("done_batch", "1")],
    );
    // The first try may have been carried out, whatever the second says.
    sandbox.fault(Fault::on_storage().lose_answer());
    sandbox.fault(Fault::on_storage().status(501));
    let error = fails(push(&client, b"<p/>"), Status::ServerError, "HTTP 501");
    assert!(error.is_outcome_unknown());

    // The first receipt is marked at the second try; the second is refused in so many words.
    sandbox.send_packet("user1", b"<p/>");
    let receipt = Receipt::from(&pull_one(&client));
    let stale = Receipt {
        id: "none".into(),
        receipt_handle: "h".into(),
    };
    sandbox.fault(Fault::on_portal().lose_answer());
    let done = client.done(&[receipt, stale], PacketKind::Packet, None, None);
    let error = fails(done, Status::Rejected, "1 are marked, receipt 2 is not");
    assert!(!error.is_outcome_unknown());
    assert!(sandbox.waiting().is_empty());
}
