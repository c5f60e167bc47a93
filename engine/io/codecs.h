// What turns the bytes of a chunk into stored ones and back: compressions, checksums, orders.
//
// A new one is a file with a class and a make function, and a row in codecs.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

using Bytes = std::vector<char>;

// Which one, and how it compresses; what is decoded says everything itself.
struct CodecChoice {
  std::string name;  // "zlib", "gzip", "zstd", "blosc", "crc32c", "shuffle", "fletcher32"
  int level = 1;
  std::string inner = "lz4";  // of blosc: "lz4", "lz4hc", "blosclz", "zlib", "zstd"
  int shuffle = 1;            // of blosc: 0 none, 1 bytes, 2 bits
  int number_bytes = 1;       // width of one number, for shuffling
};

class Codec {
 public:
  virtual ~Codec() = default;

  virtual void encode(const Bytes& in, Bytes& out) const = 0;

  // Throws Error{input} where the bytes are corrupt or give more than `most`; never holds more.
  virtual void decode(const Bytes& in, std::size_t most, Bytes& out) const = 0;
};

// Throws Error{input} for a name not listed above.
std::unique_ptr<Codec> make_codec(const CodecChoice& choice);

// Several, one after the other, as encoding applies them.
class CodecChain {
 public:
  explicit CodecChain(const std::vector<CodecChoice>& choices);

  void encode(Bytes& chunk);  // in place

  // In place; afterwards the chunk has exactly `size` bytes, or Error{input} was thrown.
  void decode(Bytes& chunk, std::size_t size);

  // What a chunk of `size` bytes takes at most when it is stored; more is refused unread.
  std::size_t bound(std::size_t size) const noexcept;

 private:
  std::vector<std::unique_ptr<Codec>> codecs_;
  Bytes scratch_;
};

}  // namespace faltung
