//! Tables of answers in every form, and properties that hold for any bytes.

use std::fmt::Debug;

use super::push::PushAnswer;
use super::*;

mod properties;

/// What a row of a table expects.
enum Expect<T> {
    Is(T),
    Refused(Option<&'static str>),
    /// Not understood; the error's text contains this.
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

/// A list in which every entry can be read.
fn readable_list(body: &[u8]) -> Result<Vec<Packet>, WireError> {
    let list = parse_pull(body)?;
    assert_eq!(list.unreadable, []);
    Ok(list.packets)
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

/// The start of a complete entry, to which a row adds a field.
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
        readable_list,
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
        readable_list,
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
                Not("JSON without a readable entry (entry 1 of 1: JSON that is no object)"),
            ),
            (
                "a null entry",
                r#"[null]"#,
                Not("entry 1 of 1: JSON that is no object"),
            ),
            (
                "no entry that can be read",
                r#"[{"id":"1","url":"u"},{"id":"2"}]"#,
                Not(
                    "expected a list of packets, got JSON without a readable entry (entry 1 of 2: JSON without the field receiptHandle)",
                ),
            ),
            (
                "another case",
                r#"[{"id":"1","receipthandle":"h","url":"u"}]"#,
                Not("without the field receiptHandle"),
            ),
            (
                "a null id",
                r#"[{"id":null,"receiptHandle":"h","url":"u"}]"#,
                Not("without the field id"),
            ),
            (
                "a null that counts last",
                r#"[{"id":"1","id":null,"receiptHandle":"h","url":"u"}]"#,
                Not("without the field id"),
            ),
            (
                "an empty url",
                r#"[{"id":"1","receiptHandle":"h","url":""}]"#,
                Not("with an empty field url"),
            ),
            (
                "an id with an inside",
                r#"[{"id":{},"receiptHandle":"h","url":"u"}]"#,
                Not("with more than a text in the field id"),
            ),
            (
                "a NUL",
                json_entry!(r#","x":"\u0000""#),
                Not("with a NUL character"),
            ),
            (
                "a NUL in a name",
                json_entry!(r#","\u0000":"x""#),
                Not("with a NUL character"),
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
    check(readable_list, [
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
    check(
        readable_list,
        [
            (
                "no handle",
                no_handle,
                Not(
                    "XML without a readable entry (entry 1 of 1: XML without the field receiptHandle)",
                ),
            ),
            (
                "an empty message",
                "<messages><message/></messages>",
                Not("without the field id"),
            ),
            (
                "an id with an inside",
                "<messages><message><id><a/></id></message></messages>",
                Not("more than a text in the field id"),
            ),
            (
                "packets of another name",
                "<messages><packet><id>1</id></packet></messages>",
                Not("whose list holds <packet>, which is no message"),
            ),
            (
                "messages in another case",
                "<messages><Message>Forbidden</Message></messages>",
                Not("whose list holds <Message>, which says “Forbidden”"),
            ),
            (
                "an error in a list",
                "<messages><error/></messages>",
                Not("whose list holds <error>"),
            ),
            (
                "a message that is a text",
                "<messages><message>Forbidden</message></messages>",
                Not("which says “Forbidden”"),
            ),
            (
                "a text in the list",
                "<messages>Forbidden</messages>",
                Not("XML with a text in <messages>"),
            ),
            (
                "a text between fields",
                xml_entry!("x"),
                Not("with a text between the fields of <message>"),
            ),
            (
                "another root",
                "<packets/>",
                Not("XML with the root <packets>"),
            ),
            (
                "an error of the storage",
                "<Error><Code>A</Code><Message>b</Message></Error>",
                Not("with the root <Error>, which says “A: b”"),
            ),
            (
                "a page",
                "<html><head><title>Sign in</title></head></html>",
                Not("an HTML page titled “Sign in”"),
            ),
            (
                "xhtml",
                "<?xml version=\"1.0\"?><!DOCTYPE html SYSTEM \"x\"><html/>",
                Not("an HTML page"),
            ),
            ("no element", "<!-- nothing -->", Not("without an element")),
            (
                "a second root",
                "<messages/><messages/>",
                Not("with a second root element"),
            ),
            ("a text after the root", "<messages/>x", Not("with a text")),
            (
                "an open root",
                "<messages>",
                Not("XML that ends in <messages>"),
            ),
            (
                "open further in",
                "<messages><message><id>1",
                Not("XML that ends in <messages><message><id> in entry 1"),
            ),
            (
                "cut in a tag",
                "<messages></mess",
                Not("that is broken in <messages>"),
            ),
            (
                "cut in a comment after the root",
                "<messages/><!-- ",
                Not("that is broken"),
            ),
            (
                "the page's misprint",
                "<messages><message><id>1</id><receiptHandle>h</receiptHandle>,\n<messages>",
                Not("XML"),
            ),
            ("a wrong end", "<messages></message>", Not("that is broken")),
            (
                "a tag that lost its end",
                "<messages><message <id>1</id></message></messages>",
                Not("with a broken tag in <messages>"),
            ),
            (
                "a nameless tag",
                "<messages><></></messages>",
                Not("with a broken tag"),
            ),
            (
                "an unknown entity",
                xml_entry!("<x>&nbsp;</x>"),
                Not("with an unknown entity in <messages><message><x>"),
            ),
            (
                "a NUL reference",
                xml_entry!("<x>&#0;</x>"),
                Not("with an unknown entity"),
            ),
            (
                "half a surrogate pair",
                xml_entry!("<x>&#xD800;</x>"),
                Not("with an unknown entity"),
            ),
            (
                "a lone ampersand",
                xml_entry!("<x>a & b</x>"),
                Not("that is broken"),
            ),
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
        ],
    );
}

fn unreadable(place: usize, reason: &str, fields: [Option<&str>; 3]) -> UnreadablePacket {
    let [id, receipt_handle, url] = fields.map(|field| field.map(str::to_owned));
    UnreadablePacket {
        place,
        reason: reason.to_owned(),
        id,
        receipt_handle,
        url,
    }
}

/// Reads a list with the entry between two good ones; returns what became of the entry.
fn among_good_ones(list: String) -> UnreadablePacket {
    let mut list = parse_pull(list.as_bytes()).unwrap_or_else(|error| panic!("{list}: {error}"));
    assert_eq!(list.packets, [packet("1"), packet("3")]);
    assert_eq!(list.unreadable.len(), 1, "{list:?}");
    list.unreadable.remove(0)
}

#[test]
fn an_unreadable_entry_in_json_does_not_hold_up_the_others() {
    let rows: [(&str, &str, [Option<&str>; 3]); 14] = [
        (r#""id""#, "JSON that is no object", [None; 3]),
        ("null", "JSON that is no object", [None; 3]),
        ("[{}]", "JSON that is no object", [None; 3]),
        ("{}", "JSON without the field id", [None; 3]),
        (
            r#"{"id":"2","url":"u"}"#,
            "JSON without the field receiptHandle",
            [Some("2"), None, Some("u")],
        ),
        (
            r#"{"id":"2","receipthandle":"h","url":"u"}"#,
            "JSON without the field receiptHandle",
            [Some("2"), None, Some("u")],
        ),
        (
            r#"{"id":2,"receiptHandle":"h","url":" "}"#,
            "JSON with an empty field url",
            [Some("2"), Some("h"), None],
        ),
        (
            r#"{"id":{},"receiptHandle":"h","url":"u"}"#,
            "JSON with more than a text in the field id",
            [None, Some("h"), Some("u")],
        ),
        (
            r#"{"id":"2","receiptHandle":"h","url":"u","x":"\u0000"}"#,
            "JSON with a NUL character",
            [Some("2"), Some("h"), Some("u")],
        ),
        (
            r#"{"id":"2\u0000","receiptHandle":"h","url":"u"}"#,
            "JSON with a NUL character",
            [None, Some("h"), Some("u")],
        ),
        (
            r#"{"id":"2","receiptHandle":"h","url":"u","\u0000":1}"#,
            "JSON with a NUL character",
            [Some("2"), Some("h"), Some("u")],
        ),
        (
            r#"{"id":"2","receiptHandle":"h","url":"u","x":"\ud800"}"#,
            "JSON that is broken (unexpected end of hex escape at line 1 column 8)",
            [Some("2"), Some("h"), Some("u")],
        ),
        (
            r#"{"id":"2","id":null,"receiptHandle":"h","url":"u"}"#,
            "JSON without the field id",
            [None, Some("h"), Some("u")],
        ),
        (
            r#"{"success":false,"message":"gone"}"#,
            "JSON without the field id",
            [None; 3],
        ),
    ];
    let good =
        |id| format!(r#"{{"id":"{id}","receiptHandle":"handle-{id}","url":"push/{id}.xml"}}"#);
    for (entry, reason, fields) in rows {
        let list = format!("[{},\n{entry} , {}]", good(1), good(3));
        for list in [list.clone(), format!(r#"{{"count":3,"messages":{list}}}"#)] {
            assert_eq!(
                among_good_ones(list),
                unreadable(2, reason, fields),
                "{entry}"
            );
        }
    }
    // A key that is not a text hides all fields.
    let entry = among_good_ones(format!(
        r#"[{},{{"id":"2","\ud800":1}},{}]"#,
        good(1),
        good(3)
    ));
    assert!(
        entry.reason.contains("that is broken") && entry.id.is_none(),
        "{entry:?}"
    );
    // As deep as is accepted; the list itself does not count.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let list = format!(
        r#"{{"messages":[{},{{"id":"2","x":{deep}}},{}]}}"#,
        good(1),
        good(3)
    );
    assert_eq!(
        among_good_ones(list),
        unreadable(2, "JSON that is nested too deep", [Some("2"), None, None])
    );
}

#[test]
fn an_unreadable_entry_in_xml_does_not_hold_up_the_others() {
    let most = "<id>2</id><receiptHandle>h</receiptHandle><url>u</url>";
    let rows: [(&str, &str, [Option<&str>; 3]); 9] = [
        ("", "XML without the field id", [None; 3]),
        ("Forbidden", "XML without the field id", [None; 3]),
        (
            "<id>2</id><url>u</url>",
            "XML without the field receiptHandle",
            [Some("2"), None, Some("u")],
        ),
        (
            "<id/><receiptHandle>h</receiptHandle><url>u</url>",
            "XML with an empty field id",
            [None, Some("h"), Some("u")],
        ),
        (
            "<id><a/></id><url>u</url>",
            "XML with more than a text in the field id",
            [None, None, Some("u")],
        ),
        (
            "<id>2</id><receiptHandle>h&nbsp;</receiptHandle><url>u</url>",
            "XML with an unknown entity in <messages><message><receiptHandle>",
            [Some("2"), None, Some("u")],
        ),
        (
            "<id>2</id><x><y>&#0;</y></x><url>u</url>",
            "XML with an unknown entity in <messages><message><x><y>",
            [Some("2"), None, Some("u")],
        ),
        (
            "<id>2</id>&nbsp;",
            "XML with an unknown entity in <messages><message>",
            [Some("2"), None, None],
        ),
        (
            "<id>2</id>x",
            "XML with a text between the fields of <message>",
            [Some("2"), None, None],
        ),
    ];
    let good = |id| {
        format!(
            "<message><id>{id}</id><receiptHandle>handle-{id}</receiptHandle><url>push/{id}.xml</url></message>"
        )
    };
    let list = |entry: &str| {
        let (first, last) = (good(1), good(3));
        format!("<messages><count>3</count>{first}<message>{entry}</message>{last}</messages>")
    };
    for (entry, reason, fields) in rows {
        assert_eq!(
            among_good_ones(list(entry)),
            unreadable(2, reason, fields),
            "{entry}"
        );
    }
    let deep = format!(
        "{most}<x>{}{}</x>",
        "<a>".repeat(100_000),
        "</a>".repeat(100_000)
    );
    assert_eq!(
        among_good_ones(list(&deep)),
        unreadable(
            2,
            "XML that is nested too deep",
            [Some("2"), Some("h"), Some("u")]
        )
    );
}

#[test]
fn a_fault_of_the_list_is_none_of_its_entries() {
    let json = r#"{"id":"1","receiptHandle":"h","url":"u"}"#;
    let xml = "<message><id>1</id><receiptHandle>h</receiptHandle><url>u</url></message>";
    let rows = [
        (format!("[{json},{{\"id\":}}]"), Not("that is broken")),
        (
            format!("[{json},{{\"id\":\"2\"}}"),
            Not("that ends too early"),
        ),
        (format!("[{json},"), Not("that ends too early")),
        (format!("[{json}] {{}}"), Not("that is broken")),
        (
            format!(r#"{{"success":false,"message":"no","messages":[{json}]}}"#),
            Refused(Some("no")),
        ),
        (
            format!(r#"{{"success":"maybe","messages":[{json}]}}"#),
            Not("whose success is “maybe”"),
        ),
        (
            format!(r#"{{"x":"\u0000","messages":[{json}]}}"#),
            Not("with a NUL character"),
        ),
        (
            format!("<messages>{xml}<message><id>2</message></messages>"),
            Not("that is broken in <messages><message><id>"),
        ),
        (
            format!("<messages>{xml}<message><id>"),
            Not("that ends in <messages><message><id> in entry 2"),
        ),
        (
            format!("<messages>{xml}<message>a & b</message></messages>"),
            Not("in entry 2"),
        ),
        (format!("<messages>{xml}"), Not("that ends in <messages>")),
        (
            format!("<messages>{xml}&nbsp;</messages>"),
            Not("with an unknown entity in <messages>"),
        ),
        (
            format!("<messages>{xml}<x>&nbsp;</x></messages>"),
            Not("with an unknown entity in <messages><x>"),
        ),
        (
            format!("<messages>{xml}<packet><id>2</id></packet></messages>"),
            Not("which is no message"),
        ),
        (
            format!("<messages>{xml}<success>false</success></messages>"),
            Refused(None),
        ),
        (
            format!("<messages>{xml}</messages><messages/>"),
            Not("second root"),
        ),
    ];
    for (body, expected) in rows {
        check_one(&body, parse_pull(body.as_bytes()), expected);
    }
}

#[test]
fn unreadable_entries_are_kept_up_to_a_number() {
    let list = |bad| {
        format!(
            "[{}{}]",
            "0,".repeat(bad),
            &json_entry!("")[1..json_entry!("").len() - 1]
        )
    };
    let most = parse_pull(list(10_000).as_bytes()).unwrap();
    assert_eq!((most.packets.len(), most.unreadable.len()), (1, 10_000));
    assert_eq!(most.unreadable.last().unwrap().place, 10_000);
    check_one(
        "one more",
        parse_pull(list(10_001).as_bytes()),
        Not("JSON with more than 10000 unreadable entries"),
    );
    let none = format!("[{}0]", "0,".repeat(20_000));
    check_one(
        "none",
        parse_pull(none.as_bytes()),
        Not("entry 1 of 20001: JSON that is no object"),
    );
}

#[test]
fn a_list_is_walked_by_its_packets() {
    let list = parse_pull(json_entry!("").as_bytes()).unwrap();
    let borrowed: Vec<&Packet> = (&list).into_iter().collect();
    assert_eq!(borrowed, [&packet("1")]);
    assert_eq!(list.into_iter().collect::<Vec<_>>(), [packet("1")]);
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
    // .NET declares UTF-16 in XML that it wrote to a string, whatever encoding the string is sent in.
    let declared = "<?xml version=\"1.0\" encoding=\"utf-16\"?><messages/>";
    check_one(
        "utf-16 by declaration only",
        readable_list(declared.as_bytes()),
        Is(vec![]),
    );
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = 50_000;
    let closed = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let elements = format!("{}{}", "<a>".repeat(deep), "</a>".repeat(deep));
    let object = format!("{}1{}", "{\"error\":".repeat(deep), "}".repeat(deep));
    let rows = [
        ("[".repeat(deep), "that ends too early"),
        ("{\"a\":".repeat(deep), "that ends too early"),
        ("<a>".repeat(deep), "that ends in <a><a>"),
        (closed.clone(), "without a readable entry"),
        (format!("[{{\"id\":{closed}}}]"), "that is nested too deep"),
        (object, "without a list"),
        (
            format!("<messages>{elements}</messages>"),
            "<a>, which is no message",
        ),
        (
            format!("<messages><message><x>{elements}</x></message></messages>"),
            "that is nested too deep",
        ),
    ];
    for (body, part) in rows {
        let body = body.as_bytes();
        check_one("pull", parse_pull(body), Not(part));
        assert!(parse_push(body).is_err());
        check_one("link", parse_link(body), Not(""));
        check_one("done", parse_done(body), Not(""));
        assert_eq!(server_message(body), None);
        assert_eq!(storage_error_code(body), None);
        assert!(!is_portal_refusal(body));
    }
}

#[test]
fn a_field_may_have_64_levels() {
    let json = |levels| {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!("[{{\"id\":\"1\",\"receiptHandle\":\"h\",\"url\":\"u\",\"x\":{nested}}}]")
    };
    let xml = |levels| {
        let nested = format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        format!(
            "<messages><message><id>1</id><receiptHandle>h</receiptHandle><url>u</url><x>{nested}</x></message></messages>"
        )
    };
    for body in [json(64), xml(64)] {
        assert_eq!(readable_list(body.as_bytes()).unwrap().len(), 1);
    }
    for body in [json(65), xml(65)] {
        check_one(
            "65",
            parse_pull(body.as_bytes()),
            Not("that is nested too deep"),
        );
    }
    // Brackets in a string are not nesting.
    let text = format!(
        "[{{\"id\":\"{}\\\"{}\",\"receiptHandle\":\"h\",\"url\":\"u\"}}]",
        "[".repeat(99),
        "{".repeat(99)
    );
    assert_eq!(readable_list(text.as_bytes()).unwrap().len(), 1);
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
                place: 2,
                field: "receiptHandle",
                character
            })
        );
        assert!(write_done(&receipts, Format::Json).is_ok());
    }
    let error = write_done(&[receipt("\u{1}", "h")], Format::Xml).unwrap_err();
    assert_eq!(
        error.to_string(),
        r"the id of entry 1 holds \u{1}, which XML cannot carry; mark that packet done in the json format"
    );
}

#[test]
fn receipts_can_be_checked_before_any_is_written() {
    let receipts = [
        receipt("1", "h"),
        receipt("2", "h"),
        receipt("3\u{B}", "\0"),
    ];
    let refused = Err(WireError::NotWritable {
        place: 3,
        field: "id",
        character: '\u{B}',
    });
    assert_eq!(check_writable(&receipts, Format::Xml), refused);
    assert_eq!(write_done(&receipts, Format::Xml).map(|_| ()), refused);
    assert_eq!(check_writable(&receipts, Format::Json), Ok(()));
    assert_eq!(check_writable(&receipts[..2], Format::Xml), Ok(()));
    assert_eq!(check_writable(&[], Format::Xml), Ok(()));
}

#[test]
fn server_messages() {
    let rows: [(&str, &[u8], Option<&str>); 38] = [
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
        ("control characters", b"a\x1B[31mred\x07", Some(r"a\u{1b}[31mred\u{7}")),
        ("a turn of direction", "a\u{202E}b\u{2028}c\u{85}d".as_bytes(), Some(r"a\u{202e}b c d")),
        ("a signed URL", b"cannot open https://s3.test/x?X-Amz-Signature=5ec4e7 now", Some("cannot open https://s3.test/x now")),
        ("a text cut in a character", b"caf\xC3", Some("caf")),
        ("a page in latin-1", b"<html><title>Acc\xE8s refus\xE9</title>", Some("HTML page \"Acc\u{FFFD}s refus\u{FFFD}\"")),
        ("xml with an entity of HTML's own", b"<r><message>a&nbsp;b</message></r>", Some("a\u{FFFD}b")),
        ("a message beside what cannot be read", br#"{"message":"Forbidden","x":"\ud800"}"#, Some("Forbidden")),
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
    assert!(
        is_html(b"<HTML><title>Acc\xE8s refus\xE9</title>"),
        "latin-1"
    );
    assert!(is_html(b"<html>\0"));
    assert!(!is_html(b"\xFF<html>"));
    assert!(!is_html("<messages/>".as_bytes()));
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
fn transient_storage_errors() {
    let body = |code: &str| {
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>x</Message></Error>")
    };
    for code in [
        "RequestTimeout",
        "InternalError",
        "SlowDown",
        "ServiceUnavailable",
    ] {
        let body = body(code);
        assert!(is_transient_storage_error(body.as_bytes()), "{code}");
        // The code is found as soon as it is complete, wherever the body is cut, and not before.
        let told = body.find("</Code>").unwrap() + "</Code>".len();
        for end in 0..body.len() {
            let cut = &body.as_bytes()[..end];
            assert_eq!(
                is_transient_storage_error(cut),
                end >= told,
                "{code} cut at {end}"
            );
        }
    }
    for code in [
        "AccessDenied",
        "ExpiredToken",
        "RequestTimeTooSkewed",
        "slowdown",
        "SlowDownNot",
        "",
    ] {
        assert!(!is_transient_storage_error(body(code).as_bytes()), "{code}");
    }
    for other in [
        "",
        "SlowDown",
        "<r><Code>SlowDown</Code></r>",
        r#"{"Code":"SlowDown"}"#,
        "<html><Error><Code>SlowDown</Code></Error>",
    ] {
        assert!(!is_transient_storage_error(other.as_bytes()), "{other}");
    }
}

#[test]
fn the_portals_own_refusals() {
    for own in [
        r#"{"message":"no such path"}"#,
        "\u{FEFF} {\"Message\":\"Bad Request\"}\n",
        r#"{"success":false}"#,
        r#"{"success":"false","error":{"message":"x"}}"#,
        "<r><success>false</success></r>",
        "<?xml version=\"1.0\"?><response><message>no such path</message></response>",
    ] {
        assert!(is_portal_refusal(own.as_bytes()), "{own}");
    }
    for other in [
        "",
        " ",
        "Bad Request",
        "The plain HTTP request was sent to HTTPS port",
        "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        "<!DOCTYPE html><message>x</message>",
        "<head><title>400 Bad Request</title></head>",
        "<Error><Code>InvalidRequest</Code><Message>x</Message></Error>",
        "<?xml version=\"1.0\"?>\n<Error xmlns='u'><Message>x</Message></Error>",
        "<ErrorResponse><Error><Message>x</Message></Error></ErrorResponse>",
        "<messages/>",
        "<r><success/></r>",
        "<r><message>cut</message>",
        "{}",
        "[]",
        "\"Bad Request\"",
        r#"{"message":null}"#,
        r#"{"message":" "}"#,
        r#"{"title":"Bad Request","status":400}"#,
        r#"[{"message":"x"}]"#,
        r#"{"message":"cut""#,
    ] {
        assert!(!is_portal_refusal(other.as_bytes()), "{other}");
    }
    assert!(!is_portal_refusal(b"{\"message\":\"\xFF\"}"));
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
