//! The forms of values: written, and read back.

use dmerp::ffi::*;
use dmerp::{Decimal, RecordField, Status, Value};
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

use super::c::{self, read_bytes, read_value, value};
use super::*;
use crate::support::fails;

fn decimal(digits: i128, scale: u32) -> Value<'static> {
    Decimal::new(digits, scale)
        .expect("a scale of at most 28")
        .into()
}

fn date(year: i32, month: u8, day: u8) -> Date {
    let month = Month::try_from(month).expect("a month");
    Date::from_calendar_date(year, month, day).expect("a date")
}

fn time(hour: u8, minute: u8, second: u8, milli: u16) -> Time {
    Time::from_hms_milli(hour, minute, second, milli).expect("a time")
}

fn instant(date: Date, time: Time) -> OffsetDateTime {
    OffsetDateTime::new_utc(date, time)
}

/// The field's value, read as one of the kind of `like`.
fn typed<'r>(like: &Value<'_>, field: RecordField<'r>) -> dmerp::Result<Value<'r>> {
    Ok(match like {
        Value::Bool(_) => field.boolean()?.into(),
        Value::Integer(_) => field.integer()?.into(),
        Value::Decimal(_) => field.decimal()?.into(),
        Value::Real(_) => field.real()?.into(),
        Value::Date(_) => field.date()?.into(),
        Value::Time(_) => field.time()?.into(),
        Value::Instant(_) => field.instant()?.into(),
        Value::Bytes(_) => field.bytes()?.into(),
        _ => field.text.into(),
    })
}

#[test]
fn each_value_is_written_in_its_form_and_reads_back() {
    let ago = Duration::milliseconds(-1);
    let day = date(2026, 11, 24);
    let morning = time(9, 42, 19, 0);
    let cases: Vec<(Value, &str)> = vec![
        ("".into(), ""),
        (" a\tb\nc ".into(), " a\tb\nc "),
        ("\r\n\r]]>&<\"'".into(), "\r\n\r]]>&<\"'"),
        (
            "ÄбЖ\u{7F}\u{85}\u{2028}\u{FFFD}\u{1F600}\u{10FFFF}".into(),
            "ÄбЖ\u{7F}\u{85}\u{2028}\u{FFFD}\u{1F600}\u{10FFFF}",
        ),
        (true.into(), "true"),
        (false.into(), "false"),
        (0.into(), "0"),
        ((-12).into(), "-12"),
        (u32::MAX.into(), "4294967295"),
        (i64::MAX.into(), "9223372036854775807"),
        (i64::MIN.into(), "-9223372036854775808"),
        (decimal(1250, 2), "12.50"),
        (decimal(-5, 2), "-0.05"),
        (decimal(5, 1), "0.5"),
        (decimal(-7, 0), "-7"),
        (decimal(0, 3), "0.000"),
        (decimal(1, 28), "0.0000000000000000000000000001"),
        (
            decimal(i128::MAX, 0),
            "170141183460469231731687303715884105727",
        ),
        (
            decimal(i128::MIN, 28),
            "-17014118346.0469231731687303715884105728",
        ),
        (0.1.into(), "0.1"),
        (1.0.into(), "1"),
        ((-0.0).into(), "-0"),
        (3.49.into(), "3.49"),
        (1e21.into(), "1000000000000000000000"),
        (1.5e-7.into(), "0.00000015"),
        ((0.1 + 0.2).into(), "0.30000000000000004"),
        (day.into(), "2026-11-24"),
        (date(1, 1, 1).into(), "0001-01-01"),
        (date(2024, 2, 29).into(), "2024-02-29"),
        (date(9999, 12, 31).into(), "9999-12-31"),
        (morning.into(), "09:42:19Z"),
        (Time::MIDNIGHT.into(), "00:00:00Z"),
        (time(9, 42, 19, 382).into(), "09:42:19.382"),
        (time(23, 59, 59, 1).into(), "23:59:59.001"),
        (instant(day, morning).into(), "2026-11-24T09:42:19Z"),
        (
            instant(day, time(9, 42, 19, 382)).into(),
            "2026-11-24T09:42:19.382Z",
        ),
        (OffsetDateTime::UNIX_EPOCH.into(), "1970-01-01T00:00:00Z"),
        (
            (OffsetDateTime::UNIX_EPOCH + ago).into(),
            "1969-12-31T23:59:59.999Z",
        ),
        (
            instant(date(1, 1, 1), Time::MIDNIGHT).into(),
            "0001-01-01T00:00:00Z",
        ),
        (
            instant(date(9999, 12, 31), time(23, 59, 59, 999)).into(),
            "9999-12-31T23:59:59.999Z",
        ),
        (vec![0xFB, 0xFF, 0].into(), "+/8A"),
        (vec![1].into(), "AQ=="),
        (b"ab".as_slice().into(), "YWI="),
    ];
    let packet = written(|packet| {
        packet.table("T", None)?;
        for (value, _) in &cases {
            packet.record(RecordStatus::Insert, [("A", value.clone())])?;
        }
        Ok(())
    });
    let mut reader = PacketReader::new(packet.as_bytes());
    for (value, text) in &cases {
        let record = reader.next().expect("a packet").expect("a record");
        let field = record.get("A").expect("a field");
        assert_eq!(field.text, *text);
        assert_eq!(typed(value, field).expect("the form is read"), *value);
    }
    assert_eq!(judged(&packet), read(packet.as_bytes(), &[]).whole());
}

