// Bytes of a file in order, plain or deflated: read and written piece by piece, never as a whole.
#include "engine/io/packing.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/io/zlib_stream.h"

namespace faltung {
namespace {

constexpr Index kPiece = 1 << 16;  // packed bytes at a time
constexpr int kCompression = 3;    // zlib's 6 takes twice as long for a few per cent
constexpr Index kMostAtOnce = std::numeric_limits<uInt>::max();

int header_of(Packing packing) { return packing == Packing::gzip ? kGzipHeader : kZlibHeader; }

}  // namespace

struct ByteReader::Inflater {
  explicit Inflater(Packing packing) : stream(header_of(packing)) {}

  // Makes sure that there are packed bytes to take; false at the end of the file.
  bool fill(const InputFile& file, Index begin) {
    if (stream.avail_in > 0) return true;
    const Index count = file.read_at(packed.data(), kPiece, begin + taken);
    taken += count;
    stream.next_in = packed.data();
    stream.avail_in = static_cast<uInt>(count);
    return count > 0;
  }

  InflateStream stream;
  std::array<Bytef, kPiece> packed;
  Index taken = 0;     // packed bytes read from the file
  bool whole = false;  // stands behind the end of a member
};

ByteReader::ByteReader(const InputFile& file, Index begin, Packing packing)
    : file_(&file), begin_(begin), packing_(packing) {
  if (packing != Packing::none) inflater_ = std::make_unique<Inflater>(packing);
}

ByteReader::ByteReader(ByteReader&&) noexcept = default;
ByteReader::~ByteReader() = default;

void ByteReader::read(char* to, Index count) {
  const Index got = read_some(to, count);
  if (got == count) return;
  file_->fail("truncated: the data end after " + std::to_string(position_) + " bytes" +
              (inflater_ ? ", unpacked" : ""));
}

Index ByteReader::read_some(char* to, Index count) {
  if (!inflater_) {
    const Index got = file_->read_at(to, count, begin_ + position_);
    position_ += got;
    return got;
  }
  z_stream& z = inflater_->stream;
  Index done = 0;
  while (done < count && inflater_->fill(*file_, begin_)) {
    if (inflater_->whole) {
      // Behind a member comes another, or padding that gzip(1) ignores too.
      if (packing_ != Packing::gzip || *z.next_in != 0x1f || inflateReset(&z) != Z_OK) break;
      inflater_->whole = false;
    }
    const Index room = std::min(count - done, kMostAtOnce);
    z.next_out = reinterpret_cast<Bytef*>(to + done);
    z.avail_out = static_cast<uInt>(room);
    const int state = inflate(&z, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
      file_->fail(std::string("corrupt: its packed data do not unpack") +
                  (z.msg ? std::string(": ") + z.msg : ""));
    }
    inflater_->whole = state == Z_STREAM_END;
    done += room - static_cast<Index>(z.avail_out);
  }
  position_ += done;
  return done;
}

void ByteReader::go_to(Index position) {
  if (!inflater_) {
    position_ = position;
    return;
  }
  if (position < position_) {
    inflater_ = std::make_unique<Inflater>(packing_);
    position_ = 0;
  }
  std::vector<char> skipped(static_cast<std::size_t>(std::min(position - position_, kPiece)));
  while (position_ < position) {
    read(skipped.data(), std::min(position - position_, static_cast<Index>(skipped.size())));
  }
}

struct ByteWriter::Deflater {
  explicit Deflater(Packing packing) : stream(kCompression, header_of(packing)) {}

  DeflateStream stream;
  std::array<Bytef, kPiece> packed;
};

ByteWriter::ByteWriter(StagedFile& file, Packing packing) : file_(file) {
  if (packing != Packing::none) deflater_ = std::make_unique<Deflater>(packing);
}

ByteWriter::~ByteWriter() = default;

void ByteWriter::write(const char* data, Index count) {
  if (!deflater_) return file_.write(data, static_cast<std::size_t>(count));
  while (count > 0) {
    const Index part = std::min(count, kMostAtOnce);
    deflater_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
    deflater_->stream.avail_in = static_cast<uInt>(part);
    deflate_all(false);
    data += part;
    count -= part;
  }
}

void ByteWriter::finish() {
  if (deflater_) deflate_all(true);
}

void ByteWriter::deflate_all(bool last) {
  z_stream& z = deflater_->stream;
  int state = Z_OK;
  do {
    z.next_out = deflater_->packed.data();
    z.avail_out = static_cast<uInt>(kPiece);
    state = deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
    file_.write(deflater_->packed.data(), static_cast<std::size_t>(kPiece) - z.avail_out);
  } while (last ? state != Z_STREAM_END : z.avail_out == 0);
}

}  // namespace faltung
