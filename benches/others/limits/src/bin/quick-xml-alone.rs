//! quick-xml's writer and reader and nothing around them.
//!
//!     quick-xml-alone write TEXTS PACKET COUNT | read PACKET

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};

use limits::Result;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

struct Row {
    description: String,
    note: String,
    quantity: i64,
    price: i64,
    due_date: i64,
    changed: i64,
    blocked: bool,
}

fn pool(texts: &str) -> Result<Vec<Row>> {
    let texts = fs::read_to_string(texts)?;
    let lines: Vec<&str> = texts.lines().collect();
    let (descriptions, notes) = lines.split_at(lines.len() / 2);
    let row = |i: i64| Row {
        description: descriptions[i as usize % descriptions.len()].to_owned(),
        note: notes[i as usize % notes.len()].to_owned(),
        quantity: i * 7 % 1000 - 100,
        price: i * 3737 % 100_000,
        due_date: 20_454 + i % 365,
        changed: 1_767_225_600 + i * 30_011,
        blocked: i % 3 == 0,
    };
    Ok((0..1000).map(row).collect())
}

/// Year, month and day of a day since 1970-01-01.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_month)
}

fn write(texts: &str, path: &str, count: u64) -> Result<()> {
    let pool = pool(texts)?;
    let mut packet = Writer::new(BufWriter::with_capacity(1 << 16, File::create(path)?));
    packet.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = BytesStart::new("NavMobileSync").with_attributes([("salesmancode", "SOFIA01")]);
    let table = BytesStart::new("table").with_attributes([("tablename", "ITEMS")]);
    packet.write_event(Event::Start(root.borrow()))?;
    packet.write_event(Event::Start(table.borrow()))?;
    for number in 0..count {
        let row = &pool[number as usize % pool.len()];
        let (year, month, day) = date(row.due_date);
        let due_date = format!("{year:04}-{month:02}-{day:02}");
        let (year, month, day) = date(row.changed.div_euclid(86_400));
        let second = row.changed.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fields: [(&str, Cow<'_, str>); 8] = [
            ("NO", format!("I{number:07}").into()),
            ("DESCRIPTION", row.description.as_str().into()),
            ("QUANTITY", row.quantity.to_string().into()),
            ("PRICE", format!("{}.{:02}", row.price / 100, row.price % 100).into()),
            ("DUEDATE", due_date.into()),
            ("CHANGED", format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into()),
            ("BLOCKED", if row.blocked { "true" } else { "false" }.into()),
            ("NOTE", row.note.as_str().into()),
        ];
        packet.write_event(Event::Start(BytesStart::new("r").with_attributes([("status", "inserted")])))?;
        for (name, text) in &fields {
            packet.write_event(Event::Start(BytesStart::new(*name)))?;
            packet.write_event(Event::Text(BytesText::new(text)))?;
            packet.write_event(Event::End(BytesEnd::new(*name)))?;
        }
        packet.write_event(Event::End(BytesEnd::new("r")))?;
    }
    packet.write_event(Event::End(table.to_end()))?;
    packet.write_event(Event::End(root.to_end()))?;
    packet.into_inner().flush()?;
    Ok(())
}

fn read(path: &str) -> Result<(u64, usize)> {
    let mut packet = Reader::from_file(path)?;
    let (mut buffer, mut name, mut text) = (Vec::new(), String::new(), String::new());
    let (mut count, mut length, mut depth) = (0, 0, 0);
    loop {
        match packet.read_event_into(&mut buffer)? {
            Event::Start(start) => {
                depth += 1;
                count += u64::from(depth == 3);
                if depth == 4 {
                    name.clear();
                    name.push_str(start.name().as_ref());
                    text.clear();
                }
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                Some(character) => text.push(character),
                None => text.push_str(resolve_predefined_entity(&reference).ok_or("an unknown entity")?),
            },
            Event::End(_) => {
                if depth == 4 {
                    length += name.len() + text.len();
                }
                depth -= 1;
            }
            Event::Eof => return Ok((count, length)),
            _ => {}
        }
        buffer.clear();
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (count, length) = match arguments[..] {
        ["write", texts, path, count] => {
            let count = count.parse()?;
            write(texts, path, count)?;
            (count, 0)
        }
        ["read", path] => read(path)?,
        _ => return Err("write TEXTS PACKET COUNT, or read PACKET".into()),
    };
    println!(r#"{{"records": {count}, "length": {length}}}"#);
    Ok(())
}
