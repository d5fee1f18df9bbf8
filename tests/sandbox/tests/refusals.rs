//! What the portal and the storage refuse, and how.

mod erp;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use dmerp_sandbox::{
    Dialects, DoneAgain, Fault, GetContentType, Listener, Options, Outgoing, Sandbox, UnknownArea,
};
use erp::{Erp, json, text};
use reqwest::blocking::Response;
use reqwest::header::CONTENT_TYPE;

fn start() -> (Sandbox, Erp) {
    start_with(Options::default())
}

fn start_with(options: Options) -> (Sandbox, Erp) {
    let sandbox = Sandbox::start(options).unwrap();
    let erp = Erp::of(&sandbox);
    (sandbox, erp)
}

/// An answer's status, kind and message, as API Gateway words them.
fn refusal(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let kind = response.headers()["x-amzn-errortype"]
        .to_str()
        .unwrap()
        .to_owned();
    (status, kind, text(&json(response), "message").to_owned())
}

fn owned(status: u16, kind: &str, message: &str) -> (u16, String, String) {
    (status, kind.to_owned(), message.to_owned())
}

#[test]
fn the_key_must_be_right() {
    let (sandbox, mut erp) = start();
    let forbidden = owned(403, "ForbiddenException", "Forbidden");
    erp.key = "wrong".to_owned();
    assert_eq!(refusal(erp.push("user1", "p", 1).unwrap()), forbidden);
    assert_eq!(refusal(erp.pull_with("").unwrap()), forbidden);
    assert_eq!(refusal(erp.link("push_done/x").unwrap()), forbidden);
    assert_eq!(
        refusal(
            erp.done_with("", "application/json", "[]".to_owned())
                .unwrap()
        ),
        forbidden
    );
    let bare = erp
        .http
        .get(format!("{}/erp/pull/DMDEV01", erp.base))
        .send()
        .unwrap();
    assert_eq!(refusal(bare), forbidden);
    assert!(sandbox.pushed("user1").is_empty());
}

#[test]
fn the_area_must_be_the_keys_own() {
    let (sandbox, mut erp) = start();
    erp.area = "OTHER".to_owned();
    let denied = owned(
        403,
        "AccessDeniedException",
        "User is not authorized to access this resource",
    );
    assert_eq!(refusal(erp.pull_with("").unwrap()), denied);
    sandbox.set_dialects(Dialects {
        unknown_area: UnknownArea::Forbidden,
        ..Dialects::default()
    });
    assert_eq!(
        refusal(erp.pull_with("").unwrap()),
        owned(403, "ForbiddenException", "Forbidden")
    );
    sandbox.set_dialects(Dialects {
        unknown_area: UnknownArea::NotFound,
        ..Dialects::default()
    });
    assert_eq!(refusal(erp.pull_with("").unwrap()).0, 404);
}

#[test]
fn unknown_paths_and_methods_look_like_api_gateways() {
    let (_sandbox, erp) = start();
    let missing = owned(
        403,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );
    assert_eq!(refusal(erp.get("nothing").unwrap()), missing);
    let deleted = erp
        .http
        .delete(format!("{}/erp/pull/DMDEV01", erp.base))
        .send()
        .unwrap();
    assert_eq!(refusal(deleted), missing);
    let other_base = erp.base.replace("/mobile", "");
    let pulled = erp
        .http
        .get(format!("{other_base}/erp/pull/DMDEV01"))
        .header("x-api-key", &erp.key);
    assert_eq!(
        pulled
            .header(CONTENT_TYPE, "application/json")
            .send()
            .unwrap()
            .status(),
        200
    );
}

