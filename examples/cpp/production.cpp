/*
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives what
 * mobile users sent. CMakeLists.txt beside this file builds it.
 *
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./production ../data SOFIA01,SOFIA02 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one; DMERP_CA_FILE is a CA to
 * trust beside the platform's. Exit code: 0 when everything was done and no packet was left in the queue, 1 when not, 2 for wrong
 * arguments. Ctrl-C and SIGTERM end it in good order: what was received is still marked done.
 */
#include <dmerp.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>
#include <unistd.h> // getpid(); the rest is standard C++

// ---- From CSV to a packet ----

static std::string escaped(const std::string &text) {
    std::string xml;
    for (char c : text) {
        xml += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '\r' ? "&#13;" : std::string(1, c);
    }
    return xml;
}

// Reads the next row, as RFC 4180 has it; an empty one at the end.
static std::vector<std::string> read_row(std::istream &file) {
    std::vector<std::string> row(1);
    bool quoted = false;
    for (char c; file.get(c) && (c != '\n' || quoted);) {
        if (c == '"' && quoted && file.peek() == '"') { // two quotes stand for one
            row.back() += static_cast<char>(file.get());
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            row.emplace_back();
        } else if (c != '\r' || quoted) {
            row.back() += c;
        }
    }
    return file.eof() && row.size() == 1 && row[0].empty() ? std::vector<std::string>() : row;
}

// A table of a file: its first row names the fields, each other row is a record, and a null is left out.
static std::string make_table(const std::string &path, const std::string &name) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> names = read_row(file), row = read_row(file);
    std::string xml = "<table tablename=\"" + name + "\">\n";
    for (; !row.empty() && row.size() == names.size(); row = read_row(file)) {
        xml += "<r status=\"insert\">";
        for (std::size_t i = 0; i < row.size(); i++) {
            if (!row[i].empty()) {
                xml += "<" + names[i] + ">" + escaped(row[i]) + "</" + names[i] + ">";
            }
        }
        xml += "<state>1</state></r>\n";
    }
    if (!row.empty() || names.empty() || file.bad()) {
        throw std::runtime_error(path + " cannot be read, or is not CSV");
    }
    return xml + "</table>\n";
}

static std::string make_packet(const std::string &folder) { // for several mobile users, so it names none
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync>\n" + make_table(folder + "/customers.csv", "CUSTOMERS") +
           make_table(folder + "/items.csv", "ITEMS") + make_table(folder + "/prices.csv", "PRICES") +
           make_table(folder + "/visits.csv", "VISITS") + "</NavMobileSync>\n";
}

// The id follows from user, day and content (FNV-1a). So a job that broke off and runs again the same day pushes the same packet
// under the same id, and the portal knows it for the same. An ERP with a document number uses that.
static std::string make_packet_id(const std::string &user, const std::string &packet) {
    std::uint64_t hash = 14695981039346656037u;
    for (char c : user + packet) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    char day[16] = "";
    std::time_t now = std::time(nullptr);
    std::strftime(day, sizeof day, "%Y%m%d", std::gmtime(&now));
    return std::string("masterdata-") + day + "-" + std::to_string(hash);
}

// ---- The job ----

// A signal handler must not call the library. So it sets this, and the library looks at it during each call.
static volatile std::sig_atomic_t interrupted = 0;

static void on_signal(int) { interrupted = 1; }

// Runs a part of the job. A failure of one part does not keep the others from their work.
static bool attempt(const std::function<bool()> &part) {
    try {
        return part();
    } catch (const dmerp::Error &error) {
        std::cerr << "failed: " << dmerp::status_name(error.status()) << ": " << error.what() << "\n";
    } catch (const std::exception &failure) {
        std::cerr << "failed: " << failure.what() << "\n";
    }
    return false;
}

