//! Every fault, as a client meets it, and the log of it.

mod erp;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use dmerp_sandbox::{
    Answer, Dialects, Fault, Listener, Options, Outcome, Outgoing, Sandbox, Spoilt, StaleReceipt,
    Then,
};
use erp::{Erp, client, json, text};

const LONG: Duration = Duration::from_secs(10);

fn start() -> (Sandbox, Erp) {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let erp = Erp::of(&sandbox);
    (sandbox, erp)
}

/// A link to 1,000 bytes.
fn link(sandbox: &Sandbox, erp: &Erp) -> String {
    let sent = sandbox.send_packet("user1", &[b'x'; 1000]);
    erp.link(&sent.url).unwrap().text().unwrap()
}

/// What comes over the wire for a bare GET, up to the connection's end or a second's silence.
fn raw_get(url: &str, silence: Duration) -> (String, bool) {
    let url = url::Url::parse(url).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut connection = TcpStream::connect(&host).unwrap();
    connection.set_read_timeout(Some(silence)).unwrap();
    let target = &url[url::Position::BeforePath..];
    write!(connection, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let closed = loop {
        match connection.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(_) => break false,
        }
    };
    (String::from_utf8(bytes).unwrap(), closed)
}

#[test]
fn answers_are_made_up() {
    let (sandbox, erp) = start();
    sandbox.fault(
        Fault::on_portal()
            .path("/pull/")
            .skip(1)
            .times(2)
            .status(503),
    );
    let statuses: Vec<u16> = (0..4)
        .map(|_| erp.pull_with("").unwrap().status().as_u16())
        .collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert_eq!(sandbox.faults()[0].applied, 2);

    let answer = Answer {
        content_type: Some("text/plain".to_owned()),
        body: b"tea".to_vec(),
        ..Answer::status(418).header("x-one", "1")
    };
    sandbox.fault(
        Fault::anywhere()
            .method("GET")
            .path_prefix("/mobile/erp/pull")
            .answer_with(answer),
    );
    let response = erp.pull_with("").unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-one"]),
        (418, &"1".parse().unwrap())
    );
    assert_eq!(response.text().unwrap(), "tea");

    sandbox.fault(Fault::on_portal().garbage());
    let garbage = erp.pull_with("").unwrap();
    assert_eq!(garbage.status(), 200);
    assert!(String::from_utf8(garbage.bytes().unwrap().to_vec()).is_err());
    sandbox.fault(Fault::on_portal().garbage_bytes("}{"));
    assert_eq!(erp.pull_with("").unwrap().text().unwrap(), "}{");
    sandbox.fault(Fault::on_portal().html());
    assert!(
        erp.pull_with("")
            .unwrap()
            .text()
            .unwrap()
            .contains("<html>")
    );
    sandbox.fault(Fault::on_portal().redirect(307, "http://127.0.0.1:1/away"));
    let redirect = erp.pull_with("").unwrap();
    assert_eq!(
        (redirect.status().as_u16(), &redirect.headers()["location"]),
        (307, &"http://127.0.0.1:1/away".parse().unwrap())
    );
}