#[test]
fn what_is_written_in_another_form_than_it_was() {
    let east = UtcOffset::from_hms(2, 0, 0).expect("an offset");
    let long = time(9, 42, 19, 0) + Duration::nanoseconds(999_999);
    for (value, text) in [
        (
            Value::from(instant(date(2026, 1, 1), time(0, 30, 0, 0)).to_offset(east)),
            "2026-01-01T00:30:00Z",
        ),
        (
            date(2026, 1, 1)
                .with_time(time(0, 30, 0, 0))
                .assume_offset(east)
                .into(),
            "2025-12-31T22:30:00Z",
        ),
        (long.into(), "09:42:19Z"),
        (
            instant(date(2026, 1, 1), long).into(),
            "2026-01-01T09:42:19Z",
        ),
        (Some(1).into(), "1"),
        (5e-324.into(), &format!("0.{}5", "0".repeat(323))),
        (
            f64::MAX.into(),
            &format!("17976931348623157{}", "0".repeat(292)),
        ),
    ] {
        let packet = written(|packet| {
            packet
                .table("T", None)?
                .record(RecordStatus::Insert, [("A", value)])?;
            Ok(())
        });
        assert!(packet.contains(&format!("<A>{text}</A>")), "{packet}");
    }
}

#[test]
fn a_null_is_left_out_and_what_is_empty_is_not() {
    let packet = written(|packet| {
        let fields: [(&str, Value); 6] = [
            ("A", Value::Null),
            ("B", "".into()),
            ("C", Option::<i32>::None.into()),
            ("D", Option::<&str>::None.into()),
            ("E", Vec::new().into()),
            ("F", "x".into()),
        ];
        packet
            .table("T", None)?
            .record(RecordStatus::Insert, fields)?;
        Ok(())
    });
    assert_eq!(
        read(packet.as_bytes(), &[]).shown(),
        ["T 1 Insert: B= E= F=x"]
    );
}

