/*
 * dmerp.hpp with a library that is not its own: another ABI version is one clear error, where it is first used; and a list that
 * does not give what its length promises is an error, not a shorter list. Compiled in both its forms.
 */

#include <dmerp.h>

#include <cstddef>

#undef DMERP_ABI_VERSION
#define DMERP_ABI_VERSION 4711

static std::size_t promised;
static std::size_t promised_unreadable;
#define dmerp_packets_len(packets) (static_cast<void>(packets), promised)
#define dmerp_packets_unreadable_len(packets) (static_cast<void>(packets), promised_unreadable)

#include "check.h"

#include <dmerp.hpp>

#include <string>
#include <vector>

static void check_words(const dmerp::Error &error) {
    const std::string words = error.what();
    CHECK(error.status() == dmerp::Status::InvalidHandle);
    CHECK(words.find("4711") != std::string::npos && words.find(std::to_string(dmerp_abi_version())) != std::string::npos);
    CHECK(words.find(dmerp_version()) != std::string::npos);
}

#ifndef DMERP_NO_EXCEPTIONS
static void check_refused(void (*work)()) {
    try {
        work();
        CHECK(false);
    } catch (const dmerp::InvalidHandleError &error) {
        check_words(error);
    }
}
#endif

static dmerp::Status status_of_list() {
#ifdef DMERP_NO_EXCEPTIONS
    return dmerp::Packets::copy(nullptr).status();
#else
    try {
        return dmerp::Packets::copy(nullptr).empty() ? dmerp::Status::Ok : dmerp::Status::Internal;
    } catch (const dmerp::Error &error) {
        return error.status();
    }
#endif
}

int main() {
    CHECK(status_of_list() == dmerp::Status::Ok);
    promised = 1;
    CHECK(status_of_list() == dmerp::Status::InvalidHandle);
    promised = 0;
    promised_unreadable = 1;
    CHECK(status_of_list() == dmerp::Status::InvalidHandle);
#ifdef DMERP_NO_EXCEPTIONS
    dmerp::Config config;
    CHECK(config.app_area("DMDEV01").status() == dmerp::Status::InvalidHandle);
    dmerp::Result<dmerp::Client> client = dmerp::Client::create(config);
    if (CHECK(!client)) {
        check_words(client.error());
    }
    dmerp::Result<dmerp::PacketWriter> writer = dmerp::PacketWriter::create();
    dmerp::Result<dmerp::PacketReader> reader = dmerp::PacketReader::create("<NavMobileSync/>");
    dmerp::Result<std::vector<dmerp::Mistake>> mistakes = dmerp::PacketReader::check("<NavMobileSync/>");
    if (CHECK(!writer && !reader && !mistakes)) {
        check_words(writer.error());
        check_words(reader.error());
        check_words(mistakes.error());
    }
#else
    check_refused([] { dmerp::Config(); });
    check_refused([] { dmerp::PacketWriter(); });
    check_refused([] { dmerp::PacketReader("<NavMobileSync/>"); });
    check_refused([] { dmerp::PacketReader::check("<NavMobileSync/>"); });
#endif
    CHECK_NUMBER(0, dmerp::live_handles());
    return check_summary();
}
