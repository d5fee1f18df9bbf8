/*
 * dmerp.hpp of another ABI version than the library's: one clear error, where it is first used. Compiled in both its forms.
 */

#include <dmerp.h>

#undef DMERP_ABI_VERSION
#define DMERP_ABI_VERSION 4711

#include "check.h"

#include <dmerp.hpp>

#include <string>

static void check_words(const dmerp::Error &error) {
    const std::string words = error.what();
    CHECK(error.status() == dmerp::Status::InvalidHandle);
    CHECK(words.find("4711") != std::string::npos && words.find(std::to_string(dmerp_abi_version())) != std::string::npos);
    CHECK(words.find(dmerp_version()) != std::string::npos);
}

int main() {
#ifdef DMERP_NO_EXCEPTIONS
    dmerp::Config config;
    CHECK(config.app_area("DMDEV01").status() == dmerp::Status::InvalidHandle);
    dmerp::Result<dmerp::Client> client = dmerp::Client::create(config);
    if (CHECK(!client)) {
        check_words(client.error());
    }
#else
    try {
        dmerp::Config config;
        CHECK(false);
    } catch (const dmerp::InvalidHandleError &error) {
        check_words(error);
    }
#endif
    CHECK_NUMBER(0, dmerp::live_handles());
    return check_summary();
}