#[test]
fn throttling_says_when_to_come_again() {
    let (sandbox, erp) = start();
    let retry_after = |fault| {
        sandbox.fault(fault);
        let response = erp.pull_with("").unwrap();
        assert_eq!(response.status(), 429);
        response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(retry_after(Fault::on_portal().throttle(None)), None);
    assert_eq!(
        retry_after(Fault::on_portal().throttle(Some(7))).as_deref(),
        Some("7")
    );
    let date = retry_after(Fault::on_portal().throttle_until(Duration::from_secs(60))).unwrap();
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    let ahead = date.as_second() - jiff::Timestamp::now().as_second();
    assert!((58..=60).contains(&ahead), "{ahead}");
}

#[test]
fn a_delay_goes_on_to_the_next_rule() {
    let (sandbox, erp) = start();
    sandbox.fault(Fault::on_portal().delay(Duration::from_millis(120)));
    sandbox.fault(Fault::on_portal().status(500));
    let begun = Instant::now();
    assert_eq!(erp.pull_with("").unwrap().status(), 500);
    assert!(begun.elapsed() >= Duration::from_millis(120));
}

#[test]
fn a_hanging_request_is_logged_and_ends_with_the_sandbox() {
    let (sandbox, erp) = start();
    sandbox.fault(Fault::on_portal().hang());
    let waiting = thread::spawn(move || erp.pull_with(""));
    let seen = sandbox
        .wait_for_request(|request| request.path().ends_with("/pull/DMDEV01"), LONG)
        .unwrap();
    assert_eq!(
        (seen.outcome, seen.header("X-Api-Key")),
        (Outcome::Pending, Some("sandbox-key"))
    );
    let begun = Instant::now();
    sandbox.stop();
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert!(waiting.join().unwrap().is_err());
}

#[test]
fn a_client_that_goes_is_noticed() {
    let (sandbox, erp) = start();
    sandbox.fault(Fault::anywhere().forever().hang());
    let url = format!("{}/erp/pull/DMDEV01", erp.base);
    let hasty = client()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert!(hasty.get(url).send().unwrap_err().is_timeout());
    let gone = sandbox.wait_for_request(|request| request.outcome == Outcome::Dropped, LONG);
    assert_eq!(gone.unwrap().fault, Some(1));
    assert!(
        hasty
            .put(sandbox.storage_url())
            .body("x")
            .send()
            .unwrap_err()
            .is_timeout()
    );
    let gone = |request: &dmerp_sandbox::Request| {
        request.listener == Listener::Storage && request.outcome == Outcome::Dropped
    };
    assert!(sandbox.wait_for_request(gone, LONG).is_some());
}

#[test]
fn connections_drop_before_the_work_or_after_it() {
    let (sandbox, erp) = start();
    sandbox.fault(Fault::on_portal().drop_before_headers());
    assert!(erp.push("user1", "p", 1).is_err());
    assert!(sandbox.pushed("user1").is_empty());
    sandbox.fault(Fault::on_portal().lose_answer());
    assert!(erp.push("user1", "p", 1).is_err());
    assert_eq!(sandbox.pushed("user1")[0].pushes, 1);
    let outcomes: Vec<_> = sandbox
        .requests()
        .iter()
        .map(|request| (request.outcome, request.fault))
        .collect();
    assert_eq!(
        outcomes,
        [(Outcome::Dropped, Some(1)), (Outcome::Dropped, Some(2))]
    );

    let answer = json(erp.push("user1", "p", 1).unwrap());
    sandbox.fault(Fault::on_storage().lose_answer());
    assert!(
        erp.http
            .put(text(&answer, "uploadPath"))
            .body("x")
            .send()
            .is_err()
    );
    assert_eq!(
        sandbox.pushed("user1")[0].content.as_deref(),
        Some(&b"x"[..])
    );
}

#[test]
fn connections_are_reset_before_an_answer_or_amid_it() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    let received = |fault| {
        sandbox.fault(fault);
        let url = url::Url::parse(&link).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let mut connection = TcpStream::connect(&host).unwrap();
        let target = &url[url::Position::BeforePath..];
        write!(connection, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        let error = connection.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(received(Fault::on_storage().reset_before_headers()), "");
    let answer = received(Fault::on_storage().reset_after_headers());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200 OK") && head.contains("content-length: 1000"),
        "{head}"
    );
    assert_eq!(body, "");
}

#[test]
fn an_answer_is_withheld_after_the_work() {
    let (sandbox, erp) = start();
    sandbox.fault(Fault::on_portal().withhold_answer());
    let hasty = Erp {
        http: client()
            .timeout(Duration::from_millis(500))
            .build()
            .unwrap(),
        ..Erp::of(&sandbox)
    };
    assert!(hasty.push("user1", "p", 1).unwrap_err().is_timeout());
    assert_eq!(sandbox.pushed("user1")[0].pushes, 1);
    assert!(erp.push("user1", "p", 1).is_ok());
}

#[test]
fn handles_become_stale_before_the_work() {
    let (sandbox, erp) = start();
    sandbox.send_packet("user1", b"x");
    let done = || {
        let listed = erp.pull();
        let answer = erp.done(&[(text(&listed[0], "id"), text(&listed[0], "receiptHandle"))]);
        answer["success"].clone()
    };
    sandbox.fault(Fault::on_portal().path("/done").expire_handles());
    assert_eq!(done(), false);
    assert_eq!(sandbox.waiting().len(), 1);
    sandbox.show_hidden();
    assert_eq!(done(), true);
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn an_announced_length_is_wrong() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    let body = |by| {
        sandbox.fault(Fault::on_storage().wrong_length(by));
        let (answer, closed) = raw_get(&link, Duration::from_millis(200));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let length = format!("content-length: {}\r\n", 1000 + by);
        assert!(head.contains(&length), "{head}");
        assert_eq!(head.matches("content-length").count(), 1, "{head}");
        (body.len(), closed)
    };
    assert_eq!(body(7), (1000, true));
    assert_eq!(body(-7), (1000, false));
    // What stands too much on the connection is not taken for the start of the next answer.
    sandbox.fault(Fault::on_storage().wrong_length(-7));
    for expected in [993, 1000] {
        let content = erp.http.get(&link).send().unwrap().bytes().unwrap();
        assert_eq!(content.len(), expected);
    }
}

#[test]
fn a_fault_hits_the_packet_that_its_query_names() {
    let (sandbox, erp) = start();
    let (one, other) = (
        sandbox.send_packet("user1", b"x"),
        sandbox.send_packet("user2", b"x"),
    );
    sandbox.fault(
        Fault::on_portal()
            .query("%2Fuser2%2F")
            .forever()
            .status(500),
    );
    assert_eq!(erp.link(&one.url).unwrap().status(), 200);
    assert_eq!(erp.link(&other.url).unwrap().status(), 500);
}

#[test]
fn the_storage_goes_down_and_comes_back_on_its_port() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    let get = || erp.http.get(&link).send();
    assert_eq!(get().unwrap().status(), 200);
    for _ in 0..2 {
        sandbox.storage_down();
        assert!(get().unwrap_err().is_connect());
        assert!(get().unwrap_err().is_connect());
        assert_eq!(erp.pull_with("").unwrap().status(), 200);
        sandbox.storage_up();
        assert_eq!(get().unwrap().status(), 200);
    }
    sandbox.fault(Fault::on_storage().hang());
    thread::scope(|scope| {
        let waiting = scope.spawn(get);
        sandbox
            .wait_for_request(|request| request.fault == Some(1), LONG)
            .unwrap();
        sandbox.storage_down();
        assert!(waiting.join().unwrap().is_err(), "no connection stays");
    });
    sandbox.reset();
    assert_eq!(get().unwrap().status(), 200);
}

