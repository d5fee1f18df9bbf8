package org.dmerp;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What Java's own XML parser reads in a packet. */
final class JavaXml {
    private JavaXml() {}

    static Element root(byte[] packet) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(packet))
                .getDocumentElement();
    }

    static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element) {
                children.add((Element) node);
            }
        }
        return children;
    }

    static Map<String, String> fields(Element record) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (Element field : children(record)) {
            fields.put(field.getTagName(), field.getTextContent());
        }
        return fields;
    }

    /** The records of all tables: "ITEMS inserted {NO=1, NAME=x}". */
    static List<String> records(byte[] packet) throws Exception {
        List<String> records = new ArrayList<>();
        for (Element table : children(root(packet))) {
            for (Element record : children(table)) {
                records.add(
                        table.getAttribute("tablename")
                                + " "
                                + record.getAttribute("status")
                                + " "
                                + fields(record));
            }
        }
        return records;
    }
}