#[test]
fn what_has_no_form_is_refused() {
    let west = UtcOffset::from_hms(-1, 0, 0).expect("an offset");
    let late = date(9999, 12, 31)
        .with_time(time(23, 30, 0, 0))
        .assume_offset(west);
    let mut packet = PacketWriter::new(None);
    packet.table("T", None).expect("a table");
    for (value, says) in [
        (Value::from(f64::NAN), "NaN"),
        (f64::INFINITY.into(), "infinity"),
        (f64::NEG_INFINITY.into(), "infinity"),
        (date(0, 12, 31).into(), "year"),
        (date(-1, 1, 1).into(), "year"),
        (instant(date(0, 1, 1), Time::MIDNIGHT).into(), "year"),
        (late.into(), "year"),
        ("a\0b".into(), "U+0000"),
        ("\u{1F}".into(), "U+001F"),
        ("\u{FFFE}".into(), "U+FFFE"),
        ("é\u{FFFF}".into(), "U+FFFF"),
    ] {
        let refused = packet
            .record(
                RecordStatus::Insert,
                [("B", Value::from("x")), ("A", value)],
            )
            .map(drop);
        let error = fails(
            refused,
            Status::InvalidArgument,
            "table T, record 1, field A: ",
        );
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(content(&mut packet).matches("<r").count(), 0);
}

/// What a text is read as.
enum Form {
    Integer(i64),
    Decimal(i64, i32, &'static str),
    Real(f64),
}

use Form::{Decimal as D, Integer as I, Real as R};

/// A kind, texts that are read as such a value, and others.
type Forms = (
    dmerp_value_kind,
    &'static [(&'static str, Form)],
    &'static [&'static str],
);

const FORMS: &[Forms] = &[
    (
        DMERP_VALUE_BOOL,
        &[
            ("true", I(1)),
            ("FALSE", I(0)),
            ("True", I(1)),
            ("1", I(1)),
            ("0", I(0)),
            (" false\n", I(0)),
        ],
        &["yes", "2", "t", "truefalse", "-1", "00"],
    ),
    (
        DMERP_VALUE_INTEGER,
        &[
            ("0", I(0)),
            ("-12", I(-12)),
            ("+7", I(7)),
            ("007", I(7)),
            ("\t9223372036854775807\r\n", I(i64::MAX)),
            ("-9223372036854775808", I(i64::MIN)),
        ],
        &[
            "9223372036854775808",
            "1.0",
            "1,000",
            "1 000",
            "1e3",
            "0x10",
            "-",
            "+",
            "--1",
            "+-1",
            "a",
        ],
    ),
    (
        DMERP_VALUE_DECIMAL,
        &[
            ("12.50", D(1250, 2, "12.50")),
            ("-0.05", D(-5, 2, "-0.05")),
            ("+3", D(3, 0, "3")),
            (" .5 ", D(5, 1, ".5")),
            ("5.", D(5, 0, "5.")),
            ("007", D(7, 0, "007")),
            (
                "-9223372036854775808",
                D(i64::MIN, 0, "-9223372036854775808"),
            ),
            ("9223372036854775808", D(0, -1, "9223372036854775808")),
            (
                "0.00000000000000000000000000001",
                D(0, -1, "0.00000000000000000000000000001"),
            ),
            (
                "99999999999999999999999999999999999999999.5",
                D(0, -1, "99999999999999999999999999999999999999999.5"),
            ),
        ],
        &[
            "1,5", "1.000,5", "1 000", "1e3", "1.2.3", ".", "-", "-.", "+-1", "-+1", "--1", "NaN",
            "٣",
        ],
    ),
    (
        DMERP_VALUE_REAL,
        &[
            ("0.1", R(0.1)),
            ("-1.5e-7", R(-1.5e-7)),
            ("1E3", R(1000.0)),
            (" +2 ", R(2.0)),
            ("-0", R(-0.0)),
            (".5", R(0.5)),
        ],
        &[
            "NaN",
            "inf",
            "-infinity",
            "1,5",
            "1e999",
            "1e-999",
            "-0.1e-400",
            "e",
            "1e",
            "0x1p3",
            "--1",
            "+-1",
        ],
    ),
    (
        DMERP_VALUE_DATE,
        &[
            ("1970-01-01", I(0)),
            ("2026-11-24", I(20_781)),
            ("1969-12-31", I(-1)),
            (" 2024-02-29 ", I(19_782)),
            ("0001-01-01", I(-719_162)),
            ("9999-12-31", I(2_932_896)),
        ],
        &[
            "2023-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "0000-01-01",
            "24.11.2026",
            "2026-1-1",
            "20261124",
            "2026-11-24T00:00:00Z",
            "+2026-11-24",
            "-026-11-24",
            "2026/11/24",
        ],
    ),
    (
        DMERP_VALUE_TIME,
        &[
            ("00:00:00", I(0)),
            ("09:42:19Z", I(34_939_000)),
            ("09:42:19.382", I(34_939_382)),
            ("23:59:59.999Z", I(86_399_999)),
            (" 09:42:19 ", I(34_939_000)),
        ],
        &[
            "24:00:00",
            "09:60:00",
            "09:42:60",
            "9:42:19",
            "09:42",
            "09:42:19.3",
            "09:42:19.3825",
            "09:42:19.",
            "09:42:19,382",
            "09:42:19z",
            "09:42:19ZZ",
            "Z",
            "-9:42:19",
        ],
    ),
    (
        DMERP_VALUE_INSTANT,
        &[
            ("1970-01-01T00:00:00Z", I(0)),
            ("2026-11-24T09:42:19Z", I(1_795_513_339_000)),
            ("2026-11-24T09:42:19.382Z", I(1_795_513_339_382)),
            ("1969-12-31T23:59:59.999Z", I(-1)),
            ("\n0001-01-01T00:00:00Z ", I(-62_135_596_800_000)),
            ("9999-12-31T23:59:59.999Z", I(253_402_300_799_999)),
        ],
        &[
            "2026-11-24",
            "2026-11-24 09:42:19Z",
            "2026-11-24T09:42:19",
            "2026-11-24T09:42:19+02:00",
            "2026-11-24T09:42Z",
            "2026-02-30T09:42:19Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T09:42:19ZZ",
            "T",
            "TZ",
        ],
    ),
];

