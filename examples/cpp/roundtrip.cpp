/*
 * A full round trip with dmerp in C++11: makes a synchronization packet of an ERP's master data, pushes it to a mobile user,
 * then pulls what mobile users sent, keeps it safely, and only then marks it done.
 *
 * CMakeLists.txt beside this file builds it. Run it with the settings in the environment:
 *
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./roundtrip ../data SOFIA01 received
 *
 *     DMERP_APP_AREA  the application area          DMERP_BASE_URL  the portal, if it is not the public one
 *     DMERP_API_KEY   the area's API key            DMERP_CA_FILE   a CA to trust beside the platform's
 *
 * The last argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for
 * wrong arguments. Ctrl-C ends the call that is running, and so the program, in an orderly way.
 *
 * The watch for Ctrl-C and fsync() are POSIX; the rest is standard C++.
 */

#include <dmerp.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <csignal>
#include <unistd.h>

namespace {

// ---- From CSV to a packet ----

struct Table {
    const char *file;
    const char *name;
};

const Table TABLES[] = {
    {"customers.csv", "CUSTOMERS"},
    {"items.csv", "ITEMS"},
    {"prices.csv", "PRICES"},
    {"visits.csv", "VISITS"},
};

std::string escaped(const std::string &text) {
    std::string xml;
    for (char c : text) {
        switch (c) {
        case '&': xml += "&amp;"; break;
        case '<': xml += "&lt;"; break;
        case '>': xml += "&gt;"; break;
        case '"': xml += "&quot;"; break;
        case '\r': xml += "&#13;"; break;
        default: xml += c; break;
        }
    }
    return xml;
}

// Reads the next row, as RFC 4180 has it; false at the end.
bool read_row(std::istream &file, std::vector<std::string> &row) {
    row.clear();
    if (file.peek() == std::char_traits<char>::eof()) {
        return false;
    }
    for (;;) {
        std::string field;
        bool quoted = file.peek() == '"';
        if (quoted) {
            file.get();
        }
        int c = file.get();
        for (;; c = file.get()) {
            if (quoted && c == '"') {
                c = file.get();
                if (c != '"') {
                    break; // the closing quote
                }
            } else if (c == std::char_traits<char>::eof() || (!quoted && (c == ',' || c == '\n' || c == '\r'))) {
                break;
            }
            field += static_cast<char>(c);
        }
        row.push_back(std::move(field));
        if (c == ',') {
            continue;
        }
        if (c == '\r') {
            c = file.get();
        }
        if (c != '\n' && (c != std::char_traits<char>::eof() || quoted)) {
            throw std::runtime_error("a row that is no CSV");
        }
        return true;
    }
}

std::string table_of(const std::string &folder, const Table &table) {
    std::string path = folder + "/" + table.file;
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> names;
    std::vector<std::string> row;
    if (!file || !read_row(file, names)) {
        throw std::runtime_error("cannot read " + path);
    }
    std::string xml = "<table tablename=\"" + escaped(table.name) + "\">\n";
    while (read_row(file, row)) {
        if (row.size() != names.size()) {
            throw std::runtime_error(path + " has a row with another number of fields than its first");
        }
        xml += "<r status=\"insert\">";
        for (std::size_t i = 0; i < row.size(); i++) {
            if (!row[i].empty()) { // a null is left out
                xml += "<" + names[i] + ">" + escaped(row[i]) + "</" + names[i] + ">";
            }
        }
        xml += "<state>1</state></r>\n";
    }
    return xml + "</table>\n";
}

std::string make_packet(const std::string &folder, const std::string &mobile_user) {
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync salesmancode=\"" + escaped(mobile_user) + "\">\n";
    for (const Table &table : TABLES) {
        xml += table_of(folder, table);
    }
    return xml + "</NavMobileSync>\n";
}

// The id follows from the user, the day and the content (FNV-1a). So a job that broke off and runs again the same day pushes
// the same packet under the same id, and the portal knows it for the same. An ERP with a document number would use that.
std::string make_packet_id(const std::string &mobile_user, const std::string &packet) {
    std::uint64_t hash = 14695981039346656037u;
    for (const std::string *text : {&mobile_user, &packet}) {
        for (char c : *text) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
        }
    }
    char day[16] = "";
    std::time_t now = std::time(nullptr);
    std::strftime(day, sizeof day, "%Y%m%d", std::gmtime(&now));
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
    return std::string("masterdata-") + day + "-" + hex;
}

// ---- Ctrl-C ----

