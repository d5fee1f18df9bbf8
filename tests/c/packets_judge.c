/*
 * What the writer makes is what another XML parser reads, and so does the reader: random records, with every character that XML
 * allows, judged by libxml2.
 */

#include "check.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

enum { RECORDS = 2000, FIELDS = 6, MAX_BYTES = 200 };

/* Each field's text, and where a field is left out. */
static char texts[RECORDS][FIELDS][MAX_BYTES];
static bool is_null[RECORDS][FIELDS];
static const char *const NAMES[FIELDS] = {"NO", "_x.y-z", "\320\246\320\225\320\235\320\220", "Na\303\257ve", "state", "\346\225\260"};
static const dmerp_record_status STATUSES[] = {DMERP_RECORD_INSERT, DMERP_RECORD_UPDATE, DMERP_RECORD_DELETE, DMERP_RECORD_READ};
static const char *const STATUS_TEXTS[] = {"inserted", "updated", "deleted", "read"};

/* How many attributes record and fields have. Every third record has them, and others have a null: most are plain. */
static size_t attributes_of(size_t record)
{
    return record % 3 == 0;
}

/* xorshift64: the same each time. */
static uint32_t random_below(uint32_t limit)
{
    static uint64_t bits = UINT64_C(0x9e3779b97f4a7c15);
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    return (uint32_t)((bits >> 32) * limit >> 32);
}

