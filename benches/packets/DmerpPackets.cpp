/* Packets by dmerp, from C++.
 *
 *     dmerp_packets_cpp write TEXTS PACKET COUNT | read PACKET
 */
#include "rows.h"
#include <chrono>
#include <dmerp.hpp>
#include <iostream>

static std::uint64_t write_packet(const std::string &path, std::uint64_t count) {
    dmerp::PacketWriter packet = dmerp::PacketWriter::to_file(path, "SOFIA01");
    packet.table("ITEMS");
    for (std::uint64_t number = 0; number < count; number++) {
        const row &item = *row_of(number);
        packet.record({{"NO", item.no},
                       {"DESCRIPTION", item.description},
                       {"QUANTITY", item.quantity},
                       {"PRICE", dmerp::Decimal{item.price, 2}},
                       {"DUEDATE", dmerp::Date::from_days(item.due_date)},
                       {"CHANGED", std::chrono::system_clock::from_time_t(item.changed)},
                       {"BLOCKED", item.blocked != 0},
                       {"NOTE", item.note}});
    }
    packet.finish();
    return packet.count();
}

static std::uint64_t read_packet(const std::string &path, std::uint64_t &length) {
    std::uint64_t count = 0;
    dmerp::PacketReader packet = dmerp::PacketReader::from_file(path);
    for (const dmerp::Record &record : packet) {
        count++;
        for (const dmerp_field &field : record)
            length += std::strlen(field.name) + field.value.len;
    }
    return count;
}

int main(int argc, char **argv) {
    std::uint64_t count, length = 0;
    if (argc > 4) {
        make_pool(argv[2]);
        count = write_packet(argv[3], std::strtoull(argv[4], nullptr, 10));
    } else {
        count = read_packet(argv[2], length);
    }
    std::cout << "{\"records\": " << count << ", \"length\": " << length << "}\n";
}
