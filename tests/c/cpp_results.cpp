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

namespace {

using dmerp::Status;

static_assert(std::is_same<dmerp::Outcome<int>, dmerp::Result<int>>::value, "failures are returned");
static_assert(std::is_nothrow_move_constructible<dmerp::Result<dmerp::Client>>::value, "a Result moves as its value does");

dmerp::Config config_of_sandbox() {
    dmerp::Config config;
    CHECK(config.set("base_url", sandbox_base_url()).ok());
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
        CHECK(link.ok() && link.value().compare(0, 7, "http://") == 0);
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

} // namespace

void cpp_results(unsigned long *passed, unsigned long *failed) {
    round_trip();
    failures();
    *passed += check_passed;
    *failed += check_failed;
}
