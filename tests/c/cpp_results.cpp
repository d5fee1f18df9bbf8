/*
 * dmerp.hpp without exceptions; compiled with -fno-exceptions and linked with cpp.cpp, which uses it with them.
 */

#define DMERP_NO_EXCEPTIONS

#include "cpp_results.hpp"

#include "broken_stream.hpp"
#include "check.h"
#include "sandbox.h"

#include <dmerp.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using dmerp::Status;

static_assert(std::is_same<dmerp::Outcome<int>, dmerp::Result<int>>::value, "failures are returned");
static_assert(std::is_nothrow_move_constructible<dmerp::Result<dmerp::Client>>::value, "a Result moves as its value does");

dmerp::Config config_of_sandbox() {
    dmerp::Config config;
    CHECK(config.set("base_url", sandbox_base_url()).ok());
    if (sandbox_ca_pem() != nullptr) {
        CHECK(config.set("tls.ca_pem", sandbox_ca_pem()).ok() && config.set("tls.roots", "file").ok());
    }
    CHECK(config.set("app_area", sandbox_app_area()).ok());
    CHECK(config.set("api_key", sandbox_api_key()).ok());
    CHECK(config.set("proxy", "none").ok());
    return config;
}

void round_trip() {
    sandbox_reset();
    dmerp::Result<dmerp::Client> made = dmerp::Client::create(config_of_sandbox());
    if (!CHECK(made.ok() && made && made.status() == Status::Ok)) {
        return;
    }
    dmerp::Client client = std::move(made).value();
    CHECK(client.check().ok());
    dmerp::Result<dmerp::Pushed> pushed = client.push("u", dmerp::Format::Xml, "<x/>", "own-id");
    CHECK(pushed.ok() && pushed.value().packet_id == "own-id");
    sandbox_send("u", "file", "one", "zero\0byte", 9);
    dmerp::Result<dmerp::Packets> packets = client.pull(dmerp::PacketKind::File);
    CHECK(packets.ok() && packets.value().size() == 1);
    for (const dmerp::Packet &packet : packets.value()) {
        dmerp::Result<dmerp::Buffer> content = client.download(packet.url);
        CHECK(content.ok() && content.value().str() == std::string("zero\0byte", 9));
        dmerp::Result<std::uint64_t> size = client.download_file(packet.url, "cpp_results.tmp");
        CHECK(size.ok() && size.value() == 9);
        CHECK(unlink("cpp_results.tmp") == 0);
        dmerp::Result<std::string> link = client.link(packet.url);
        CHECK(link.ok() && link.value().compare(0, 4, "http") == 0);
    }
    std::istringstream content("streamed");
    CHECK(client.push_stream("u", dmerp::Format::Xml, content, "streamed").ok());
    std::ostringstream received;
    dmerp::Result<std::uint64_t> size = client.download_stream(packets.value()[0].url, received);
    CHECK(size.ok() && received.str() == std::string("zero\0byte", 9));
    BrokenStream broken;
    CHECK(client.push_stream("u", dmerp::Format::Xml, broken).status() == Status::FileError);
    std::ifstream unopened("no/such/file");
    CHECK(client.push_stream("u", dmerp::Format::Xml, unopened).status() == Status::FileError);
    CHECK(pushed.value().size == 4 && packets.value()[0].other.empty() && packets.value().unreadable().empty());
    CHECK(client.done(packets.value().receipts(), dmerp::PacketKind::File).ok());
}