#[test]
fn requests_must_be_what_the_page_asks_for() {
    let (sandbox, erp) = start();
    let pull = erp
        .http
        .get(format!("{}/erp/pull/DMDEV01", erp.base))
        .header("x-api-key", &erp.key);
    let bare = pull.try_clone().unwrap();
    assert_eq!(bare.send().unwrap().status(), 200);
    sandbox.set_dialects(Dialects {
        get_content_type: GetContentType::Required,
        ..Dialects::default()
    });
    assert_eq!(
        refusal(pull.send().unwrap()).0,
        400,
        "a GET without Content-Type"
    );
    for query in ["?format=yaml", "?packetType=data"] {
        assert_eq!(refusal(erp.pull_with(query).unwrap()).0, 400, "{query}");
    }
    for query in [
        "size=1&packetType=xml",
        "packetUniqueId=p&packetType=xml",
        "packetUniqueId=p&size=x&packetType=xml",
        "packetUniqueId=p&size=1&packetType=data",
        "packetUniqueId=p&size=1",
    ] {
        let push = erp.get(&format!("push/DMDEV01/user1?{query}")).unwrap();
        assert_eq!(refusal(push).0, 400, "{query}");
    }
    for path in ["", "../x", "push_done/../x", "/push_done/x"] {
        assert_eq!(refusal(erp.link(path).unwrap()).0, 400, "{path}");
    }
    let broken =
        "<messages><message><id>a</id><receiptHandle>b</receiptHandle>,<message/><messages>";
    for (query, content_type, body) in [
        ("format=xml", "application/json", "<messages/>"),
        ("format=json", "application/xml", "[]"),
        ("format=xml", "application/xml", broken),
        ("format=xml", "application/xml", "<messages/>,"),
        ("format=xml", "application/xml", "<packets/>"),
        (
            "format=xml",
            "application/xml",
            "<messages><message><id>a</id></message></messages>",
        ),
        (
            "format=json",
            "application/json",
            r#"{"id":"a","receiptHandle":"b"}"#,
        ),
        ("format=json", "application/json", r#"[{"id":"a"}]"#),
    ] {
        let done = erp.done_with(query, content_type, body.to_owned()).unwrap();
        assert_eq!(refusal(done).0, 400, "{query} {content_type} {body}");
    }
}

#[test]
fn an_unknown_mobile_user_is_a_failure_that_answers_200() {
    let (sandbox, erp) = start_with(Options {
        mobile_users: Some(vec!["user1".to_owned()]),
        ..Options::default()
    });
    let answer = erp.push("nobody", "p", 1).unwrap();
    assert_eq!(answer.status(), 200);
    let answer = json(answer);
    assert_eq!(answer["success"], false);
    assert!(text(&answer, "message").contains("nobody"));
    assert!(answer.get("uploadPath").is_none());
    assert_eq!(json(erp.push("user1", "p", 1).unwrap())["success"], true);
    assert_eq!(sandbox.mobile_users(), ["user1"]);
}

#[test]
fn listed_packets_hide_until_the_time_is_over() {
    let (sandbox, erp) = start();
    sandbox.send_packet("user1", b"x");
    let first = erp.pull();
    assert!(erp.pull().is_empty());
    assert!(sandbox.waiting()[0].hidden);
    sandbox.show_hidden();
    let second = erp.pull();
    assert_eq!(first[0]["id"], second[0]["id"]);
    assert_ne!(first[0]["receiptHandle"], second[0]["receiptHandle"]);
    assert_eq!(sandbox.waiting()[0].deliveries, 2);

    let (sandbox, erp) = start_with(Options {
        visibility_timeout: Duration::ZERO,
        ..Options::default()
    });
    sandbox.send_packet("user1", b"x");
    assert_eq!((erp.pull().len(), erp.pull().len()), (1, 1));
}

#[test]
fn stale_handles_remove_nothing_and_good_ones_still_do() {
    let (sandbox, erp) = start();
    sandbox.send(Outgoing::packet("user1", "x").id("a"));
    sandbox.send(Outgoing::packet("user1", "x").id("b"));
    let first = erp.pull();
    sandbox.show_hidden();
    let second = erp.pull();
    let stale = text(&first[0], "receiptHandle");
    let answer = erp.done(&[("a", stale), ("b", text(&second[1], "receiptHandle"))]);
    assert_eq!(answer["success"], false);
    let message = text(&answer, "message");
    assert!(
        message.contains(stale) && message.contains("has expired"),
        "{message}"
    );
    let waiting = sandbox.waiting();
    assert_eq!((waiting.len(), &*waiting[0].id), (1, "a"));
    sandbox.expire_handles();
    assert_eq!(
        erp.done(&[("a", text(&second[0], "receiptHandle"))])["success"],
        false
    );
    assert_eq!(erp.done(&[("a", "never given out")])["success"], false);
}

#[test]
fn a_repeated_done_answers_in_its_dialects() {
    let (sandbox, erp) = start();
    sandbox.send(Outgoing::packet("user1", "x").id("a"));
    let listed = erp.pull();
    let receipt = ("a", text(&listed[0], "receiptHandle"));
    assert_eq!(erp.done(&[receipt])["success"], true);
    assert_eq!(erp.done(&[receipt])["success"], true);
    sandbox.set_dialects(Dialects {
        done_again: DoneAgain::Expired,
        ..Dialects::default()
    });
    assert_eq!(erp.done(&[receipt])["success"], false);
}

#[test]
fn a_pull_lists_no_more_than_told() {
    let (sandbox, erp) = start_with(Options {
        max_per_pull: Some(2),
        ..Options::default()
    });
    sandbox.send_many(Outgoing::packet("user1", "x").id("n"), 3);
    let ids = |packets: Vec<serde_json::Value>| {
        packets
            .iter()
            .map(|p| text(p, "id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(erp.pull()), ["n-1", "n-2"]);
    assert_eq!(ids(erp.pull()), ["n-3"]);
}

/// An S3 error's status and the fields of its document.
fn s3_error(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/xml");
    let body = response.text().unwrap();
    let document = roxmltree::Document::parse(&body).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name("Error"), "{body}");
    let field = |name| {
        root.children()
            .find(|node| node.has_tag_name(name))
            .and_then(|node| node.text())
    };
    assert!(field("RequestId").is_some() && field("HostId").is_some());
    (
        status,
        field("Code").unwrap().to_owned(),
        field("Message").unwrap().to_owned(),
    )
}

#[test]
fn the_storage_refuses_a_late_url() {
    let (sandbox, erp) = start();
    let sent = sandbox.send_packet("user1", b"x");
    sandbox.fault(Fault::on_portal().expire_links());
    let late = erp.link(&sent.url).unwrap().text().unwrap();
    let refused = s3_error(erp.http.get(&late).send().unwrap());
    assert_eq!(refused, owned(403, "AccessDenied", "Request has expired"));
    let fresh = erp.link(&sent.url).unwrap().text().unwrap();
    assert_eq!(erp.http.get(&fresh).send().unwrap().text().unwrap(), "x");
    sandbox.fault(Fault::on_portal().expire_links());
    let late = json(erp.push("user1", "p", 1).unwrap());
    let put = erp
        .http
        .put(text(&late, "uploadPath"))
        .body("x")
        .send()
        .unwrap();
    assert_eq!(
        s3_error(put),
        owned(403, "AccessDenied", "Request has expired")
    );
    assert!(sandbox.pushed("user1")[0].content.is_none());
}

#[test]
fn a_url_expires_by_the_clock() {
    let (sandbox, erp) = start_with(Options {
        link_ttl: Duration::from_secs(1),
        ..Options::default()
    });
    let sent = sandbox.send_packet("user1", b"x");
    let link = erp.link(&sent.url).unwrap().text().unwrap();
    assert_eq!(erp.http.get(&link).send().unwrap().status(), 200);
    std::thread::sleep(Duration::from_millis(2100));
    assert_eq!(
        s3_error(erp.http.get(&link).send().unwrap()).2,
        "Request has expired"
    );
}

#[test]
fn the_storage_refuses_what_s3_refuses() {
    let (sandbox, erp) = start();
    let sent = sandbox.send_packet("user1", b"x");
    let link = erp.link(&sent.url).unwrap().text().unwrap();
    let get = |url: &str| s3_error(erp.http.get(url).send().unwrap());
    let put = s3_error(erp.http.put(&link).body("x").send().unwrap());
    assert_eq!((put.0, &*put.1), (403, "SignatureDoesNotMatch"));
    let forged = get(&link.replace("push_done", "push_gone"));
    assert_eq!((forged.0, &*forged.1), (403, "SignatureDoesNotMatch"));
    let unsigned = get(link.split('?').next().unwrap());
    assert_eq!(unsigned, owned(403, "AccessDenied", "Access Denied"));
    let missing = erp
        .link("push_done/DMDEV01/2020010101/user1/none.xml")
        .unwrap()
        .text()
        .unwrap();
    assert_eq!(
        get(&missing),
        owned(404, "NoSuchKey", "The specified key does not exist.")
    );
}

#[test]
fn the_storage_wants_a_content_length() {
    let (sandbox, erp) = start();
    let answer = json(erp.push("user1", "p", 3).unwrap());
    let url = text(&answer, "uploadPath");
    let chunked = erp
        .http
        .put(url)
        .body(reqwest::blocking::Body::new(&b"abc"[..]))
        .send()
        .unwrap();
    let chunked = s3_error(chunked);
    assert_eq!((chunked.0, &*chunked.1), (501, "NotImplemented"));
    // No client library leaves both headers out of a PUT.
    let address = sandbox.storage_url().replace("http://", "");
    let target = url.strip_prefix(&sandbox.storage_url()).unwrap();
    let mut connection = TcpStream::connect(&address).unwrap();
    write!(
        connection,
        "PUT {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 411 ") && answer.contains("<Code>MissingContentLength</Code>"),
        "{answer}"
    );
    assert!(sandbox.pushed("user1")[0].content.is_none());
    let empty = erp.http.put(url).body("").send().unwrap();
    assert_eq!(empty.status(), 200);
    assert_eq!(
        sandbox.pushed("user1")[0].content.as_deref(),
        Some(&b""[..])
    );
}

#[test]
fn an_upload_that_breaks_off_stores_nothing() {
    let (sandbox, erp) = start();
    let answer = json(erp.push("user1", "p", 1000).unwrap());
    let url = text(&answer, "uploadPath");
    let address = sandbox.storage_url().replace("http://", "");
    let target = url.strip_prefix(&sandbox.storage_url()).unwrap();
    let mut connection = TcpStream::connect(&address).unwrap();
    write!(
        connection,
        "PUT {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 1000\r\n\r\nabc"
    )
    .unwrap();
    drop(connection);
    let upload = |request: &dmerp_sandbox::Request| {
        request.listener == Listener::Storage && request.outcome != dmerp_sandbox::Outcome::Pending
    };
    assert!(
        sandbox
            .wait_for_request(upload, Duration::from_secs(10))
            .is_some()
    );
    assert!(sandbox.pushed("user1")[0].content.is_none());
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let (sandbox, _erp) = start();
    let port = url::Url::parse(&sandbox.base_url())
        .unwrap()
        .port()
        .unwrap();
    let error = Sandbox::start(Options {
        port,
        ..Options::default()
    })
    .unwrap_err()
    .to_string();
    assert!(
        error.contains(&format!("the portal can't listen on 127.0.0.1:{port}")),
        "{error}"
    );
    assert!(
        Sandbox::start(Options {
            host: "example.com".to_owned(),
            ..Options::default()
        })
        .is_err()
    );
}
