//! What goes over the wire, as the sandbox saw it.

use dmerp::{Call, Format, PacketKind, Receipt, Status};
use dmerp_sandbox::{Fault, Listener, Outgoing, Request, Sandbox};

use crate::support::*;

/// A whole round trip, for looking at its requests.
fn round_trip(sandbox: &Sandbox, format: Format) {
    let client = client(sandbox);
    sandbox.send(Outgoing::packet("user1", &b"<sent/>"[..]));
    client
        .push("user1", format, b"<pushed/>", Some("id-1"), &Call::new())
        .expect("a push");
    let packets = client
        .pull(PacketKind::Packet, Some(format), &Call::new())
        .expect("a list");
    client
        .download(&packets[0].url, &Call::new())
        .expect("content");
    client
        .done(
            &[Receipt::from(&packets[0])],
            PacketKind::Packet,
            Some(format),
            &Call::new(),
        )
        .expect("done");
    client.check(&Call::new()).expect("good settings");
}

fn only<'a>(requests: &'a [Request], method: &str, path: &str) -> &'a Request {
    let found: Vec<_> = requests
        .iter()
        .filter(|request| request.method == method && request.path().ends_with(path))
        .collect();
    assert_eq!(found.len(), 1, "{method} {path} in {requests:?}");
    found[0]
}

#[test]
fn the_key_goes_to_the_portal_and_never_to_the_storage() {
    for format in [Format::Xml, Format::Json] {
        let sandbox = sandbox();
        round_trip(&sandbox, format);
        let portal = at(&sandbox, Listener::Portal);
        let storage = at(&sandbox, Listener::Storage);
        assert_eq!((portal.len(), storage.len()), (5, 2));
        for request in &portal {
            assert_eq!(request.header("x-api-key"), Some(sandbox.api_key()));
        }
        for request in &storage {
            assert_eq!(request.header("x-api-key"), None);
            let everything = format!("{request:?}");
            assert!(!everything.contains(sandbox.api_key()), "{everything}");
        }
    }
}

#[test]
fn every_request_says_what_the_page_asks() {
    for format in [Format::Xml, Format::Json] {
        let sandbox = sandbox();
        round_trip(&sandbox, format);
        let portal = at(&sandbox, Listener::Portal);
        let push = only(&portal, "GET", "/mobile/erp/push/DMDEV01/user1");
        assert_eq!(push.query("packetUniqueId").as_deref(), Some("id-1"));
        assert_eq!(push.query("size").as_deref(), Some("9"));
        assert_eq!(push.query("packetType").as_deref(), Some(format.as_str()));
        let pull = only(&portal, "GET", "/mobile/erp/pull/DMDEV01");
        assert_eq!(pull.query("packetType").as_deref(), Some("packet"));
        assert_eq!(pull.query("format").as_deref(), Some(format.as_str()));
        let done = only(&portal, "POST", "/mobile/erp/pull/DMDEV01/done");
        assert_eq!(done.query("format").as_deref(), Some(format.as_str()));
        assert_eq!(done.query("packetType"), None);
        assert_eq!(done.header("content-type"), Some(format.content_type()));
        for get in portal.iter().filter(|request| request.method == "GET") {
            assert_eq!(get.header("content-type"), Some("application/json"));
            assert_eq!(get.body_length, 0);
        }
        for request in sandbox.requests() {
            let agent = request.header("user-agent").unwrap_or_default();
            assert!(agent.starts_with("dmerp/"), "{agent}");
        }
    }
}

#[test]
fn an_upload_has_a_length_and_the_packets_type() {
    for (options, expected) in [
        (&[][..], "application/xml"),
        (&[("upload_content_type", "text/xml")][..], "text/xml"),
    ] {
        let sandbox = sandbox();
        push(&client_with(&sandbox, options), b"<pushed/>").expect("a push");
        let storage = at(&sandbox, Listener::Storage);
        let put = only(&storage, "PUT", "");
        assert_eq!(put.header("content-length"), Some("9"));
        assert_eq!(put.header("transfer-encoding"), None);
        assert_eq!(put.header("content-type"), Some(expected));
        assert_eq!(put.body_length, 9);
    }
}

