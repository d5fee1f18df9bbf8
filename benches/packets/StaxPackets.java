// Packets by the XMLStreamWriter and XMLStreamReader of javax.xml.stream.
//
//     StaxPackets write TEXTS PACKET COUNT | read PACKET

import java.io.InputStream;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

final class StaxPackets {
    private static String text(Object value) {
        return value instanceof BigDecimal ? ((BigDecimal) value).toPlainString() : value.toString();
    }

    private static long write(Rows rows, String path) throws Exception {
        long count = 0;
        // A Writer takes half the time that an OutputStream takes.
        try (Writer file = Files.newBufferedWriter(Path.of(path))) {
            XMLStreamWriter packet = XMLOutputFactory.newFactory().createXMLStreamWriter(file);
            packet.writeStartDocument("1.0");
            packet.writeStartElement("NavMobileSync");
            packet.writeAttribute("salesmancode", "SOFIA01");
            packet.writeStartElement("table");
            packet.writeAttribute("tablename", "ITEMS");
            for (Map<String, Object> row : rows) {
                packet.writeStartElement("r");
                packet.writeAttribute("status", "inserted");
                for (Map.Entry<String, Object> field : row.entrySet()) {
                    if (field.getValue() != null) {
                        packet.writeStartElement(field.getKey());
                        packet.writeCharacters(text(field.getValue()));
                        packet.writeEndElement();
                    }
                }
                packet.writeEndElement();
                count++;
            }
            packet.writeEndDocument();
            packet.close();
        }
        return count;
    }

    private static long[] read(String path) throws Exception {
        long count = 0;
        long length = 0;
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream file = Files.newInputStream(Path.of(path))) {
            XMLStreamReader packet = factory.createXMLStreamReader(file);
            boolean inRecord = false;
            while (packet.hasNext()) {
                int event = packet.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    if (inRecord) {
                        length += packet.getLocalName().length();
                        length += packet.getElementText().length();
                    } else if (packet.getLocalName().equals("r")) {
                        inRecord = true;
                        count++;
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    inRecord = false;
                }
            }
            packet.close();
        }
        return new long[] {count, length};
    }

    public static void main(String[] arguments) throws Exception {
        long[] handled = arguments[0].equals("write")
                ? new long[] {write(new Rows(arguments[1], Long.parseLong(arguments[3])), arguments[2]), 0}
                : read(arguments[1]);
        System.out.println("{\"records\": " + handled[0] + ", \"length\": " + handled[1] + "}");
    }
}
