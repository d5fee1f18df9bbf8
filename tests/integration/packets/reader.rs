//! What a reader takes, and what it refuses.

use std::io::{self, Read};

use dmerp::{PacketReader, RecordStatus, Status};

use super::*;
use crate::support::fails;

/// What it is about, a packet, the options, and the records in it.
type Taken = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const TAKEN: &[Taken] = &[
    ("no table", "<NavMobileSync/>", &[], &[]),
    (
        "no record",
        r#"<NavMobileSync><table tablename="T"/></NavMobileSync>"#,
        &[],
        &[],
    ),
    (
        "each spelling of a status, and none",
        r#"<NavMobileSync><table tablename="T">
            <r status="insert"/><r status="inserted"/><r status="INSERTED"/><r status=" Update "/><r status="updated"/>
            <r status="Delete"/><r status="deleted"/><r status="READ"/><r/><r status="x"/><r status=""/></table></NavMobileSync>"#,
        &[],
        &[
            "T 1 Insert:",
            "T 2 Insert:",
            "T 3 Insert:",
            "T 4 Update:",
            "T 5 Update:",
            "T 6 Delete:",
            "T 7 Delete:",
            "T 8 Read:",
            "T 9 None:",
            "T 10 Other status=x:",
            "T 11 Other status=:",
        ],
    ),
    (
        "attributes of records and fields",
        r#"<NavMobileSync><table tablename="T" other="1"><r directresponse='true' status="inserted" x="&lt;&#10;a
b"><A validate="false" y=""/><B>2</B></r></table></NavMobileSync>"#,
        &[],
        &["T 1 Insert directresponse=true x=<\na b: A{validate=false}{y=}= B=2"],
    ),
    (
        "nulls and empty texts",
        r#"<NavMobileSync><table tablename="T"><r><A/><B></B><C> </C></r></table></NavMobileSync>"#,
        &[],
        &["T 1 None: A= B= C= "],
    ),
    (
        "a table in two places, and system tables between them",
        r#"<NavMobileSync><table tablename="$context"><x><y><z/></y></x></table><table tablename="T"><r><A>1</A></r></table>
            <table tablename="$metadata"><packet><timestamp>0</timestamp></packet><r tablename="T"/></table>
            <table tablename="T"><r><A>2</A></r></table></NavMobileSync>"#,
        &[],
        &["T 1 None: A=1", "T 1 None: A=2"],
    ),
    (
        "system tables that are wanted",
        r#"<NavMobileSync><table tablename="$metadata"><packet a="1"><timestamp>0</timestamp></packet><r tablename="T"/></table>
            <table tablename="T"><r/></table></NavMobileSync>"#,
        &[("system_tables", "true")],
        &[
            "$metadata 1 None <packet> a=1: timestamp=0",
            "$metadata 2 None tablename=T:",
            "T 1 None:",
        ],
    ),
    (
        "unknown elements are skipped, whatever is in them",
        r#"<NavMobileSync><hint a="1">text<b>&nbsp;</b><b/></hint><table tablename="T"><row><A>0</A><A/></row>
            <r><A>1</A></r></table></NavMobileSync>"#,
        &[],
        &["T 1 None: A=1"],
    ),
    (
        "unknown elements that are wanted",
        r#"<NavMobileSync><hint a="1"><b>1</b></hint><table tablename="T"><row><A>0</A></row><r><A>1</A></r></table></NavMobileSync>"#,
        &[("unknown_elements", "keep")],
        &[
            " 1 None <hint> a=1: b=1",
            "T 1 None <row>: A=0",
            "T 2 None: A=1",
        ],
    ),
    (
        "unknown elements with a text, which are wanted",
        "<NavMobileSync><hint>\n<![CDATA[x ]]>&amp; y</hint><hint>1<b>2</b></hint><hint> </hint><table tablename='T'><note a='1'>z</note><r><A>1</A></r></table></NavMobileSync>",
        &[("unknown_elements", "keep")],
        &[
            " 1 None <hint>: hint=x & y",
            " 1 None <hint>: hint=1<b>2</b>",
            " 1 None <hint>:",
            "T 1 None <note> a=1: note=z",
            "T 2 None: A=1",
        ],
    ),
    (
        "elements in a value that are wanted",
        r#"<NavMobileSync><table tablename="T"><r><A>1 &lt; <b c='&amp;"'>2 &gt;<![CDATA[<3>]]><!-- 4 --><d/></b>&amp;</A><B>&amp;</B></r></table></NavMobileSync>"#,
        &[("unknown_elements", "keep")],
        &[r#"T 1 None: A=1 &lt; <b c='&amp;"'>2 &gt;&lt;3&gt;<d></d></b>&amp; B=&"#],
    ),
    (
        "sections, references, comments and instructions in a value",
        "<NavMobileSync><table tablename=\"T\"><r><A>a<![CDATA[<b>&amp;]]]]><![CDATA[>]]>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;<!-- <x> --><?php <y> ?>z</A></r></table></NavMobileSync>",
        &[],
        &["T 1 None: A=a<b>&amp;]]><>&\"'AB\u{1F600}z"],
    ),
    (
        "line ends become one",
        "<NavMobileSync>\r\n<table tablename=\"T\">\r<r>\r\n<A>1\r\n2\r3\n4\r\r\n5&#13;&#10;6<![CDATA[\r\n7\r]]></A></r></table></NavMobileSync>\r\n",
        &[],
        &["T 1 None: A=1\n2\n3\n4\n\n5\r\n6\n7\n"],
    ),
    (
        "a byte order mark, a declaration, comments and white space around the root",
        "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<!-- a -->\n<?b c?>\t<NavMobileSync ><table  tablename = 'T'\n><r\n/><!-- d --></table\n></NavMobileSync >\n<!-- e --><?f?>\n ",
        &[],
        &["T 1 None:"],
    ),
    (
        "an encoding of .NET's that it is not in",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><NavMobileSync><table tablename=\"T\"><r><A>\u{E9}\u{1F600}</A></r></table></NavMobileSync>",
        &[],
        &["T 1 None: A=\u{E9}\u{1F600}"],
    ),
    (
        "namespaces and their prefixes",
        r#"<n:NavMobileSync xmlns:n="urn:x" xmlns="urn:y"><n:table tablename="T" xmlns:i="urn:z"><n:r status="update" xmlns="urn:0"><n:A i:b="1">2</n:A></n:r></n:table></n:NavMobileSync>"#,
        &[],
        &["T 1 Update: A{i:b=1}=2"],
    ),
    (
        "names with every kind of character",
        "<NavMobileSync><table tablename=\"Ü &lt;&quot;\u{1F600}\"><r><Größe-1.x_ü>1</Größe-1.x_ü><_/></r></table></NavMobileSync>",
        &[],
        &["Ü <\"\u{1F600} 1 None: Größe-1.x_ü=1 _="],
    ),
    (
        "names that XML does not have, which lose nothing",
        "<NavMobileSync><table tablename=\"T\"><r><1 2='3'>4</1></r></table></NavMobileSync>",
        &[],
        &["T 1 None: 1{2=3}=4"],
    ),
    (
        "> and quotes where they may stand",
        "<NavMobileSync><table tablename=\"a>b'c\"><r><A>]] > \" '</A></r></table></NavMobileSync>",
        &[],
        &["a>b'c 1 None: A=]] > \" '"],
    ),
];

#[test]
fn what_is_taken() {
    for (case, packet, options, records) in TAKEN {
        let outcome = read(packet.as_bytes(), options);
        outcome
            .end
            .as_ref()
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(outcome.shown(), *records, "{case}");
        let (rows, end, _) = c::read_by_rows(packet.as_bytes(), options);
        assert_eq!(
            (rows, end),
            (read(packet.as_bytes(), options).rows, Ok(())),
            "{case}"
        );
    }
}

#[test]
fn skipped_elements_are_counted() {
    let packet = in_root("<a/><table tablename=\"T\"><b/><r/><b><b/></b></table><a/>");
    assert_eq!(read(packet.as_bytes(), &[]).skipped, 4);
    assert_eq!(
        read(packet.as_bytes(), &[("unknown_elements", "keep")]).skipped,
        0
    );
    let mut reader = c::Reader::new(packet.as_bytes(), &[]);
    assert_eq!(reader.skipped(), 0);
    while reader.next().expect("a packet").is_some() {}
    assert_eq!(reader.skipped(), 4);
}

#[test]
fn the_root_says_whose_packet_it_is() {
    for (attributes, user, all) in [
        ("", None, &[][..]),
        (" salesmancode='A'", Some("A"), &[("salesmancode", "A")]),
        (
            " salesmanCode='&#201;1' roleid='2'",
            Some("É1"),
            &[("salesmanCode", "É1"), ("roleid", "2")],
        ),
        (" xmlns='urn:x' challange=''", None, &[("challange", "")]),
    ] {
        let packet =
            format!("<NavMobileSync{attributes}><table tablename='T'><r/></table></NavMobileSync>");
        let mut reader = PacketReader::new(packet.as_bytes());
        assert_eq!(reader.mobile_user().expect("a root"), user, "{attributes}");
        // Asked later, it is the same.
        assert!(reader.next().expect("a packet").is_some());
        let root: Vec<_> = reader
            .attributes()
            .expect("a root")
            .map(|one| (one.name, one.value))
            .collect();
        assert_eq!(root, all, "{attributes}");
        assert_eq!(reader.mobile_user().expect("a root"), user, "{attributes}");
        assert!(reader.next().expect("a packet").is_none());
        assert!(reader.next().expect("no more than the end").is_none());
    }
}

/// What is refused: the records before it, and what the error says.
const REFUSED: &[(&str, &[&str], &str)] = &[
    ("", &[], "line 1: it is empty, or has no element"),
    (" \n\n", &[], "line 3: it is empty, or has no element"),
    ("<NavMobileSync>", &[], "line 1: the packet breaks off here"),
    ("text", &[], "line 1: it is not XML"),
    ("{\"NavMobileSync\":{}}", &[], "it is JSON"),
    ("[]", &[], "it is JSON"),
    ("PK\u{3}\u{4}", &[], "it is a ZIP archive"),
    ("<\0?\0x\0", &[], "it is in UTF-16"),
    (
        "<messages/>",
        &[],
        "the root element is <messages>, not <NavMobileSync>",
    ),
    (
        "<navmobilesync/>",
        &[],
        "the root element is <navmobilesync>",
    ),
    (
        "<?xml version='1.0' encoding='windows-1251'?><NavMobileSync/>",
        &[],
        "it declares the encoding windows-1251",
    ),
    (
        "<!DOCTYPE a [<!ENTITY b 'c'>]><NavMobileSync/>",
        &[],
        "a document type",
    ),
    (
        "<NavMobileSync/><NavMobileSync/>",
        &[],
        "something follows the end",
    ),
    ("<NavMobileSync/>text", &[], "something follows the end"),
    (
        "<NavMobileSync><?XML version='1.0'?></NavMobileSync>",
        &[],
        "an XML declaration stands where none can be",
    ),
    (
        "<NavMobileSync><?xml?></NavMobileSync>",
        &[],
        "an XML declaration stands where none can be",
    ),
    (
        "<NavMobileSync><? a?></NavMobileSync>",
        &[],
        "an instruction has a bad name",
    ),
    (
        "<NavMobileSync a='1' a='2'/>",
        &[],
        "an attribute is broken",
    ),
    ("<NavMobileSync a=1/>", &[], "an attribute is broken"),
    (
        "<NavMobileSync a='1'b='2'/>",
        &[],
        "no white space stands between two attributes",
    ),
    ("<NavMobileSync a/>", &[], "an attribute is broken"),
    (
        "<NavMobileSync a='&b;'/>",
        &[],
        "the value of the attribute a cannot be read",
    ),
    (
        "<NavMobileSync a='&#0;'/>",
        &[],
        "the value of the attribute a cannot be read",
    ),
    (
        "<NavMobileSync>text</NavMobileSync>",
        &[],
        "a text stands where a table should be",
    ),
    (
        "<NavMobileSync><![CDATA[ ]]></NavMobileSync>",
        &[],
        "a text stands where a table should be",
    ),
    (
        "<NavMobileSync><table/></NavMobileSync>",
        &[],
        "a table has no tablename",
    ),
    (
        "<NavMobileSync><table tablename=''/></NavMobileSync>",
        &[],
        "a table has no tablename",
    ),
    (
        "<NavMobileSync><hint></NavMobileSync>",
        &[],
        "line 1: </NavMobileSync> stands where </hint> should be",
    ),
    (
        "<NavMobileSync><!DOCTYPE a></NavMobileSync>",
        &[],
        "a document type",
    ),
    (
        "<NavMobileSync><a><!DOCTYPE a></a></NavMobileSync>",
        &[],
        "a document type",
    ),
];

/// The same, where a table T has a first record on line 1, and this follows on line 2.
const REFUSED_IN_TABLE: &[(&str, &str)] = &[
    // What may be records is not skipped, though no record of the format stands there.
    ("<R><A>2</A></R>", "the element <R> cannot stand here"),
    ("<table/>", "the element <table> cannot stand here"),
    (
        "<rows><r><A>2</A></r></rows>",
        "the element <r> stands in an unknown element",
    ),
    (
        "</table><Tables>\n<Table tablename='U'><R/></Table></Tables><table tablename='U'>",
        "the element <Table> stands in an unknown element",
    ),
    (
        "</table><r/><table tablename='U'>",
        "the element <r> cannot stand here",
    ),
    (
        "</table><Table/><table tablename='U'>",
        "the element <Table> cannot stand here",
    ),
    (
        "</table><tables><table/></tables><table tablename='U'>",
        "the element <table> stands in an unknown element",
    ),
    (
        "<r><A>1<?xml version='1.0'?>2</A></r>",
        "an XML declaration stands where none can be",
    ),
    (
        "text",
        "line 2, table T: a text stands where a record should be",
    ),
    ("&lt;", "a text stands where a record should be"),
    (
        "<r>text</r>",
        "line 2, table T, record 2: a text stands where a field should be",
    ),
    ("<r><A/>text</r>", "a text stands where a field should be"),
    ("<r><A/>&#32;</r>", "a text stands where a field should be"),
    (
        "<r><![CDATA[]]></r>",
        "a text stands where a field should be",
    ),
    (
        "<r><A>1</A>\n<A>1</A></r>",
        "line 3, table T, record 2, field A: the field stands there twice",
    ),
    (
        "<r><A/><B/><C/><A/></r>",
        "field A: the field stands there twice",
    ),
    (
        "<r><x:A/><y:A/></r>",
        "field A: the field stands there twice",
    ),
    (
        "<r><A>1<b/>2</A></r>",
        "record 2, field A: elements stand where the value should be; unknown_elements=keep",
    ),
    (
        "<r><A>1&nbsp;2</A></r>",
        "record 2, field A: &nbsp; is no entity",
    ),
    ("<r><A>&#0;</A></r>", "field A: &#0; is no entity"),
    (
        "<r><A>&#xFFFE;</A></r>",
        "field A: the character U+FFFE cannot stand in XML",
    ),
    ("<r><A>&#xD800;</A></r>", "field A: &#xD800; is no entity"),
    (
        "<r><A>&#x110000;</A></r>",
        "field A: &#x110000; is no entity",
    ),
    (
        "<r><A>a\0b</A></r>",
        "field A: the character U+0000 cannot stand in XML",
    ),
    (
        "<r><A><![CDATA[\u{1B}]]></A></r>",
        "field A: the character U+001B cannot stand in XML",
    ),
    (
        "<r><A>\u{FFFF}</A></r>",
        "field A: the character U+FFFF cannot stand in XML",
    ),
    (
        "<r><A>1 & 2</A></r>",
        "field A: an & stands there that begins no entity",
    ),
    ("<r><A>1 < 2</A></r>", "table T, record 2"),
    (
        "<r><A>1</B></r>",
        "field A: </B> stands where </A> should be",
    ),
    (
        "<r><A></r></A>",
        "field A: </r> stands where </A> should be",
    ),
    ("</r>", "</r> stands where </table> should be"),
    ("<r a='1' a='2'/>", "record 2: an attribute is broken"),
    ("<r a='<'/>", "a tag is broken"),
    (
        "<r><A a='\u{1}'/></r>",
        "record 2: the character U+0001 cannot stand in XML",
    ),
    ("<r><A a=/></r>", "an attribute is broken"),
    ("<r><A><!DOCTYPE a></A></r>", "a document type"),
    ("<r><A\0B/></r>", "record 2: the character U+0000"),
    ("<r><A a\0b='1'/></r>", "record 2: the character U+0000"),
    ("<r><:/></r>", "record 2: a tag is broken"),
    ("<r><a:>1</a:></r>", "record 2: a tag is broken"),
];

#[test]
fn what_is_refused_and_what_comes_before_it() {
    for (packet, before, says) in REFUSED {
        refuses(packet.as_bytes(), before, says);
    }
    for (records, says) in REFUSED_IN_TABLE {
        let packet = in_table(&format!("<r><A>1</A></r>\n{records}"));
        refuses(packet.as_bytes(), &["T 1 None: A=1"], says);
    }
}

#[test]
fn xml_that_is_kept_in_a_value_is_xml() {
    for (value, says) in [
        ("<b>\0</b>", "field A: the character U+0000"),
        ("<b><![CDATA[\u{1}]]></b>", "field A: the character U+0001"),
        ("<b>&#xFFFE;</b>", "field A: the character U+FFFE"),
        ("<b>&nbsp;</b>", "field A: &nbsp; is no entity"),
        ("<b c='\0'/>", "the character U+0000"),
        ("<b\0/>", "the character U+0000"),
        ("<b c='1' c='2'/>", "an attribute is broken"),
        ("<b c=1/>", "an attribute is broken"),
        ("<b><c></b>", "</b> stands where </c> should be"),
        ("<b>", "</A> stands where </b> should be"),
        ("<b><!DOCTYPE a></b>", "a document type"),
    ] {
        let packet = in_table(&format!("<r/>\n<r><A>1{value}</A></r>"));
        let Outcome { rows, end, .. } = read(packet.as_bytes(), &[("unknown_elements", "keep")]);
        assert_eq!(rows.len(), 1);
        let error = fails(end, Status::BadPacket, "line 2, table T, record 2");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[track_caller]
fn refuses(packet: &[u8], before: &[&str], says: &str) {
    let told = String::from_utf8_lossy(packet);
    let Outcome { rows, end, .. } = read(packet, &[]);
    let error = fails(end, Status::BadPacket, says);
    let shown: Vec<_> = rows.iter().map(Row::to_string).collect();
    assert_eq!(shown, before, "{told}");
    // The same as rows, and no record after the error.
    let mut reader = c::Reader::new(packet, &[]);
    let (by_rows, end, _) = c::read_by_rows(packet, &[]);
    assert_eq!(by_rows, rows, "{told}");
    assert_eq!(end.expect_err("refused").message, error.to_string());
    for _ in &rows {
        reader.next().expect("a record");
    }
    for _ in 0..2 {
        let failure = reader.next().expect_err("refused");
        assert_eq!(
            (failure.status, failure.message),
            (Status::BadPacket as i32, error.to_string())
        );
        assert_eq!(
            reader.rows().expect_err("refused"),
            reader.next().expect_err("refused")
        );
    }
}

#[test]
fn what_is_not_utf_8_is_refused() {
    for (bytes, says) in [
        (&b"\xFE\xFF\0<"[..], "it is in UTF-16"),
        (b"\xFF\xFE<\0", "it is in UTF-16"),
        (b"\x1F\x8B\x08", "it is compressed with gzip"),
        (b"<NavMobileSync a='\xFF'/>", "not UTF-8"),
        (b"<NavMobileSync><table tablename='T'><r><A>\xC3</A></r></table></NavMobileSync>", "not UTF-8"),
        (b"<NavMobileSync><table tablename='T'><r><A>\xED\xA0\x80</A></r></table></NavMobileSync>", "not UTF-8"),
        (b"<NavMobileSync><table tablename='T'><r><A>\xC0\x80</A></r></table></NavMobileSync>", "not UTF-8"),
        (b"<NavMobileSync><table tablename='T'><r><\xE9/></r></table></NavMobileSync>", "not UTF-8"),
    ] {
        refuses(bytes, &[], says);
    }
}

#[test]
fn a_packet_that_breaks_off_gives_the_records_before_and_an_error() {
    let whole = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync salesmancode=\"É\">\n<table tablename=\"T\">\n\
        <r status=\"inserted\"><NO>1</NO><B a=\"1\">&#233;é&amp;<![CDATA[ x ]]></B></r>\n<r status=\"update\"><NO>12</NO></r>\n</table>\n\
        <hint>x</hint><!-- c --><table tablename=\"U\">\n<r/><r><A/></r></table>\n</NavMobileSync>";
    let rows = read(whole.as_bytes(), &[]).whole();
    assert_eq!(rows.len(), 4);
    // Each record counts from the byte that ends it.
    let ends: Vec<usize> = ["</r>\n<r", "</r>\n</t", "/><r>", "</r></table>\n</"]
        .map(|end| whole.find(end).expect(end) + end.find('>').expect(">") + 1)
        .into();
    for len in 0..whole.len() {
        let cut = &whole.as_bytes()[..len];
        let Outcome {
            rows: read, end, ..
        } = read(cut, &[]);
        fails(end, Status::BadPacket, "line ");
        let complete = ends.iter().filter(|end| **end <= len).count();
        assert_eq!(read, rows[..complete], "after {len} bytes");
        let (by_rows, end, _) = c::read_by_rows(cut, &[]);
        assert_eq!((by_rows, end.is_err()), (read, true), "after {len} bytes");
        assert!(!dmerp::check_packet(cut).expect("checked").is_empty());
    }
}

#[test]
fn sizes_are_limited() {
    let field = |len: usize| format!("<r><A>{}</A></r>", "x".repeat(len));
    let large = in_table(&format!("{}{}", field(10), field(1_000_000)));
    let reads = |limit: &str| read(large.as_bytes(), &[("max_record_bytes", limit)]);
    assert_eq!(reads("1100000").whole().len(), 2);
    let Outcome { rows, end, .. } = reads("500000");
    assert_eq!(rows.len(), 1, "the record before it");
    let error = fails(end, Status::TooLarge, "max_record_bytes");
    assert!(error.to_string().contains("500000"), "{error}");

    // Many fields are as large as one.
    let many = |count: usize| {
        let fields: String = (0..count).map(|at| format!("<F{at}/>")).collect();
        in_table(&format!("<r>{fields}</r>"))
    };
    let most = many(10_000);
    assert_eq!(read(most.as_bytes(), &[]).whole()[0].fields.len(), 10_000);
    fails(
        read(most.as_bytes(), &[("max_record_bytes", "50000")]).end,
        Status::TooLarge,
        "",
    );
    let too_many = read(many(10_001).as_bytes(), &[]).end;
    fails(too_many, Status::BadPacket, "more than 10000 fields");
    // A tag, with all its attributes, has a limit of its own.
    for tag in [
        "r".repeat(100_000),
        (0..10_000)
            .map(|at| format!("a{at}='' "))
            .collect::<String>(),
    ] {
        let packet = in_table(&format!("<r {tag}/>"));
        fails(
            read(packet.as_bytes(), &[]).end,
            Status::BadPacket,
            "a tag is longer",
        );
    }
    // And so is a comment.
    for record in [
        format!("<!--{}-->", " ".repeat(1_000_000)),
        format!("<unknown>{}</unknown>", "x".repeat(1_000_000)),
        " ".repeat(1_000_000),
    ] {
        let packet = in_table(&record);
        assert!(read(packet.as_bytes(), &[]).end.is_ok());
        fails(
            read(packet.as_bytes(), &[("max_record_bytes", "500000")]).end,
            Status::TooLarge,
            "",
        );
    }
    // Many small records are no large one.
    let small = in_table(&field(100).repeat(1000));
    assert_eq!(
        read(small.as_bytes(), &[("max_record_bytes", "1000")])
            .whole()
            .len(),
        1000
    );
}

#[test]
fn a_limit_holds_in_one_piece_of_the_input_too() {
    let packet = in_table(&format!("<r/><r><A>{}</A></r>", "x".repeat(1000)));
    let Outcome { rows, end, .. } = read(packet.as_bytes(), &[("max_record_bytes", "500")]);
    assert_eq!(rows.len(), 1);
    fails(end, Status::TooLarge, "500");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    for (depth, is_taken) in [(10, true), (60, true), (70, false), (100_000, false)] {
        let skipped = in_root(&nested(depth));
        let kept = in_table(&format!("<r>{}</r>", nested(depth)));
        let outcomes = [
            read(skipped.as_bytes(), &[]),
            read(kept.as_bytes(), &[("unknown_elements", "keep")]),
        ];
        for Outcome { end, .. } in outcomes {
            match is_taken {
                true => end.expect("not too deep"),
                false => drop(fails(end, Status::BadPacket, "more than 64 elements")),
            }
        }
    }
}

#[test]
fn nothing_is_expanded_and_nothing_outside_is_read() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c SYSTEM "file:///etc/hostname">]>"#;
    for packet in [
        format!("{laughs}{}", in_table("<r><A>&b;</A></r>")),
        format!("{laughs}{}", in_table("<r><A>&c;</A></r>")),
    ] {
        refuses(packet.as_bytes(), &[], "a document type");
    }
}

#[test]
fn options_are_set_before_the_first_record() {
    let packet = in_root("<table tablename='T'><r/></table><table tablename='U'><r/></table>");
    let mut reader = PacketReader::new(packet.as_bytes());
    for (key, value, says) in [
        ("unknown_elements", "yes", "skip or keep"),
        ("system_tables", "1", "true or false"),
        ("max_record_bytes", "0", "1 or more"),
        ("max_record_bytes", "-1", "1 or more"),
        ("max_record_bytes", "64k", "1 or more"),
        (
            "max_records",
            "1",
            "no option \u{201c}max_records\u{201d}; it has unknown_elements",
        ),
    ] {
        let set = reader.set(key, value).map(drop);
        fails(set, Status::InvalidArgument, says);
    }
    reader.mobile_user().expect("a root");
    reader
        .set("system_tables", "true")
        .expect("still before the first record");
    while reader.next().expect("a packet").is_some() {
        let set = reader.set("system_tables", "true").map(drop);
        fails(set, Status::InvalidArgument, "too late");
    }
    let set = reader.set("system_tables", "true").map(drop);
    fails(set, Status::InvalidArgument, "too late");
}

#[test]
fn a_stream_is_read_in_whatever_pieces_it_comes() {
    for (case, packet, options, _) in TAKEN {
        assert_eq!(
            read_drops(packet.as_bytes(), options).whole(),
            read(packet.as_bytes(), options).whole(),
            "{case}"
        );
    }
    let broken = io::Cursor::new(b"<NavMobileSync>".as_slice()).chain(Broken);
    let outcome = read_all(PacketReader::from_reader(broken));
    fails(outcome.end, Status::FileError, "the tape is torn");
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the tape is torn"))
    }
}