static size_t put_character(char *at, uint32_t c)
{
    if (c < 0x80) {
        at[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        at[i] = (char)(0x80 | (c & 0x3f));
    at[0] = (char)((0xf0 << (4 - len)) | c);
    return len;
}

static uint32_t random_character(void)
{
    static const uint32_t ENDS[] = {'\t', '\n', '\r', ' ', 0x85, 0x2028, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff, 0xfeff, 0x7f};
    switch (random_below(8)) {
    case 0: return ENDS[random_below(sizeof ENDS / sizeof ENDS[0])];
    case 1: return 0x80 + random_below(0xd800 - 0x80);
    case 2: return 0xe000 + random_below(0xfffe - 0xe000);
    case 3: return 0x10000 + random_below(0x100000);
    default: return ' ' + random_below(0x7f - ' ');
    }
}

static void make_text(char *text)
{
    static const char *const PARTS[] = {"]]>", "<![CDATA[", "&amp;", "&#13;", "\r\n", "\n\r", "  ", "<r>", "</r>", "\"'", "-->", "<?", "<!--"};
    size_t len = 0;
    for (uint32_t left = random_below(20); left > 0; left--) {
        if (random_below(4) == 0) {
            const char *part = PARTS[random_below(sizeof PARTS / sizeof PARTS[0])];
            strcpy(text + len, part);
            len += strlen(part);
        } else {
            len += put_character(text + len, random_character());
        }
    }
    text[len] = '\0';
}

static dmerp_buffer write_packet(void)
{
    dmerp_packet_writer *writer = NULL;
    dmerp_error *error = NULL;
    dmerp_buffer content = {0};
    CHECK_OK(dmerp_packet_writer_new("S\303\266fia <\"&'\t\n\r>", &writer, &error), &error);
    CHECK_OK(dmerp_packet_writer_table(writer, "T <\"&'\t\n>", NULL, &error), &error);
    for (size_t r = 0; r < RECORDS; r++) {
        dmerp_field fields[FIELDS];
        dmerp_attribute own = {"own", texts[r][0]};
        for (size_t f = 0; f < FIELDS; f++) {
            make_text(texts[r][f]);
            is_null[r][f] = r % 5 == 0 && random_below(4) == 0;
            fields[f] = (dmerp_field){NAMES[f],
                                      {is_null[r][f] ? DMERP_VALUE_NULL : DMERP_VALUE_TEXT, 0, 0, 0, texts[r][f], DMERP_NUL_TERMINATED},
                                      &own,
                                      attributes_of(r)};
        }
        CHECK_OK(dmerp_packet_writer_record(writer, STATUSES[r % 4], fields, FIELDS, &own, attributes_of(r), &error), &error);
    }
    CHECK_OK(dmerp_packet_writer_content(writer, &content, &error), &error);
    dmerp_packet_writer_free(writer);
    return content;
}

/* Whether libxml2's attribute is this one; NULL: whether there is none. */
static bool has_attribute(xmlNode *node, const char *name, const char *value)
{
    xmlChar *found = xmlGetProp(node, (const xmlChar *)name);
    bool same = found == NULL || value == NULL ? (const char *)found == value : strcmp((const char *)found, value) == 0;
    xmlFree(found);
    return same;
}

static xmlNode *element(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        CHECK(xmlIsBlankNode(node)); /* nothing but white space stands between the elements */
        node = node->next;
    }
    return node;
}

static void libxml2_reads_it(const dmerp_buffer *content)
{
    xmlDoc *document = xmlReadMemory((const char *)content->data, (int)content->len, "packet.xml", NULL, XML_PARSE_NONET);
    if (!CHECK(document != NULL))
        return;
    xmlNode *root = xmlDocGetRootElement(document), *table = element(root->children);
    CHECK_TEXT("NavMobileSync", (const char *)root->name);
    CHECK(has_attribute(root, "salesmancode", "S\303\266fia <\"&'\t\n\r>"));
    CHECK_TEXT("table", (const char *)table->name);
    CHECK(has_attribute(table, "tablename", "T <\"&'\t\n>"));
    CHECK(element(table->next) == NULL);
    xmlNode *record = element(table->children);
    bool good = true;
    for (size_t r = 0; good && r < RECORDS; r++, record = element(record->next)) {
        const char *own = attributes_of(r) == 1 ? texts[r][0] : NULL;
        good = record != NULL && strcmp((const char *)record->name, "r") == 0 && has_attribute(record, "own", own) &&
               has_attribute(record, "status", STATUS_TEXTS[r % 4]);
        xmlNode *field = good ? element(record->children) : NULL;
        for (size_t f = 0; good && f < FIELDS; f++) {
            if (is_null[r][f])
                continue;
            xmlChar *text = xmlNodeGetContent(field);
            good = field != NULL && strcmp((const char *)field->name, NAMES[f]) == 0 && has_attribute(field, "own", own) &&
                   text != NULL && strcmp((const char *)text, texts[r][f]) == 0;
            xmlFree(text);
            field = good ? element(field->next) : NULL;
        }
        good = good && field == NULL;
        CHECK(good);
    }
    CHECK(record == NULL);
    xmlFreeDoc(document);
}

static void the_reader_reads_it(const dmerp_buffer *content)
{
    dmerp_packet_reader *reader = NULL;
    dmerp_error *error = NULL;
    dmerp_record record;
    const char *mobile_user = NULL;
    CHECK_OK(dmerp_packet_reader_new(content->data, content->len, &reader, &error), &error);
    CHECK_OK(dmerp_packet_reader_mobile_user(reader, &mobile_user, &error), &error);
    CHECK_TEXT("S\303\266fia <\"&'\t\n\r>", mobile_user);
    for (size_t r = 0; r < RECORDS; r++) {
        if (!CHECK_OK(dmerp_packet_reader_next(reader, &record, sizeof record, &error), &error))
            break;
        bool good = record.status == STATUSES[r % 4] && record.attributes_len == attributes_of(r) &&
                    (attributes_of(r) == 0 || strcmp(record.attributes[0].value, texts[r][0]) == 0);
        size_t count = 0;
        for (size_t f = 0; good && f < FIELDS; f++) {
            const dmerp_field *field = dmerp_record_field(&record, NAMES[f]);
            good = (field == NULL) == is_null[r][f] && (field == NULL || (strcmp(field->value.text, texts[r][f]) == 0 &&
                                                                          field->value.len == strlen(texts[r][f]) &&
                                                                          field->attributes_len == attributes_of(r)));
            count += field != NULL;
        }
        CHECK(good && record.fields_len == count);
    }
    CHECK_OK(dmerp_packet_reader_next(reader, &record, sizeof record, &error), &error);
    CHECK(record.table == NULL);
    dmerp_packet_reader_free(reader);
}

static void run(void)
{
    dmerp_buffer content = write_packet();
    libxml2_reads_it(&content);
    the_reader_reads_it(&content);
    dmerp_mistakes *mistakes = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_packet_check(content.data, content.len, &mistakes, &error), &error);
    CHECK_NUMBER(0, dmerp_mistakes_len(mistakes));
    dmerp_mistakes_free(mistakes);
    dmerp_buffer_free(&content);
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    int ended = check_run(run);
    xmlCleanupParser();
    return ended;
}
