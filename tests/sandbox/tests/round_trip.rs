//! A packet's way in both directions, in both formats and in every dialect.

mod erp;

use dmerp_sandbox::{
    Dialects, DoneAnswer, EmptyQueue, Forms, LinkAnswer, Numbers, Options, Outgoing, PushAnswer,
    Queue, Sandbox,
};
use erp::{Erp, json, text};

fn start() -> (Sandbox, Erp) {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let erp = Erp::of(&sandbox);
    (sandbox, erp)
}

#[test]
fn a_pushed_packet_reaches_its_mobile_user() {
    let (sandbox, erp) = start();
    erp.push_and_upload("user1", "p-1", b"<NavMobileSync/>");
    let pushed = sandbox.pushed("user1");
    assert_eq!(pushed.len(), 1);
    assert_eq!(pushed[0].packet_unique_id, "p-1");
    assert_eq!(
        (pushed[0].size, pushed[0].pushes, pushed[0].uploads),
        (16, 1, 1)
    );
    assert_eq!(pushed[0].content.as_deref(), Some(&b"<NavMobileSync/>"[..]));
    assert_eq!(pushed[0].content_type.as_deref(), Some("application/xml"));
    assert_eq!(sandbox.mobile_users(), ["user1"]);
    assert!(sandbox.pushed("user2").is_empty());
}

#[test]
fn a_repeated_push_is_the_same_packet() {
    let (sandbox, erp) = start();
    let first = json(erp.push("user1", "p-1", 1).unwrap());
    assert!(sandbox.pushed("user1")[0].content.is_none());
    erp.push_and_upload("user1", "p-1", b"a");
    erp.push_and_upload("user1", "p-1", b"bc");
    erp.push_and_upload("user2", "p-1", b"d");
    let pushed = sandbox.pushed("user1");
    assert_eq!(pushed.len(), 1);
    assert_eq!(
        (pushed[0].size, pushed[0].pushes, pushed[0].uploads),
        (2, 3, 2)
    );
    assert_eq!(pushed[0].sync_log_id, text(&first, "syncLogId"));
    assert_eq!(pushed[0].content.as_deref(), Some(&b"bc"[..]));
    assert_eq!(
        sandbox.pushed("user2")[0].content.as_deref(),
        Some(&b"d"[..])
    );
}

