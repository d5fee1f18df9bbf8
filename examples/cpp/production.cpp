/*
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives and reads
 * what mobile users sent. CMakeLists.txt beside this file builds it.
 *
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./production ../data SOFIA01,SOFIA02 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one; DMERP_CA_FILE is a CA to
 * trust beside the platform's. Exit code: 0 when everything was done and no packet was left in the queue, 1 when not, 2 for wrong
 * arguments. Ctrl-C ends it in good order: what was received is still marked done. So do SIGTERM, and on Windows Ctrl-Break and the
 * close of its console.
 */
#ifdef _WIN32
#define _CRT_SECURE_NO_WARNINGS // Microsoft's compiler warns of standard C++
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX // no macros with the names of std::min and std::max
#include <windows.h>
#else
#include <unistd.h> // getpid(); the rest is standard C++
#endif

#include <dmerp.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// Set when the program is to end. What sets it must not call the library: the library looks at it during each call.
static volatile std::sig_atomic_t interrupted = 0;

// ---- What is different on Windows ----

#ifdef _WIN32

// Windows calls this on a thread of its own. After Ctrl-C and Ctrl-Break the program goes on. But when its console is closed,
// Windows ends the program as soon as this returns, and after 5 seconds anyway: the marks must be done by then (receive.close_ms).
static BOOL WINAPI on_event(DWORD event) {
    interrupted = 1;
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
        Sleep(INFINITE); // the end of the program ends this, too
    }
    return TRUE;
}

// The library has its text in UTF-8. Windows has it in UTF-16; what its functions without a w take depends on the machine.
static std::string to_utf8(const std::wstring &wide) {
    const int len = static_cast<int>(wide.size());
    std::string text(3 * wide.size(), '\0');
    text.resize(static_cast<std::size_t>(
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide.c_str(), len, &text[0], static_cast<int>(text.size()), nullptr, nullptr)));
    return text;
}

static std::wstring to_wide(const std::string &text) {
    const int len = static_cast<int>(text.size());
    std::wstring wide(text.size(), L'\0');
    wide.resize(static_cast<std::size_t>(MultiByteToWideChar(CP_UTF8, 0, text.c_str(), len, &wide[0], len)));
    return wide;
}

// An environment variable; empty if it is not there.
static std::string setting(const std::string &variable) {
    const wchar_t *value = _wgetenv(to_wide(variable).c_str());
    return value != nullptr ? to_utf8(value) : std::string();
}

static unsigned long process_id() { return GetCurrentProcessId(); }

#else

static void on_signal(int) { interrupted = 1; }

static std::string setting(const std::string &variable) {
    const char *value = std::getenv(variable.c_str());
    return value != nullptr ? value : std::string();
}

static unsigned long process_id() { return static_cast<unsigned long>(getpid()); }

#endif

// ---- The packet ----

// Makes the packet of the CSV files in the folder. It is for several mobile users, so it names none.
static dmerp::Buffer make_packet(const std::string &folder) {
    dmerp::PacketWriter packet;
    packet.set("state", "true");
    const char *const tables[][2] = {
        {"customers.csv", "CUSTOMERS"}, {"items.csv", "ITEMS"}, {"prices.csv", "PRICES"}, {"visits.csv", "VISITS"}};
    for (const char *const *table : tables) {
        packet.table(table[1]);
        packet.csv(folder + "/" + table[0]);
    }
    dmerp::Buffer content = packet.content();
    std::cout << "push: packet of " << packet.count() << " records, " << content.size() << " bytes\n";
    return content;
}

// True if the packet has no mistake; else tells them.
static bool is_faultless(const dmerp::Buffer &packet) {
    std::vector<dmerp::Mistake> mistakes = dmerp::PacketReader::check(packet);
    for (const dmerp::Mistake &mistake : mistakes) {
        std::cerr << "mistake: line " << mistake.line;
        if (mistake.table) {
            std::cerr << ", table " << *mistake.table;
        }
        if (mistake.record) {
            std::cerr << ", record " << *mistake.record;
        }
        if (mistake.field) {
            std::cerr << ", field " << *mistake.field;
        }
        std::cerr << ": " << mistake.what << "\n";
    }
    return mistakes.empty();
}

// The id follows from user, day and content (FNV-1a). So a job that broke off and runs again the same day pushes the same packet
// under the same id, and the portal knows it for the same. An ERP with a document number uses that.
static std::string make_packet_id(const std::string &user, const dmerp::Buffer &packet) {
    std::uint64_t hash = 14695981039346656037u;
    for (char c : user + packet.str()) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    char day[16] = "";
    std::time_t now = std::time(nullptr);
    std::strftime(day, sizeof day, "%Y%m%d", std::gmtime(&now));
    return std::string("masterdata-") + day + "-" + std::to_string(hash);
}

