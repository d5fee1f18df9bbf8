/* Packets by libxml2's text writer and text reader.
 *
 *     libxml2_packets write TEXTS PACKET COUNT | read PACKET
 */
#include "rows.h"
#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>
#include <time.h>

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "libxml2_packets: it failed\n");
        exit(1);
    }
}

static void write_field(xmlTextWriter *packet, const char *name, const char *text)
{
    check(xmlTextWriterWriteElement(packet, BAD_CAST name, BAD_CAST text));
}

static uint64_t write_packet(const char *path, uint64_t count)
{
    xmlTextWriter *packet = xmlNewTextWriterFilename(path, 0);
    if (packet == NULL)
        check(-1);
    check(xmlTextWriterStartDocument(packet, "1.0", "UTF-8", NULL));
    check(xmlTextWriterStartElement(packet, BAD_CAST "NavMobileSync"));
    check(xmlTextWriterWriteAttribute(packet, BAD_CAST "salesmancode", BAD_CAST "SOFIA01"));
    check(xmlTextWriterStartElement(packet, BAD_CAST "table"));
    check(xmlTextWriterWriteAttribute(packet, BAD_CAST "tablename", BAD_CAST "ITEMS"));
    for (uint64_t number = 0; number < count; number++) {
        const struct row *item = row_of(number);
        char text[64];
        struct tm utc;
        time_t at;
        check(xmlTextWriterStartElement(packet, BAD_CAST "r"));
        check(xmlTextWriterWriteAttribute(packet, BAD_CAST "status", BAD_CAST "inserted"));
        write_field(packet, "NO", item->no);
        write_field(packet, "DESCRIPTION", item->description);
        snprintf(text, sizeof text, "%" PRId64, item->quantity);
        write_field(packet, "QUANTITY", text);
        snprintf(text, sizeof text, "%" PRId64 ".%02" PRId64, item->price / 100, item->price % 100);
        write_field(packet, "PRICE", text);
        at = (time_t)item->due_date * 86400;
        gmtime_r(&at, &utc);
        strftime(text, sizeof text, "%Y-%m-%d", &utc);
        write_field(packet, "DUEDATE", text);
        at = (time_t)item->changed;
        gmtime_r(&at, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
        write_field(packet, "CHANGED", text);
        write_field(packet, "BLOCKED", item->blocked ? "true" : "false");
        write_field(packet, "NOTE", item->note);
        check(xmlTextWriterEndElement(packet));
    }
    check(xmlTextWriterEndDocument(packet));
    xmlFreeTextWriter(packet);
    return count;
}

static uint64_t read_packet(const char *path, uint64_t *length)
{
    xmlTextReader *packet = xmlReaderForFile(path, NULL, XML_PARSE_NONET);
    uint64_t count = 0;
    int found = packet == NULL ? -1 : 1;
    while (found == 1 && (found = xmlTextReaderRead(packet)) == 1) {
        int depth = xmlTextReaderDepth(packet), type = xmlTextReaderNodeType(packet);
        if (depth == 2 && type == XML_READER_TYPE_ELEMENT)
            count++;
        else if (depth == 3 && type == XML_READER_TYPE_ELEMENT)
            *length += strlen((const char *)xmlTextReaderConstName(packet));
        else if (depth == 4 && type == XML_READER_TYPE_TEXT)
            *length += strlen((const char *)xmlTextReaderConstValue(packet));
    }
    check(found);
    xmlFreeTextReader(packet);
    return count;
}

int main(int argc, char **argv)
{
    uint64_t count, length = 0;
    if (argc > 4) {
        make_pool(argv[2]);
        count = write_packet(argv[3], strtoull(argv[4], NULL, 10));
    } else {
        count = read_packet(argv[2], &length);
    }
    printf("{\"records\": %" PRIu64 ", \"length\": %" PRIu64 "}\n", count, length);
    return 0;
}