// Blocks the signals in every thread and has one wait for them: a signal handler could not call the library. SIGUSR1 is how
// the destructor tells that thread to end.
class CancelOnSignal {
public:
    explicit CancelOnSignal(const dmerp::Call &call) {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        thread_ = std::thread([this, &call] {
            int number = 0;
            while (sigwait(&signals_, &number) == 0 && number != SIGUSR1) {
                std::cerr << "interrupted\n";
                call.cancel();
            }
        });
    }
    CancelOnSignal(const CancelOnSignal &) = delete;
    CancelOnSignal &operator=(const CancelOnSignal &) = delete;
    ~CancelOnSignal() {
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }

private:
    sigset_t signals_;
    std::thread thread_;
};

// ---- The round trip ----

std::string or_nothing(const std::string &text) { return text.empty() ? "(none)" : text; }

// All there is to know about a failure.
void tell(const std::exception &failure) {
    std::cerr << "failed: " << failure.what() << "\n";
    const dmerp::Error *error = dynamic_cast<const dmerp::Error *>(&failure);
    if (error == nullptr) { // the disk's, or the memory's
        return;
    }
    const char *name = dmerp::status_name(error->status());
    const char *action = dmerp::status_action(error->status());
    std::cerr << "    status:         " << (name != nullptr ? name : "(unknown)") << "\n"
              << "    to do:          " << (action != nullptr ? action : "(unknown)") << "\n"
              << "    server said:    " << or_nothing(error->server_message()) << "\n"
              << "    HTTP status:    " << error->http_status() << "\n"
              << "    packet:         " << or_nothing(error->packet_id()) << "\n"
              << "    requests made:  " << error->attempts() << "\n"
              << "    retry can help: " << (error->is_retryable() ? "yes" : "no") << "\n";
    if (error->retry_after().count() > 0) {
        std::cerr << "    but not before: " << error->retry_after().count() << " ms\n";
    }
    if (error->is_outcome_unknown()) {
        std::cerr << "    it may have been done: no answer came\n";
    }
}

class RoundTrip {
public:
    RoundTrip(const dmerp::Client &client, const dmerp::Call &call, std::string received)
        : client_(client), call_(call), received_(std::move(received)),
          run_(std::to_string(std::time(nullptr)) + "-" + std::to_string(getpid())) {}

    void push(const std::string &mobile_user, const std::string &data) const {
        std::string packet = make_packet(data, mobile_user);
        std::string id = make_packet_id(mobile_user, packet);
        std::cout << "push: packet " << id << " of " << packet.size() << " bytes to " << mobile_user << "\n";
        dmerp::Pushed pushed = client_.push(mobile_user, dmerp::Format::Xml, packet, id, &call_);
        std::cout << "push: " << pushed.size << " bytes acknowledged; the portal calls it " << or_nothing(pushed.sync_log_id)
                  << "\n";
    }

    // Receives what a list holds at the moment, and tells of what fails; true if nothing did. The same packet can be listed again
    // later, so an ERP must be able to take one twice. One that cannot be had does not hold up the others; it comes again. What
    // was kept is marked done, whatever failed.
    bool receive(dmerp::PacketKind kind) const {
        dmerp::Packets packets;
        try {
            packets = client_.pull(kind, dmerp::Format::Default, &call_);
        } catch (const dmerp::Error &error) {
            tell(error);
            return false;
        }
        std::cout << "pull: " << packets.size() << " in the " << name_of(kind) << " list\n";
        bool good = packets.unreadable().empty();
        for (const dmerp::UnreadablePacket &entry : packets.unreadable()) { // they are listed again, so somebody has to look
            std::cerr << "entry " << entry.place << " of the list cannot be used: " << entry.reason << "; packet "
                      << entry.id.value_or("(none)") << "\n";
        }
        std::vector<dmerp::Receipt> kept;
        std::size_t number = 0;
        for (const dmerp::Packet &packet : packets) {
            try {
                receive_one(kind, packet, ++number);
                kept.push_back(packet.receipt());
            } catch (const std::exception &failure) {
                tell(failure);
                good = false;
                if (concerns_all(failure)) {
                    break;
                }
            }
        }
        return (kept.empty() || mark_done(kind, kept)) && good;
    }

private:
    static const char *name_of(dmerp::PacketKind kind) { return kind == dmerp::PacketKind::File ? "file" : "packet"; }

    // Marks what was kept, and tells of each that could not be: it comes again. With a control of its own, so that it is marked
    // also after Ctrl-C has cancelled the other.
    bool mark_done(dmerp::PacketKind kind, const std::vector<dmerp::Receipt> &kept) const {
        try {
            dmerp::Call call;
            call.timeout(std::chrono::minutes(1));
            client_.done(kept, kind, dmerp::Format::Default, &call);
        } catch (const dmerp::Error &error) {
            tell(error);
            for (std::size_t i = 0; i < error.results().size(); i++) {
                if (error.results()[i]) {
                    std::cerr << "not marked: packet " << kept[i].id << "\n";
                }
            }
            return false;
        }
        std::cout << "done: " << kept.size() << " marked in the " << name_of(kind) << " list\n";
        return true;
    }

