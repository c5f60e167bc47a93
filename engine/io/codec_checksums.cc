// CRC-32C behind the bytes of a chunk (Castagnoli 1993; RFC 3720, appendix B.4).
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

class Crc32c : public Codec {
 public:
  void encode(const Bytes& in, Bytes& out) const override {
    out = in;
    const std::uint32_t sum = crc32c(in.data(), in.size());
    for (int byte = 0; byte < 4; ++byte) out.push_back(static_cast<char>(sum >> 8 * byte));
  }

  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    if (in.size() < kSumBytes || in.size() - kSumBytes > most) {
      throw Error(Code::input, std::to_string(in.size()) + " bytes where at most " +
                                   std::to_string(most) + " and a checksum belong");
    }
    out.assign(in.begin(), in.end() - kSumBytes);
    const std::uint32_t sum = crc32c(out.data(), out.size());
    for (std::size_t byte = 0; byte < kSumBytes; ++byte) {
      if (in[out.size() + byte] == static_cast<char>(sum >> 8 * byte)) continue;
      throw Error(Code::input, "corrupt: its CRC-32C does not fit");
    }
  }
};

}  // namespace

std::unique_ptr<Codec> make_crc32c(const CodecChoice&) { return std::make_unique<Crc32c>(); }

}  // namespace faltung