void failures() {
    dmerp::Config config = config_of_sandbox();
    dmerp::Result<void> set = config.set("no_such_option", "x");
    CHECK(!set && set.status() == Status::InvalidConfig && set.error().status() == Status::InvalidConfig);
    CHECK(std::string(set.error().what()).find("no_such_option") != std::string::npos);
    CHECK(config.set("app_area", std::string("a\0b", 3)).status() == Status::InvalidArgument);
    CHECK(config.get("no_such_option").status() == Status::InvalidConfig);
    CHECK(dmerp::Client::create(dmerp::Config()).status() == Status::InvalidConfig);

    dmerp::Result<dmerp::Client> made = dmerp::Client::create(config);
    dmerp::Client client = std::move(made).value();
    dmerp::Result<dmerp::Buffer> content = client.download("no/such/packet");
    CHECK(content.status() == Status::NotFound && content.error().http_status() == 404);
    CHECK(content.error().packet_id() == "no/such/packet" && !content.error().is_retryable());
    CHECK(content.error().results().empty() && !content.error().is_outcome_unknown());
    CHECK(client.push("u", dmerp::Format::Default, "x").status() == Status::InvalidArgument);
    dmerp::Result<void> done = client.done({dmerp::Receipt{"no id", "no handle"}});
    CHECK(done.status() == Status::Rejected && done.error().results().size() == 1);
    CHECK(done.error().results()[0] && done.error().results()[0]->status() == Status::Rejected);

    dmerp::Client moved(std::move(client));
    CHECK(client.check().status() == Status::InvalidHandle);
    CHECK(moved.check().ok());
    dmerp::Call call;
    CHECK(call.timeout(std::chrono::milliseconds(0)).status() == Status::InvalidArgument);
    CHECK(call.progress([](const dmerp::Progress &) { return false; }).ok());
    CHECK(moved.push("u", dmerp::Format::Xml, std::string(100000, 'x'), "stopped", &call).status() == Status::Cancelled);
    call.cancel();
    CHECK(moved.check(&call).status() == Status::Cancelled);

    int records = 0;
    CHECK(config.log(dmerp::LogLevel::Debug, [&records](dmerp::LogLevel, const char *) { records++; }).ok());
    dmerp::Result<dmerp::Client> logging = dmerp::Client::create(config);
    CHECK(logging.value().check().ok() && records > 0);
}

void receiving() {
    sandbox_reset();
    sandbox_send("u", "packet", "a", "first", 5);
    sandbox_send("u", "packet", "b", "second", 6);
    dmerp::Result<dmerp::Client> made = dmerp::Client::create(config_of_sandbox());
    dmerp::Client client = std::move(made).value();
    dmerp::Result<dmerp::Receiver> opened = client.receive();
    CHECK(opened.ok() && client.receive().status() == Status::InvalidArgument);
    dmerp::Receiver receiver = std::move(opened).value();
    int times = 0;
    for (dmerp::Result<dmerp::Received> &result : receiver) {
        if (CHECK(result.ok())) {
            dmerp::Received packet = std::move(result).value();
            dmerp::Result<dmerp::Bytes> content = packet.content();
            CHECK(content.ok() && content.value().str() == (times == 0 ? "first" : "second"));
            CHECK(times == 0 ? packet.done().ok() : packet.keep("for later").ok());
            CHECK(times == 0 || packet.done().status() == Status::InvalidArgument);
            CHECK(packet.save_as("no/such/folder/a").status() == Status::FileError);
        }
        times++;
    }
    CHECK_NUMBER(2, times);
    dmerp::Result<dmerp::Summary> summary = receiver.close();
    CHECK(summary.ok() && summary.value().marked == 1 && summary.value().left.size() == 1);
    CHECK(client.stats().value().packets_done == 1);

    // An error is the last element.
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/pull/\",\"action\":{\"status\":{\"code\":400}}}");
    dmerp::Result<dmerp::Receiver> failing = client.receive();
    times = 0;
    for (auto &result : failing.value()) {
        CHECK(result.status() == Status::Rejected);
        times++;
    }
    CHECK_NUMBER(1, times);
    dmerp::Result<dmerp::Optional<dmerp::Received>> next = failing.value().next();
    CHECK(next.ok() && !next.value()); // "b" is hidden
    dmerp::Receiver moved(std::move(failing).value());
    CHECK(failing.value().next().status() == Status::InvalidHandle);
    times = 0;
    for (auto &result : failing.value()) {
        CHECK(result.status() == Status::InvalidHandle);
        times++;
    }
    CHECK_NUMBER(1, times);
}

