/*
 * The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
 *
 *     c++ -std=c++11 -o quickstart quickstart.cpp $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./quickstart ../data/packet.xml SOFIA01 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
 * On Windows, arguments with letters beyond ASCII need what the production example does.
 */
#include <dmerp.hpp>

#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>

int main(int argc, char **argv) {
    const char *app_area = std::getenv("DMERP_APP_AREA");
    const char *api_key = std::getenv("DMERP_API_KEY");
    const char *base_url = std::getenv("DMERP_BASE_URL");
    if (argc != 4 || app_area == nullptr || api_key == nullptr) {
        std::cerr << "usage: DMERP_APP_AREA=... DMERP_API_KEY=... quickstart PACKET_FILE MOBILE_USER FOLDER\n";
        return 2;
    }
    try {
        dmerp::Config config;
        config.app_area(app_area);
        config.api_key(api_key);
        if (base_url != nullptr) {
            config.base_url(base_url);
        }
        dmerp::Client erp(config);

        dmerp::Pushed pushed = erp.push_file(argv[2], dmerp::Format::Xml, argv[1]);
        std::cout << "pushed " << pushed.packet_id << "\n";

        int number = 0;
        dmerp::Receiver receiver = erp.receive(); // its destructor closes it, too, so that an exception leaves nothing unmarked
        for (dmerp::Received &packet : receiver) {
            std::string path = std::string(argv[3]) + "/received-" + std::to_string(std::time(nullptr)) + "-" +
                               std::to_string(++number) + ".xml";
            packet.save_as(path);
            packet.done(); // only now that it is on the disk; without this it stays in the queue
            std::cout << "received " << path << "\n";
        }
        dmerp::Summary summary = receiver.close(); // tells the portal which packets are done
        if (summary.left_count > 0) {
            std::cerr << "failed: " << summary.left_count << " packets are left in the queue\n";
            return 1;
        }
    } catch (const dmerp::Error &error) {
        std::cerr << "failed: " << error.what() << "\n";
        return 1;
    }
}
