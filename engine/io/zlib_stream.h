// Streams of zlib's that end when they are left; no other file includes the library.
#pragma once

#include <zlib.h>

#include "engine/nd/error.h"

namespace faltung {

// Which header there is, as zlib wants it said: added to the bits of the window.
inline constexpr int kZlibHeader = 15;
inline constexpr int kGzipHeader = kZlibHeader + 16;
inline constexpr int kEitherHeader = kZlibHeader + 32;  // inflating: whichever comes

struct InflateStream : z_stream {
  explicit InflateStream(int header) : z_stream{} {
    if (inflateInit2(this, header) != Z_OK) {
      throw Error(Code::failure, "zlib cannot begin to inflate");
    }
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  ~InflateStream() { inflateEnd(this); }
};

struct DeflateStream : z_stream {
  DeflateStream(int level, int header) : z_stream{} {
    constexpr int kMemoryLevel = 8;  // zlib's default
    if (deflateInit2(this, level, Z_DEFLATED, header, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(Code::failure, "zlib cannot begin to deflate at level " + std::to_string(level));
    }
  }
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;
  ~DeflateStream() { deflateEnd(this); }
};

}  // namespace faltung
