/*
 * The shortest useful program: makes a packet, sends it to a mobile user, then receives and reads what mobile users sent.
 *
 *     c++ -std=c++11 -o quickstart quickstart.cpp $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./quickstart SOFIA01 received
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
    if (argc != 3 || app_area == nullptr || api_key == nullptr) {
        std::cerr << "usage: DMERP_APP_AREA=... DMERP_API_KEY=... quickstart MOBILE_USER FOLDER\n";
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

        dmerp::PacketWriter items(argv[1]);
        items.table("ITEMS", "CODE"); // CODE is the key of a record
        items.record({{"CODE", "I00001"}, {"DESCRIPTION", "Sunflower oil, 1 l"}, {"UNITPRICE", dmerp::Decimal{349, 2}}});
        items.record({{"CODE", "I00002"}, {"DESCRIPTION", "Crisps <salt & pepper>"}, {"UNITPRICE", dmerp::Decimal{99, 2}}});
        items.record({{"CODE", "I00003"}, {"DESCRIPTION", "Bread"}, {"UNITPRICE", dmerp::Decimal{120, 2}}});
        std::cout << "pushed " << erp.push(items).packet_id << "\n";

        int number = 0;
        // Its destructor closes it, too, so that an exception leaves nothing unmarked.
        dmerp::Receiver receiver = erp.receive(dmerp::PacketKind::Packet, dmerp::Format::Xml);
        for (dmerp::Received &packet : receiver) {
            std::string path = std::string(argv[2]) + "/received-" + std::to_string(std::time(nullptr)) + "-" +
                               std::to_string(++number) + ".xml";
            int records = 0;
            dmerp::PacketReader reader = packet.read();
            while (dmerp::Optional<dmerp::Record> record = reader.next()) {
                records++; // your ERP takes the record here: its table, its status, its fields
            }
            packet.save_as(path);
            packet.done(); // only now that it is read and on the disk; without this it stays in the queue
            std::cout << "received " << path << ": " << records << " records\n";
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
