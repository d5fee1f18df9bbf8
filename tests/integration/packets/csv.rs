//! Records from CSV.

use std::fs;
use std::io::{self, Read};

use dmerp::Status;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::c;
use super::*;
use crate::support::fails;

const TAKEN: &[(&str, &[u8], u8, &[&str])] = &[
    ("names alone", b"A,B\n", b',', &[]),
    (
        "values, and a null",
        b"A,B\n1,x\n,y\n3,\n",
        b',',
        &["T 1 Insert: A=1 B=x", "T 2 Insert: B=y", "T 3 Insert: A=3"],
    ),
    (
        "no line end at the end",
        b"A,B\n1,x",
        b',',
        &["T 1 Insert: A=1 B=x"],
    ),
    (
        "a byte order mark and line ends of Windows",
        b"\xEF\xBB\xBFA,B\r\n1,x\r\n2,y\r\n",
        b',',
        &["T 1 Insert: A=1 B=x", "T 2 Insert: A=2 B=y"],
    ),
    (
        "a byte order mark before a quote",
        b"\xEF\xBB\xBF\"A\",B\n1,x\n",
        b',',
        &["T 1 Insert: A=1 B=x"],
    ),
    (
        "semicolons",
        b"A;B\n1,5;\"x;y\"\n",
        b';',
        &["T 1 Insert: A=1,5 B=x;y"],
    ),
    ("tabs", b"A\tB\n1\t x \n", b'\t', &["T 1 Insert: A=1 B= x "]),
    ("a letter", b"AxB\n1x2\n", b'x', &["T 1 Insert: A=1 B=2"]),
    (
        "quotes",
        b"\"A\",B\n\"a,b\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",\"\"\n\"\"\"\",x\n",
        b',',
        &[
            "T 1 Insert: A=a,b B=say \"hi\"",
            "T 2 Insert: A=two\r\nlines",
            "T 3 Insert: A=\" B=x",
        ],
    ),
    (
        "an empty line is no row",
        b"\r\nA,B\n\n1,x\n\r\n\n2,y\n\n",
        b',',
        &["T 1 Insert: A=1 B=x", "T 2 Insert: A=2 B=y"],
    ),
    (
        "with one column it is one",
        b"A\n1\n\n\"\"\r\n\r\n2\n",
        b',',
        &[
            "T 1 Insert: A=1",
            "T 2 Insert:",
            "T 3 Insert:",
            "T 4 Insert:",
            "T 5 Insert: A=2",
        ],
    ),
    (
        "a carriage return in quotes",
        b"A,B\n\"x\ry\",z\r\n",
        b',',
        &["T 1 Insert: A=x\ry B=z"],
    ),
    (
        "markup and other alphabets",
        "Ключ,Б\n<a&b>,é\u{1F600}\n".as_bytes(),
        b',',
        &["T 1 Insert: Ключ=<a&b> Б=é\u{1F600}"],
    ),
];

#[test]
fn what_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("in.csv");
    for (case, csv, delimiter, records) in TAKEN {
        let mut packet = PacketWriter::new(None);
        packet.table("T", None).expect("a table");
        let written = packet.csv(RecordStatus::Insert, *csv, *delimiter);
        assert_eq!(
            written.unwrap_or_else(|error| panic!("{case}: {error}")),
            records.len() as u64
        );
        let packet = content(&mut packet);
        assert_eq!(read(packet.as_bytes(), &[]).shown(), *records, "{case}");
        fs::write(&path, csv).expect("written");
        let mut writer = c::Writer::new(&[]);
        assert_eq!(
            writer.csv(&path, *delimiter),
            (records.len() as u64, Ok(()))
        );
        assert_eq!(
            writer.content().lines().skip(2).collect::<String>(),
            packet.lines().skip(2).collect::<String>()
        );
    }
}

