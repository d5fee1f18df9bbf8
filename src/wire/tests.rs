//! Tables of answers in every dialect, and properties that hold for any bytes.

use std::fmt::Debug;

use super::*;

mod properties;

/// What a row of a table expects.
enum Expect<T> {
    Is(T),
    Refused(Option<&'static str>),
    /// Not understood; the error's text holds this.
    Not(&'static str),
}

use Expect::{Is, Not, Refused};

type Row<T> = (&'static str, &'static str, Expect<T>);

fn check<T: Debug + PartialEq>(
    parse: fn(&[u8]) -> Result<T, WireError>,
    rows: impl IntoIterator<Item = Row<T>>,
) {
    for (name, body, expected) in rows {
        check_one(name, parse(body.as_bytes()), expected);
    }
}

fn check_one<T: Debug + PartialEq>(name: &str, got: Result<T, WireError>, expected: Expect<T>) {
    match (got, expected) {
        (Ok(got), Is(expected)) => assert_eq!(got, expected, "{name}"),
        (Err(WireError::Refused { message }), Refused(expected)) => {
            assert_eq!(message.as_deref(), expected, "{name}");
        }
        (Err(error @ WireError::NotUnderstood { .. }), Not(part)) => {
            let text = error.to_string();
            assert!(text.contains(part), "{name}: “{part}” is not in: {text}");
        }
        (got, _) => panic!("{name}: got {got:?}"),
    }
}

fn packet(id: &str) -> Packet {
    Packet {
        id: id.into(),
        receipt_handle: format!("handle-{id}"),
        url: format!("push/{id}.xml"),
        ..Packet::default()
    }
}

fn packet_with(change: impl FnOnce(&mut Packet)) -> Vec<Packet> {
    let mut packet = packet("1");
    change(&mut packet);
    vec![packet]
}

fn with_other(name: &str, value: &str) -> Vec<Packet> {
    packet_with(|p| {
        p.other.insert(name.into(), value.into());
    })
}

fn whole_packet() -> Packet {
    Packet {
        id: "a-1".into(),
        receipt_handle: "AQEB+/==".into(),
        url: "push_done/AREA/2020010101/user1/x.xml".into(),
        mobile_user: Some("user1".into()),
        company_id: Some("CRONUS".into()),
        app_code: Some("SALES".into()),
        packet_type: Some("data".into()),
        on_date: Some("2021-07-14T09:42:19.382Z".into()),
        size: Some(32123),
        other: [("syncLogId".to_owned(), "s-9".to_owned())].into(),
    }
}

/// The start of an entry with all that can be relied on, for a row to add a field to.
macro_rules! json_entry {
    ($more:literal) => {
        concat!(
            r#"[{"id":"1","receiptHandle":"handle-1","url":"push/1.xml""#,
            $more,
            "}]"
        )
    };
}

macro_rules! xml_entry {
    ($more:literal) => {
        concat!(
            "<messages><message><id>1</id><receiptHandle>handle-1</receiptHandle><url>push/1.xml</url>",
            $more,
            "</message></messages>"
        )
    };
}

#[test]
fn push_in_every_dialect() {
    let answer = |id: Option<&str>| PushAnswer {
        sync_log_id: id.map(str::to_owned),
        upload_path: "https://s3.test/x?a=1&b=2".into(),
    };
    check(parse_push, [
        (
            "json",
            r#"{"success":true,"syncLogId":"s-1","uploadPath":"https://s3.test/x?a=1&b=2"}"#,
            Is(answer(Some("s-1"))),
        ),
        (
            "json with a byte order mark, white space and unknown fields",
            "\u{FEFF}\r\n {\"success\" : true, \"uploadPath\":\"https:\\/\\/s3.test/x?a=1\\u0026b=2\", \"x\":[{}]}\n",
            Is(answer(None)),
        ),
        (
            "success as a string, a number as the log's id",
            r#"{"success":"True","syncLogId":17,"uploadPath":"https://s3.test/x?a=1&b=2"}"#,
            Is(answer(Some("17"))),
        ),
        (
            "success as 1, the last of two fields, null for none",
            r#"{"success":1,"syncLogId":null,"uploadPath":"x","uploadPath":"https://s3.test/x?a=1&b=2"}"#,
            Is(answer(None)),
        ),
        (
            "no success but a path",
            r#"{"uploadPath":"https://s3.test/x?a=1&b=2"}"#,
            Is(answer(None)),
        ),
        (
            "xml under any root",
            "<?xml version='1.0' encoding='utf-16'?><!-- c --><p:r xmlns:p='urn:x'><p:success>true</p:success>
             <syncLogId>s-1</syncLogId><uploadPath>https://s3.test/x?a=1&amp;b=2</uploadPath></p:r>",
            Is(answer(Some("s-1"))),
        ),
        (
            "xml with CDATA and character references",
            "<r><success>1</success><uploadPath><![CDATA[https://s3.test/x?a=1&]]>&#x62;&#61;2</uploadPath></r>",
            Is(answer(None)),
        ),
        (
            "refused with a message",
            r#"{"success":false,"message":"no such\nuser"}"#,
            Refused(Some("no such user")),
        ),
        (
            "refused although there is a path",
            r#"{"success":"0","uploadPath":"https://s3.test/x"}"#,
            Refused(None),
        ),
        ("refused in xml", "<r><success>False</success><Message>no</Message></r>", Refused(Some("no"))),
        ("no path", r#"{"success":true}"#, Refused(None)),
        ("an empty path", r#"{"success":true,"uploadPath":" "}"#, Refused(None)),
        ("no path in xml", "<r><success>true</success></r>", Refused(None)),
        (
            "an error of the storage",
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            Refused(Some("AccessDenied: Request has expired")),
        ),
        (
            "the page's misprint",
            "{\n  \"success\": true\n  \"syncLogId\": \"x\",\n  \"uploadPath\": \"https://s3.test\"\n}",
            Not("JSON that is broken (expected `,` or `}` at line 3"),
        ),
        (
            "unclear success",
            r#"{"success":"maybe","uploadPath":"https://s3.test/x"}"#,
            Not("whose success is “maybe”"),
        ),
        (
            "success with an inside",
            r#"{"success":[true],"uploadPath":"https://s3.test/x"}"#,
            Not("whose success is no truth value"),
        ),
        (
            "a path that is no URL",
            r#"{"success":true,"uploadPath":"/x?key"}"#,
            Not("whose uploadPath is no absolute http(s) URL"),
        ),
        (
            "a NUL",
            r#"{"success":true,"uploadPath":"https://s3.test/x","syncLogId":"a\u0000b"}"#,
            Not("with a NUL character"),
        ),
        ("an array", "[]", Not("JSON that is no object")),
        ("nothing", "", Not("expected the answer to push, got an empty body")),
        (
            "a page",
            "<!-- x -->\n<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01\"><HTML><TITLE lang=en>\nSign &amp; in </TITLE>",
            Not("an HTML page titled “Sign & in”"),
        ),
        ("a page without a title", "<html><body>", Not("an HTML page")),
        ("a text", "Service Unavailable", Not("the text “Service Unavailable”")),
        ("a cut object", r#"{"success":true,"uploadPath":"https://s3"#, Not("JSON that ends too early")),
    ]);
}

#[test]
fn push_keeps_the_signature_out_of_debug_output() {
    let answer =
        parse_push(br#"{"uploadPath":"https://s3.test/x?X-Amz-Signature=5ec4e7"}"#).unwrap();
    let shown = format!("{answer:?}");
    assert!(
        shown.contains("https://s3.test/x") && !shown.contains("5ec4e7"),
        "{shown}"
    );
}

#[test]
fn pull_json() {
    check(
        parse_pull,
        [
            ("an empty array", "[]", Is(vec![])),
            ("an empty array with space", "\u{FEFF} [ ]\n", Is(vec![])),
            (
                "all fields",
                r#"[{"id":"a-1","receiptHandle":"AQEB+/==","url":"push_done/AREA/2020010101/user1/x.xml",
                "userName":"user1","companyId":"CRONUS","appCode":"SALES","packetType":"data",
                "onDate":"2021-07-14T09:42:19.382Z","size":32123,"syncLogId":"s-9"}]"#,
                Is(vec![whole_packet()]),
            ),
            (
                "what can be relied on",
                json_entry!(""),
                Is(vec![packet("1")]),
            ),
            (
                "two, in their order",
                r#"[{"id":"2","receiptHandle":"handle-2","url":"push/2.xml"},
                {"url":"push/1.xml","receiptHandle":"handle-1","id":"1"}]"#,
                Is(vec![packet("2"), packet("1")]),
            ),
            (
                "the same id twice",
                r#"[{"id":"1","receiptHandle":"handle-1","url":"push/1.xml"},
                {"id":"1","receiptHandle":"handle-1","url":"push/1.xml"}]"#,
                Is(vec![packet("1"), packet("1")]),
            ),
            (
                "numbers for strings, strings for numbers",
                r#"[{"id":123,"receiptHandle":"h","url":"u","userName":7,"size":" 5 "}]"#,
                Is(vec![Packet {
                    id: "123".into(),
                    receipt_handle: "h".into(),
                    url: "u".into(),
                    mobile_user: Some("7".into()),
                    size: Some(5),
                    ..Packet::default()
                }]),
            ),
            (
                "a number of more digits than fit",
                json_entry!(r#","n":123456789012345678901234567890.10"#),
                Is(with_other("n", "123456789012345678901234567890.10")),
            ),
            (
                "null",
                json_entry!(r#","userName":null,"x":null,"size":null"#),
                Is(vec![packet("1")]),
            ),
            (
                "empty",
                json_entry!(r#","userName":"","companyId":" ""#),
                Is(vec![packet("1")]),
            ),
            (
                "unknown and empty",
                json_entry!(r#","x":"""#),
                Is(with_other("x", "")),
            ),
            (
                "the biggest size",
                json_entry!(r#","size":18446744073709551615"#),
                Is(packet_with(|p| p.size = Some(u64::MAX))),
            ),
            (
                "a size too big",
                json_entry!(r#","size":18446744073709551616"#),
                Is(with_other("size", "18446744073709551616")),
            ),
            (
                "a negative size",
                json_entry!(r#","size":-1"#),
                Is(with_other("size", "-1")),
            ),
            (
                "a signed size",
                json_entry!(r#","size":"+1""#),
                Is(with_other("size", "+1")),
            ),
            (
                "a fraction of a size",
                json_entry!(r#","size":1.5"#),
                Is(with_other("size", "1.5")),
            ),
            (
                "a size in words",
                json_entry!(r#","size":"1 KB""#),
                Is(with_other("size", "1 KB")),
            ),
            (
                "an unknown truth value",
                json_entry!(r#","x":true"#),
                Is(with_other("x", "true")),
            ),
            (
                "an unknown object",
                json_entry!(r#","x":{"a": [1, "\u0041"]}"#),
                Is(with_other("x", r#"{"a": [1, "\u0041"]}"#)),
            ),
            (
                "a known field with an inside",
                json_entry!(r#","userName":["a"]"#),
                Is(with_other("userName", r#"["a"]"#)),
            ),
            (
                "another case is another field",
                json_entry!(r#","username":"a""#),
                Is(with_other("username", "a")),
            ),
            (
                "the last of two counts",
                json_entry!(r#","size":1,"size":2"#),
                Is(packet_with(|p| p.size = Some(2))),
            ),
            (
                "wrapped",
                concat!(r#"{"success":true,"packets":"#, json_entry!(""), "}"),
                Is(vec![packet("1")]),
            ),
            (
                "wrapped as messages, beside another list",
                concat!(r#"{"tags":[],"messages":"#, json_entry!(""), "}"),
                Is(vec![packet("1")]),
            ),
            (
                "wrapped and empty",
                r#"{"messages":[],"count":0}"#,
                Is(vec![]),
            ),
            (
                "wrapped, empty and well",
                r#"{"success":true,"message":"OK","items":[]}"#,
                Is(vec![]),
            ),
            (
                "refused",
                r#"{"success":false,"error":{"message":"bad area"}}"#,
                Refused(Some("bad area")),
            ),
            (
                "refused with an empty list",
                r#"{"success":false,"messages":[]}"#,
                Refused(None),
            ),
        ],
    );
}

#[test]
fn pull_json_that_is_no_list() {
    check(
        parse_pull,
        [
            (
                "two lists",
                r#"{"a":[],"b":[]}"#,
                Not("JSON with more than one list"),
            ),
            (
                "a list of errors",
                r#"{"Errors":[]}"#,
                Not("JSON without a list"),
            ),
            (
                "an error with an empty list",
                r#"{"message":"Internal error","messages":[]}"#,
                Not("which says “Internal error”"),
            ),
            (
                "a gateway's error",
                r#"{"message":"Forbidden"}"#,
                Not("JSON without a list, which says “Forbidden”"),
            ),
            ("an empty object", "{}", Not("JSON without a list")),
            (
                "a bare packet",
                r#"{"id":"1","receiptHandle":"h","url":"u"}"#,
                Not("JSON without a list"),
            ),
            ("a string", r#""[]""#, Not("JSON that is no object")),
            ("null", "null", Not("the text “null”")),
            (
                "an entry that is no object",
                r#"[["id"]]"#,
                Not("that is no object in entry 0 (counted from 0)"),
            ),
            ("a null entry", r#"[null]"#, Not("in entry 0")),
            (
                "no handle",
                r#"[{"id":"1","receiptHandle":"h","url":"u"},{"id":"2","url":"u"}]"#,
                Not(
                    "expected a list of packets, got JSON without the field receiptHandle in entry 1 (counted from 0)",
                ),
            ),
            (
                "another case",
                r#"[{"id":"1","receipthandle":"h","url":"u"}]"#,
                Not("without the field receiptHandle in entry 0"),
            ),
            (
                "a null id",
                r#"[{"id":null,"receiptHandle":"h","url":"u"}]"#,
                Not("without the field id in entry 0"),
            ),
            (
                "a null that counts last",
                r#"[{"id":"1","id":null,"receiptHandle":"h","url":"u"}]"#,
                Not("without the field id"),
            ),
            (
                "an empty url",
                r#"[{"id":"1","receiptHandle":"h","url":""}]"#,
                Not("with an empty field url in entry 0"),
            ),
            (
                "an id with an inside",
                r#"[{"id":{},"receiptHandle":"h","url":"u"}]"#,
                Not("with more than a text in the field id"),
            ),
            (
                "a NUL",
                json_entry!(r#","x":"\u0000""#),
                Not("with a NUL character in entry 0"),
            ),
            (
                "a NUL in a name",
                json_entry!(r#","\u0000":"x""#),
                Not("with a NUL character in entry 0"),
            ),
            (
                "half a surrogate pair",
                json_entry!(r#","x":"\ud800""#),
                Not("that is broken"),
            ),
            ("a second array", "[] []", Not("that is broken")),
            (
                "a missing comma",
                r#"[{"id":"1" "url":"u"}]"#,
                Not("that is broken"),
            ),
            (
                "a trailing comma",
                r#"[{"id":"1","receiptHandle":"h","url":"u"},]"#,
                Not("that is broken"),
            ),
            (
                "cut",
                r#"[{"id":"1","receiptHandle":"h","url":"u"}"#,
                Not("JSON that ends too early"),
            ),
            ("a raw NUL", "[\0]", Not("binary data")),
        ],
    );
}

#[test]
fn pull_xml() {
    check(parse_pull, [
        ("nothing", "", Is(vec![])),
        ("white space", " \r\n\t", Is(vec![])),
        ("a byte order mark", "\u{FEFF}", Is(vec![])),
        ("an empty element", "<messages/>", Is(vec![])),
        ("an element with nothing in it", "<?xml version=\"1.0\"?>\n<messages>\n</messages>\n<!-- end -->", Is(vec![])),
        (
            "all fields",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
             <messages><message><id>a-1</id><receiptHandle>AQEB+/==</receiptHandle>
               <url>push_done/AREA/2020010101/user1/x.xml</url><userName>user1</userName>
               <companyId>CRONUS</companyId><appCode>SALES</appCode><packetType>data</packetType>
               <onDate>2021-07-14T09:42:19.382Z</onDate><size>32123</size><syncLogId>s-9</syncLogId>
             </message></messages>",
            Is(vec![whole_packet()]),
        ),
        ("what can be relied on", xml_entry!(""), Is(vec![packet("1")])),
        (
            "two under a prefix, with attributes",
            "<d:messages xmlns:d='urn:d' count='2'><d:message n='<>'><d:id>1</d:id><d:receiptHandle>handle-1</d:receiptHandle>
             <d:url>push/1.xml</d:url></d:message><message xmlns=\"x\"><id>2</id><receiptHandle>handle-2</receiptHandle
             ><url>push/2.xml</url></message ></d:messages>",
            Not("with a broken tag"),
        ),
        (
            "two under a prefix, with attributes that are well-formed",
            "<d:messages xmlns:d='urn:d' count='2'><d:message n='>'><d:id>1</d:id><d:receiptHandle>handle-1</d:receiptHandle>
             <d:url>push/1.xml</d:url></d:message><message xmlns=\"x\"><id>2</id><receiptHandle>handle-2</receiptHandle
             ><url>push/2.xml</url></message ></d:messages>",
            Is(vec![packet("1"), packet("2")]),
        ),
        (
            "layout within fields",
            "<messages><message><id>\n 1 \n</id><receiptHandle>\thandle-1\r\n</receiptHandle><url> push/1.xml</url></message></messages>",
            Is(vec![packet("1")]),
        ),
        ("entities", xml_entry!("<userName>a&amp;&lt;&gt;&quot;&apos;&#x41;&#233;</userName>"), Is(packet_with(|p| p.mobile_user = Some("a&<>\"'Aé".into())))),
        ("CDATA and comments", xml_entry!("<userName>a<!-- x --><![CDATA[<b>&amp;]]>c</userName>"), Is(packet_with(|p| p.mobile_user = Some("a<b>&amp;c".into())))),
        ("empty fields", xml_entry!("<userName/><size></size><appCode> </appCode>"), Is(vec![packet("1")])),
        ("unknown and empty", xml_entry!("<x/>"), Is(with_other("x", ""))),
        ("an unknown field with an inside", xml_entry!("<x><a b='1'/> t</x>"), Is(with_other("x", "<a b='1'/> t"))),
        ("a known field with an inside", xml_entry!("<userName><a/></userName>"), Is(with_other("userName", "<a/>"))),
        ("a size that is none", xml_entry!("<size>-5</size>"), Is(with_other("size", "-5"))),
        ("the last of two counts", xml_entry!("<size>1</size><size>2</size>"), Is(packet_with(|p| p.size = Some(2)))),
        ("a count beside the messages", "<messages><count>0</count><next/></messages>", Is(vec![])),
        ("refused", "<r><success>false</success><message>bad area</message></r>", Refused(Some("bad area"))),
        ("refused inside a list", "<messages><success>false</success></messages>", Refused(None)),
    ]);
}

#[test]
fn pull_xml_that_is_no_list() {
    let no_handle = "<messages><message><id>1</id><url>u</url></message></messages>";
    check(parse_pull, [
        ("no handle", no_handle, Not("XML without the field receiptHandle in entry 0 (counted from 0)")),
        (
            "an empty id in the second",
            "<messages><message><id>1</id><receiptHandle>h</receiptHandle><url>u</url></message>
             <message><id/><receiptHandle>h</receiptHandle><url>u</url></message></messages>",
            Not("with an empty field id in entry 1"),
        ),
        ("an empty message", "<messages><message/></messages>", Not("without the field id in entry 0")),
        ("an id with an inside", "<messages><message><id><a/></id></message></messages>", Not("more than a text in the field id")),
        ("packets of another name", "<messages><packet><id>1</id></packet></messages>", Not("whose list holds <packet>, which is no message")),
        ("messages in another case", "<messages><Message>Forbidden</Message></messages>", Not("whose list holds <Message>, which says “Forbidden”")),
        ("an error in a list", "<messages><error/></messages>", Not("whose list holds <error>")),
        ("a message that is a text", "<messages><message>Forbidden</message></messages>", Not("which says “Forbidden”")),
        ("a text in the list", "<messages>Forbidden</messages>", Not("XML with a text in <messages>")),
        ("a text between fields", xml_entry!("x"), Not("with a text between the fields of <message> in entry 0")),
        ("another root", "<packets/>", Not("XML with the root <packets>")),
        ("an error of the storage", "<Error><Code>A</Code><Message>b</Message></Error>", Not("with the root <Error>, which says “A: b”")),
        ("a page", "<html><head><title>Sign in</title></head></html>", Not("an HTML page titled “Sign in”")),
        ("xhtml", "<?xml version=\"1.0\"?><!DOCTYPE html SYSTEM \"x\"><html/>", Not("an HTML page")),
        ("no element", "<!-- nothing -->", Not("without an element")),
        ("a second root", "<messages/><messages/>", Not("with a second root element")),
        ("a text after the root", "<messages/>x", Not("with a text")),
        ("an open root", "<messages>", Not("XML that ends in <messages>")),
        ("open further in", "<messages><message><id>1", Not("XML that ends in <messages><message><id>")),
        ("cut in a tag", "<messages></mess", Not("that is broken in <messages>")),
        ("cut in a comment after the root", "<messages/><!-- ", Not("that is broken")),
        ("the page's misprint", "<messages><message><id>1</id><receiptHandle>h</receiptHandle>,\n<messages>", Not("XML")),
        ("a wrong end", "<messages></message>", Not("that is broken")),
        ("a tag that lost its end", "<messages><message <id>1</id></message></messages>", Not("with a broken tag in <messages>")),
        ("a nameless tag", "<messages><></></messages>", Not("with a broken tag")),
        ("an unknown entity", xml_entry!("<x>&nbsp;</x>"), Not("with an unknown entity in <messages><message><x> in entry 0")),
        ("a NUL reference", xml_entry!("<x>&#0;</x>"), Not("with an unknown entity")),
        ("half a surrogate pair", xml_entry!("<x>&#xD800;</x>"), Not("with an unknown entity")),
        ("a lone ampersand", xml_entry!("<x>a & b</x>"), Not("that is broken")),
        (
            "entities that grow",
            "<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><messages><message><id>&b;</id></message></messages>",
            Not("XML with a document type"),
        ),
        (
            "an entity from a file",
            "<!DOCTYPE m [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><messages/>",
            Not("XML with a document type"),
        ),
    ]);
}

#[test]
fn other_encodings_are_named() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><messages><message><id>\xE9</id></message></messages>";
    let rows: [(&str, &[u8], &str); 6] = [
        ("latin-1", latin, "XML in the encoding ISO-8859-1"),
        ("utf-16, little-endian", b"\xFF\xFE<\0m\0", "UTF-16 text"),
        ("utf-16, big-endian", b"\xFE\xFF\0<", "UTF-16 text"),
        ("utf-16 without a mark", b"<\0m\0/\0>\0", "binary data"),
        ("gzip", b"\x1F\x8B\x08\0\0", "binary data"),
        (
            "a cut character",
            b"[{\"id\":\"\xC3",
            "text that ends in the middle of a character",
        ),
    ];
    for (name, body, part) in rows {
        check_one(name, parse_pull(body), Not(part));
    }
    // .NET declares UTF-16 for what it wrote into a string, whatever the string is sent as.
    let declared = "<?xml version=\"1.0\" encoding=\"utf-16\"?><messages/>";
    check_one(
        "utf-16 by declaration only",
        parse_pull(declared.as_bytes()),
        Is(vec![]),
    );
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = 200_000;
    let bodies = [
        "[".repeat(deep),
        "{\"a\":".repeat(deep),
        format!("[{{\"id\":{}{}}}]", "[".repeat(deep), "]".repeat(deep)),
        "<a>".repeat(deep),
        format!(
            "<messages>{}{}</messages>",
            "<a>".repeat(deep),
            "</a>".repeat(deep)
        ),
        format!(
            "{{\"error\":{}1{}}}",
            "{\"error\":".repeat(deep),
            "}".repeat(deep)
        ),
    ];
    for body in bodies {
        let body = body.as_bytes();
        check_one("pull", parse_pull(body), Not("that is nested too deep"));
        check_one("push", parse_push(body), Not(""));
        check_one("link", parse_link(body), Not(""));
        check_one("done", parse_done(body), Not(""));
        assert_eq!(server_message(body), None);
        assert_eq!(storage_error_code(body), None);
    }
    // Brackets within a string are no nesting.
    let text = format!(
        "[{{\"id\":\"{}\\\"{}\",\"receiptHandle\":\"h\",\"url\":\"u\"}}]",
        "[".repeat(99),
        "{".repeat(99)
    );
    assert_eq!(parse_pull(text.as_bytes()).unwrap().len(), 1);
}

#[test]
fn link_in_every_dialect() {
    let url = || Is("https://s3.test/a%20b?x=1&y=2".to_owned());
    check(
        parse_link,
        [
            ("bare", "https://s3.test/a%20b?x=1&y=2", url()),
            (
                "bare, with space",
                "\u{FEFF}\n https://s3.test/a%20b?x=1&y=2 \r\n",
                url(),
            ),
            (
                "in double quotes",
                "\"https://s3.test/a%20b?x=1&y=2\"",
                url(),
            ),
            (
                "in single quotes",
                "'https://s3.test/a%20b?x=1&y=2'\n",
                url(),
            ),
            (
                "a json string",
                r#"" https:\/\/s3.test/a%20b?x=1\u0026y=2 ""#,
                url(),
            ),
            (
                "json",
                r#"{"url":"https://s3.test/a%20b?x=1&y=2","expires":900}"#,
                url(),
            ),
            (
                "an xml element",
                "<link>https://s3.test/a%20b?x=1&amp;y=2</link>",
                url(),
            ),
            (
                "xml with a declaration, in CDATA",
                "<?xml version='1.0'?><x><![CDATA[https://s3.test/a%20b?x=1&y=2]]></x>",
                url(),
            ),
            (
                "xml around url",
                "<x>\n<url> https://s3.test/a%20b?x=1&amp;y=2 </url></x>",
                url(),
            ),
            (
                "http, in capitals",
                "HTTP://localhost:1/x",
                Is("HTTP://localhost:1/x".to_owned()),
            ),
            (
                "refused",
                r#"{"success":false,"message":"no such path"}"#,
                Refused(Some("no such path")),
            ),
            (
                "refused in xml",
                "<r><success>0</success><error>no</error></r>",
                Refused(Some("no")),
            ),
            (
                "nothing",
                " ",
                Not("expected a download link, got an empty body"),
            ),
            (
                "no url",
                r#"{"message":"Not found"}"#,
                Not("JSON without the field url, which says “Not found”"),
            ),
            (
                "a null url",
                r#"{"url":null}"#,
                Not("without the field url"),
            ),
            (
                "an array",
                r#"["https://s3.test/"]"#,
                Not("JSON that is no object"),
            ),
            (
                "another scheme",
                r#"{"url":"file:///etc/passwd"}"#,
                Not("JSON that holds no absolute http(s) URL"),
            ),
            (
                "a path",
                "push_done/x.xml",
                Not("the text “push_done/x.xml”"),
            ),
            ("a scheme alone", "https://", Not("the text “https://”")),
            (
                "a url and more",
                "https://s3.test/x?secret=1 is the link",
                Not("the text “https://s3.test/x is the link”"),
            ),
            (
                "a line break in it",
                r#"{"url":"https://s3.test/\r\nHost: x"}"#,
                Not("that holds no absolute"),
            ),
            (
                "a NUL in it",
                r#"{"url":"https://s3.test/\u0000"}"#,
                Not("with a NUL character"),
            ),
            (
                "one quote",
                "\"https://s3.test/",
                Not("JSON that ends too early"),
            ),
            (
                "an error of the storage",
                "<Error><Code>A</Code><Message>b</Message></Error>",
                Not("XML without the field url, which says “A: b”"),
            ),
            (
                "a page",
                "<html><title>https://s3.test/</title></html>",
                Not("an HTML page titled"),
            ),
            (
                "a short text that is not ASCII",
                "httpsé",
                Not("the text “httpsé”"),
            ),
        ],
    );
}

#[test]
fn done_in_every_dialect() {
    check(
        parse_done,
        [
            ("json", "{\n \"success\":true\n}", Is(())),
            (
                "json, as a string",
                r#"{"success":"true","deleted":3}"#,
                Is(()),
            ),
            (
                "xml",
                "<response><success>true</success></response>",
                Is(()),
            ),
            ("xml, the field alone", "<success>True</success>", Is(())),
            (
                "refused",
                r#"{"success":false,"message":"handle expired"}"#,
                Refused(Some("handle expired")),
            ),
            ("refused with 0", r#"{"success":0}"#, Refused(None)),
            (
                "refused in xml",
                "<r><success>false</success><message>old</message></r>",
                Refused(Some("old")),
            ),
            (
                "nothing",
                "",
                Not("expected the answer to done, got an empty body"),
            ),
            (
                "no success",
                r#"{"message":"Internal server error"}"#,
                Not("JSON without the field success, which says “Internal server error”"),
            ),
            (
                "a null success",
                r#"{"success":null}"#,
                Not("without the field success"),
            ),
            (
                "an empty success",
                "<r><success/></r>",
                Not("without the field success"),
            ),
            (
                "an unclear success",
                r#"{"success":"yes"}"#,
                Not("whose success is “yes”"),
            ),
            ("an array", "[]", Not("JSON that is no object")),
            ("a text", "OK", Not("the text “OK”")),
            (
                "an error",
                "<Error><Code>A</Code></Error>",
                Not("XML without the field success, which says “A”"),
            ),
            (
                "a page",
                "<!doctype html><title>Sign in</title>",
                Not("an HTML page titled “Sign in”"),
            ),
            ("cut", r#"{"success":true"#, Not("JSON that ends too early")),
            (
                "cut in xml",
                "<r><success>true</success>",
                Not("XML that ends in <r>"),
            ),
        ],
    );
}

fn receipt(id: &str, handle: &str) -> Receipt {
    Receipt {
        id: id.into(),
        receipt_handle: handle.into(),
    }
}

fn written(receipts: &[Receipt], format: Format) -> String {
    String::from_utf8(write_done(receipts, format).unwrap()).unwrap()
}

#[test]
fn done_is_written_as_the_portal_reads_it() {
    let receipts = [receipt("a<b>&\"é\r\n", " ]]> "), receipt("2", "h")];
    assert_eq!(
        written(&receipts, Format::Xml),
        "<messages><message><id>a&lt;b&gt;&amp;\"é&#13;&#10;</id><receiptHandle> ]]&gt; </receiptHandle></message>\
         <message><id>2</id><receiptHandle>h</receiptHandle></message></messages>"
    );
    assert_eq!(
        written(&receipts, Format::Json),
        r#"[{"id":"a<b>&\"é\r\n","receiptHandle":" ]]> "},{"id":"2","receiptHandle":"h"}]"#
    );
    assert_eq!(written(&[], Format::Xml), "<messages></messages>");
    assert_eq!(written(&[], Format::Json), "[]");
    assert_eq!(Receipt::from(&packet("1")), receipt("1", "handle-1"));
}

#[test]
fn done_refuses_what_xml_cannot_carry() {
    for character in [
        '\0', '\u{1}', '\u{8}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}',
    ] {
        let receipts = [receipt("1", "h"), receipt("2", &format!("h{character}"))];
        assert_eq!(
            write_done(&receipts, Format::Xml),
            Err(WireError::NotWritable {
                index: 1,
                field: "receiptHandle",
                character
            })
        );
        assert!(write_done(&receipts, Format::Json).is_ok());
    }
    let error = write_done(&[receipt("\u{1}", "h")], Format::Xml).unwrap_err();
    assert_eq!(
        error.to_string(),
        r"XML cannot carry the \u{1} in the id of receipt 0 (counted from 0)"
    );
}

#[test]
fn server_messages() {
    let rows: [(&str, &[u8], Option<&str>); 35] = [
        ("nothing", b"", None),
        ("white space", b" \n", None),
        ("binary", b"\x89PNG\r\n\x1A\n\0", None),
        ("a NUL", b"abc\0def", None),
        ("no more than signs", b"---", None),
        ("a gateway's error", br#"{"message":"Forbidden"}"#, Some("Forbidden")),
        ("a gateway's error in capitals", br#"{"Message":"denied"}"#, Some("denied")),
        ("null", br#"{"message":null}"#, None),
        ("null and more", br#"{"message":null,"errorMessage":"timed out","errorType":"X"}"#, Some("timed out")),
        ("a description before a code", br#"{"error":"invalid_client","error_description":"no such key"}"#, Some("no such key")),
        ("an error", br#"{"success":false,"error":"bad"}"#, Some("bad")),
        ("an error in an object", br#"{"error":{"code":3,"message":"deep"}}"#, Some("deep")),
        ("an error in a message", br#"{"message":{"error":"x"},"error":{}}"#, Some("x")),
        ("a number", br#"{"message":17}"#, Some("17")),
        ("nothing said", br#"{"success":true}"#, None),
        ("an array", br#"[{"message":"x"}]"#, None),
        ("a json string", br#""Too \"many\"\nrequests""#, Some("Too \"many\" requests")),
        ("broken json", br#"{"message":"Forb"#, None),
        (
            "the storage's error",
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>900</X-Amz-Expires></Error>",
            Some("AccessDenied: Request has expired"),
        ),
        ("the storage's error in a namespace", b"<s:Error xmlns:s='u'><s:Message>b</s:Message><s:Code>A</s:Code></s:Error>", Some("A: b")),
        ("the storage's code alone", b"<Error><Code>SlowDown</Code></Error>", Some("SlowDown")),
        ("the storage's error, cut", b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message><Req", Some("SlowDown: Reduce your request rate.")),
        ("xml with a message", b"<fault><detail><message>a &amp;\n b</message></detail></fault>", Some("a & b")),
        ("xml that is one", b"<error>bad</error>", Some("bad")),
        ("a list of packets", b"<messages><message><id>1</id></message></messages>", None),
        ("a page", b"<html>\r\n<head><title>502 Bad Gateway</title></head>", Some("HTML page \"502 Bad Gateway\"")),
        ("a page with an entity of HTML's own", b"<html><title>Sign&nbsp;in</title>", Some("HTML page \"Sign&nbsp;in\"")),
        ("a page without a title", b"<!DOCTYPE html><p>x", Some("HTML page")),
        ("a page with an empty title", b"<html><title> </title>", Some("HTML page")),
        ("a page cut in its title", b"<html><title>50", Some("HTML page")),
        ("a text", b"  upstream connect error\r\n\tor disconnect  ", Some("upstream connect error or disconnect")),
        ("control characters", b"a\x1B[31mred\x07", Some("a\u{FFFD}[31mred\u{FFFD}")),
        ("a turn of direction", "a\u{202E}b\u{2028}c\u{85}d".as_bytes(), Some("a\u{FFFD}b c d")),
        ("a signed URL", b"cannot open https://s3.test/x?X-Amz-Signature=5ec4e7 now", Some("cannot open https://s3.test/x now")),
        ("a text cut in a character", b"caf\xC3", Some("caf")),
    ];
    for (name, body, expected) in rows {
        assert_eq!(server_message(body).as_deref(), expected, "{name}");
    }
}

#[test]
fn server_messages_are_short() {
    let long = "é".repeat(301);
    let message = server_message(long.as_bytes()).unwrap();
    assert_eq!(message, format!("{}…", "é".repeat(299)));
    let fits = "é".repeat(300);
    assert_eq!(server_message(fits.as_bytes()).unwrap(), fits);
    let json = format!("{{\"message\":\"{}\"}}", "long words ".repeat(1000));
    assert_eq!(
        server_message(json.as_bytes()).unwrap().chars().count(),
        300
    );
}

#[test]
fn a_long_title_leaves_the_message_short() {
    let page = format!("<html><title>{}</title>", "t".repeat(400));
    let message = server_message(page.as_bytes()).unwrap();
    assert_eq!(message, format!("HTML page \"{}…\"", "t".repeat(199)));
}

#[test]
fn pages_are_told_from_answers() {
    assert!(is_html(b"<?xml version='1.0'?><!-- x --><!doctype HTML>"));
    assert!(!is_html(
        b"<messages><message>&lt;html></message></messages>"
    ));
    assert!(!is_html(b"<html>\xFF"));
}

#[test]
fn storage_error_codes() {
    let rows: [(&str, Option<&str>); 7] = [
        (
            "<Error><Code>ExpiredToken</Code><Message>x</Message></Error>",
            Some("ExpiredToken"),
        ),
        (
            "<?xml version=\"1.0\"?>\n<Error>\n <Code>\nAccessDenied </Code>",
            Some("AccessDenied"),
        ),
        ("<r><Code>A</Code></r>", None),
        ("<Error><Code/></Error>", None),
        ("{\"Code\":\"A\"}", None),
        ("<html><Error><Code>A</Code></Error></html>", None),
        ("", None),
    ];
    for (body, expected) in rows {
        assert_eq!(
            storage_error_code(body.as_bytes()).as_deref(),
            expected,
            "{body}"
        );
    }
}

#[test]
fn names_on_the_wire() {
    assert_eq!(
        [Format::Xml, Format::Json].map(Format::as_str),
        ["xml", "json"]
    );
    assert_eq!(
        [Format::Xml, Format::Json].map(Format::content_type),
        ["application/xml", "application/json"]
    );
    assert_eq!(
        [PacketKind::default(), PacketKind::File].map(PacketKind::as_str),
        ["packet", "file"]
    );
}

#[test]
fn refusals_read_well() {
    assert_eq!(
        parse_done(br#"{"success":false,"error":"old"}"#)
            .unwrap_err()
            .to_string(),
        "the portal refused: old"
    );
    assert_eq!(
        parse_done(br#"{"success":false}"#).unwrap_err().to_string(),
        "the portal refused"
    );
}