#[test]
fn the_body_of_done_is_exactly_the_lists_of_the_page() {
    let bodies = [
        (
            Format::Json,
            r#"[{"id":"id<1>","receiptHandle":"h&1"},{"id":"id2","receiptHandle":"h2"}]"#,
        ),
        (
            Format::Xml,
            "<messages><message><id>id&lt;1&gt;</id><receiptHandle>h&amp;1</receiptHandle></message>\
             <message><id>id2</id><receiptHandle>h2</receiptHandle></message></messages>",
        ),
    ];
    for (format, expected) in bodies {
        let sandbox = sandbox();
        // Any answer will do, and one of success is not followed by another request.
        sandbox.fault(Fault::on_portal().answer(200, "application/json", r#"{"success":true}"#));
        let receipts = [("id<1>", "h&1"), ("id2", "h2")].map(|(id, handle)| Receipt {
            id: id.into(),
            receipt_handle: handle.into(),
        });
        client(&sandbox)
            .done(&receipts, PacketKind::File, Some(format), None)
            .expect("done");
        let portal = at(&sandbox, Listener::Portal);
        let done = only(&portal, "POST", "/done");
        let body = String::from_utf8(done.body.clone().expect("a short body")).expect("text");
        assert_eq!(body, expected);
        assert_eq!(done.query("packetType").as_deref(), Some("file"));
    }
}

#[test]
fn names_reach_the_server_as_they_are() {
    for name in [
        "DM/../01", "ü ser", "a&b=c", "100%", "a+b", "?#;:@", "..x", "\\back", "%2e%2e", "日本",
    ] {
        let sandbox = start(dmerp_sandbox::Options {
            app_area: name.into(),
            ..Default::default()
        });
        let client = client(&sandbox);
        client
            .push(name, Format::Xml, b"<p/>", Some(name), &Call::new())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let stored = sandbox.pushed(name).remove(0);
        assert_eq!(stored.mobile_user, name);
        assert_eq!(stored.packet_unique_id, name);
        sandbox.send(Outgoing::packet(name, &b"<p/>"[..]));
        let packet = pull_one(&client);
        let content = client.download(&packet.url, &Call::new());
        assert_eq!(content.expect("content"), b"<p/>");
    }
}

#[test]
fn names_that_no_url_can_hold_are_refused_before_any_request() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for (user, says) in [
        ("", "empty"),
        (".", "no URL can hold"),
        ("..", "no URL can hold"),
        ("a\nb", "control character"),
        (&"x".repeat(1025), "longer than 1024"),
    ] {
        let result = client.push(user, Format::Xml, b"<p/>", None, &Call::new());
        let error = fails(result, Status::InvalidArgument, says);
        assert_eq!(error.attempts(), 0);
    }
    let empty = client.push("user1", Format::Xml, b"", None, &Call::new());
    fails(empty, Status::InvalidArgument, "the packet is empty");
    fails(
        client.link("", &Call::new()),
        Status::InvalidArgument,
        "empty",
    );
    let blank = Receipt {
        id: "id".into(),
        receipt_handle: String::new(),
    };
    let result = client.done(&[blank], PacketKind::Packet, None, &Call::new());
    fails(
        result,
        Status::InvalidArgument,
        "receipt handle of receipt 1",
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_path_reaches_the_portal_as_it_listed_it() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for path in [
        "p".repeat(1025),
        format!("push_done/{}.xml", "ü/".repeat(4000)),
        "two\r\nlines\tand\u{1b}[31m, \u{202e}too".into(),
        "?a=b&c#d%2F+".into(),
        " x ".into(),
    ] {
        let list = serde_json::json!([{"id": "1", "receiptHandle": "h", "url": path}]);
        sandbox.fault(
            Fault::on_portal()
                .path_prefix("/mobile/erp/pull/DMDEV01")
                .answer(200, "application/json", list.to_string()),
        );
        let packet = pull_one(&client);
        assert_eq!(packet.url, path);
        client.link(&packet, None).expect("a link");
        client
            .download(&packet, None)
            .expect_err("nothing is stored there");
        let asked = at(&sandbox, Listener::Portal);
        assert_eq!(asked.len(), 3);
        for request in &asked[1..] {
            assert_eq!(request.query("path").as_deref(), Some(path.as_str()));
        }
        sandbox.clear_requests();
    }
}

#[test]
fn xml_cannot_carry_every_receipt_and_says_so() {
    let sandbox = sandbox();
    let receipt = [Receipt {
        id: "a\u{1}b".into(),
        receipt_handle: "h".into(),
    }];
    let client = client(&sandbox);
    let xml = client.done(
        &receipt,
        PacketKind::Packet,
        Some(Format::Xml),
        &Call::new(),
    );
    fails(xml, Status::InvalidArgument, "");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_receipt_that_cannot_be_sent_is_found_before_any_is() {
    let sandbox = sandbox();
    let client = client_with(&sandbox, &[("done_batch", "2")]);
    for _ in 0..4 {
        sandbox.send_packet("user1", b"<p/>");
    }
    let list = pull(&client).expect("a list");
    let mut receipts: Vec<_> = list.iter().map(Receipt::from).collect();
    sandbox.clear_requests();
    for (last, says) in [
        (("a\u{1}b", "h"), "the id of entry 5 holds \\u{1}"),
        (("a", "h\u{fffe}"), "the receiptHandle of entry 5 holds"),
        (("", "h"), "the id of receipt 5 is empty"),
    ] {
        receipts.truncate(4);
        receipts.push(Receipt {
            id: last.0.into(),
            receipt_handle: last.1.into(),
        });
        let done = client.done(&receipts, PacketKind::Packet, Some(Format::Xml), None);
        let error = fails(done, Status::InvalidArgument, says);
        assert_eq!(error.attempts(), 0);
        assert!(error.results().is_empty());
    }
    assert!(sandbox.requests().is_empty());
    assert_eq!(sandbox.waiting().len(), 4);
}

#[test]
fn connections_are_used_again() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for _ in 0..5 {
        pull(&client).expect("a list");
    }
    let mut connections: Vec<_> = sandbox.requests().iter().map(|r| r.connection).collect();
    connections.dedup();
    assert_eq!(connections.len(), 1, "{connections:?}");
}

#[test]
fn many_packets_are_marked_in_batches() {
    let sandbox = sandbox();
    sandbox.send_many(Outgoing::packet("user1", &b"<p/>"[..]), 25);
    let client = client_with(&sandbox, &[("done_batch", "10")]);
    let receipts: Vec<_> = pull(&client)
        .expect("a list")
        .iter()
        .map(Receipt::from)
        .collect();
    sandbox.clear_requests();
    client
        .done(&receipts, PacketKind::Packet, None, &Call::new())
        .expect("done");
    assert_eq!(at(&sandbox, Listener::Portal).len(), 3);
    assert!(sandbox.waiting().is_empty());
}
