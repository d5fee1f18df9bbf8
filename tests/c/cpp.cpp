/*
 * dmerp.hpp, in both its forms: this file with exceptions, cpp_results.cpp without, in one program.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#include "broken_stream.hpp"
#include "check.h"
#include "cpp_results.hpp"
#include "sandbox.h"

#include <dmerp.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <streambuf>
#include <string>
#include <thread>
#include <type_traits>
#include <typeinfo>
#include <unistd.h>
#include <vector>

namespace {

using dmerp::Status;

dmerp::Config config_of_sandbox() {
    dmerp::Config config;
    config.set("base_url", sandbox_base_url());
    if (sandbox_ca_pem() != nullptr) {
        config.tls_ca_pem(sandbox_ca_pem());
        config.tls_roots(dmerp::TlsRoots::File);
    }
    config.set("app_area", sandbox_app_area());
    config.set("api_key", sandbox_api_key());
    config.set("proxy", "none");
    return config;
}

dmerp::Client client_with(const char *key, const char *value) {
    dmerp::Config config = config_of_sandbox();
    config.set(key, value);
    return dmerp::Client(config);
}

// What `work` throws, if it is an Expected; a failed check if not.
template <class Expected, class Work>
bool throws(Work work, Status status, const char *what, int line) {
    try {
        work();
    } catch (const Expected &error) {
        bool exactly = typeid(error) == typeid(Expected);
        return check_note(exactly && error.status() == status, what, __FILE__, line);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "    %s: %s\n", typeid(error).name(), error.what());
        return check_note(false, what, __FILE__, line);
    }
    return check_note(false, what, __FILE__, line);
}

#define CHECK_THROWS_AS(Class, Name, work) \
    throws<dmerp::Class>([&] { work; }, Status::Name, #work " throws " #Class, __LINE__)

// For a status that has neither Failed nor Error at its end.
#define CHECK_THROWS(Name, work) CHECK_THROWS_AS(Name##Error, Name, work)

std::string bytes_of(std::size_t len) {
    std::string bytes;
    for (std::size_t i = 0; i < len; i++) {
        bytes += static_cast<char>(i % 5 == 0 ? 0 : i * 31 + i / 251);
    }
    return bytes;
}

// ---- Types ----

template <class T>
constexpr bool moves_only() {
    return std::is_nothrow_move_constructible<T>::value && std::is_nothrow_move_assignable<T>::value &&
           !std::is_copy_constructible<T>::value && !std::is_copy_assignable<T>::value;
}
static_assert(moves_only<dmerp::Config>(), "a Config moves");
static_assert(moves_only<dmerp::Call>(), "a Call moves");
static_assert(moves_only<dmerp::Client>(), "a Client moves");
static_assert(moves_only<dmerp::Buffer>(), "a Buffer moves");
static_assert(moves_only<dmerp::Receiver>(), "a Receiver moves");
static_assert(moves_only<dmerp::Received>(), "a Received moves");
static_assert(moves_only<dmerp::Batch>(), "a Batch moves");
static_assert(std::is_nothrow_copy_constructible<dmerp::Error>::value, "an Error is copied without throwing");
template <class T>
constexpr bool is_value() {
    return std::is_copy_constructible<T>::value && std::is_copy_assignable<T>::value &&
           std::is_nothrow_move_constructible<T>::value;
}
static_assert(is_value<dmerp::Packet>(), "a Packet is a value");
static_assert(is_value<dmerp::Packets>(), "Packets are a value");
static_assert(is_value<dmerp::UnreadablePacket>(), "an UnreadablePacket is a value");
static_assert(is_value<dmerp::Pushed>(), "a Pushed is a value");
static_assert(is_value<dmerp::Summary>(), "a Summary is a value");
static_assert(is_value<dmerp::Stats>(), "Stats are a value");
static_assert(is_value<dmerp::Outgoing>(), "an Outgoing is a value");
static_assert(is_value<dmerp::Receiver::iterator>(), "an iterator is a value");
static_assert(std::is_same<std::iterator_traits<dmerp::Receiver::iterator>::value_type, dmerp::Received>::value,
              "a Receiver is a range of packets");
static_assert(std::is_base_of<std::runtime_error, dmerp::Error>::value, "an Error is a runtime_error");

void moves() {
    dmerp::Config config = config_of_sandbox();
    dmerp::Config other(std::move(config));
    CHECK_THROWS(InvalidHandle, config.set("app_area", "x"));
    CHECK(*other.get("app_area") == sandbox_app_area());
    config = std::move(other);
    CHECK(*config.get("app_area") == sandbox_app_area());
    CHECK_THROWS(InvalidHandle, dmerp::Client(std::move(other)));

    dmerp::Client client(config);
    dmerp::Client second(config);
    std::size_t live = dmerp::live_handles();
    second = std::move(client);
    CHECK_NUMBER(live - 1, dmerp::live_handles()); // the one it had is freed at once
    second.check();
    CHECK_THROWS(InvalidHandle, client.check());

    dmerp::Call call;
    dmerp::Call moved(std::move(call));
    CHECK_THROWS(InvalidHandle, call.timeout(std::chrono::seconds(1)));
    call.cancel(); // nothing there, nothing done
    CHECK(!call.is_cancelled());
    moved.cancel();
    CHECK(moved.is_cancelled());

    sandbox_reset();
    sandbox_send("u", "packet", "one", "0123456789", 10);
    dmerp::Packets packets = second.pull();
    live = dmerp::live_handles();
    dmerp::Packets copied = packets;
    dmerp::Packets taken = std::move(packets);
    CHECK(taken.size() == 1 && copied.size() == 1 && copied[0].url == taken[0].url);
    CHECK_NUMBER(live, dmerp::live_handles()); // a list holds nothing of the library
    dmerp::Buffer content = second.download(taken[0].url);
    const std::uint8_t *data = content.data();
    dmerp::Buffer kept(std::move(content));
    CHECK(kept.data() == data && kept.size() == 10);
    CHECK(content.empty() && content.data() == nullptr && content.begin() == content.end());
    kept = second.download(taken[0].url);
    CHECK(kept.str() == "0123456789");
    kept = dmerp::Buffer();
    CHECK(kept.empty());

    std::vector<dmerp::Client> clients;
    for (int i = 0; i < 5; i++) {
        clients.emplace_back(config);
    }
    clients.front().check();
}

void optionals() {
    dmerp::Optional<std::string> none;
    dmerp::Optional<std::string> some(std::string("some"));
    CHECK(!none && !none.has_value() && none.value_or("other") == "other");
    CHECK(some && *some == "some" && some->size() == 4 && some.value_or("other") == "some");
    none = some;
    CHECK(none && *none == "some" && *some == "some");
    some = dmerp::Optional<std::string>();
    CHECK(!some);
    dmerp::Optional<std::string> moved(std::move(none));
    CHECK(*moved == "some");
    std::string out = *std::move(moved);
    CHECK(out == "some");
}

// ---- Options ----

void options() {
    dmerp::Config config;
    config.app_area("DMDEV01");
    config.api_key("a-key");
    config.base_url("https://portal.example/mobile");
    config.format(dmerp::Format::Xml);
    config.timeout_connect(std::chrono::seconds(2));
    config.timeout_idle(std::chrono::milliseconds(3001));
    config.timeout_overall(std::chrono::minutes(4));
    config.retry_max_attempts(5);
    config.retry_base(std::chrono::milliseconds(6));
    config.retry_max(std::chrono::milliseconds(7));
    config.tls_roots(dmerp::TlsRoots::File);
    config.tls_ca_file("ca.pem");
    config.tls_ca_pem("-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n");
    config.temp_dir("/var/tmp");
    config.proxy("none");
    config.user_agent("erp/1");
    config.upload_content_type("text/xml");
    config.done_batch(8);
    config.max_list_bytes(9000);
    config.max_memory_bytes(10000);
    config.max_download_bytes(11000);
    config.receive_concurrency(12);
    config.receive_ahead_packets(13);
    config.receive_ahead_bytes(14000);
    config.receive_memory_bytes(15);
    config.receive_done_count(16);
    config.receive_done(std::chrono::milliseconds(17));
    config.receive_close(std::chrono::seconds(18));
    config.receive_lease(std::chrono::seconds(19));
    config.receive_max_deliveries(20);
    config.receive_dead_letter_dir("/var/letters");
    config.receive_poll(std::chrono::milliseconds(21));
    config.receive_poll_max(std::chrono::milliseconds(22));
    config.receive_max_packets(23);
    config.receive_max(std::chrono::hours(24));
    config.push_concurrency(25);
    const char *const expected[][2] = {
        {"app_area", "DMDEV01"},         {"api_key", "(set)"},
        {"base_url", "https://portal.example/mobile"},
        {"format", "xml"},               {"timeout.connect_ms", "2000"},
        {"timeout.idle_ms", "3001"},     {"timeout.overall_ms", "240000"},
        {"retry.max_attempts", "5"},     {"retry.base_ms", "6"},
        {"retry.max_ms", "7"},           {"tls.roots", "file"},
        {"tls.ca_file", "ca.pem"},       {"proxy", "none"},
        {"tls.ca_pem", "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"},
        {"temp_dir", "/var/tmp"},
        {"user_agent", "erp/1"},         {"upload_content_type", "text/xml"},
        {"done_batch", "8"},             {"max_list_bytes", "9000"},
        {"max_memory_bytes", "10000"},   {"max_download_bytes", "11000"},
        {"receive.concurrency", "12"},   {"receive.ahead_packets", "13"},
        {"receive.ahead_bytes", "14000"}, {"receive.memory_bytes", "15"},
        {"receive.done_count", "16"},    {"receive.done_ms", "17"},
        {"receive.close_ms", "18000"},   {"receive.lease_ms", "19000"},
        {"receive.max_deliveries", "20"}, {"receive.dead_letter_dir", "/var/letters"},
        {"receive.poll_ms", "21"},       {"receive.poll_max_ms", "22"},
        {"receive.max_packets", "23"},   {"receive.max_ms", "86400000"},
        {"push.concurrency", "25"},
    };
    for (const auto &pair : expected) {
        CHECK_TEXT(pair[1], config.get(pair[0]).value_or("(none)").c_str());
    }
    config.format(dmerp::Format::Json);
    CHECK(*config.get("format") == "json");
    config.tls_roots(dmerp::TlsRoots::Platform);
    CHECK(*config.get("tls.roots") == "platform");
    config.tls_roots(dmerp::TlsRoots::Both);
    CHECK(*config.get("tls.roots") == "both");
    CHECK_THROWS(InvalidConfig, config.format(dmerp::Format::Default));
    CHECK_THROWS(InvalidConfig, config.timeout_idle(std::chrono::milliseconds(-1)));
    CHECK_THROWS(InvalidConfig, config.retry_max_attempts(0));
}

// ---- Round trip ----

void round_trip() {
    sandbox_reset();
    dmerp::Config config = config_of_sandbox();
    CHECK(*config.get("api_key") == "(set)");
    CHECK(!config.get("tls.ca_file"));
    dmerp::Client client(config);
    client.check();

    std::string bytes = bytes_of(200000);
    dmerp::Pushed pushed = client.push("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", dmerp::Format::Xml, bytes, "own-id");
    CHECK(pushed.packet_id == "own-id" && !pushed.sync_log_id.empty());
    CHECK_NUMBER(bytes.size(), pushed.size);
    std::size_t len = 0;
    std::uint8_t *found = sandbox_pushed("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "own-id", &len);
    CHECK(found != nullptr && std::string(reinterpret_cast<char *>(found), len) == bytes);
    std::free(found);
    CHECK_NUMBER(36, client.push("u", dmerp::Format::Json, "{}").packet_id.size());
    client.push("u", dmerp::Format::Json, std::vector<std::uint8_t>{1, 0, 2});

    std::FILE *file = std::fopen("cpp.tmp", "wb");
    CHECK(file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fclose(file) == 0);
    CHECK(client.push_file("u", dmerp::Format::Xml, "cpp.tmp", "from-file").packet_id == "from-file");
    CHECK(unlink("cpp.tmp") == 0);

    for (dmerp::PacketKind kind : {dmerp::PacketKind::Packet, dmerp::PacketKind::File}) {
        for (dmerp::Format format : {dmerp::Format::Default, dmerp::Format::Xml, dmerp::Format::Json}) {
            sandbox_dialects("{\"unknown_fields\":true}");
            for (const char *id : {"a", "b", "c"}) {
                sandbox_send("sender", kind == dmerp::PacketKind::File ? "file" : "packet", id, bytes.data(), bytes.size());
            }
            dmerp::Packets packets = client.pull(kind, format);
            CHECK_NUMBER(3, packets.size());
            CHECK(std::distance(packets.begin(), packets.end()) == 3 && packets.begin()[2].id == packets[2].id);
            CHECK(std::count_if(packets.begin(), packets.end(), [](const dmerp::Packet &packet) { return packet.id == "b"; }) == 1);
            for (const dmerp::Packet &packet : packets) {
                CHECK(packet.mobile_user.value_or("") == "sender" && packet.size && *packet.size == bytes.size());
                CHECK(client.link(packet.url).compare(0, 4, "http") == 0);
                dmerp::Buffer content = client.download(packet.url);
                CHECK(content.str() == bytes && std::string(content.begin(), content.end()) == bytes);
                CHECK_NUMBER(bytes.size(), client.download_file(packet.url, "cpp.tmp"));
                CHECK(unlink("cpp.tmp") == 0);
            }
            CHECK(packets.unreadable().empty());
            CHECK(packets[2].other.at("priority") == "5" && packets[2].other.count("id") == 0);
            client.done(packets.receipts(), kind, format);
            CHECK(client.pull(kind, format).empty());
        }
    }
    client.done({});
    sandbox_dialects("{\"unknown_fields\":false,\"omit_optional\":true}");
    sandbox_send("sender", "packet", "bare", "x", 1);
    dmerp::Packets packets = client.pull();
    CHECK(!packets[0].mobile_user && !packets[0].size && !packets[0].on_date && packets[0].id == "bare");
    CHECK(packets[0].other.empty());
    client.done({packets[0].receipt()});
}

void a_list_of_ten_thousand() {
    sandbox_reset();
    const std::string user = "../\xce\x95\xce\xbb\xce\xad\xce\xbd\xce\xb7 \xf0\x9f\x9a\x9a \"<&>\" \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd";
    sandbox_send_many(user.c_str(), "10000", "x", 1);
    dmerp::Client client(config_of_sandbox());
    dmerp::Packets packets = client.pull();
    CHECK_NUMBER(10000, packets.size());
    std::set<std::string> ids;
    for (const dmerp::Packet &packet : packets) {
        if (packet.mobile_user.value_or("") == user) {
            ids.insert(packet.id);
        }
    }
    CHECK_NUMBER(10000, ids.size());
    client.done(packets.receipts());
    CHECK(client.pull().empty());
}

void what_is_not_good_among_the_good() {
    sandbox_reset();
    dmerp::Client client(config_of_sandbox());
    sandbox_send_many("u", "4", "x", 1);
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/pull/\",\"action\":{\"spoil_entries\":[{\"place\":2,\"how\":\"no_url\"},"
                  "{\"place\":4,\"how\":\"text\"}]}}");
    dmerp::Packets packets = client.pull();
    CHECK_NUMBER(2, packets.size());
    if (CHECK(packets.unreadable().size() == 2)) {
        const dmerp::UnreadablePacket &first = packets.unreadable()[0];
        CHECK(first.place == 2 && !first.reason.empty() && first.id && first.receipt_handle && !first.url);
        const dmerp::UnreadablePacket &second = packets.unreadable()[1];
        CHECK(second.place == 4 && !second.reason.empty() && !second.id && !second.receipt_handle && !second.url);
    }
    sandbox_reset();

    for (const char *batch : {"1", "500"}) {
        sandbox_send_many("u", "2", "x", 1);
        std::vector<dmerp::Receipt> receipts = client.pull().receipts();
        receipts.insert(receipts.begin() + 1, dmerp::Receipt{"no id", "no handle"});
        std::size_t live = dmerp::live_handles();
        try {
            client_with("done_batch", batch).done(receipts);
            CHECK(false);
        } catch (const dmerp::RejectedError &error) {
            const dmerp::Error::Results results = error.results();
            if (CHECK(results.size() == 3)) {
                CHECK(!results[0] && results[1] && !results[2]);
                CHECK(results[1] && results[1]->status() == Status::Rejected && !results[1]->server_message().empty());
                CHECK(results[1] && results[1]->results().empty() && *results[1]->what() != '\0');
            }
        }
        CHECK_NUMBER(live, dmerp::live_handles());
        CHECK(client.pull().empty());
    }
}

// ---- Receiving ----

void send(const char *id) { sandbox_send("sender", "packet", id, id, std::strlen(id)); }

void receiving() {
    for (dmerp::PacketKind kind : {dmerp::PacketKind::Packet, dmerp::PacketKind::File}) {
        const char *queue = kind == dmerp::PacketKind::File ? "file" : "packet";
        sandbox_reset();
        std::string bytes = bytes_of(50000);
        for (const char *id : {"a", "b", "c"}) {
            sandbox_send("sender", queue, id, bytes.data(), bytes.size());
        }
        dmerp::Client client(config_of_sandbox());
        std::size_t live = dmerp::live_handles();
        {
            dmerp::Receiver receiver = client.receive(kind);
            CHECK(!receiver.is_ready());
            std::string ids;
            for (auto &packet : receiver) {
                CHECK_NUMBER(live + 2, dmerp::live_handles()); // the receiver and this packet
                ids += packet.packet().id;
                CHECK(*packet.packet().mobile_user == "sender" && *packet.packet().size == bytes.size());
                CHECK_NUMBER(bytes.size(), packet.size());
                dmerp::Bytes content = packet.content();
                CHECK(content.str() == bytes && std::string(content.begin(), content.end()) == bytes);
                CHECK(!packet.path());
                packet.save_as("cpp.tmp");
                std::ifstream file("cpp.tmp", std::ios::binary);
                CHECK(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()) == bytes);
                packet.done();
                packet.done();
            }
            CHECK(unlink("cpp.tmp") == 0);
            CHECK(ids == "abc");
            CHECK(receiver.is_ready() && receiver.begin() == receiver.end() && !receiver.next());
            dmerp::Summary summary = receiver.close();
            CHECK(summary.lists >= 1 && summary.listed == 3 && summary.handed_over == 3 && summary.bytes == 3 * bytes.size());
            CHECK(summary.done == 3 && summary.marked == 3 && summary.repeated == 0 && summary.dead_lettered == 0);
            CHECK(summary.left_count == 0 && summary.left.empty() && !summary.hidden);
            CHECK(receiver.close().marked == 3); // a second one tells the same
        }
        CHECK_NUMBER(live, dmerp::live_handles());
        CHECK_NUMBER(0, sandbox_waiting(queue));

        dmerp::Stats stats = client.stats();
        CHECK(stats.requests >= 8 && stats.retries == 0 && stats.bytes_received == 3 * bytes.size());
        CHECK(stats.packets_received == 3 && stats.packets_done == 3 && stats.unmarked == 0 && stats.bytes_sent == 0);
        auto age = std::chrono::system_clock::now() - *stats.last_done_at;
        CHECK(age > std::chrono::minutes(-1) && age < std::chrono::minutes(1));
        CHECK(stats.last_pull_at && stats.last_link_at && stats.last_download_at);
        CHECK(!stats.oldest_unmarked_at && !stats.last_check_at && !stats.last_push_at);
    }
}

// Whatever leaves the loop leaves its packet in the queue; what was done before is marked.
void leaving_the_loop() {
    sandbox_reset();
    for (const char *id : {"a", "b", "c", "d"}) {
        send(id);
    }
    dmerp::Client client(config_of_sandbox());
    std::size_t live = dmerp::live_handles();
    try {
        dmerp::Receiver receiver = client.receive();
        for (auto &packet : receiver) {
            if (packet.packet().id == "b") {
                throw std::runtime_error("no such item");
            }
            packet.done();
        }
        CHECK(false);
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()) == "no such item");
    }
    CHECK_NUMBER(live, dmerp::live_handles());
    CHECK_NUMBER(3, sandbox_waiting("packet"));

    sandbox_show_hidden();
    dmerp::Receiver receiver = client.receive();
    std::string ids;
    for (auto &packet : receiver) {
        ids += packet.packet().id;
        if (packet.packet().id == "c") {
            packet.keep("the books are closed");
            CHECK_THROWS(InvalidArgument, packet.done());
            break;
        }
        packet.done();
    }
    for (const auto &packet : receiver) { // it goes on where it was left
        ids += packet.packet().id;
    }
    CHECK(ids == "cdb"); // what failed before comes last
    dmerp::Summary summary = receiver.close();
    CHECK(summary.marked == 0 && summary.left_count == 3);
    if (CHECK(summary.left.size() == 3)) {
        CHECK(*summary.left[0].id == "c" && *summary.left[0].mobile_user == "sender");
        CHECK(summary.left[0].why == dmerp::LeftWhy::Kept && summary.left[0].status == Status::Ok);
        CHECK(summary.left[0].reason.find("the books are closed") != std::string::npos);
        CHECK(summary.left[1].why == dmerp::LeftWhy::Unsettled && *summary.left[1].id == "d");
    }
    CHECK_NUMBER(3, sandbox_waiting("packet"));

    sandbox_show_hidden();
    dmerp::Receiver stopped = client.receive();
    int times = 0;
    for (auto &packet : stopped) {
        packet.done();
        stopped.stop();
        times++;
    }
    CHECK(times == 1 && stopped.close().marked == 1);
    CHECK_NUMBER(2, sandbox_waiting("packet"));
}

void moves_of_receivers() {
    sandbox_reset();
    for (const char *id : {"a", "b", "c"}) {
        send(id);
    }
    std::size_t live = dmerp::live_handles();
    std::vector<dmerp::Received> packets;
    {
        // In any order: the client goes first, then the receiver, then the packets.
        std::unique_ptr<dmerp::Client> client(new dmerp::Client(config_of_sandbox()));
        dmerp::Receiver receiver = client->receive();
        CHECK_THROWS(InvalidArgument, client->receive());
        CHECK_THROWS(InvalidArgument, client->receive(dmerp::PacketKind::File, static_cast<dmerp::Format>(77)));
        client.reset();
        dmerp::Receiver moved(std::move(receiver));
        CHECK_THROWS(InvalidHandle, receiver.next());
        CHECK_THROWS(InvalidHandle, receiver.begin());
        CHECK_THROWS(InvalidHandle, receiver.close());
        CHECK(!receiver.is_ready());
        receiver.stop(); // nothing there, nothing done
        receiver = std::move(moved);
        for (auto &packet : receiver) {
            dmerp::Bytes content = packet.content();
            packets.push_back(std::move(packet));
            CHECK(packets.back().content().data() == content.data()); // the bytes stay where they are
            CHECK_THROWS(InvalidHandle, packet.done());
            CHECK(packet.size() == 0 && !packet.path());
        }
        packets[0].done();
    }
    CHECK_NUMBER(live + 3, dmerp::live_handles());
    CHECK_NUMBER(2, sandbox_waiting("packet"));
    CHECK(packets[1].content().str() == "b" && packets[2].packet().id == "c");
    CHECK_THROWS(InvalidArgument, packets[1].done()); // too late
    packets[0] = std::move(packets[2]);
    CHECK(packets[0].packet().id == "c");
    packets.clear();
    CHECK_NUMBER(live, dmerp::live_handles());
}

void content_in_files() {
    sandbox_reset();
    std::string bytes = bytes_of(5000);
    sandbox_send("sender", "packet", "big", bytes.data(), bytes.size());
    dmerp::Config config = config_of_sandbox();
    config.receive_memory_bytes(1000);
    config.max_memory_bytes(2000);
    dmerp::Client client(config);
    dmerp::Receiver receiver = client.receive();
    dmerp::Optional<dmerp::Received> packet = receiver.next();
    if (!CHECK(packet && packet->path())) {
        return;
    }
    {
        std::ifstream file(*packet->path(), std::ios::binary);
        CHECK(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()) == bytes);
    } // Windows renames no file that is open
    CHECK_THROWS(TooLarge, packet->content());
    CHECK_THROWS(InvalidArgument, packet->save_as(std::string("a\0b", 3)));
    CHECK_THROWS(InvalidArgument, packet->keep(std::string("a\0b", 3)));
    CHECK_THROWS_AS(FileError, FileError, packet->save_as("no/such/folder/a"));
    packet->save_as("cpp.tmp");
    CHECK(!packet->path());
    packet->done();
    CHECK(unlink("cpp.tmp") == 0);
    CHECK(!receiver.next());
}

void failures_of_receivers() {
    sandbox_reset();
    send("a");
    dmerp::Client wrong = client_with("api_key", "wrong");
    dmerp::Receiver refused = wrong.receive();
    for (int i = 0; i < 2; i++) {
        CHECK_THROWS_AS(AuthenticationError, AuthenticationFailed, refused.next());
        CHECK_THROWS_AS(AuthenticationError, AuthenticationFailed, for (auto &packet : refused) packet.done());
    }

    dmerp::Config config = config_of_sandbox();
    config.receive_poll(std::chrono::milliseconds(20));
    dmerp::Client client(config);
    dmerp::Receiver receiver = client.receive();
    dmerp::Call call;
    receiver.next(&call)->done();
    call.timeout(std::chrono::milliseconds(200));
    CHECK_THROWS(TimedOut, receiver.next(&call));
    // An exception of a callback comes out of next(); the receiver goes on.
    call.timeout(std::chrono::seconds(60));
    call.waiting([]() -> bool { throw std::runtime_error("mine"); });
    try {
        receiver.next(&call);
        CHECK(false);
    } catch (const dmerp::Error &) {
        CHECK(false);
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()) == "mine");
    }
    call.waiting([&receiver] {
        CHECK_THROWS(InvalidArgument, receiver.next());
        CHECK_THROWS(InvalidArgument, receiver.close());
        receiver.stop();
        return true;
    });
    CHECK(!receiver.next(&call));
    CHECK_NUMBER(1, receiver.close().marked);
    CHECK_NUMBER(0, sandbox_waiting("packet"));

    // A run is ended by another thread.
    dmerp::Receiver polling = client.receive();
    std::thread loop([&polling] {
        for (auto &packet : polling) {
            packet.done();
        }
    });
    send("b");
    while (sandbox_waiting("packet") != 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    polling.stop();
    loop.join();
    CHECK_NUMBER(1, polling.close().marked);
}

// The function that a client logs to lives as long as what logs to it.
void log_of_a_receiver() {
    sandbox_reset();
    send("a");
    auto token = std::make_shared<int>(0);
    {
        std::unique_ptr<dmerp::Receiver> receiver;
        std::unique_ptr<dmerp::Batch> batch;
        {
            dmerp::Config config = config_of_sandbox();
            config.log(dmerp::LogLevel::Debug, [token](dmerp::LogLevel, const char *) { ++*token; });
            dmerp::Client client(config);
            receiver.reset(new dmerp::Receiver(client.receive()));
            batch.reset(new dmerp::Batch(client.batch()));
        }
        dmerp::Optional<dmerp::Received> packet = receiver->next();
        CHECK(*token > 0 && packet);
        receiver.reset();
        int before = *token;
        batch->add("u", dmerp::Format::Xml, batch->content("x"));
        CHECK(batch->run()[0].ok() && *token > before);
        batch.reset();
        CHECK(token.use_count() == 2); // the packet holds it
    }
    CHECK(token.use_count() == 1);
}

// ---- Batches ----

void batches() {
    sandbox_reset();
    std::string bytes = bytes_of(20000);
    dmerp::Config config = config_of_sandbox();
    config.retry_max_attempts(1);
    dmerp::Client client(config);
    std::vector<dmerp::Outgoing> packets;
    for (const char *user : {"u1", "u2", "u3"}) {
        packets.emplace_back(user, dmerp::Format::Xml, bytes, std::string("id of ") + user);
    }
    packets.emplace_back("u1", dmerp::Format::Json, "{}");
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/u2\",\"action\":{\"status\":{\"code\":503}}}");
    dmerp::Call call;
    dmerp::Progress last = {0, 0, 0, 0};
    call.progress([&last](const dmerp::Progress &progress) {
        last = progress;
        return true;
    });
    std::vector<dmerp::Result<dmerp::Pushed>> results = client.push_many(packets, &call);
    if (CHECK(results.size() == 4)) {
        CHECK(results[0] && results[0].value().packet_id == "id of u1" && results[0].value().size == bytes.size());
        CHECK(results[1].status() == Status::ServerError && results[1].error().packet_id() == "id of u2");
        CHECK(results[2] && results[3] && results[3].value().packet_id.size() == 36 && !results[3].value().sync_log_id.empty());
    }
    CHECK(last.total == 3 * bytes.size() + 2 && last.packets_total == 4 && last.packets <= 3);
    std::size_t len = 0;
    std::uint8_t *found = sandbox_pushed("u3", "id of u3", &len);
    CHECK(found != nullptr && std::string(reinterpret_cast<char *>(found), len) == bytes);
    std::free(found);
    CHECK(client.push_many({}).empty());

    // Nothing is sent if a packet cannot be added.
    std::uint64_t pushed = client.stats().packets_pushed;
    packets.emplace_back("u4", dmerp::Format::Xml, "x", "id of u1");
    CHECK_THROWS(InvalidArgument, client.push_many(packets));
    packets.back() = dmerp::Outgoing(std::string("a\0b", 3), dmerp::Format::Xml, "x");
    CHECK_THROWS(InvalidArgument, client.push_many(packets));
    CHECK_NUMBER(pushed, client.stats().packets_pushed);

    // A batch repeats what failed.
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/u2\",\"action\":{\"status\":{\"code\":503}}}");
    dmerp::Batch batch = client.batch();
    std::size_t content = batch.content(bytes);
    std::size_t file = batch.content_file("cpp.tmp");
    for (const char *user : {"u1", "u2"}) {
        batch.add(user, dmerp::Format::Xml, content, std::string("batch ") + user);
    }
    batch.add("u3", dmerp::Format::Xml, file);
    CHECK_THROWS(InvalidArgument, batch.add("u1", dmerp::Format::Xml, content, "batch u2"));
    CHECK_THROWS(InvalidArgument, batch.add("u1", dmerp::Format::Xml, 77));
    CHECK_THROWS(InvalidArgument, batch.add(std::string("a\0b", 3), dmerp::Format::Xml, content));
    CHECK_THROWS(InvalidArgument, batch.content_file(std::string("a\0b", 3)));
    results = batch.run();
    CHECK(results[0].ok() && results[1].status() == Status::ServerError && results[2].status() == Status::FileError);
    std::ofstream("cpp.tmp") << "from a file";
    pushed = client.stats().packets_pushed;
    results = batch.run();
    CHECK(results[0].ok() && results[1].ok() && results[1].value().packet_id == "batch u2" && results[2].value().size == 11);
    CHECK_NUMBER(pushed + 2, client.stats().packets_pushed);
    CHECK(unlink("cpp.tmp") == 0);

    dmerp::Batch moved(std::move(batch));
    CHECK_THROWS(InvalidHandle, static_cast<void>(batch.run()));
    batch = std::move(moved);
    CHECK(batch.run().size() == 3);

    // An exception of a callback comes out of the run, which can be repeated. It cannot use the batch that it runs for.
    batch.add("u5", dmerp::Format::Xml, content);
    call.progress([&batch](const dmerp::Progress &) -> bool {
        CHECK_THROWS(InvalidArgument, batch.content("x"));
        CHECK_THROWS(InvalidArgument, static_cast<void>(batch.run()));
        throw std::runtime_error("mine");
    });
    bool thrown = false;
    try {
        static_cast<void>(batch.run(&call));
    } catch (const std::runtime_error &error) {
        thrown = std::string(error.what()) == "mine";
    }
    CHECK(thrown);
    results = batch.run();
    CHECK(results.size() == 4 && results[3].ok());
    call.cancel();
    batch.add("u6", dmerp::Format::Xml, content);
    results = batch.run(&call);
    CHECK(results[3].ok() && results[4].status() == Status::Cancelled);
}

// ---- Streams ----

// Gives some bytes, then breaks as a torn tape does: by throwing.
class TornBuffer : public std::streambuf {
public:
    struct Torn {};

    TornBuffer() { setg(bytes_, bytes_, bytes_ + sizeof bytes_); }

private:
    int_type underflow() override { throw Torn(); }
    int_type overflow(int_type) override { return traits_type::eof(); }

    char bytes_[1000] = {};
};

void streams() {
    sandbox_reset();
    dmerp::Client client(config_of_sandbox());
    std::string bytes = bytes_of(3000001); // more than is kept in memory
    std::istringstream content(bytes);
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"status\":{\"code\":503}}}"); // so it is sent twice
    CHECK(client.push_stream("u", dmerp::Format::Xml, content, "streamed").packet_id == "streamed");
    std::size_t len = 0;
    std::uint8_t *found = sandbox_pushed("u", "streamed", &len);
    CHECK(found != nullptr && std::string(reinterpret_cast<char *>(found), len) == bytes);
    std::free(found);

    sandbox_send("u", "file", "one", bytes.data(), bytes.size());
    std::string url = client.pull(dmerp::PacketKind::File)[0].url;
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"truncate\":{\"bytes\":2000000}}}");
    std::ostringstream received;
    CHECK_NUMBER(bytes.size(), client.download_stream(url, received));
    CHECK(received.str() == bytes);

    // What breaks is told, and sends nothing.
    TornBuffer torn;
    std::istream torn_in(&torn);
    bool thrown = false;
    try {
        client.push_stream("u", dmerp::Format::Xml, torn_in, "torn");
    } catch (const TornBuffer::Torn &) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(sandbox_pushed("u", "torn", &len) == nullptr);
    BrokenStream broken;
    CHECK_THROWS_AS(FileError, FileError, client.push_stream("u", dmerp::Format::Xml, broken, "broken"));
    CHECK(sandbox_pushed("u", "broken", &len) == nullptr);
    std::ifstream unopened("no/such/file");
    CHECK_THROWS_AS(FileError, FileError, client.push_stream("u", dmerp::Format::Xml, unopened));
    std::istringstream empty;
    CHECK_THROWS(InvalidArgument, client.push_stream("u", dmerp::Format::Xml, empty));
    std::ostream torn_out(&torn);
    CHECK_THROWS_AS(FileError, FileError, client.download_stream(url, torn_out));
    CHECK_THROWS_AS(FileError, FileError, client.download_stream(url, torn_out)); // it stays broken
    std::ofstream full("/dev/full");
    CHECK_THROWS_AS(FileError, FileError, client.download_stream(url, full));
    received.str("");
    CHECK_THROWS(NotFound, client.download_stream("no/such/packet", received));
    CHECK(received.str().empty());
    // The end is no failure, also of a stream that is set to throw at failures.
    std::istringstream throwing("to its end");
    throwing.exceptions(std::ios::failbit | std::ios::badbit | std::ios::eofbit);
    CHECK(client.push_stream("u", dmerp::Format::Xml, throwing, "to its end").packet_id == "to its end");
    std::free(sandbox_pushed("u", "to its end", &len));
    CHECK_NUMBER(10, len);
}

// ---- Errors ----

template <class Expected>
void check_raised(Status status) {
    try {
        dmerp::detail::raise(dmerp::Error::copy(static_cast<dmerp_status>(status), nullptr));
    } catch (const dmerp::Error &error) {
        CHECK(typeid(error) == typeid(Expected));
        CHECK(error.status() == status);
        CHECK_TEXT(dmerp::status_meaning(status) != nullptr ? dmerp::status_meaning(status) : "", error.what());
    }
}

void a_class_for_each_status() {
    check_raised<dmerp::InvalidArgumentError>(Status::InvalidArgument);
    check_raised<dmerp::InvalidHandleError>(Status::InvalidHandle);
    check_raised<dmerp::InvalidConfigError>(Status::InvalidConfig);
    check_raised<dmerp::FileError>(Status::FileError);
    check_raised<dmerp::CancelledError>(Status::Cancelled);
    check_raised<dmerp::TimedOutError>(Status::TimedOut);
    check_raised<dmerp::HostNotFoundError>(Status::HostNotFound);
    check_raised<dmerp::ConnectError>(Status::ConnectFailed);
    check_raised<dmerp::TlsError>(Status::TlsFailed);
    check_raised<dmerp::ConnectionLostError>(Status::ConnectionLost);
    check_raised<dmerp::TruncatedError>(Status::Truncated);
    check_raised<dmerp::AuthenticationError>(Status::AuthenticationFailed);
    check_raised<dmerp::UnknownAppAreaError>(Status::UnknownAppArea);
    check_raised<dmerp::ThrottledError>(Status::Throttled);
    check_raised<dmerp::ServerError>(Status::ServerError);
    check_raised<dmerp::RejectedError>(Status::Rejected);
    check_raised<dmerp::NotFoundError>(Status::NotFound);
    check_raised<dmerp::StorageRefusedError>(Status::StorageRefused);
    check_raised<dmerp::BadAnswerError>(Status::BadAnswer);
    check_raised<dmerp::TooLargeError>(Status::TooLarge);
    check_raised<dmerp::InternalError>(Status::Internal);
    check_raised<dmerp::OutOfMemoryError>(Status::OutOfMemory);
    check_raised<dmerp::ProxyRefusedError>(Status::ProxyRefused);
    check_raised<dmerp::BadPacketError>(Status::BadPacket);
    check_raised<dmerp::Error>(static_cast<Status>(9999)); // of a later library

    // The header has a class for every status that the library has.
    dmerp_status last = DMERP_BAD_PACKET;
    CHECK(dmerp_status_name(last) != nullptr && dmerp_status_name(last + 1) == nullptr);
    CHECK(dmerp::status_is_retryable(Status::TimedOut) && !dmerp::status_is_retryable(Status::Rejected));
    CHECK_TEXT("TIMED_OUT", dmerp::status_name(Status::TimedOut));
    CHECK(dmerp::status_action(Status::TimedOut) != nullptr);
}

void errors() {
    sandbox_reset();
    const std::string with_nul("a\0b", 3);
    dmerp::Config config = config_of_sandbox();
    CHECK_THROWS(InvalidConfig, config.set("no_such_option", "x"));
    CHECK_THROWS(InvalidConfig, config.get("no_such_option"));
    CHECK_THROWS(InvalidArgument, config.set("app_area", with_nul));
    CHECK_THROWS(InvalidArgument, config.set(with_nul, "x"));
    CHECK_THROWS(InvalidArgument, config.get(with_nul));
    CHECK_THROWS(InvalidArgument, config.set("app_area", "\xff"));
    CHECK_THROWS(InvalidConfig, dmerp::Client(dmerp::Config()));
    dmerp::Call call;
    CHECK_THROWS(InvalidArgument, call.timeout(std::chrono::milliseconds(0)));
    CHECK_THROWS(InvalidArgument, call.timeout(std::chrono::milliseconds(-5)));

    dmerp::Client client(config);
    CHECK_THROWS(InvalidArgument, client.push(with_nul, dmerp::Format::Xml, "x"));
    CHECK_THROWS(InvalidArgument, client.push("u", dmerp::Format::Xml, "x", with_nul));
    CHECK_THROWS(InvalidArgument, client.push("u", dmerp::Format::Default, "x"));
    CHECK_THROWS(InvalidArgument, client.push("u", dmerp::Format::Xml, ""));
    CHECK_THROWS(InvalidArgument, client.push_file("u", dmerp::Format::Xml, with_nul));
    CHECK_THROWS(InvalidArgument, client.link(with_nul));
    CHECK_THROWS(InvalidArgument, client.download(with_nul));
    CHECK_THROWS(InvalidArgument, client.download_file("a", with_nul));
    CHECK_THROWS(InvalidArgument, client.done({dmerp::Receipt{with_nul, "x"}}));
    CHECK_THROWS(InvalidArgument, client.done({dmerp::Receipt{"x", with_nul}}));
    CHECK_THROWS(InvalidArgument, client.pull(static_cast<dmerp::PacketKind>(77)));
    CHECK_THROWS(NotFound, client.download("no/such/packet"));
    CHECK_THROWS(Rejected, client.done({dmerp::Receipt{"no id", "no handle"}}));
    CHECK_THROWS_AS(AuthenticationError, AuthenticationFailed, client_with("api_key", "wrong").check());
    CHECK_THROWS(UnknownAppArea, client_with("app_area", "WRONG").check());
    CHECK_THROWS_AS(FileError, FileError, client.push_file("u", dmerp::Format::Xml, "no/such/file"));

    dmerp::Client once = client_with("retry.max_attempts", "1");
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"throttle\":{}}}");
    CHECK_THROWS(Throttled, once.check());
    sandbox_fault("{\"on\":\"portal\",\"action\":\"drop_before_headers\"}");
    CHECK_THROWS(ConnectionLost, once.check());
    sandbox_fault("{\"on\":\"portal\",\"action\":\"html\"}");
    CHECK_THROWS(BadAnswer, once.pull());
    CHECK_THROWS_AS(ConnectError, ConnectFailed, client_with("base_url", "http://127.0.0.1:1").check());

    sandbox_fault("{\"on\":\"portal\",\"action\":{\"status\":{\"code\":503,\"body\":\"{\\\"message\\\":\\\"asleep\\\"}\"}}}");
    try {
        once.push("u", dmerp::Format::Xml, "x", "packet-1");
        CHECK(false);
    } catch (const dmerp::ServerError &thrown) {
        dmerp::Error error = thrown; // a copy tells the same
        CHECK(error.http_status() == 503 && error.server_message() == "asleep" && error.packet_id() == "packet-1");
        CHECK(error.attempts() == 1 && error.is_retryable() && !error.is_outcome_unknown());
        CHECK(error.retry_after() == std::chrono::milliseconds(0) && error.results().empty());
        CHECK(std::string(error.what()).find("packet-1") != std::string::npos);
    }
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"throttle\":{\"retry_after\":{\"seconds\":7}}}}");
    try {
        once.check();
        CHECK(false);
    } catch (const dmerp::ThrottledError &error) {
        CHECK(error.retry_after() == std::chrono::seconds(7));
    }
    sandbox_fault("{\"on\":\"storage\",\"action\":\"lose_answer\"}");
    try {
        once.push("u", dmerp::Format::Xml, "x");
        CHECK(false);
    } catch (const dmerp::ConnectionLostError &error) {
        CHECK(error.is_outcome_unknown() && error.is_retryable());
    }
    dmerp::Error own(Status::Rejected, "said so");
    CHECK(own.status() == Status::Rejected && std::string(own.what()) == "said so" && own.results().empty());
    dmerp::Error moved(std::move(own));
    CHECK(own.status() == Status::Rejected && own.results().empty()); // it still tells
    own = std::move(moved);
    CHECK(moved.status() == Status::Rejected && own.packet_id().empty());
    sandbox_reset();
}

// ---- Callbacks ----

struct Mine {
    int number;
};

template <class Work>
int mine_of(Work work) {
    try {
        work();
    } catch (const Mine &mine) {
        return mine.number;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "    %s\n", error.what());
    }
    return -1;
}

void exceptions_of_callbacks() {
    sandbox_reset();
    std::string bytes = bytes_of(1000000);
    sandbox_send("u", "packet", "one", bytes.data(), bytes.size());
    dmerp::Client client(config_of_sandbox());
    std::string url = client.pull()[0].url;
    std::size_t live = dmerp::live_handles();

    {
        dmerp::Call call;
        call.progress([](const dmerp::Progress &) -> bool { throw Mine{11}; });
        CHECK(mine_of([&] { client.push("u", dmerp::Format::Xml, bytes, "x", &call); }) == 11);
        CHECK(mine_of([&] { client.download(url, &call); }) == 11);
        CHECK(mine_of([&] { client.download_file(url, "cpp.tmp", &call); }) == 11);
        CHECK(access("cpp.tmp", F_OK) != 0);
        call.progress(nullptr);
        CHECK(client.download(url, &call).size() == bytes.size()); // nothing of it stays
        call.progress([](const dmerp::Progress &) { return false; });
        CHECK_THROWS(Cancelled, client.download(url, &call));
        // The first exception counts, and it is the very object.
        auto object = std::make_shared<int>(5);
        int times = 0;
        call.progress([&](const dmerp::Progress &) -> bool {
            times++;
            throw object;
        });
        try {
            client.download(url, &call);
            CHECK(false);
        } catch (const std::shared_ptr<int> &thrown) {
            CHECK(thrown == object && times == 1);
        }
    }
    {
        // A verb within a callback: its exception goes through both.
        dmerp::Call outer;
        dmerp::Call inner;
        inner.progress([](const dmerp::Progress &) -> bool { throw Mine{22}; });
        int caught = 0;
        outer.progress([&](const dmerp::Progress &) {
            caught = mine_of([&] { client.push("u", dmerp::Format::Xml, bytes, "inner", &inner); });
            return true;
        });
        CHECK(client.download(url, &outer).str() == bytes); // caught in there, it does not touch the outer call
        CHECK(caught == 22);
        outer.progress([&](const dmerp::Progress &) {
            client.push("u", dmerp::Format::Xml, bytes, "inner", &inner);
            return true;
        });
        CHECK(mine_of([&] { client.download(url, &outer); }) == 22);
        outer.progress([&](const dmerp::Progress &) {
            client.download("no/such/packet");
            return true;
        });
        CHECK_THROWS(NotFound, client.download(url, &outer));
    }
    {
        // What a log function throws changes no outcome.
        dmerp::Config config = config_of_sandbox();
        int records = 0;
        config.log(dmerp::LogLevel::Debug, [&records](dmerp::LogLevel, const char *) {
            records++;
            throw Mine{33};
        });
        dmerp::Client logging(config);
        logging.check();
        logging.pull(dmerp::PacketKind::File);
        CHECK(logging.download(url).str() == bytes);
        CHECK(logging.push("u", dmerp::Format::Xml, "x", "pushed").packet_id == "pushed");
        CHECK_THROWS(NotFound, logging.download("no/such/packet"));
        CHECK_OK(dmerp_client_check(logging.handle(), nullptr, nullptr), nullptr);
        CHECK(records > 5);
        // Nor what another callback throws, which comes out as ever.
        dmerp::Call call;
        call.progress([](const dmerp::Progress &) -> bool { throw Mine{44}; });
        CHECK(mine_of([&] { logging.download(url, &call); }) == 44);
        config.log(dmerp::LogLevel::Debug, nullptr);
        dmerp::Client(config).check();
    }
    {
        // C code has nobody to rethrow it to.
        dmerp::Call call;
        call.progress([](const dmerp::Progress &) -> bool { throw Mine{55}; });
        dmerp_buffer content = {};
        CHECK_STATUS(DMERP_CANCELLED, dmerp_client_download(client.handle(), url.c_str(), call.handle(), &content, nullptr), nullptr);
    }
    CHECK_NUMBER(live, dmerp::live_handles());
}

// Threads that share a control, whose callback throws on some: each gets its own, the others nothing.
void exceptions_of_threads() {
    enum { THREADS = 8, ROUNDS = 40 };
    static thread_local int number;
    number = 0;
    sandbox_reset();
    dmerp::Client client(config_of_sandbox());
    dmerp::Call call;
    call.progress([](const dmerp::Progress &) {
        if (number % 2 == 1) {
            throw Mine{number};
        }
        return true;
    });
    std::vector<std::thread> threads;
    for (int thread = 0; thread < THREADS; thread++) {
        threads.emplace_back([&client, &call, thread] {
            for (int round = 0; round < ROUNDS; round++) {
                number = thread + THREADS * round;
                auto push = [&] { client.push("u", dmerp::Format::Xml, "x", std::to_string(number), &call); };
                if (number % 2 == 1) {
                    CHECK(mine_of(push) == number);
                } else {
                    push();
                }
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

void lives_of_callbacks() {
    sandbox_reset();
    std::string bytes = bytes_of(500000);
    auto token = std::make_shared<int>(1);
    {
        dmerp::Config config = config_of_sandbox();
        config.log(dmerp::LogLevel::Debug, [token](dmerp::LogLevel, const char *) { CHECK(*token == 1); });
        dmerp::Client client(config);
        config.log(dmerp::LogLevel::Debug, nullptr); // the client keeps what it was made with
        config = config_of_sandbox();
        CHECK(token.use_count() == 2);
        client.check();
        dmerp::Client moved(std::move(client));
        moved.check();
        moved = dmerp::Client(config);
        CHECK(token.use_count() == 1);
    }
    {
        // A callback destroys the client and the control that it runs for.
        dmerp::Config config = config_of_sandbox();
        std::unique_ptr<dmerp::Client> client;
        std::unique_ptr<dmerp::Call> call(new dmerp::Call());
        config.log(dmerp::LogLevel::Debug, [token, &client](dmerp::LogLevel, const char *) {
            client.reset();
            CHECK(*token == 1);
        });
        client.reset(new dmerp::Client(config));
        config = config_of_sandbox();
        call->progress([token, &call](const dmerp::Progress &) {
            call.reset();
            return *token == 1;
        });
        const dmerp::Client &running = *client;
        CHECK(running.push("u", dmerp::Format::Xml, bytes, "destroyed", call.get()).packet_id == "destroyed");
        CHECK(!client && !call && token.use_count() == 1);
    }
}

void cancels_and_timeouts() {
    sandbox_reset();
    dmerp::Client client(config_of_sandbox());
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    dmerp::Call watched;
    int looks = 0;
    std::thread::id caller = std::this_thread::get_id();
    watched.waiting([&] { return std::this_thread::get_id() == caller && ++looks < 2; });
    CHECK_THROWS(Cancelled, client.check(&watched));
    CHECK_NUMBER(2, looks);
    watched.waiting([]() -> bool { throw Mine{55}; });
    CHECK(mine_of([&] { client.check(&watched); }) == 55);
    watched.waiting(nullptr);
    watched.timeout(std::chrono::milliseconds(300));
    CHECK_THROWS(TimedOut, client.check(&watched));
    dmerp::Call call;
    std::thread canceller([&call] {
        CHECK(sandbox_has_seen("dmerp-connection-check"));
        call.cancel();
    });
    CHECK_THROWS(Cancelled, client.check(&call));
    canceller.join();
    dmerp::Call brief;
    brief.timeout(std::chrono::milliseconds(200));
    CHECK_THROWS(TimedOut, client.check(&brief));
    sandbox_reset();
}

void run() {
    CHECK_NUMBER(0, dmerp::live_handles());
    CHECK_TEXT(dmerp_version(), dmerp::version());
    CHECK_NUMBER(DMERP_ABI_VERSION, dmerp::abi_version());
    moves();
    optionals();
    options();
    round_trip();
    a_list_of_ten_thousand();
    what_is_not_good_among_the_good();
    receiving();
    leaving_the_loop();
    moves_of_receivers();
    content_in_files();
    failures_of_receivers();
    log_of_a_receiver();
    batches();
    streams();
    a_class_for_each_status();
    errors();
    exceptions_of_callbacks();
    exceptions_of_threads();
    lives_of_callbacks();
    cancels_and_timeouts();
    CHECK_NUMBER(0, dmerp::live_handles());
    cpp_results(&check_passed, &check_failed);
    CHECK_NUMBER(0, dmerp::live_handles());
}

} // namespace

int main() { return check_run(run); }
