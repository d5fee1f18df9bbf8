/*
 * dmerp.hpp's packets: written, read, checked, pushed and received, against a sandbox (see sandbox.h for its settings).
 * cpp_results.cpp has them without exceptions; what the format is, packets.c tests.
 */

#include "check.h"
#include "sandbox.h"

#include <dmerp.hpp>

#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <unistd.h>
#include <vector>

namespace {

using dmerp::RecordStatus;
using dmerp::Status;

// Whether `work` throws an Expected, and its message has all of the words.
template <class Expected, class Work>
bool throws(Work work, std::initializer_list<const char *> words, const char *what, int line) {
    try {
        work();
    } catch (const Expected &error) {
        bool good = check_note(typeid(error) == typeid(Expected), what, __FILE__, line);
        for (const char *word : words) {
            if (!check_note(std::strstr(error.what(), word) != nullptr, word, __FILE__, line)) {
                std::fprintf(stderr, "    %s\n", error.what());
                good = false;
            }
        }
        return good;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "    %s: %s\n", typeid(error).name(), error.what());
    }
    return check_note(false, what, __FILE__, line);
}

#define CHECK_THROWS(Class, work, ...) throws<dmerp::Class>([&] { work; }, {__VA_ARGS__}, #work " throws " #Class, __LINE__)

dmerp::Config config_of_sandbox() {
    dmerp::Config config;
    config.base_url(sandbox_base_url());
    if (sandbox_ca_pem() != nullptr) {
        config.tls_ca_pem(sandbox_ca_pem());
        config.tls_roots(dmerp::TlsRoots::File);
    }
    config.app_area(sandbox_app_area());
    config.api_key(sandbox_api_key());
    config.proxy("none");
    return config;
}

std::string read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// The packet's only record.
dmerp::Record only(dmerp::PacketReader &reader) {
    dmerp::Optional<dmerp::Record> record = reader.next();
    if (!CHECK(record.has_value())) {
        std::exit(EXIT_FAILURE);
    }
    return *record;
}

// ---- Types ----

template <class T>
constexpr bool moves_only() {
    return std::is_nothrow_move_constructible<T>::value && std::is_nothrow_move_assignable<T>::value &&
           !std::is_copy_constructible<T>::value && !std::is_copy_assignable<T>::value;
}
static_assert(moves_only<dmerp::PacketWriter>(), "a PacketWriter moves");
static_assert(moves_only<dmerp::PacketReader>(), "a PacketReader moves");
template <class T>
constexpr bool is_value() {
    return std::is_copy_constructible<T>::value && std::is_copy_assignable<T>::value &&
           std::is_nothrow_move_constructible<T>::value;
}
static_assert(is_value<dmerp::Value>(), "a Value is a value");
static_assert(is_value<dmerp::Field>(), "a Field is a value");
static_assert(is_value<dmerp::Record>(), "a Record is a value");
static_assert(is_value<dmerp::Attribute>(), "an Attribute is a value");
static_assert(is_value<dmerp::Mistake>(), "a Mistake is a value");
static_assert(is_value<dmerp::Date>() && is_value<dmerp::Time>() && is_value<dmerp::Instant>() && is_value<dmerp::Decimal>(),
              "so are numbers and times");
static_assert(std::is_same<std::iterator_traits<dmerp::PacketReader::iterator>::value_type, dmerp::Record>::value,
              "a PacketReader is a range of records");
static_assert(std::is_convertible<const char *, dmerp::Value>::value && std::is_convertible<std::string, dmerp::Value>::value &&
                  std::is_convertible<std::vector<std::uint8_t>, dmerp::Value>::value &&
                  std::is_convertible<std::nullptr_t, dmerp::Value>::value,
              "text and bytes are values");
static_assert(std::is_convertible<bool, dmerp::Value>::value && std::is_convertible<int, dmerp::Value>::value &&
                  std::is_convertible<unsigned, dmerp::Value>::value && std::is_convertible<long long, dmerp::Value>::value &&
                  std::is_convertible<double, dmerp::Value>::value,
              "numbers are values");
// What would be written as something else than is meant.
static_assert(!std::is_convertible<char, dmerp::Value>::value && !std::is_convertible<std::uint64_t, dmerp::Value>::value &&
                  !std::is_convertible<float, dmerp::Value>::value && !std::is_convertible<int *, dmerp::Value>::value,
              "these are no values");

