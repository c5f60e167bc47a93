// Deflate with the header of zlib (RFC 1950) or of gzip (RFC 1952).
#include <algorithm>

#include "engine/io/codec_makers.h"
#include "engine/io/zlib_stream.h"

namespace faltung {
namespace {

constexpr std::size_t kFirstRoom = 64 * 1024;  // what a chunk is given before it shows its size

class Zlib : public Codec {
 public:
  Zlib(int level, bool gzip) : level_(level), gzip_(gzip) {}

  void encode(const Bytes& in, Bytes& out) const override {
    DeflateStream stream(level_, gzip_ ? kGzipHeader : kZlibHeader);
    out.resize(deflateBound(&stream, in.size()));
    set_ends(stream, in, out);
    const int status = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    if (status != Z_STREAM_END) throw Error(Code::failure, "zlib did not finish a chunk");
  }

  // Room grows with what comes out: a small chunk that claims to be large takes little. One byte
  // more than allowed is room enough to see that there would be more.
  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    InflateStream stream(kEitherHeader);
    out.resize(std::min(most + 1, std::max(out.capacity(), kFirstRoom)));
    set_ends(stream, in, out);
    int status = Z_OK;
    while (status == Z_OK && stream.total_out <= most) {
      if (stream.avail_out == 0) grow(stream, most + 1, out);
      status = inflate(&stream, Z_NO_FLUSH);
    }
    const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
    const std::size_t size = stream.total_out;
    if (size > most) {
      throw Error(Code::input, "decompresses to more than " + std::to_string(most) + " bytes");
    }
    if (!whole) throw Error(Code::input, "corrupt or truncated deflate data");
    out.resize(size);
  }

 private:
  static void set_ends(z_stream& stream, const Bytes& in, Bytes& out) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
  }

  static void grow(z_stream& stream, std::size_t most, Bytes& out) {
    const std::size_t done = out.size();
    out.resize(std::min(most, 2 * done));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = static_cast<uInt>(out.size() - done);
  }

  int level_;
  bool gzip_;
};

}  // namespace

std::unique_ptr<Codec> make_zlib(const CodecChoice& choice) {
  if (choice.level < -1 || choice.level > 9) {
    throw Error(Code::input,
                choice.name + " level " + std::to_string(choice.level) + "; allowed are -1 to 9");
  }
  return std::make_unique<Zlib>(choice.level, choice.name == "gzip");
}

}  // namespace faltung