#[test]
fn each_form_is_read_as_its_kind_and_nothing_else_is() {
    for (kind, good, bad) in FORMS {
        for (text, form) in *good {
            let (read, digits) =
                read_value(text, *kind).unwrap_or_else(|failure| panic!("{text:?}: {failure:?}"));
            assert_eq!(read.kind, *kind, "{text:?}");
            let (integer, scale, real, expected) = match *form {
                I(integer) => (integer, 0, 0.0, None),
                D(integer, scale, digits) => (integer, scale, 0.0, Some(digits)),
                R(real) => (0, 0, real, None),
            };
            assert_eq!(
                (read.integer, read.scale, read.real.to_bits()),
                (integer, scale, f64::to_bits(real)),
                "{text:?}"
            );
            assert_eq!(digits.as_deref(), expected, "{text:?}");
        }
        for text in *bad {
            let failure = read_value(text, *kind)
                .err()
                .unwrap_or_else(|| panic!("{text:?} was read as kind {kind}"));
            assert_eq!(failure.status, Status::InvalidArgument as i32);
            assert!(
                failure
                    .message
                    .contains(&format!("\u{201c}{text}\u{201d} is not ")),
                "{failure:?}"
            );
        }
        for empty in ["", " ", "\r\n\t "] {
            assert_eq!(
                read_value(empty, *kind).expect("a null").0.kind,
                DMERP_VALUE_NULL
            );
        }
    }
    for kind in [
        DMERP_VALUE_NULL,
        DMERP_VALUE_TEXT,
        DMERP_VALUE_BYTES,
        -1,
        10,
    ] {
        assert!(read_value("1", kind).is_err(), "{kind}");
    }
}