dmerp_value_kind kind_of(dmerp::Value value) { return value.get().kind; }

void kinds_of_values() {
    const char *none = nullptr;
    CHECK(kind_of(nullptr) == DMERP_VALUE_NULL && kind_of(none) == DMERP_VALUE_NULL && kind_of(dmerp::Value()) == DMERP_VALUE_NULL);
    CHECK(kind_of("") == DMERP_VALUE_TEXT && kind_of(std::string("a")) == DMERP_VALUE_TEXT);
    CHECK(kind_of(true) == DMERP_VALUE_BOOL && kind_of(0) == DMERP_VALUE_INTEGER && kind_of(0.0) == DMERP_VALUE_REAL);
    CHECK(kind_of(dmerp::Decimal{1, 2}) == DMERP_VALUE_DECIMAL && kind_of(dmerp::Date(2026, 11, 24)) == DMERP_VALUE_DATE);
    CHECK(kind_of(dmerp::Time(std::chrono::hours(9))) == DMERP_VALUE_TIME);
    CHECK(kind_of(std::chrono::system_clock::now()) == DMERP_VALUE_INSTANT && kind_of(dmerp::Instant()) == DMERP_VALUE_INSTANT);
    CHECK(kind_of(dmerp::Bytes("a", 1)) == DMERP_VALUE_BYTES && kind_of(std::vector<std::uint8_t>()) == DMERP_VALUE_BYTES);
    CHECK(kind_of(dmerp::Optional<int>()) == DMERP_VALUE_NULL && kind_of(dmerp::Optional<int>(1)) == DMERP_VALUE_INTEGER);
    CHECK(kind_of(dmerp::Optional<std::string>(std::string("a"))) == DMERP_VALUE_TEXT);

    // Before 1970, too, what is shorter than a millisecond is cut off.
    std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds> early(std::chrono::microseconds(-1));
    CHECK(dmerp::Value(early).get().integer == -1);
    CHECK(dmerp::Value(early + std::chrono::microseconds(1001)).get().integer == 1);
}

void dates() {
    CHECK(dmerp::Date(1970, 1, 1).days() == 0 && dmerp::Date(1969, 12, 31).days() == -1);
    CHECK(dmerp::Date(2026, 11, 24).days() == 20781 && dmerp::Date(2000, 2, 29).days() == 11016);
    CHECK(dmerp::Date::from_days(20781) == dmerp::Date(2026, 11, 24) && dmerp::Date(2026, 11, 23) < dmerp::Date(2026, 11, 24));
    CHECK(dmerp::Date(1, 1, 1) != dmerp::Date(1, 1, 2));
    // Every day of 800 years comes after the one before it, and is what its parts say.
    dmerp::Date day(1600, 1, 1);
    for (std::int64_t days = day.days(); day.year() < 2400; day = dmerp::Date::from_days(++days)) {
        if (dmerp::Date(day.year(), day.month(), day.day()) != day || day.days() != days) {
            CHECK(false);
            break;
        }
    }
    CHECK(day == dmerp::Date(2400, 1, 1));
    CHECK_NUMBER(292194, static_cast<std::uintmax_t>(day.days() - dmerp::Date(1600, 1, 1).days()));

    dmerp::PacketWriter packet;
    packet.table("T");
    const int none[][3] = {{2026, 2, 29}, {1900, 2, 29}, {2026, 4, 31}, {2026, 13, 1}, {2026, 0, 1}, {2026, 1, 0}, {2026, 1, 32}};
    for (const int *date : none) {
        CHECK_THROWS(InvalidArgumentError, packet.record({{"D", dmerp::Date(date[0], date[1], date[2])}}), "table T", "field D");
    }
}

// ---- Writer ----