// ---- The job ----

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
    dmerp::Buffer packet = make_packet(folder);
    if (!is_faultless(packet)) {
        return false;
    }
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

// Reads a packet, and counts the records of each table. True if it could read all of it; else it leaves it in the queue.
static bool read_packet(dmerp::Received &packet, std::map<std::string, int> &counts) {
    try {
        dmerp::PacketReader reader = packet.read();
        for (const dmerp::Record &record : reader) {
            counts[record.table()]++; // an ERP takes the record here: record.status(), record.text("NO"), record.decimal("PRICE")
        }
        if (reader.skipped() == 0) {
            return true;
        }
        packet.keep("unknown elements were skipped: " + std::to_string(reader.skipped())); // the summary tells it
    } catch (const dmerp::Error &error) {
        packet.keep(error.what());
    }
    return false;
}

// Receives what a list holds into files in `folder`. Nothing that came from outside is part of a file's name.
static bool receive(const dmerp::Client &erp, const dmerp::Call &call, dmerp::PacketKind kind, const std::string &folder) {
    const char *name = kind == dmerp::PacketKind::File ? "file" : "packet";
    long long began = static_cast<long long>(std::time(nullptr));
    dmerp::Receiver receiver = erp.receive(kind, dmerp::Format::Xml);
    bool good = attempt([&] {
        dmerp::Optional<dmerp::Received> packet; // none at the end of the list
        for (int number = 1; !interrupted && (packet = receiver.next(&call)); number++) {
            std::map<std::string, int> counts;
            if (kind == dmerp::PacketKind::Packet && !read_packet(*packet, counts)) {
                continue; // it holds up no other
            }
            char path[4096];
            std::snprintf(path, sizeof path, "%s/%s-%lld-%lu-%04d", folder.c_str(), name, began, process_id(), number);
            packet->save_as(path);
            packet->done(); // only now that it is on the disk
            std::cout << "receive: packet " << packet->packet().id << " of " << packet->packet().mobile_user.value_or("(unknown)")
                      << ": " << packet->size() << " bytes in " << path << "\n";
            for (const auto &count : counts) {
                std::cout << "receive: " << count.second << " records of " << count.first << "\n";
            }
        }
        return !interrupted;
    });
    for (const dmerp::Left &left : receiver.close().left) { // marks at the portal what is done, also after a failure
        // There is no error behind a packet that was kept.
        std::string status = left.status != dmerp::Status::Ok ? dmerp::status_name(left.status) + std::string(": ") : std::string();
        std::cerr << "left: " << left.id.value_or("?") << ": " << status << left.reason << "\n";
        good = false;
    }
    return good;
}

static bool do_job(const std::string &data, const std::string &users, const std::string &folder) {
    dmerp::Config config;
    const char *const settings[][2] = {{"app_area", "DMERP_APP_AREA"}, {"api_key", "DMERP_API_KEY"},
                                       {"base_url", "DMERP_BASE_URL"}, {"tls.ca_file", "DMERP_CA_FILE"}};
    for (const char *const *of : settings) {
        std::string value = setting(of[1]);
        if (!value.empty()) {
            config.set(of[0], value);
        }
    }
    // How long the close of a receiver may take to mark what is done: shorter than the time that systems give a program to end.
    config.set("receive.close_ms", "3000");
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

static int run(const std::vector<std::string> &arguments) {
    if (arguments.size() != 4) {
        std::cerr << "usage: production DATA_FOLDER MOBILE_USERS FOLDER\n";
        return 2;
    }
    bool good = attempt([&] { return do_job(arguments[1], arguments[2], arguments[3]); });
    if (dmerp::live_handles() != 0) { // a defect in this program
        std::cerr << "failed: " << dmerp::live_handles() << " handles were not freed\n";
        good = false;
    }
    std::cout << (good ? "all done\n" : "not all done\n");
    return good ? 0 : 1;
}

#ifdef _WIN32
int wmain(int argc, wchar_t **argv) {
    SetConsoleOutputCP(CP_UTF8);
    SetConsoleCtrlHandler(on_event, TRUE);
    std::vector<std::string> arguments;
    for (int i = 0; i < argc; i++) {
        arguments.push_back(to_utf8(argv[i]));
    }
    return run(arguments);
}
#else
int main(int argc, char **argv) {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return run(std::vector<std::string>(argv, argv + argc));
}
#endif
