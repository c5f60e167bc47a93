// Codecs give back what they were given, and hold to limits.
#include "engine/io/codecs.h"

#include <doctest/doctest.h>

#include <string>

using namespace faltung;

namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string decoding_error(const CodecChoice& choice, Bytes stored, std::size_t size) {
  try {
    CodecChain({choice}).decode(stored, size);
  } catch (const Error& error) {
    CHECK(error.code() == Code::input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("io: every codec gives back any bytes, also none and those that do not compress") {
  for (const char* name : {"zlib", "gzip", "zstd", "blosc", "crc32c", "fletcher32", "shuffle"}) {
    for (std::size_t size : {1, 2, 3, 7, 255, 4099, 200000}) {
      for (int width : {1, 2, 8}) {
        CAPTURE(name);
        CAPTURE(size);
        Bytes given(size);
        unsigned state = 1;
        for (char& byte : given)
          byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
        CodecChoice choice{name};
        choice.number_bytes = width;
        CodecChain chain({choice});
        Bytes bytes = given;
        chain.encode(bytes);
        CHECK(bytes.size() <= chain.bound(size));
        chain.decode(bytes, size);
        CHECK(bytes == given);
      }
    }
  }
}

TEST_CASE("io: checksums are those of their papers") {
  Bytes digits = bytes_of("123456789");
  CodecChain({{"crc32c"}}).encode(digits);  // RFC 3720's polynomial, "check" 0xe3069283
  CHECK(Bytes(digits.begin() + 9, digits.end()) == bytes_of("\x83\x92\x06\xe3"));
  Bytes letters = bytes_of("abcdef");  // words 6162, 6364, 6566: sums 2a2d and 5056
  CodecChain({{"fletcher32"}}).encode(letters);
  const auto last = Bytes(letters.begin() + 6, letters.end());
  CHECK(last == bytes_of("\x2d\x2a\x56\x50"));
}

TEST_CASE("io: decoding never gives more than the chunk has") {
  for (const char* name : {"zlib", "gzip", "zstd", "blosc", "crc32c", "fletcher32", "shuffle"}) {
    CAPTURE(name);
    Bytes stored(100000, 7);
    CodecChain({{name}}).encode(stored);
    CHECK(decoding_error({name}, stored, 100000) == "");
    CHECK(decoding_error({name}, stored, 99999).find("99999") != std::string::npos);
    CHECK(decoding_error({name}, stored, 100001).find("100001") != std::string::npos);
  }
}

TEST_CASE("io: zstd data from a stream, which do not state their size, are read and limited") {
  // Of "hello " four times, less the last blank, by ZSTD_compressStream of zstd 1.5.4.
  const Bytes stored = bytes_of(std::string(
      "\x28\xb5\x2f\xfd\x00\x58\x65\x00\x00\x30\x68\x65\x6c\x6c\x6f\x20\x01\x00\x99\x4b\x11", 21));
  Bytes bytes = stored;
  CodecChain({{"zstd"}}).decode(bytes, 23);
  CHECK(bytes == bytes_of("hello hello hello hello"));
  CHECK(decoding_error({"zstd"}, stored, 22).find("more than 22") != std::string::npos);
  CHECK(decoding_error({"zstd"}, Bytes(stored.begin(), stored.end() - 3), 23) != "");
}