void batches() {
    dmerp::Result<dmerp::Client> made = dmerp::Client::create(config_of_sandbox());
    dmerp::Client client = std::move(made).value();
    std::vector<dmerp::Outgoing> packets = {dmerp::Outgoing("u1", dmerp::Format::Xml, "<x/>"),
                                            dmerp::Outgoing("u2", dmerp::Format::Xml, "<x/>", "own")};
    dmerp::Result<std::vector<dmerp::Result<dmerp::Pushed>>> results = client.push_many(packets);
    CHECK(results.ok() && results.value().size() == 2 && results.value()[0].ok() && results.value()[1].value().packet_id == "own");
    packets[0].packet_id = "own";
    CHECK(client.push_many(packets).status() == Status::InvalidArgument);
    packets[0].packet_id = std::string("a\0b", 3);
    CHECK(client.push_many(packets).status() == Status::InvalidArgument);

    dmerp::Result<dmerp::Batch> batch = client.batch();
    CHECK(batch.ok() && batch.value().content("x").value() == 0);
    CHECK(batch.value().add("u", dmerp::Format::Xml, 1).status() == Status::InvalidArgument);
    CHECK(batch.value().add("u", dmerp::Format::Xml, 0).ok());
    CHECK(batch.value().run().value()[0].ok());
}

void packets() {
    sandbox_reset();
    dmerp::Result<dmerp::Client> made = dmerp::Client::create(config_of_sandbox());
    dmerp::Client client = std::move(made).value();
    dmerp::Result<dmerp::PacketWriter> begun = dmerp::PacketWriter::create("SOFIA01");
    if (!CHECK(begun.ok())) {
        return;
    }
    dmerp::PacketWriter packet = std::move(begun).value();
    CHECK(packet.set("colour", "red").status() == Status::InvalidArgument);
    CHECK(packet.attribute("roleid", "sales").ok() && packet.table("ITEMS", "NO").ok());
    CHECK(packet.record({{"NO", "I00001"}, {"PRICE", dmerp::Decimal{349, 2}}}).ok());
    dmerp::Result<void> refused = packet.record({{"N O", "1"}});
    CHECK(refused.status() == Status::InvalidArgument);
    CHECK(std::string(refused.error().what()).find("record 2") != std::string::npos);
    CHECK(packet.csv("no/such/file").status() == Status::FileError);
    CHECK(packet.finish().ok() && client.push(packet).ok());
    CHECK(client.push(packet, std::string("a\0b", 3)).status() == Status::InvalidArgument);
    dmerp::Result<dmerp::Buffer> content = packet.content();
    CHECK(content.ok() && dmerp::PacketReader::check(content.value()).value().empty());
    CHECK(dmerp::PacketWriter::to_file("no/such/folder/a").status() == Status::FileError);

    sandbox_send("SOFIA01", "packet", nullptr, content.value().data(), content.value().size());
    dmerp::Result<dmerp::Receiver> receiver = client.receive();
    dmerp::Result<dmerp::Optional<dmerp::Received>> received = receiver.value().next();
    dmerp::Result<dmerp::PacketReader> reader = (*received.value()).read();
    CHECK(reader.ok() && *reader.value().mobile_user().value() == "SOFIA01" && reader.value().attributes().value().size() == 2);
    int times = 0;
    for (const dmerp::Result<dmerp::Record> &record : reader.value()) {
        CHECK(record.ok() && record.value().decimal("PRICE").value()->digits == 349);
        CHECK(record.value().integer("NO").status() == Status::InvalidArgument);
        CHECK(!record.value().date("NONE").value() && record.value().bytes("PRICE").status() == Status::InvalidArgument);
        times++;
    }
    CHECK_NUMBER(1, times);

    // An error is the last element.
    const std::string wrong = "<NavMobileSync><table tablename='T'><r status='read'/><r status='read'>text</r></table></NavMobileSync>";
    CHECK(dmerp::PacketReader::check(wrong).value().size() == 1);
    dmerp::Result<dmerp::PacketReader> failing = dmerp::PacketReader::create(wrong);
    CHECK(failing.value().set("colour", "red").status() == Status::InvalidArgument);
    times = 0;
    for (const dmerp::Result<dmerp::Record> &record : failing.value()) {
        CHECK(record.status() == (times == 0 ? Status::Ok : Status::BadPacket));
        times++;
    }
    CHECK_NUMBER(2, times);
    CHECK(dmerp::PacketReader::from_file("no/such/file").status() == Status::FileError);
    CHECK(dmerp::PacketReader::check_file("no/such/file").status() == Status::FileError);
}

} // namespace

void cpp_results(unsigned long *passed, unsigned long *failed) {
    round_trip();
    failures();
    receiving();
    batches();
    packets();
    *passed += check_passed;
    *failed += check_failed;
}
