// Bytes of a file in order, plain or deflated: read and written piece by piece, never as a whole.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/io/file.h"

namespace faltung {

enum class Packing { none, gzip, zlib };

constexpr Index kMostDeflateRatio = 1032;  // deflate cannot expand more: zlib, "Technical details"

// The most bytes that `packed` bytes of a file can hold.
constexpr Index most_unpacked(Index packed, Packing packing) noexcept {
  return packing == Packing::none ? packed : packed * kMostDeflateRatio;
}

// Reads a file's bytes from `begin` on, or what they unpack to; gzip of several members is one.
class ByteReader {
 public:
  ByteReader(const InputFile& file, Index begin, Packing packing);  // the file must outlive it
  ByteReader(ByteReader&&) noexcept;
  ~ByteReader();

  // Throws Error{input} where they end before `count`, or do not unpack.
  void read(char* to, Index count);
  // The same, and fewer at the end.
  Index read_some(char* to, Index count);

  // The next byte read is the `position`-th unpacked one. Backwards unpacks from the start.
  void go_to(Index position);

 private:
  struct Inflater;

  const InputFile* file_;
  Index begin_;
  Packing packing_;
  Index position_ = 0;
  std::unique_ptr<Inflater> inflater_;  // null: plain
};

// Appends bytes to a file, plain or packed. The same bytes give the same file: no time, no name.
class ByteWriter {
 public:
  ByteWriter(StagedFile& file, Packing packing);  // the file must outlive it
  ~ByteWriter();

  void write(const char* data, Index count);  // throws Error{output}
  void finish();                              // after the last byte

 private:
  struct Deflater;

  void deflate_all(bool last);

  StagedFile& file_;
  std::unique_ptr<Deflater> deflater_;  // null: plain
};

}  // namespace faltung
