// What a JPEG's EXIF block says of its picture's orientation.
#include "engine/io/exif.h"

#include <string_view>

namespace faltung {
namespace {

constexpr int kMostSegments = 64;  // before the picture, that are looked through
constexpr Index kOrientation = 0x0112;
constexpr std::string_view kMark("Exif\0\0", 6);
constexpr Index kHead = 2 + 6;  // of a segment: its size, the mark

// An unsigned number; -1 beyond the end.
Index number(std::string_view bytes, Index at, Index count, bool big_endian) {
  if (at < 0 || at + count > std::ssize(bytes)) return -1;
  Index value = 0;
  for (Index i = 0; i < count; ++i) {
    const Index from = at + (big_endian ? i : count - 1 - i);
    value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(from)]);
  }
  return value;
}

// In the first directory of a TIFF.
int orientation_in(std::string_view tiff) {
  const bool big = tiff.starts_with("MM");
  const Index directory = number(tiff, 4, 4, big);
  const Index entries = number(tiff, directory, 2, big);
  for (Index i = 0; i < entries; ++i) {
    const Index entry = directory + 2 + 12 * i;
    if (number(tiff, entry, 2, big) != kOrientation) continue;
    const Index value = number(tiff, entry + 8, 2, big);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(const InputFile& file) {
  Index at = 2;  // behind the mark of the beginning
  for (int segment = 0; segment < kMostSegments; ++segment) {
    const std::string head = file.bytes_at(at, 10);
    const Index size = number(head, 2, 2, true);
    const Index marker = number(head, 0, 2, true);
    if (size < 2 || marker < 0xffc0 || marker == 0xffda) return 1;  // ffda: here the picture begins
    const bool marked = marker == 0xffe1 && size >= kHead && head.substr(4) == kMark;
    if (marked) return orientation_in(file.bytes_at(at + 2 + kHead, size - kHead));
    at += 2 + size;
  }
  return 1;
}

}  // namespace faltung