const REFUSED: &[(&str, &[u8], u8, u64, &str)] = &[
    ("nothing", b"", b',', 0, "the CSV is empty"),
    (
        "too few values",
        b"A,B\n1,2\n3\n",
        b',',
        1,
        "line 3 of the CSV: the number of values is 1, but the first row has 2",
    ),
    (
        "too many values",
        b"A,B\n1,2\n\n\"a\nb\",4\n5,6,7\n",
        b',',
        2,
        "line 6 of the CSV: the number of values is 3, but the first row has 2",
    ),
    (
        "too few values, in lines of Windows",
        b"A,B\r\n1,2\r\n\r\n3\r\n",
        b',',
        1,
        "line 4 of the CSV: the number of values is 1, but the first row has 2",
    ),
    (
        "another delimiter",
        b"A;B\n1,5;2\n",
        b',',
        0,
        "is the delimiter right?",
    ),
    (
        "a quote that is not closed",
        b"A,B\n1,2\n3,\"4\n5,6\n7,8\n",
        b',',
        1,
        "line 3 of the CSV: a quoted value of this row does not end",
    ),
    (
        "two quotes that are not closed",
        b"A,B\n1,\"Salt\n2,Sugar\n3,\"Pepper\n",
        b',',
        0,
        "line 4 of the CSV: something follows the quote that ends a value",
    ),
    (
        "quotes in a quoted value that stand there once",
        b"A,B\n1,\"Salt \"fine\" 5kg\"\n",
        b',',
        0,
        "line 2 of the CSV: something follows the quote that ends a value",
    ),
    (
        "inches",
        b"A,B\n1,5\" pipe\n",
        b',',
        0,
        "line 2 of the CSV: a quote stands in a value that does not begin with one",
    ),
    (
        "a quote of the first row that is not closed",
        b"A,\"B\n1,2\n",
        b',',
        0,
        "line 1 of the CSV: a quoted value of this row does not end",
    ),
    (
        "a name that is no name",
        b"A,Unit price\n1,2\n",
        b',',
        0,
        "table T: in the first row, which names the fields, \u{201c}Unit price\u{201d} is no XML name",
    ),
    (
        "a name twice",
        b"A,B,A\n",
        b',',
        0,
        "in the first row, which names the fields, the field A stands there twice",
    ),
    ("no name", b"A,\n1,2\n", b',', 0, "an empty name"),
    (
        "names that are not UTF-8",
        b"A,\xFF\n1,2\n",
        b',',
        0,
        "is not UTF-8",
    ),
    ("UTF-16", b"\xFF\xFEA\0\n\x001\0", b',', 0, "is not UTF-8"),
    (
        "a value that is not UTF-8",
        b"A,B\n1,2\n3,M\xFCller\n",
        b',',
        1,
        "line 3 of the CSV, table T, record 2, field B: the text is not UTF-8",
    ),
    (
        "a character that XML cannot carry",
        b"A,B\n1,2\n3,4\x1A\n",
        b',',
        1,
        "line 3 of the CSV, table T, record 2, field B: the character U+001A",
    ),
    (
        "a carriage return in a value without quotes",
        b"A,B\n1,2\n3,foo\rbar\n",
        b',',
        1,
        "line 3 of the CSV: a carriage return stands where no line feed follows",
    ),
    (
        "a carriage return in the only value",
        b"A\nfoo\rbar\n",
        b',',
        0,
        "line 2 of the CSV: a carriage return stands where no line feed follows",
    ),
    (
        "a carriage return at the end",
        b"A,B\n1,2\r",
        b',',
        0,
        "line 2 of the CSV: a carriage return stands where no line feed follows",
    ),
    (
        "two carriage returns",
        b"A,B\r\r\n1,2\r\n",
        b',',
        0,
        "line 1 of the CSV: a carriage return stands where no line feed follows",
    ),
    (
        "a value after lines in quotes",
        b"A,B\n\n1,\"\n\n2\"\n\n3,\x01\n",
        b',',
        1,
        "line 7 of the CSV, table T, record 2, field B",
    ),
    (
        "a delimiter that is none",
        b"A\n1\n",
        b'"',
        0,
        "the delimiter of CSV",
    ),
    (
        "a delimiter that is a line end",
        b"A\n1\n",
        b'\n',
        0,
        "the delimiter of CSV",
    ),
    (
        "a delimiter that is not ASCII",
        b"A\n1\n",
        0xA7,
        0,
        "the delimiter of CSV",
    ),
];

#[test]
fn what_is_refused_and_what_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("in.csv");
    for (case, csv, delimiter, stays, says) in REFUSED {
        fs::write(&path, csv).expect("written");
        for from_file in [false, true] {
            let mut packet = PacketWriter::new(None);
            packet.table("T", None).expect("a table");
            let refused = match from_file {
                true => packet.csv_file(RecordStatus::Insert, &path, *delimiter),
                false => packet.csv(RecordStatus::Insert, *csv, *delimiter),
            };
            let error = fails(refused, Status::InvalidArgument, says);
            assert_eq!(error.to_string().contains("in.csv"), from_file, "{error}");
            assert_eq!(packet.count(), *stays, "{case}");
            // The writer goes on.
            packet
                .record(RecordStatus::Insert, [("END", 1)])
                .expect("a record");
            let rows = read(content(&mut packet).as_bytes(), &[]).whole();
            assert_eq!(rows.len() as u64, stays + 1, "{case}");
        }
        let (written, end) = c::Writer::new(&[]).csv(&path, *delimiter);
        let failure = end.expect_err(case);
        assert_eq!(
            (written, failure.status),
            (*stays, Status::InvalidArgument as i32)
        );
        assert!(failure.message.contains(says), "{failure:?}");
    }
}