    // Whether what failed for one packet would fail for the others as well; else it is about that packet alone.
    static bool concerns_all(const std::exception &failure) {
        const dmerp::Error *error = dynamic_cast<const dmerp::Error *>(&failure);
        return error == nullptr || error->status() == dmerp::Status::Cancelled ||
               error->status() == dmerp::Status::FileError || error->is_retryable();
    }

    // Downloads one listed packet and keeps it. Nothing that came from outside becomes part of the path.
    void receive_one(dmerp::PacketKind kind, const dmerp::Packet &packet, std::size_t number) const {
        std::string path = received_ + "/" + name_of(kind) + "-" + run_ + "-" + std::to_string(number);
        std::uint64_t size = 0;
        if (kind == dmerp::PacketKind::File) {
            size = client_.download_file(packet.url, path, &call_); // of any size: it never is in memory as a whole
        } else {
            dmerp::Buffer content = client_.download(packet.url, &call_);
            keep(path, content);
            size = content.size();
        }
        std::cout << "    packet " << packet.id << " of " << packet.mobile_user.value_or("(none)") << ": " << size << " bytes in "
                  << path << "\n";
    }

    // Writes a packet to the disk for good: the file has its name only when it is whole. An ERP would book it in one transaction
    // of its database instead.
    static void keep(const std::string &path, const dmerp::Buffer &content) {
        std::string part = path + ".part";
        std::FILE *file = std::fopen(part.c_str(), "wb");
        bool good = file != nullptr;
        if (good) {
            good = content.empty() || std::fwrite(content.data(), 1, content.size(), file) == content.size();
            good = good && std::fflush(file) == 0 && fsync(fileno(file)) == 0;
            good = std::fclose(file) == 0 && good;
            good = good && std::rename(part.c_str(), path.c_str()) == 0;
        }
        if (!good) {
            std::string reason = std::strerror(errno);
            std::remove(part.c_str());
            throw std::runtime_error("cannot write " + path + ": " + reason);
        }
    }

    const dmerp::Client &client_;
    const dmerp::Call &call_;
    std::string received_;
    std::string run_; // begins the names of the files that this run writes
};

// ---- Setting up ----

void set_from(dmerp::Config &config, const char *key, const char *variable, bool required) {
    const char *value = std::getenv(variable);
    if (value != nullptr && *value != '\0') {
        config.set(key, value);
    } else if (required) {
        throw std::runtime_error(std::string(variable) + " is not set");
    }
}

dmerp::Client make_client() {
    dmerp::Config config;
    set_from(config, "base_url", "DMERP_BASE_URL", false);
    set_from(config, "app_area", "DMERP_APP_AREA", true);
    set_from(config, "api_key", "DMERP_API_KEY", true);
    set_from(config, "tls.ca_file", "DMERP_CA_FILE", false);
    config.log(dmerp::LogLevel::Warning, [](dmerp::LogLevel level, const char *message) {
        std::cerr << (level == dmerp::LogLevel::Error ? "dmerp error: " : "dmerp warning: ") << message << "\n";
    });
    return dmerp::Client(config);
}

// Shows a transfer's progress, at most a line each quarter, and its end.
dmerp::ProgressFunction show_progress() {
    std::uint64_t shown = 0;
    return [shown](std::uint64_t done, std::uint64_t total) mutable {
        std::uint64_t quarters = total > 0 ? done / (total / 4 + 1) : 0;
        if (done >= total || quarters != shown) {
            shown = done < total ? quarters : 0;
            std::cout << "    " << done << " of " << total << " bytes\n";
        }
        return true;
    };
}

bool run(const std::string &data, const std::string &mobile_user, const std::string &received) {
    dmerp::Client client = make_client();
    dmerp::Call call;
    call.timeout(std::chrono::minutes(10));
    call.progress(show_progress());
    CancelOnSignal watcher(call);
    client.check(&call);
    std::cout << "check: the settings are good\n";
    RoundTrip trip(client, call, received);
    trip.push(mobile_user, data);
    bool packets = trip.receive(dmerp::PacketKind::Packet);
    return trip.receive(dmerp::PacketKind::File) && packets;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: roundtrip DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED\n";
        return 2;
    }
    bool good = false;
    try {
        good = run(argv[1], argv[2], argv[3]);
    } catch (const std::exception &failure) {
        tell(failure);
    }
    if (dmerp::live_handles() != 0) {
        std::cerr << dmerp::live_handles() << " handles were not freed\n";
        good = false;
    }
    std::cout << (good ? "all done\n" : "not all done\n");
    return good ? 0 : 1;
}