#[test]
fn bytes_are_read_from_base64_and_from_data_urls() {
    for (text, bytes) in [
        ("", &b""[..]),
        ("AQ==", &[1]),
        ("AQ", &[1]),
        ("+/8A", &[0xFB, 0xFF, 0]),
        (" A Q\r\n=\t= ", &[1]),
        ("data:image/png;base64,AQID", &[1, 2, 3]),
        ("data:;base64,", &[]),
        ("data:text/plain;charset=utf-8;base64, AQ ID ", &[1, 2, 3]),
    ] {
        assert_eq!(
            read_bytes(text).unwrap_or_else(|failure| panic!("{text:?}: {failure:?}")),
            bytes,
            "{text:?}"
        );
    }
    for text in [
        "A",
        "AQ===",
        "A=Q=",
        "AQID!",
        "-_8A",
        "data:image/png;base64",
        "data:text/plain,AQID",
        "http:,AQID",
    ] {
        let failure = read_bytes(text).expect_err(text);
        assert_eq!(failure.status, Status::InvalidArgument as i32);
        assert!(failure.message.contains("is not base64"), "{failure:?}");
    }
}

#[test]
fn a_value_that_is_not_what_was_asked_for_says_where() {
    let packet = in_table("<r/>\n<r><NO>1</NO><QUANTITY>1,5</QUANTITY></r>");
    let mut reader = PacketReader::new(packet.as_bytes());
    reader.next().expect("a packet");
    let record = reader.next().expect("a packet").expect("a record");
    assert!(record.get("PRICE").is_none() && record.get("quantity").is_none());
    let quantity = record.get("QUANTITY").expect("a field");
    let place = "line 2, table T, record 2, field QUANTITY";
    for result in [
        quantity.boolean().map(drop),
        quantity.integer().map(drop),
        quantity.decimal().map(drop),
        quantity.real().map(drop),
        quantity.date().map(drop),
        quantity.time().map(drop),
        quantity.instant().map(drop),
        quantity.bytes().map(drop),
    ] {
        let error = fails(result, Status::InvalidArgument, place);
        assert!(
            error.to_string().contains("\u{201c}1,5\u{201d} is not "),
            "{error}"
        );
    }
    // A decimal number that no Decimal holds.
    let long = in_table(&format!("<r><A>{}</A></r>", "9".repeat(40)));
    let mut reader = PacketReader::new(long.as_bytes());
    let record = reader.next().expect("a packet").expect("a record");
    let decimal = record.get("A").expect("a field").decimal();
    fails(decimal, Status::InvalidArgument, "38 digits");
}

