// The table of codecs, and chains of them.
#include "engine/io/codecs.h"

#include <algorithm>
#include <array>

#include "engine/io/codec_makers.h"

namespace faltung {
namespace {

struct Row {
  const char* name;
  std::unique_ptr<Codec> (*make)(const CodecChoice& choice);
};

constexpr std::array kCodecs{
    Row{"zlib", make_zlib},       Row{"gzip", make_zlib},     Row{"zstd", make_zstd},
    Row{"blosc", make_blosc},     Row{"crc32c", make_crc32c}, Row{"fletcher32", make_fletcher32},
    Row{"shuffle", make_shuffle},
};

// Of what a codec may add to bytes that it cannot compress: headers, block tables, checksums.
constexpr std::size_t kMostAdded = 64 * 1024;

}  // namespace

std::unique_ptr<Codec> make_codec(const CodecChoice& choice) {
  std::string known;
  for (const Row& row : kCodecs) {
    if (row.name == choice.name) return row.make(choice);
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw Error(Code::input, "codec '" + choice.name + "'; allowed are " + known);
}

CodecChain::CodecChain(const std::vector<CodecChoice>& choices) {
  for (const CodecChoice& choice : choices) codecs_.push_back(make_codec(choice));
}

void CodecChain::encode(Bytes& chunk) {
  for (const auto& codec : codecs_) {
    codec->encode(chunk, scratch_);
    chunk.swap(scratch_);
  }
}

void CodecChain::decode(Bytes& chunk, std::size_t size) {
  for (std::size_t left = codecs_.size(); left > 0; --left) {
    codecs_[left - 1]->decode(chunk, left > 1 ? bound(size) : size, scratch_);
    chunk.swap(scratch_);
  }
  if (chunk.size() == size) return;
  throw Error(Code::input, "holds " + std::to_string(chunk.size()) + " bytes; its shape needs " +
                               std::to_string(size));
}

std::size_t CodecChain::bound(std::size_t size) const noexcept {
  return codecs_.empty() ? size : size + size / 8 + kMostAdded;
}

}  // namespace faltung
