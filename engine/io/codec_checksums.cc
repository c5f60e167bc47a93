// Checksums behind the bytes of a chunk: CRC-32C (Castagnoli 1993; RFC 3720, appendix B.4), and
// HDF5's Fletcher-32 (Fletcher 1982, over 16-bit words with the high byte first).
#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/io/codec_makers.h"

namespace faltung {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, lowest bit first
constexpr std::size_t kSumBytes = 4;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t sum = i;
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? kPolynomial : 0);
    table[i] = sum;
  }
  return table;
}
constexpr auto kTable = make_table();

std::uint32_t crc32c(const char* bytes, std::size_t count) noexcept {
  std::uint32_t sum = ~0U;
  for (std::size_t i = 0; i < count; ++i) {
    sum = sum >> 8 ^ kTable[(sum ^ static_cast<unsigned char>(bytes[i])) & 255];
  }
  return ~sum;
}

constexpr std::size_t kFletcherRun = 360;  // words before the sums could overflow

std::uint32_t fold(std::uint32_t sum) noexcept { return (sum & 0xffff) + (sum >> 16); }

std::uint32_t fletcher32(const char* bytes, std::size_t count) noexcept {
  std::uint32_t low = 0, high = 0;
  const auto byte = [&](std::size_t i) {
    return i < count ? std::uint32_t{static_cast<unsigned char>(bytes[i])} : 0;
  };
  for (std::size_t i = 0; i < count;) {
    const std::size_t end = std::min(count, i + 2 * kFletcherRun);
    for (; i < end; i += 2) {
      low += byte(i) << 8 | byte(i + 1);
      high += low;
    }
    low = fold(low);
    high = fold(high);
  }
  return fold(high) << 16 | fold(low);
}

// A sum of the bytes before it, in four bytes, the low one first.
class Checksum : public Codec {
 public:
  using Sum = std::uint32_t (*)(const char* bytes, std::size_t count) noexcept;

  Checksum(const char* name, Sum sum) : name_(name), sum_(sum) {}

  void encode(const Bytes& in, Bytes& out) const override {
    out = in;
    const std::uint32_t sum = sum_(in.data(), in.size());
    for (std::size_t byte = 0; byte < kSumBytes; ++byte) {
      out.push_back(static_cast<char>(sum >> 8 * byte));
    }
  }

  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    if (in.size() < kSumBytes || in.size() - kSumBytes > most) {
      throw Error(Code::input, std::to_string(in.size()) + " bytes where at most " +
                                   std::to_string(most) + " and a checksum belong");
    }
    out.assign(in.begin(), in.end() - kSumBytes);
    const std::uint32_t sum = sum_(out.data(), out.size());
    for (std::size_t byte = 0; byte < kSumBytes; ++byte) {
      if (in[out.size() + byte] == static_cast<char>(sum >> 8 * byte)) continue;
      throw Error(Code::input, std::string("corrupt: its ") + name_ + " does not fit");
    }
  }

 private:
  const char* name_;
  Sum sum_;
};

}  // namespace

std::unique_ptr<Codec> make_crc32c(const CodecChoice&) {
  return std::make_unique<Checksum>("CRC-32C", crc32c);
}

std::unique_ptr<Codec> make_fletcher32(const CodecChoice&) {
  return std::make_unique<Checksum>("Fletcher-32", fletcher32);
}

}  // namespace faltung