// Pushes the packet to each of the users, whose names are separated by commas. True if all are stored.
static bool push(const dmerp::Client &erp, const dmerp::Call &call, const std::string &folder, const std::string &users) {
    std::string packet = make_packet(folder);
    dmerp::Batch batch = erp.batch();
    std::size_t content = batch.content(packet);
    std::istringstream each(users);
    for (std::string user; std::getline(each, user, ',');) {
        std::string id = make_packet_id(user, packet);
        std::cout << "push: packet " << id << " of " << packet.size() << " bytes to " << user << "\n";
        batch.add(user, dmerp::Format::Xml, content, id);
    }
    bool good = true;
    for (const dmerp::Result<dmerp::Pushed> &result : batch.run(&call)) {
        if (result) {
            std::cout << "push: stored " << result.value().packet_id << "\n";
        } else {
            std::cerr << "failed: " << dmerp::status_name(result.status()) << ": " << result.error().what() << "\n";
            good = false;
        }
    }
    return good;
}

// Receives what a list holds into files in `folder`. Nothing that came from outside is part of a file's name.
static bool receive(const dmerp::Client &erp, const dmerp::Call &call, dmerp::PacketKind kind, const std::string &folder) {
    const char *name = kind == dmerp::PacketKind::File ? "file" : "packet";
    long began = static_cast<long>(std::time(nullptr));
    dmerp::Receiver receiver = erp.receive(kind);
    bool good = attempt([&] {
        dmerp::Optional<dmerp::Received> packet; // none at the end of the list
        for (int number = 1; !interrupted && (packet = receiver.next(&call)); number++) {
            char path[4096];
            std::snprintf(path, sizeof path, "%s/%s-%ld-%ld-%04d", folder.c_str(), name, began, static_cast<long>(getpid()), number);
            packet->save_as(path);
            packet->done(); // only now that it is on the disk
            std::cout << "receive: packet " << packet->packet().id << " of " << packet->packet().mobile_user.value_or("(unknown)")
                      << ": " << packet->size() << " bytes in " << path << "\n";
        }
        return !interrupted;
    });
    for (const dmerp::Left &left : receiver.close().left) { // marks at the portal what is done, also after a failure
        std::cerr << "left: " << left.id.value_or("?") << ": " << dmerp::status_name(left.status) << ": " << left.reason << "\n";
        good = false;
    }
    return good;
}

static bool run(const std::string &data, const std::string &users, const std::string &folder) {
    dmerp::Config config;
    const char *const settings[][2] = {{"app_area", "DMERP_APP_AREA"}, {"api_key", "DMERP_API_KEY"},
                                       {"base_url", "DMERP_BASE_URL"}, {"tls.ca_file", "DMERP_CA_FILE"}};
    for (const char *const *setting : settings) {
        if (const char *value = std::getenv(setting[1])) {
            config.set(setting[0], value);
        }
    }
    config.log(dmerp::LogLevel::Warning, [](dmerp::LogLevel, const char *message) { std::cerr << "dmerp: " << message << "\n"; });
    dmerp::Client erp(config);
    dmerp::Call call;
    call.waiting([] { return interrupted == 0; }); // false ends the call with the status Cancelled
    call.progress([](const dmerp::Progress &progress) { // a line every 5 seconds at most
        static std::time_t shown = std::time(nullptr);
        if (std::time(nullptr) - shown >= 5) {
            shown = std::time(nullptr);
            std::cout << "    " << progress.packets << " packets, " << progress.done << " bytes so far\n";
        }
        return true;
    });
    erp.check(&call);
    bool pushed = attempt([&] { return push(erp, call, data, users); });
    bool packets = attempt([&] { return receive(erp, call, dmerp::PacketKind::Packet, folder); });
    bool files = attempt([&] { return receive(erp, call, dmerp::PacketKind::File, folder); });
    return pushed && packets && files;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: production DATA_FOLDER MOBILE_USERS FOLDER\n";
        return 2;
    }
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    bool good = attempt([&] { return run(argv[1], argv[2], argv[3]); });
    if (dmerp::live_handles() != 0) { // a defect in this program
        std::cerr << "failed: " << dmerp::live_handles() << " handles were not freed\n";
        good = false;
    }
    std::cout << (good ? "all done\n" : "not all done\n");
    return good ? 0 : 1;
}