#[test]
fn a_record_has_the_line_in_which_it_begins() {
    let record = "<r status=\n'insert'\n>\n<A>1\n</A>\n</r>\n";
    let packet = in_table(&format!("\n{}<r/><r a='\n'/>\n<x/><r/>", record.repeat(4)));
    let lines = |rows: &[Row]| rows.iter().map(|row| row.line).collect::<Vec<_>>();
    let expected = [2, 8, 14, 20, 26, 26, 28];
    assert_eq!(lines(&read(packet.as_bytes(), &[]).whole()), expected);
    assert_eq!(lines(&c::read_by_rows(packet.as_bytes(), &[]).0), expected);
}

/// Records that do not all fit the same columns: how they are read alike in both ways.
#[test]
fn rows_are_the_same_records() {
    let mut packet = String::from("<NavMobileSync>\n");
    let mut at = 0_u32;
    for table in ["T", "U", "$metadata", "T", "V"] {
        packet += &format!("<table tablename=\"{table}\">\n");
        for _ in 0..3000 {
            at += 1;
            // A few numbers that look random, and repeat late.
            let choice = at.wrapping_mul(2_654_435_761) >> 16;
            let status = [
                "",
                " status='inserted'",
                " status='deleted'",
                " status='READ'",
            ][choice as usize % 4];
            let attribute = ["", "", "", " directresponse='true'"][(choice >> 2) as usize % 4];
            packet += &format!("<r{status}{attribute}>");
            let mut names = vec!["A", "B", "C", "D", "E"];
            names.retain(|name| !(choice >> 4).is_multiple_of(u32::from(name.as_bytes()[0]) - 62));
            if (choice >> 8).is_multiple_of(50) {
                names.reverse();
            }
            for name in names {
                packet += &format!("<{name}>{name}{at}</{name}>");
            }
            packet +=
                ["</r>\n", "</r>", "</r>\n<x/>\n", "</r><!-- -->"][(choice >> 10) as usize % 4];
        }
        packet += "</table>\n";
    }
    packet += "</NavMobileSync>";
    for options in [
        &[][..],
        &[("system_tables", "true")],
        &[("unknown_elements", "keep")],
    ] {
        let rows = read(packet.as_bytes(), options).whole();
        let (by_rows, end, packed) = c::read_by_rows(packet.as_bytes(), options);
        assert_eq!(end, Ok(()));
        assert!(by_rows == rows);
        assert!(packed > rows.len() / 3, "{packed} of {}", rows.len());
        let statuses = [
            RecordStatus::None,
            RecordStatus::Insert,
            RecordStatus::Delete,
            RecordStatus::Read,
        ];
        assert!(
            statuses
                .iter()
                .all(|status| rows.iter().any(|row| row.status == *status))
        );
    }
}

#[test]
fn equal_records_come_as_rows_and_columns_are_kept() {
    let record = |at: usize| match at % 3 {
        0 => format!("<r><A>{at}</A></r>"),
        1 => format!("<r><A>{at}</A><B>{at}</B></r>"),
        _ => "<r/>".to_string(),
    };
    let packet = in_table(&(0..10_000).map(record).collect::<String>());
    let (rows, end, packed) = c::read_by_rows(packet.as_bytes(), &[]);
    assert_eq!((rows.len(), end, packed), (10_000, Ok(()), 10_000));
    let mut reader = c::Reader::new(packet.as_bytes(), &[]);
    let mut calls = 0;
    while !reader.rows().expect("rows").is_empty() {
        calls += 1;
    }
    // 1,000 at once, and the first call learns the second column.
    assert!((10..=12).contains(&calls), "{calls}");
    assert_eq!(reader.next(), Ok(None));
}