#[test]
fn a_file_that_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut packet = PacketWriter::new(None);
    packet.table("T", None).expect("a table");
    for path in [folder.path().join("none.csv"), folder.path().to_path_buf()] {
        let says = path.to_str().expect("UTF-8");
        fails(
            packet.csv_file(RecordStatus::Insert, &path, b','),
            Status::FileError,
            says,
        );
        let (written, end) = c::Writer::new(&[]).csv(&path, b',');
        assert_eq!(
            (written, end.expect_err(says).status),
            (0, Status::FileError as i32)
        );
    }
    let torn = io::Cursor::new(b"A\n1\n2").chain(Torn);
    fails(
        packet.csv(RecordStatus::Insert, torn, b','),
        Status::FileError,
        "the tape is torn",
    );
}

struct Torn;

impl Read for Torn {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the tape is torn"))
    }
}

#[test]
fn a_row_without_an_end_is_refused() {
    for (start, then, says) in [
        (&b"A,B\n1,2\n"[..], 0, "more than 67108864 bytes"),
        (b"A,B\n1,2\n\"", 0, "more than 67108864 bytes"),
        (b"A,B\n1,2\n3", b',', "more than 10000 values"),
    ] {
        let damaged = start.chain(io::repeat(then));
        let mut packet = PacketWriter::new(None);
        packet.table("T", None).expect("a table");
        fails(
            packet.csv(RecordStatus::Insert, damaged, b','),
            Status::InvalidArgument,
            &format!("line 3 of the CSV: the row has {says}"),
        );
        assert_eq!(packet.count(), 1);
    }
}

proptest! {
    #[test]
    fn any_csv_is_read_as_another_parser_reads_it(
        rows in (1usize..4).prop_flat_map(|len| vec(vec("[a,;\"\r\n\u{e9} ]{0,5}", len), 0..6)),
        delimiter in select(&b",;\t"[..]),
        ends_of_windows: bool,
    ) {
        let names: Vec<String> = (0..rows.first().map_or(2, Vec::len)).map(|at| format!("F{at}")).collect();
        let end = match ends_of_windows {
            true => ::csv::Terminator::CRLF,
            false => ::csv::Terminator::Any(b'\n'),
        };
        let mut csv = ::csv::WriterBuilder::new().delimiter(delimiter).terminator(end).from_writer(Vec::new());
        csv.write_record(&names).expect("names");
        for row in &rows {
            csv.write_record(row).expect("a row");
        }
        let csv = csv.into_inner().expect("CSV");
        let packet = written(|packet| {
            packet.table("T", None)?;
            packet.csv(RecordStatus::Insert, &csv[..], delimiter).map(drop)
        });
        let read = read(packet.as_bytes(), &[]).whole();
        prop_assert_eq!(read.len(), rows.len());
        for (record, row) in read.iter().zip(&rows) {
            for (name, text) in names.iter().zip(row) {
                let found = record.fields.iter().find(|field| field.name == *name);
                prop_assert_eq!(found.map_or("", |field| field.text.as_str()), text);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(select(&b"a,\"\r\n\0\xC3\xA9"[..]), 0..40)) {
        let mut packet = PacketWriter::new(None);
        packet.table("T", None).expect("a table");
        if let Ok(count) = packet.csv(RecordStatus::Insert, &bytes[..], b',') {
            prop_assert_eq!(count, packet.count());
        }
        let count = packet.count();
        prop_assert_eq!(read(content(&mut packet).as_bytes(), &[]).whole().len() as u64, count);
    }
}

#[test]
fn a_large_file_comes_whole() {
    let mut csv = String::from("NO,NAME\n");
    for at in 0..20_000 {
        csv += &format!("{at},\"name, of\n\"\"{at}\"\"\"\n");
    }
    let packet = written(|packet| {
        packet.table("T", Some("NO"))?;
        assert_eq!(
            packet.csv(RecordStatus::Insert, csv.as_bytes(), b',')?,
            20_000
        );
        Ok(())
    });
    for (at, row) in read(packet.as_bytes(), &[]).whole().iter().enumerate() {
        assert_eq!(
            row.to_string(),
            format!(
                "T {} Insert: NO={at} NAME=name, of\n\"{at}\" DMS_ROWID={at}",
                at + 1
            )
        );
    }
}