#[test]
fn values_of_c_are_written_in_the_same_forms() {
    let none: &[u8] = &[];
    let plain = |kind, integer| value(kind, integer, 0, 0.0, none);
    for (value, form) in [
        (
            value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"a\xC3\xA9&\0"),
            Err("U+0000"),
        ),
        (
            value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"a\xC3\xA9&"),
            Ok("<A>a\u{E9}&amp;</A>"),
        ),
        (
            dmerp_value {
                len: DMERP_NUL_TERMINATED,
                ..value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"until its end\0")
            },
            Ok("<A>until its end</A>"),
        ),
        (
            dmerp_value {
                len: DMERP_NUL_TERMINATED,
                ..value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"\0")
            },
            Ok("<A/>"),
        ),
        (
            dmerp_value {
                len: 0,
                ..value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"\0of the row before")
            },
            Ok("<A/>"),
        ),
        (
            dmerp_value {
                len: 0,
                ..value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"forgotten\0")
            },
            Err("has the len 0, but is not empty"),
        ),
        (
            value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"\xFF"),
            Err("not UTF-8"),
        ),
        (
            value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"a\xC0\x80"),
            Err("U+0000"),
        ),
        (
            value(DMERP_VALUE_TEXT, 0, 0, 0.0, b"a\xED\xA0\x80"),
            Err("U+D800"),
        ),
        (
            dmerp_value {
                text: std::ptr::null(),
                ..plain(DMERP_VALUE_TEXT, 0)
            },
            Err("is NULL"),
        ),
        (
            plain(DMERP_VALUE_NULL, 1),
            Ok("<r status=\"inserted\"></r>"),
        ),
        (plain(DMERP_VALUE_BOOL, 1), Ok("<A>true</A>")),
        (plain(DMERP_VALUE_BOOL, 2), Err("neither 0 nor 1")),
        (
            plain(DMERP_VALUE_INTEGER, i64::MIN),
            Ok("<A>-9223372036854775808</A>"),
        ),
        (
            value(DMERP_VALUE_DECIMAL, -1250, 2, 0.0, none),
            Ok("<A>-12.50</A>"),
        ),
        (
            value(DMERP_VALUE_DECIMAL, i64::MIN, 28, 0.0, none),
            Ok("<A>-0.0000000009223372036854775808</A>"),
        ),
        (
            value(DMERP_VALUE_DECIMAL, 1, 29, 0.0, none),
            Err("0 and 28"),
        ),
        (
            value(DMERP_VALUE_DECIMAL, 1, -1, 0.0, none),
            Err("0 and 28"),
        ),
        (
            value(DMERP_VALUE_REAL, 0, 0, -0.25, none),
            Ok("<A>-0.25</A>"),
        ),
        (value(DMERP_VALUE_REAL, 0, 0, f64::NAN, none), Err("NaN")),
        (plain(DMERP_VALUE_DATE, 20_781), Ok("<A>2026-11-24</A>")),
        (plain(DMERP_VALUE_DATE, -719_162), Ok("<A>0001-01-01</A>")),
        (plain(DMERP_VALUE_DATE, -719_163), Err("year")),
        (plain(DMERP_VALUE_DATE, 2_932_897), Err("out of range")),
        (plain(DMERP_VALUE_DATE, i64::MIN), Err("out of range")),
        (
            plain(DMERP_VALUE_TIME, 34_939_382),
            Ok("<A>09:42:19.382</A>"),
        ),
        (plain(DMERP_VALUE_TIME, 86_399_000), Ok("<A>23:59:59Z</A>")),
        (plain(DMERP_VALUE_TIME, 86_400_000), Err("out of range")),
        (plain(DMERP_VALUE_TIME, -1), Err("out of range")),
        (
            plain(DMERP_VALUE_INSTANT, 1_795_513_339_382),
            Ok("<A>2026-11-24T09:42:19.382Z</A>"),
        ),
        (
            plain(DMERP_VALUE_INSTANT, -1),
            Ok("<A>1969-12-31T23:59:59.999Z</A>"),
        ),
        (
            plain(DMERP_VALUE_INSTANT, 253_402_300_800_000),
            Err("out of range"),
        ),
        (plain(DMERP_VALUE_INSTANT, i64::MAX), Err("out of range")),
        (plain(DMERP_VALUE_INSTANT, i64::MIN), Err("out of range")),
        (
            value(DMERP_VALUE_BYTES, 0, 0, 0.0, b"\0\xFF"),
            Ok("<A>AP8=</A>"),
        ),
        (plain(DMERP_VALUE_BYTES, 0), Ok("<A/>")),
        (plain(10, 0), Err("DMERP_VALUE_")),
        (plain(-1, 0), Err("DMERP_VALUE_")),
    ] {
        let mut writer = c::Writer::new(&[]);
        let (kind, integer) = (value.kind, value.integer);
        match (writer.value(value), form) {
            (Ok(()), Ok(form)) => {
                let packet = writer.content();
                assert!(packet.contains(form), "{packet}");
            }
            (Err(failure), Err(says)) => {
                assert_eq!(failure.status, Status::InvalidArgument as i32);
                assert!(failure.message.contains(says), "{failure:?}");
                assert!(
                    failure.message.contains("table T, record 1, field A: "),
                    "{failure:?}"
                );
            }
            (written, form) => panic!("kind {kind}, {integer}: {written:?}, not {form:?}"),
        }
    }
}