#[test]
fn bodies_are_cut_exactly() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    let body = |fault, silence| {
        sandbox.fault(fault);
        let (answer, closed) = raw_get(&link, silence);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 OK") && head.contains("content-length: 1000"),
            "{head}"
        );
        (body.len(), closed)
    };
    assert_eq!(
        body(Fault::on_storage().drop_after_headers(), LONG),
        (0, true)
    );
    assert_eq!(body(Fault::on_storage().truncate(1), LONG), (1, true));
    assert_eq!(body(Fault::on_storage().truncate(999), LONG), (999, true));
    assert_eq!(
        body(Fault::on_storage().stall(10), Duration::from_millis(200)),
        (10, false)
    );
    sandbox.fault(Fault::on_storage().truncate(500));
    let cut = erp.http.get(&link).send().unwrap();
    assert_eq!(cut.content_length(), Some(1000));
    assert!(cut.bytes().is_err());
    sandbox.fault(Fault::on_portal().truncate(1));
    sandbox.send_packet("user1", b"x");
    assert!(erp.pull_with("").unwrap().bytes().is_err());
}

#[test]
fn a_big_body_is_cut_exactly_too() {
    let (sandbox, erp) = start();
    let sent = sandbox.send_packet("user1", &vec![b'x'; 8_000_000]);
    let link = erp.link(&sent.url).unwrap().text().unwrap();
    sandbox.fault(Fault::on_storage().truncate(7_654_321));
    let (answer, closed) = raw_get(&link, LONG);
    assert_eq!(
        (answer.split_once("\r\n\r\n").unwrap().1.len(), closed),
        (7_654_321, true)
    );
}