void round_trip() {
    dmerp::PacketWriter packet("SOFIA01");
    packet.set("status", "insert");
    packet.attribute("roleid", "\"sales\"");
    packet.table("ITEMS", "NO");
    std::string name = "ITEMGROUP", group = "Кисело <мляко>";
    dmerp::Instant moment(std::chrono::milliseconds(1795513339382));
    packet.record({{"NO", "I00001"},
                   {name, group},
                   {"UNITPRICE", dmerp::Decimal{349, 2}},
                   {"WEIGHT", 0.1},
                   {"UNITS", -12},
                   {"BLOCKED", false},
                   {"NOTE", nullptr},
                   {"REMARK", ""},
                   {"SINCE", dmerp::Date(2026, 11, 24)},
                   {"FROM", dmerp::Time(std::chrono::hours(9) + std::chrono::minutes(42))},
                   {"CHANGED", moment, {{"validate", "true"}}},
                   {"PICTURE", dmerp::Bytes("a\0b", 3)}},
                  RecordStatus::Update, {{"directresponse", "true"}});
    std::vector<dmerp::Field> fields;
    fields.emplace_back("NO", "I00002");
    fields.emplace_back("UNITS", dmerp::Optional<int>());
    packet.record(fields, RecordStatus::Delete);
    packet.table("VISITS");
    packet.record({});
    CHECK_NUMBER(3, packet.count());
    dmerp::Buffer content = packet.content();
    CHECK(content.str() == dmerp::Buffer(packet.content()).str());
    CHECK(content.str().find("status=\"update\"") != std::string::npos);
    CHECK(dmerp::PacketReader::check(content).empty());

    dmerp::PacketReader reader(content);
    CHECK(reader.mobile_user().value_or("") == "SOFIA01");
    std::vector<dmerp::Attribute> root = reader.attributes();
    CHECK(root.size() == 2 && root[1].name == "roleid" && root[1].value == "\"sales\"");
    dmerp::Record record = only(reader);
    CHECK(record.table() == "ITEMS" && record.element() == "r" && record.status() == RecordStatus::Update && record.number() == 1);
    CHECK(record.line() > 0 && record.size() == 12);
    CHECK(record.attributes().size() == 1 && record.attributes()[0].name == "directresponse");
    CHECK(record.field_attributes("CHANGED").size() == 1 && record.field_attributes("CHANGED")[0].value == "true");
    CHECK(record.field_attributes("NO").empty() && record.field_attributes("NOTE").empty());
    CHECK(record.text("DMS_ROWID").value_or("") == "I00001" && record.text("NO").value_or("") == "I00001");
    CHECK(*record.text("ITEMGROUP") == group);
    CHECK(record.decimal("UNITPRICE")->digits == 349 && record.decimal("UNITPRICE")->scale == 2);
    CHECK(*record.real("WEIGHT") == 0.1 && *record.integer("UNITS") == -12 && *record.boolean("BLOCKED") == false);
    CHECK(!record.text("NOTE") && !record.integer("NOTE") && !record.bytes("NOTE") && record.find("NOTE") == nullptr);
    CHECK(record.text("REMARK").value_or("none").empty() && !record.decimal("REMARK"));
    CHECK(*record.date("SINCE") == dmerp::Date(2026, 11, 24));
    CHECK(record.time("FROM")->since_midnight() == std::chrono::minutes(9 * 60 + 42));
    CHECK(*record.instant("CHANGED") == moment);
    CHECK(record.bytes("PICTURE")->str() == std::string("a\0b", 3));
    std::string names;
    for (const dmerp_field &field : record) {
        names += std::string(field.name) + " ";
    }
    CHECK(names == "NO ITEMGROUP UNITPRICE WEIGHT UNITS BLOCKED REMARK SINCE FROM CHANGED PICTURE DMS_ROWID ");
    CHECK(record.find("UNITS") != nullptr && std::strcmp(record.find("UNITS")->value.text, "-12") == 0);
    CHECK(record.get().fields == record.begin());

    // What a text is not.
    const std::string place = "line " + std::to_string(record.line()) + ", table ITEMS, record 1, field ";
    CHECK_THROWS(InvalidArgumentError, record.integer("ITEMGROUP"), (place + "ITEMGROUP: ").c_str(), group.c_str());
    CHECK_THROWS(InvalidArgumentError, record.bytes("SINCE"), (place + "SINCE: ").c_str());
    CHECK(record.find(std::string("NO\0", 3)) == nullptr);

    dmerp::Record second = only(reader);
    CHECK(second.status() == RecordStatus::Delete && second.number() == 2 && *second.text("NO") == "I00002");
    CHECK(!second.integer("UNITS"));
    dmerp::Record third = only(reader);
    CHECK(third.table() == "VISITS" && third.number() == 1 && third.size() == 0 && third.begin() == third.end());
    CHECK(!reader.next() && !reader.next());
}

