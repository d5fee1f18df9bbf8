//! The web page: what it shows, and its form.

mod erp;

use dmerp_sandbox::{Options, Outgoing, PacketType, Queue, Sandbox};
use erp::Erp;
use reqwest::blocking::multipart::{Form, Part};

#[test]
fn it_shows_packets_pushes_and_requests_escaped() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let erp = Erp::of(&sandbox);
    sandbox.send(Outgoing::packet("<script>alert(1)</script>", "x").id("a&b"));
    sandbox.send(Outgoing::image("user2", "x"));
    erp.pull();
    erp.push_and_upload("user1", "p%2F1", b"<NavMobileSync>\xc3\xa9</NavMobileSync>");
    let page = erp.http.get(sandbox.web_url()).send().unwrap();
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let page = page.text().unwrap();
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script"),
        "{page}"
    );
    for shown in [
        "a&amp;b",
        "user2",
        "hidden",
        "visible",
        "To user1",
        "p/1",
        "/mobile/erp/pull/DMDEV01",
    ] {
        assert!(page.contains(shown), "{shown} is not on the page:\n{page}");
    }
    assert!(!page.contains(sandbox.api_key()), "the key is masked");
    let (_, link) = page.split_once("<a href=\"/_sandbox/web/pushed").unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let view = erp
        .http
        .get(format!("{}_sandbox/web/pushed{link}", sandbox.web_url()))
        .send()
        .unwrap()
        .text()
        .unwrap();
    assert!(
        view.contains("&lt;NavMobileSync&gt;é&lt;/NavMobileSync&gt;"),
        "{view}"
    );
    assert_eq!(
        sandbox.requests().len(),
        3,
        "the page's own requests are not in the log"
    );
}

#[test]
fn its_form_sends_text_and_files() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let erp = Erp::of(&sandbox);
    let post = |form: Form| {
        let url = format!("{}/web/send", sandbox.control_url());
        erp.http.post(url).multipart(form).send().unwrap()
    };
    // As browsers do when no file was chosen.
    let no_file = Part::bytes(Vec::new())
        .file_name("")
        .mime_str("application/octet-stream")
        .unwrap();
    let sent = post(
        Form::new()
            .text("mobileUser", "user1")
            .text("queue", "packet")
            .text("text", "<x/>")
            .part("file", no_file),
    );
    assert_eq!(
        (sent.status().as_u16(), &sent.headers()["location"]),
        (303, &"/".parse().unwrap())
    );
    let file = Part::bytes(&[0xff, 0x00][..])
        .file_name("a b.png")
        .mime_str("image/png")
        .unwrap();
    post(
        Form::new()
            .text("mobileUser", "user2")
            .text("queue", "file")
            .text("text", "not this")
            .part("file", file),
    );
    assert_eq!(
        post(Form::new().text("mobileUser", " ").text("text", "x")).status(),
        400
    );

    let waiting = sandbox.waiting();
    assert_eq!(waiting.len(), 2);
    assert_eq!(
        (&*waiting[0].mobile_user, waiting[0].queue, waiting[0].size),
        ("user1", Queue::Packet, 4)
    );
    assert_eq!(
        (
            &*waiting[1].mobile_user,
            waiting[1].packet_type,
            waiting[1].size
        ),
        ("user2", PacketType::Image, 2)
    );
    let link = erp.link(&waiting[1].url).unwrap().text().unwrap();
    let file = erp.http.get(link).send().unwrap();
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.bytes().unwrap(), [0xff, 0x00].as_slice());
}