#[test]
fn a_made_up_answer_is_big_or_ends_too_soon() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    let big = Answer::s3_error(503, "SlowDown").padded(2 << 20);
    sandbox.fault(Fault::on_storage().answer_with(big.clone()));
    let response = erp.http.get(&link).send().unwrap();
    assert_eq!(response.status(), 503);
    let body = response.text().unwrap();
    assert!(body.contains("<Code>SlowDown</Code>") && body.ends_with("  "));
    assert!((2 << 20..(2 << 20) + 1000).contains(&body.len()));
    let received = |answer, silence| {
        sandbox.fault(Fault::on_storage().answer_with(answer));
        let (answer, closed) = raw_get(&link, silence);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let length = format!("content-length: {}", 2 << 20);
        assert!(
            head.starts_with("HTTP/1.1 500") && head.contains(&length),
            "{head}"
        );
        (body.len(), closed)
    };
    let big = Answer::status(500).padded(2 << 20);
    assert_eq!(
        received(big.clone().truncated(1_000_000), LONG),
        (1_000_000, true)
    );
    assert_eq!(
        received(big.stalled(10), Duration::from_millis(200)),
        (10, false)
    );
}

/// Begins a PUT of 64 MiB; answers what the client reads once it sent so much, and whether the connection ended then.
fn begun_upload(sandbox: &Sandbox, erp: &Erp, sent: usize) -> (TcpStream, String, bool) {
    let announced = json(erp.push("user1", "p", 64 << 20).unwrap());
    let url = url::Url::parse(text(&announced, "uploadPath")).unwrap();
    let host = sandbox.storage_url().replace("http://", "");
    let mut connection = TcpStream::connect(&host).unwrap();
    connection
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let target = &url[url::Position::BeforePath..];
    let length = 64 << 20;
    write!(
        connection,
        "PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    // A connection that was reset takes no more; what was answered before that is what counts.
    let _ = connection.write_all(&vec![b'x'; sent]);
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let ended = loop {
        match connection.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    (connection, String::from_utf8(bytes).unwrap(), ended)
}

#[test]
fn an_upload_is_answered_before_it_is_read() {
    let (sandbox, erp) = start();
    let denied = Answer::s3_error(403, "AccessDenied");
    sandbox.fault(Fault::on_storage().answer_with(denied.clone().early(100_000, Then::Close)));
    let (mut connection, answer, ended) = begun_upload(&sandbox, &erp, 1_000_000);
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("connection: close"),
        "{answer}"
    );
    assert!(answer.contains("<Code>AccessDenied</Code>") && answer.ends_with("</Error>"));
    assert!(ended);
    // What the client sends after the answer is thrown away, and resets nothing.
    connection.write_all(&vec![b'x'; 8 << 20]).unwrap();

    sandbox.fault(Fault::on_storage().answer_with(denied.early(100_000, Then::KeepOpen)));
    let (mut connection, answer, ended) = begun_upload(&sandbox, &erp, 1_000_000);
    assert!(answer.starts_with("HTTP/1.1 403") && answer.ends_with("</Error>"));
    assert!(!ended);
    connection
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(
        connection.write_all(&vec![b'x'; 63 << 20]).is_err(),
        "nobody reads it"
    );

    let (pushed, requests) = (sandbox.pushed("user1"), sandbox.requests());
    assert_eq!(pushed[0].uploads, 0);
    let uploads: Vec<_> = requests
        .iter()
        .filter(|request| request.listener == Listener::Storage)
        .collect();
    assert_eq!(
        (uploads[0].status(), uploads[1].status()),
        (Some(403), Some(403))
    );
    for upload in uploads {
        assert!((100_000..=1_000_000).contains(&upload.body_length));
    }
}

#[test]
fn an_upload_is_dropped_in_its_midst() {
    let (sandbox, erp) = start();
    sandbox.fault(
        Fault::on_storage()
            .method("PUT")
            .drop_while_reading(500_000),
    );
    let (_connection, answer, ended) = begun_upload(&sandbox, &erp, 1_000_000);
    assert_eq!((&*answer, ended), ("", true));
    let dropped = |request: &dmerp_sandbox::Request| request.outcome == Outcome::Dropped;
    let dropped = sandbox.wait_for_request(dropped, LONG).unwrap();
    assert!((500_000..=1_000_000).contains(&dropped.body_length));
    assert_eq!(sandbox.pushed("user1")[0].uploads, 0);
}

#[test]
fn entries_are_spoilt_among_good_ones() {
    let (sandbox, erp) = start();
    sandbox.send_many(Outgoing::packet("user1", "x").id("n"), 6);
    let spoilt = [
        (1, Spoilt::NoUrl),
        (2, Spoilt::NestedId),
        (3, Spoilt::NoId),
        (4, Spoilt::NoReceiptHandle),
        (5, Spoilt::Text),
        (9, Spoilt::NoUrl),
    ];
    sandbox.fault(Fault::on_portal().path("/pull/").spoil_entries(&spoilt));
    let listed = erp.pull();
    assert_eq!(listed.len(), 6);
    assert!(listed[0].get("url").is_none() && listed[0]["id"] == "n-1");
    assert_eq!(listed[1]["id"]["value"], "n-2");
    assert!(listed[2].get("id").is_none() && listed[2]["receiptHandle"].is_string());
    assert!(listed[3].get("receiptHandle").is_none() && listed[3]["id"] == "n-4");
    assert!(listed[4].is_string());
    let handle = text(&listed[5], "receiptHandle");
    assert_eq!(erp.done(&[("n-6", handle)])["success"], true);
    assert_eq!(sandbox.waiting().len(), 5);

    sandbox.show_hidden();
    sandbox.fault(Fault::on_portal().path("/pull/").spoil_entries(&spoilt));
    let list = erp.pull_with("?format=xml").unwrap().text().unwrap();
    let list = roxmltree::Document::parse(&list).unwrap();
    let entry = |place: usize| list.root_element().children().nth(place - 1).unwrap();
    let field = |place, name| entry(place).children().find(|node| node.has_tag_name(name));
    assert!(field(1, "url").is_none() && field(1, "id").is_some());
    let nested = field(2, "id").unwrap().first_element_child().unwrap();
    assert_eq!(
        (nested.tag_name().name(), nested.text()),
        ("value", Some("n-2"))
    );
    assert!(field(3, "id").is_none() && field(4, "receiptHandle").is_none());
    assert_eq!(entry(5).text(), Some("not an entry"));
}

#[test]
fn one_stale_handle_may_refuse_all() {
    for (dialect, status) in [
        (StaleReceipt::NoneRemoved, 200),
        (StaleReceipt::BadRequest, 400),
    ] {
        let (sandbox, erp) = start();
        sandbox.set_dialects(Dialects {
            stale_receipt: dialect,
            ..Dialects::default()
        });
        sandbox.send(Outgoing::packet("user1", "x").id("a"));
        let listed = erp.pull();
        let good = serde_json::json!({ "id": "a", "receiptHandle": listed[0]["receiptHandle"] });
        let stale = serde_json::json!({ "id": "b", "receiptHandle": "stale" });
        let done = |receipts: serde_json::Value| {
            erp.done_with("format=json", "application/json", receipts.to_string())
                .unwrap()
        };
        let refused = done(serde_json::json!([good, stale]));
        assert_eq!(refused.status(), status);
        assert!(text(&json(refused), "message").contains("stale"));
        assert_eq!(sandbox.waiting().len(), 1);
        assert_eq!(json(done(serde_json::json!([good])))["success"], true);
        assert!(sandbox.waiting().is_empty());
    }
}

#[test]
fn a_body_trickles_or_has_no_length() {
    let (sandbox, erp) = start();
    let link = link(&sandbox, &erp);
    sandbox.fault(Fault::on_storage().trickle(300, Duration::from_millis(30)));
    let begun = Instant::now();
    assert_eq!(
        erp.http.get(&link).send().unwrap().bytes().unwrap().len(),
        1000
    );
    assert!(begun.elapsed() >= Duration::from_millis(120));
    sandbox.fault(Fault::on_storage().no_length());
    let (answer, closed) = raw_get(&link, LONG);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        !head.contains("content-length") && !head.contains("transfer-encoding"),
        "{head}"
    );
    assert_eq!((body.len(), closed), (1000, true));
    sandbox.fault(Fault::on_storage().no_length());
    assert_eq!(
        erp.http.get(&link).send().unwrap().bytes().unwrap().len(),
        1000
    );
}