void a_decimal_with_many_digits() {
    const std::string content =
        "<NavMobileSync><table tablename='T'><r><D>123456789012345678901234567890.12</D></r></table></NavMobileSync>";
    dmerp::PacketReader reader(content);
    dmerp::Record record = only(reader);
    CHECK_THROWS(InvalidArgumentError, record.decimal("D"), "line 1, table T, record 1, field D: ", "123456789012345678901234567890.12", "text");
    CHECK(*record.text("D") == "123456789012345678901234567890.12");
}

void refusals() {
    dmerp::PacketWriter packet("SOFIA01");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "1"}}), "table");
    CHECK_THROWS(InvalidArgumentError, packet.set("colour", "red"), "colour");
    CHECK_THROWS(InvalidArgumentError, packet.attribute("two words", "x"), "two words");
    packet.table("VISITS");
    CHECK_THROWS(InvalidArgumentError, packet.table("VISITS"), "VISITS");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "1"}}), "the last table was refused");
    packet.table("ITEMS");
    packet.record({{"NO", "1"}});
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "2"}, {"UNIT PRICE", 1}}), "table ITEMS", "record 2", "UNIT PRICE");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "2"}, {"PRICE", std::nan("")}}), "field PRICE");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", std::string("a\0b", 3)}}), "field NO");

    // A NUL in a text does not cut it short.
    const std::string nul("NO\0x", 4);
    CHECK_THROWS(InvalidArgumentError, packet.record({{nul, "2"}}), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "2", {{"validate", nul}}}}), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "2"}}, RecordStatus::Insert, {{nul, "x"}}), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.table(nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.table("T", nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.attribute("a", nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.set("state", nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, packet.csv(nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, dmerp::PacketWriter{nul}, "NUL");
    CHECK_THROWS(InvalidArgumentError, dmerp::PacketWriter::to_file(nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, dmerp::PacketReader::from_file(nul), "NUL");
    CHECK_THROWS(InvalidArgumentError, dmerp::PacketReader::check_file(nul), "NUL");
    CHECK_NUMBER(1, packet.count());

    // A text of which only a part is meant.
    packet.record({{"NO", dmerp::Value::text("twenty", 3)}, {"NOTE", dmerp::Value::text(nullptr, 0)}});
    dmerp::Buffer content = packet.content();
    CHECK_THROWS(InvalidArgumentError, packet.record({{"NO", "3"}}), "finished");
    dmerp::PacketReader reader(content);
    CHECK(*only(reader).text("NO") == "1");
    dmerp::Record second = only(reader);
    CHECK(*second.text("NO") == "twe" && second.text("NOTE").value_or("none").empty());
    CHECK(!reader.next());
}

void moves() {
    dmerp::PacketWriter packet("SOFIA01");
    packet.table("T");
    std::size_t live = dmerp::live_handles();
    dmerp::PacketWriter moved(std::move(packet));
    CHECK_THROWS(InvalidHandleError, packet.record({{"NO", "1"}}), "dmerp_packet_writer");
    CHECK_NUMBER(0, packet.count());
    moved.record({{"NO", "1"}});
    packet = std::move(moved);
    packet.record({{"NO", "2"}});
    CHECK_NUMBER(live, dmerp::live_handles());
    dmerp::Buffer content = packet.content();

    dmerp::PacketReader reader(content);
    CHECK(*only(reader).text("NO") == "1");
    dmerp::PacketReader other(std::move(reader));
    CHECK_THROWS(InvalidHandleError, reader.next(), "dmerp_packet_reader");
    CHECK(*only(other).text("NO") == "2");
    CHECK(!other.next());
}

void csv_and_files() {
    {
        std::ofstream csv("packets.csv", std::ios::binary);
        csv << "NO;NAME\r\nI1;\"a;b\"\r\nI2;\r\n";
    }
    {
        dmerp::PacketWriter packet = dmerp::PacketWriter::to_file("packets.xml", "SOFIA01");
        packet.table("ITEMS");
        packet.record({{"NO", "1"}});
    }
    CHECK(access("packets.xml", F_OK) != 0); // it was not finished
    {
        dmerp::PacketWriter packet = dmerp::PacketWriter::to_file("packets.xml", "SOFIA01");
        packet.table("ITEMS");
        CHECK_NUMBER(2, packet.csv("packets.csv", RecordStatus::Update, ';'));
        CHECK_THROWS(InvalidArgumentError, packet.content(), "file");
        packet.finish();
        packet.finish();
    }
    CHECK(unlink("packets.csv") == 0);
    CHECK(dmerp::PacketReader::check_file("packets.xml").empty());
    {
        dmerp::PacketReader reader = dmerp::PacketReader::from_file("packets.xml");
        dmerp::Record first = only(reader);
        CHECK(first.status() == RecordStatus::Update && *first.text("NAME") == "a;b");
        dmerp::Record second = only(reader);
        CHECK(*second.text("NO") == "I2" && !second.text("NAME"));
        CHECK(!reader.next());
    } // Windows removes a file only when nobody has it open
    CHECK(unlink("packets.xml") == 0);
    CHECK_THROWS(FileError, dmerp::PacketReader::from_file("packets.xml"), "packets.xml");
    CHECK_THROWS(FileError, dmerp::PacketReader::check_file("packets.xml"), "packets.xml");
    CHECK_THROWS(FileError, dmerp::PacketWriter::to_file("none/packets.xml"), "none/packets.xml");
    dmerp::PacketWriter packet;
    packet.table("T");
    CHECK_THROWS(FileError, packet.csv("packets.csv"), "packets.csv");
}

// ---- Reader ----

const char WRONG[] = "<NavMobileSync salesmanCode='A'><table tablename='$context'><r/></table><table tablename='ORDERS'>\n"
                     "<r status='inserted'><NO>1</NO></r><hint/>\n"
                     "<r status='moved'><NO>2</NO></r>\n"
                     "<r><NO>3</NO><NO>4</NO></r>\n"
                     "<r>text</r></table></NavMobileSync>";

void reading() {
    dmerp::PacketReader reader(WRONG);
    CHECK(*reader.mobile_user() == "A");
    std::string seen;
    bool thrown = CHECK_THROWS(
        BadPacketError,
        for (const dmerp::Record &record : reader) { seen += record.table() + *record.text("NO") + " "; }, "line 4", "table ORDERS",
        "record 3", "field NO");
    CHECK(thrown && seen == "ORDERS1 ORDERS2 ");
    CHECK_NUMBER(1, reader.skipped());

    dmerp::PacketReader keeping(WRONG);
    keeping.set("unknown_elements", "keep");
    keeping.set("system_tables", "true");
    dmerp::PacketReader::iterator each = keeping.begin();
    CHECK(each != keeping.end() && each->table() == "$context" && each->status() == RecordStatus::None);
    ++each;
    CHECK((*each).status() == RecordStatus::Insert);
    each++;
    CHECK(each->element() == "hint");
    ++each;
    CHECK(each->status() == RecordStatus::Other && each->attributes().size() == 1 && each->attributes()[0].value == "moved");
    CHECK_THROWS(InvalidArgumentError, keeping.set("system_tables", "false"), "too late");
    dmerp::PacketReader outside("<NavMobileSync>\n<hint><NO>none</NO></hint></NavMobileSync>");
    outside.set("unknown_elements", "keep");
    dmerp::Record hint = only(outside);
    CHECK(hint.table().empty() && hint.element() == "hint");
    CHECK_THROWS(InvalidArgumentError, hint.integer("NO"), "line 2, record 1, field NO: ");
    CHECK_THROWS(InvalidArgumentError, keeping.set(std::string("a\0", 2), "red"), "NUL");

    dmerp::PacketReader none("<NavMobileSync/>");
    CHECK_THROWS(InvalidArgumentError, none.set("colour", "red"), "colour");
    CHECK(!none.mobile_user() && none.attributes().empty() && none.begin() == none.end());
    CHECK_THROWS(BadPacketError, dmerp::PacketReader("<html/>").next(), "html");
    CHECK_THROWS(BadPacketError, dmerp::PacketReader(dmerp::Bytes("", 0)).next(), "empty");
}

void mistakes() {
    std::vector<dmerp::Mistake> mistakes =
        dmerp::PacketReader::check("<NavMobileSync><table tablename='ORDERS'><r status='insert'><NO>1</NO></r>\n"
                                   "<r status='insert'><NO>2</NO><NO>3</NO></r>\n"
                                   "<r status='insert'>text</r></table></NavMobileSync>");
    if (CHECK(mistakes.size() == 2)) {
        CHECK(mistakes[0].line == 2 && *mistakes[0].record == 2 && *mistakes[0].table == "ORDERS" && *mistakes[0].field == "NO");
        CHECK(mistakes[1].line == 3 && *mistakes[1].record == 3 && !mistakes[1].field && !mistakes[1].what.empty());
    }
    CHECK(dmerp::PacketReader::check("no XML").size() == 1);
    dmerp::Mistake nowhere = dmerp::PacketReader::check("no XML")[0];
    CHECK(nowhere.line == 1 && !nowhere.table && !nowhere.record && !nowhere.field);
}

// ---- Push and receive ----

void pushing() {
    sandbox_reset();
    dmerp::Client client(config_of_sandbox());
    dmerp::PacketWriter packet("SOFIA01");
    packet.table("ITEMS");
    packet.record({{"NO", "I00001"}});
    dmerp::Pushed pushed = client.push(packet);
    dmerp::Pushed own = client.push(packet, "SOFIA02", "own-id");
    CHECK(own.packet_id == "own-id" && own.size == pushed.size);
    dmerp::Buffer content = packet.content();
    CHECK_NUMBER(content.size(), pushed.size);
    std::size_t len = 0;
    std::uint8_t *found = sandbox_pushed("SOFIA02", "own-id", &len);
    CHECK(found != nullptr && dmerp::Bytes(found, len).str() == content.str());
    std::free(found);
    found = sandbox_pushed("SOFIA01", pushed.packet_id.c_str(), &len);
    CHECK(found != nullptr && len == content.size());
    std::free(found);

    dmerp::PacketWriter file = dmerp::PacketWriter::to_file("packets.xml");
    file.table("ITEMS");
    CHECK_THROWS(InvalidArgumentError, client.push(file), "mobile user");
    client.push(file, "SOFIA01", "file");
    found = sandbox_pushed("SOFIA01", "file", &len);
    CHECK(found != nullptr && dmerp::Bytes(found, len).str() == read_file("packets.xml"));
    std::free(found);
    CHECK(unlink("packets.xml") == 0);

    dmerp::Call call;
    call.progress([](const dmerp::Progress &) -> bool { throw 44; });
    int thrown = 0;
    try {
        client.push(packet, "SOFIA01", "", &call);
    } catch (int number) {
        thrown = number;
    }
    CHECK_NUMBER(44, static_cast<std::uintmax_t>(thrown));
    CHECK_THROWS(InvalidArgumentError, client.push(packet, std::string("a\0b", 3)), "NUL");
    dmerp::PacketWriter moved(std::move(packet));
    CHECK_THROWS(InvalidHandleError, client.push(packet, "SOFIA01"), "dmerp_packet_writer");
}

void receiving() {
    for (const char *memory_bytes : {"1048576", "0"}) { // in memory, and in a file
        sandbox_reset();
        sandbox_send("SOFIA01", "packet", nullptr, WRONG, std::strlen(WRONG));
        dmerp::Config config = config_of_sandbox();
        config.set("receive.memory_bytes", memory_bytes);
        dmerp::Receiver receiver = dmerp::Client(config).receive();
        std::vector<dmerp::PacketReader> readers;
        for (dmerp::Received &received : receiver) {
            readers.push_back(received.read());
            received.keep("it is wrong");
        }
        // The packets are gone; what reads them is not.
        CHECK_NUMBER(1, receiver.close().left_count);
        if (CHECK(readers.size() == 1)) {
            CHECK(*only(readers[0]).text("NO") == "1" && *only(readers[0]).text("NO") == "2");
            CHECK_THROWS(BadPacketError, readers[0].next(), "line 4");
        }
    }
}

void run() {
    CHECK_NUMBER(0, dmerp::live_handles());
    kinds_of_values();
    dates();
    round_trip();
    a_decimal_with_many_digits();
    refusals();
    moves();
    csv_and_files();
    reading();
    mistakes();
    pushing();
    receiving();
    CHECK_NUMBER(0, dmerp::live_handles());
}

} // namespace

int main() { return check_run(run); }
