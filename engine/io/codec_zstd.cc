// Zstandard (RFC 8878).
#include <zstd.h>

#include <algorithm>

#include "engine/io/codec_makers.h"

namespace faltung {
namespace {

class Zstd : public Codec {
 public:
  explicit Zstd(int level) : level_(level) {}

  void encode(const Bytes& in, Bytes& out) const override {
    out.resize(ZSTD_compressBound(in.size()));
    const std::size_t size = ZSTD_compress(out.data(), out.size(), in.data(), in.size(), level_);
    if (ZSTD_isError(size)) throw Error(Code::failure, ZSTD_getErrorName(size));
    out.resize(size);
  }

  // Frames from streams leave their size unsaid: room for them grows with what comes out.
  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    const auto stated = ZSTD_getFrameContentSize(in.data(), in.size());
    if (stated == ZSTD_CONTENTSIZE_ERROR) throw Error(Code::input, "no zstd data");
    if (stated == ZSTD_CONTENTSIZE_UNKNOWN) return decode_stream(in, most, out);
    if (stated > most) refuse(most);
    out.resize(static_cast<std::size_t>(stated));
    check(ZSTD_decompress(out.data(), out.size(), in.data(), in.size()));
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
  };

  [[noreturn]] static void refuse(std::size_t most) {
    throw Error(Code::input, "decompresses to more than " + std::to_string(most) + " bytes");
  }

  static std::size_t check(std::size_t result) {
    if (!ZSTD_isError(result)) return result;
    throw Error(Code::input, std::string("corrupt zstd data: ") + ZSTD_getErrorName(result));
  }

  static void decode_stream(const Bytes& in, std::size_t most, Bytes& out) {
    const std::unique_ptr<ZSTD_DStream, Free> stream(ZSTD_createDStream());
    if (!stream) throw std::bad_alloc();
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    out.resize(std::min(most + 1, ZSTD_DStreamOutSize()));
    std::size_t done = 0;
    for (std::size_t left = 1; left != 0 || from.pos < from.size;) {
      if (done == out.size()) out.resize(std::min(most + 1, 2 * done));
      ZSTD_outBuffer to{out.data(), out.size(), done};
      const std::size_t before = from.pos;
      left = check(ZSTD_decompressStream(stream.get(), &to, &from));
      const bool stuck = to.pos == done && from.pos == before;
      done = to.pos;
      if (done > most) refuse(most);
      if (stuck) throw Error(Code::input, "truncated zstd data");
    }
    out.resize(done);
  }

  int level_;
};

}  // namespace

std::unique_ptr<Codec> make_zstd(const CodecChoice& choice) {
  if (choice.level < ZSTD_minCLevel() || choice.level > ZSTD_maxCLevel()) {
    throw Error(Code::input, "zstd level " + std::to_string(choice.level) + "; allowed are " +
                                 std::to_string(ZSTD_minCLevel()) + " to " +
                                 std::to_string(ZSTD_maxCLevel()));
  }
  return std::make_unique<Zstd>(choice.level);
}

}  // namespace faltung