#[test]
fn deliveries_double() {
    let (sandbox, erp) = start();
    sandbox.send(Outgoing::packet("user1", "x").id("a"));
    assert_eq!(erp.pull().len(), 1);
    sandbox.fault(Fault::on_portal().path("/pull/").duplicate_delivery());
    let doubled = erp.pull();
    assert_eq!(doubled.len(), 2);
    assert_eq!(doubled[0]["id"], doubled[1]["id"]);
    assert_ne!(doubled[0]["receiptHandle"], doubled[1]["receiptHandle"]);
    let receipts: Vec<_> = doubled
        .iter()
        .map(|packet| ("a", text(packet, "receiptHandle")))
        .collect();
    assert_eq!(erp.done(&receipts)["success"], true);
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn the_log_keeps_requests_as_they_were_sent() {
    let (sandbox, erp) = start();
    let sent = sandbox.send_packet("user1", b"abc");
    let link = erp.link(&sent.url).unwrap().text().unwrap();
    assert_eq!(erp.http.get(&link).send().unwrap().text().unwrap(), "abc");
    erp.done_with("format=json", "application/json", "[]".to_owned())
        .unwrap();
    erp.get("pull/DMDEV01/%6Cink?path=%2e%2e").unwrap();
    let requests = sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| (request.seq, request.listener, request.status()))
        .collect();
    let (portal, storage) = (Listener::Portal, Listener::Storage);
    assert_eq!(
        seen,
        [
            (1, portal, Some(200)),
            (2, storage, Some(200)),
            (3, portal, Some(200)),
            (4, portal, Some(403))
        ]
    );
    assert_eq!(requests[0].query("path").as_deref(), Some(&*sent.url));
    assert_eq!(
        format!("{}{}", sandbox.storage_url(), requests[1].target),
        link
    );
    assert_eq!(requests[1].header("x-api-key"), None);
    assert_eq!(requests[2].body.as_deref(), Some(&b"[]"[..]));
    assert_eq!(
        requests[3].target,
        "/mobile/erp/pull/DMDEV01/%6Cink?path=%2e%2e"
    );
    assert_eq!(
        requests[0].connection, requests[2].connection,
        "the client keeps its connection"
    );
    assert_ne!(requests[0].connection, requests[1].connection);
    sandbox.clear_requests();
    erp.pull();
    assert_eq!(sandbox.requests()[0].seq, 5);
}

#[test]
fn a_reset_forgets_all() {
    let (sandbox, erp) = start();
    sandbox.send_packet("user1", b"x");
    erp.push_and_upload("user1", "p", b"x");
    sandbox.fault(Fault::anywhere().forever().hang());
    sandbox.reset();
    assert!(sandbox.waiting().is_empty() && sandbox.pushed("user1").is_empty());
    assert!(sandbox.faults().is_empty() && sandbox.requests().is_empty());
    assert!(erp.pull().is_empty());
}

#[test]
fn ten_thousand_packets_are_listed_and_done_at_once() {
    let (sandbox, erp) = start();
    sandbox.send_many(Outgoing::packet("user1", "x"), 10_000);
    let begun = Instant::now();
    let packets = erp.pull();
    assert_eq!(packets.len(), 10_000);
    let receipts: Vec<_> = packets
        .iter()
        .map(|packet| (text(packet, "id"), text(packet, "receiptHandle")))
        .collect();
    assert_eq!(erp.done(&receipts)["success"], true);
    assert!(sandbox.waiting().is_empty());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