#[test]
fn a_sent_packet_is_pulled_downloaded_and_done_in_json() {
    let (sandbox, erp) = start();
    let binary: Vec<u8> = (0..=255).collect();
    let sent = sandbox.send_packet("user1", &binary);
    let packets = erp.pull();
    assert_eq!(packets.len(), 1);
    let packet = &packets[0];
    assert_eq!(
        (text(packet, "id"), text(packet, "url")),
        (&*sent.id, &*sent.url)
    );
    assert_eq!(
        (text(packet, "userName"), text(packet, "packetType")),
        ("user1", "data")
    );
    assert_eq!(packet["size"], 256);
    let link = erp.link(&sent.url).unwrap().text().unwrap();
    assert!(link.starts_with(&sandbox.storage_url()), "{link}");
    let download = erp.http.get(link).send().unwrap();
    assert_eq!(download.headers()["content-type"], "application/xml");
    assert_eq!(download.content_length(), Some(256));
    assert_eq!(download.bytes().unwrap(), binary);
    let receipt = (text(packet, "id"), text(packet, "receiptHandle"));
    assert_eq!(erp.done(&[receipt])["success"], true);
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn a_sent_packet_is_pulled_and_done_in_xml() {
    let (sandbox, erp) = start();
    sandbox.send(Outgoing::packet("Ян & <Co>", "x").id("a&b<c>\"'ж"));
    let answer = erp.pull_with("?format=xml").unwrap();
    assert_eq!(answer.headers()["content-type"], "application/xml");
    let list = answer.text().unwrap();
    let document = roxmltree::Document::parse(&list).unwrap();
    let field = |name| {
        document
            .descendants()
            .find(|node| node.has_tag_name(name))
            .unwrap()
            .text()
            .unwrap()
    };
    assert_eq!(
        (field("id"), field("userName"), field("size")),
        ("a&b<c>\"'ж", "Ян & <Co>", "1")
    );
    // The vendor's client posts the list back whole.
    let done = erp
        .done_with("format=xml", "application/xml", list.clone())
        .unwrap()
        .text()
        .unwrap();
    assert!(done.contains("<success>true</success>"), "{done}");
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn files_have_a_queue_of_their_own() {
    let (sandbox, erp) = start();
    let sent = sandbox
        .send(Outgoing::image("user1", [0xff, 0xd8, 0x00].as_slice()).name("../photo 1.jpg"));
    assert_eq!(sent.queue, Queue::File);
    assert!(erp.pull().is_empty());
    let list = json(erp.pull_with("?packetType=file&format=json").unwrap());
    let packet = &list[0];
    assert_eq!(text(packet, "packetType"), "image");
    assert!(
        text(packet, "url").ends_with("/user1/..%2Fphoto%201.jpg"),
        "{packet}"
    );
    let link = erp.link(text(packet, "url")).unwrap().text().unwrap();
    let download = erp.http.get(link).send().unwrap();
    assert_eq!(download.headers()["content-type"], "image/jpeg");
    assert_eq!(download.bytes().unwrap(), [0xff, 0xd8, 0x00].as_slice());
    let receipt = (text(packet, "id"), text(packet, "receiptHandle"));
    assert_eq!(
        erp.done(&[receipt])["success"],
        false,
        "done without packetType=file is for the other queue"
    );
    let body = format!(
        r#"[{{"id":"{}","receiptHandle":"{}"}}]"#,
        receipt.0, receipt.1
    );
    let done = erp
        .done_with("format=json&packetType=file", "application/json", body)
        .unwrap();
    assert_eq!(json(done)["success"], true);
    assert!(sandbox.waiting().is_empty());
}

#[test]
fn names_may_hold_anything_and_never_meet() {
    let (sandbox, erp) = start();
    let names = [
        "../../x",
        "..",
        ".",
        "a/b",
        "a%2Fb",
        "ж",
        "a b+c&d=e?f#g",
        "CON",
        &"long".repeat(200),
    ];
    for name in names {
        sandbox.send(Outgoing::packet(name, name).id(name));
        sandbox.send(Outgoing::packet("same", name).name("same.xml"));
    }
    let packets = erp.pull();
    assert_eq!(packets.len(), 2 * names.len());
    for (number, packet) in packets.iter().enumerate() {
        let link = erp.link(text(packet, "url")).unwrap().text().unwrap();
        assert_eq!(
            erp.http.get(link).send().unwrap().text().unwrap(),
            names[number / 2]
        );
    }
    // HTTP clients resolve a path segment of dots, in whatever way it is written.
    for name in names
        .into_iter()
        .filter(|name| !matches!(*name, "." | ".."))
    {
        let escaped: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let escaped = escaped.replace('+', "%20");
        erp.push_and_upload(&escaped, &escaped, b"x");
        assert_eq!(sandbox.pushed(name)[0].packet_unique_id, name);
    }
}

#[test]
fn push_answers_in_its_dialects() {
    let (sandbox, erp) = start();
    sandbox.set_dialects(Dialects {
        push: PushAnswer::Xml,
        ..Dialects::default()
    });
    let answer = erp.push("user1", "p", 3).unwrap().text().unwrap();
    let document = roxmltree::Document::parse(&answer).unwrap();
    let field = |name| {
        document
            .descendants()
            .find(|node| node.has_tag_name(name))
            .unwrap()
            .text()
            .unwrap()
    };
    assert_eq!(field("success"), "true");
    assert!(answer.contains("&amp;X-Amz-"));
    assert_eq!(
        erp.http
            .put(field("uploadPath"))
            .body("abc")
            .send()
            .unwrap()
            .status(),
        200
    );
}

#[test]
fn link_answers_in_its_dialects() {
    let (sandbox, erp) = start();
    let sent = sandbox.send_packet("user1", b"abc");
    let answer = |link| {
        sandbox.set_dialects(Dialects {
            link,
            ..Dialects::default()
        });
        erp.link(&sent.url).unwrap().text().unwrap()
    };
    let quoted: String = serde_json::from_str(&answer(LinkAnswer::Quoted)).unwrap();
    let object: serde_json::Value = serde_json::from_str(&answer(LinkAnswer::Json)).unwrap();
    let spaced = answer(LinkAnswer::BareSpaced);
    assert!(spaced.starts_with(' ') && spaced.ends_with('\n'));
    let element = answer(LinkAnswer::Xml);
    let element = roxmltree::Document::parse(&element).unwrap();
    let element = element.root_element().text().unwrap();
    for url in [
        &*answer(LinkAnswer::Bare),
        spaced.trim(),
        &*quoted,
        object["url"].as_str().unwrap(),
        element,
    ] {
        assert_eq!(erp.http.get(url).send().unwrap().text().unwrap(), "abc");
    }
}

#[test]
fn pull_and_done_answer_in_their_dialects() {
    let (sandbox, erp) = start();
    assert_eq!(erp.pull_with("?format=json").unwrap().text().unwrap(), "[]");
    assert!(
        erp.pull_with("?format=xml")
            .unwrap()
            .text()
            .unwrap()
            .ends_with("<messages/>")
    );
    sandbox.set_dialects(Dialects {
        numbers: Numbers::Strings,
        unknown_fields: true,
        empty_queue: EmptyQueue::EmptyBody,
        done: DoneAnswer::Xml,
        ..Dialects::default()
    });
    assert_eq!(erp.pull_with("?format=json").unwrap().text().unwrap(), "");
    sandbox.send_packet("user1", b"abc");
    let list = erp.pull();
    assert_eq!(list[0]["size"], "3");
    assert_eq!(list[0]["priority"], 5);
    sandbox.show_hidden();
    sandbox.set_dialects(Dialects {
        omit_optional: true,
        ..sandbox.dialects()
    });
    let list = erp.pull_with("?format=xml").unwrap().text().unwrap();
    assert!(
        list.contains("<priority>") && !list.contains("<userName>"),
        "{list}"
    );
    let done = erp
        .done_with("format=json", "application/json", "[]".to_owned())
        .unwrap()
        .text()
        .unwrap();
    assert!(done.contains("<success>true</success>"), "{done}");
}

#[test]
fn the_format_of_a_list_chooses_the_form_of_the_content() {
    let (sandbox, erp) = start();
    sandbox.set_dialects(Dialects {
        forms: Forms::Both,
        ..Dialects::default()
    });
    let sent = sandbox.send(Outgoing::packet("user1", "<x/>").id("a"));
    let clash = Outgoing::packet("user1", "{}").id("b").name("a.json");
    let clash = sandbox.send(clash.content_type("application/json"));
    let image = sandbox.send(Outgoing::image("user1", "jpg").id("i"));
    let json_url = sent.url.replace("/xml/a.xml", "/json/a.json");
    assert_ne!(sent.url, json_url);
    assert!(clash.url.ends_with("/user1/json/2-a.json"), "{}", clash.url);
    assert!(image.url.ends_with("/user1/i.jpg"), "{}", image.url);

    let urls = |format: &str| {
        sandbox.show_hidden();
        let list = erp.pull_with(&format!("?format={format}")).unwrap();
        list.text().unwrap()
    };
    let (json_list, xml_list) = (urls("json"), urls("xml"));
    assert!(json_list.contains(&json_url) && json_list.contains("/json/2-a.json"));
    assert!(xml_list.contains(&sent.url) && xml_list.contains("/xml/2-a.xml"));
    assert!(!json_list.contains("/xml/") && !xml_list.contains("/json/"));

    let content = |url: &str| {
        let link = erp.link(url).unwrap().text().unwrap();
        erp.http.get(link).send().unwrap().text().unwrap()
    };
    assert_eq!(
        (content(&sent.url), content(&json_url)),
        ("<x/>".into(), "<x/>".into())
    );
    sandbox.replace(&json_url, "application/json", r#"{"x":{}}"#);
    assert_eq!(
        (content(&sent.url), content(&json_url)),
        ("<x/>".into(), r#"{"x":{}}"#.into())
    );
}
