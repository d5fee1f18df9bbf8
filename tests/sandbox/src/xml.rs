//! XML documents, written.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// An element that is being written. Writing goes to memory and can't fail.
pub(crate) struct Element<'a>(&'a mut Writer<Vec<u8>>);

impl Element<'_> {
    /// Adds `<name>value</name>`, escaped.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        let written = self
            .0
            .create_element(name)
            .write_text_content(BytesText::new(value));
        written.expect("memory takes every write");
    }

    /// Adds an element with elements in it.
    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Element<'_>)) {
        write(self.0, name, fill);
    }
}

/// A whole document.
pub(crate) fn document(root: &str, fill: impl FnOnce(&mut Element<'_>)) -> String {
    let mut writer = Writer::new(Vec::new());
    let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    declared.expect("memory takes every write");
    write(&mut writer, root, fill);
    into_string(writer)
}

/// A document that is one empty element.
pub(crate) fn empty_document(root: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}/>")
}

/// A document without a declaration that is one element with text in it.
pub(crate) fn element_with_text(name: &str, text: &str) -> String {
    let mut writer = Writer::new(Vec::new());
    Element(&mut writer).field(name, text);
    into_string(writer)
}

fn into_string(writer: Writer<Vec<u8>>) -> String {
    String::from_utf8(writer.into_inner()).expect("only strings were written")
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, fill: impl FnOnce(&mut Element<'_>)) {
    let written = writer.create_element(name).write_inner_content(|inner| {
        fill(&mut Element(inner));
        io::Result::Ok(())
    });
    written.expect("memory takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let xml = document("r", |root| root.field("u", "a&b<c>\"д\""));
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><r><u>a&amp;b&lt;c&gt;&quot;д&quot;</u></r>"
        );
    }
}
