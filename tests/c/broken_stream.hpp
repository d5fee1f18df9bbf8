/* A stream that gives some bytes and then is bad, as a file on a disk that fails. */

#ifndef DMERP_TESTS_BROKEN_STREAM_HPP
#define DMERP_TESTS_BROKEN_STREAM_HPP

#include <istream>
#include <streambuf>

class BrokenStream : private std::streambuf, public std::istream {
public:
    BrokenStream() : std::istream(static_cast<std::streambuf *>(this)) { setg(bytes_, bytes_, bytes_ + sizeof bytes_); }

private:
    std::streambuf::int_type underflow() override {
        std::istream::setstate(std::ios::badbit);
        return std::streambuf::traits_type::eof();
    }

    char bytes_[1000] = {};
};

#endif
