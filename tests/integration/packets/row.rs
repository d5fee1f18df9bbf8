//! Records that were read, by the library and by another XML parser. The fuzz targets use this, too.

use std::fmt;
use std::io::{self, Read};

use dmerp::{Attribute, Error, PacketReader, Record, RecordStatus};

/// A record that was read. It is shown as `ITEMS 1 Insert directresponse=true: NO=I1 PRICE{validate=true}=3.50`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub table: String,
    pub element: String,
    pub status: RecordStatus,
    pub number: u64,
    pub line: u64,
    pub attributes: Pairs,
    pub fields: Vec<Cell>,
}

/// A field of a record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub name: String,
    pub text: String,
    pub attributes: Pairs,
}

/// Names and values.
pub type Pairs = Vec<(String, String)>;

impl From<Record<'_>> for Row {
    fn from(record: Record<'_>) -> Self {
        Row {
            table: record.table().into(),
            element: record.element().into(),
            status: record.status(),
            number: record.number(),
            line: record.line(),
            attributes: pairs(record.attributes()),
            fields: record
                .fields()
                .map(|field| Cell {
                    name: field.name.into(),
                    text: field.text.into(),
                    attributes: pairs(field.attributes()),
                })
                .collect(),
        }
    }
}

fn pairs<'r>(attributes: impl Iterator<Item = Attribute<'r>>) -> Pairs {
    attributes
        .map(|attribute| (attribute.name.into(), attribute.value.into()))
        .collect()
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.table, self.number, self.status)?;
        if self.element != "r" {
            write!(f, " <{}>", self.element)?;
        }
        for (name, value) in &self.attributes {
            write!(f, " {name}={value}")?;
        }
        write!(f, ":")?;
        for field in &self.fields {
            write!(f, " {}", field.name)?;
            for (name, value) in &field.attributes {
                write!(f, "{{{name}={value}}}")?;
            }
            write!(f, "={}", field.text)?;
        }
        Ok(())
    }
}

/// All records up to the end or the error, and how that was.
pub struct Outcome {
    pub rows: Vec<Row>,
    pub end: Result<(), Error>,
    pub skipped: u64,
}

impl Outcome {
    /// The records of a packet that can be read.
    #[track_caller]
    pub fn whole(self) -> Vec<Row> {
        self.end.expect("a packet that can be read");
        self.rows
    }

    /// The same, each as a line.
    #[track_caller]
    pub fn shown(self) -> Vec<String> {
        self.whole().iter().map(Row::to_string).collect()
    }
}

pub fn read(packet: &[u8], options: &[(&str, &str)]) -> Outcome {
    read_all(with_options(PacketReader::new(packet), options))
}

/// The same, but the packet comes byte by byte.
pub fn read_drops(packet: &[u8], options: &[(&str, &str)]) -> Outcome {
    let drops = Drops {
        rest: packet,
        is_interrupted: false,
    };
    read_all(with_options(PacketReader::from_reader(drops), options))
}

fn with_options<'b>(mut reader: PacketReader<'b>, options: &[(&str, &str)]) -> PacketReader<'b> {
    for (key, value) in options {
        reader.set(key, value).expect(key);
    }
    reader
}

/// Gives one byte at a time, with interruptions.
struct Drops<'a> {
    rest: &'a [u8],
    is_interrupted: bool,
}

impl Read for Drops<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        match self.is_interrupted {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => {
                let len = room.len().min(1);
                self.rest.read(&mut room[..len])
            }
        }
    }
}

pub fn read_all(mut reader: PacketReader<'_>) -> Outcome {
    let mut rows = Vec::new();
    let end = loop {
        match reader.next() {
            Ok(Some(record)) => rows.push(record.into()),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let skipped = reader.skipped();
    Outcome { rows, end, skipped }
}

/// The records as another XML parser reads them.
pub fn judged(packet: &str) -> Vec<Row> {
    let document = roxmltree::Document::parse(packet).expect("XML");
    let root = document.root_element();
    assert!(root.has_tag_name("NavMobileSync"));
    let elements = |node: roxmltree::Node<'_, '_>| -> Vec<_> {
        let is_layout = |text: &str| text.chars().all(|character| character == '\n');
        assert!(
            node.children()
                .all(|child| child.is_element() || is_layout(child.text().expect("text")))
        );
        node.children()
            .filter(roxmltree::Node::is_element)
            .map(|node| node.id())
            .collect()
    };
    let node = |id| document.get_node(id).expect("a node");
    let attributes = |node: roxmltree::Node<'_, '_>| -> Pairs {
        let attributes = node.attributes();
        attributes
            .map(|attribute| (attribute.name().into(), attribute.value().into()))
            .collect()
    };
    let mut rows = Vec::new();
    for table in elements(root).into_iter().map(node) {
        for (number, record) in (1..).zip(elements(table).into_iter().map(node)) {
            let status = match record.attribute("status") {
                Some("inserted" | "insert") => RecordStatus::Insert,
                Some("updated" | "update") => RecordStatus::Update,
                Some("deleted" | "delete") => RecordStatus::Delete,
                Some("read") => RecordStatus::Read,
                other => panic!("{other:?}"),
            };
            let fields = elements(record).into_iter().map(node);
            let mut own = attributes(record);
            own.retain(|(name, _)| name != "status");
            rows.push(Row {
                table: table.attribute("tablename").expect("a name").into(),
                element: record.tag_name().name().into(),
                status,
                number,
                line: document.text_pos_at(record.range().start).row.into(),
                attributes: own,
                fields: fields
                    .map(|field| Cell {
                        name: field.tag_name().name().into(),
                        text: field.text().unwrap_or_default().into(),
                        attributes: attributes(field),
                    })
                    .collect(),
            });
        }
    }
    rows
}
