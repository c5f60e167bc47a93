// Blosc 1: a shuffle of bytes or bits before one of several compressors.
#include <blosc.h>

#include "engine/io/codec_makers.h"

namespace faltung {
namespace {

class Blosc : public Codec {
 public:
  explicit Blosc(const CodecChoice& choice) : choice_(choice) {}

  void encode(const Bytes& in, Bytes& out) const override {
    out.resize(in.size() + BLOSC_MAX_OVERHEAD);
    const int size = blosc_compress_ctx(
        choice_.level, choice_.shuffle, static_cast<std::size_t>(choice_.number_bytes), in.size(),
        in.data(), out.data(), out.size(), choice_.inner.c_str(), 0, 1);
    if (size <= 0) throw Error(Code::failure, "blosc could not compress a chunk");
    out.resize(static_cast<std::size_t>(size));
  }

  void decode(const Bytes& in, std::size_t most, Bytes& out) const override {
    std::size_t stated = 0;
    if (blosc_cbuffer_validate(in.data(), in.size(), &stated) != 0) {
      throw Error(Code::input, "corrupt or truncated blosc data");
    }
    if (stated > most) {
      throw Error(Code::input, "decompresses to " + std::to_string(stated) + " bytes; at most " +
                                   std::to_string(most) + " belong here");
    }
    out.resize(stated);
    const int size = blosc_decompress_ctx(in.data(), out.data(), out.size(), 1);
    if (size < 0 || static_cast<std::size_t>(size) != stated) {
      throw Error(Code::input, "corrupt blosc data");
    }
  }

 private:
  CodecChoice choice_;
};

}  // namespace

std::unique_ptr<Codec> make_blosc(const CodecChoice& choice) {
  if (blosc_compname_to_compcode(choice.inner.c_str()) < 0) {
    throw Error(Code::input, "blosc's compressor '" + choice.inner + "'; allowed are " +
                                 blosc_list_compressors());
  }
  if (choice.level < 0 || choice.level > 9) {
    throw Error(Code::input,
                "blosc level " + std::to_string(choice.level) + "; allowed are 0 to 9");
  }
  return std::make_unique<Blosc>(choice);
}

}  // namespace faltung
