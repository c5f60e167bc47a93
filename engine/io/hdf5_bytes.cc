// An HDF5 file as bytes.
#include "engine/io/hdf5_bytes.h"

#include <algorithm>

namespace faltung {
namespace {

bool is_width(int width) { return width == 2 || width == 4 || width == 8; }

}  // namespace

std::uint64_t hdf5_number(std::string_view bytes, Index at, Index width) {
  std::uint64_t value = 0;
  for (Index i = at + width - 1; i >= at; --i) {
    const auto place = static_cast<std::size_t>(i);
    value = value << 8 | (place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0U);
  }
  return value;
}

Hdf5Superblock read_hdf5_superblock(const InputFile& file) {
  for (Index base = 0; base < file.size(); base = base ? 2 * base : 512) {
    const std::string head = file.bytes_at(base, 32);
    if (!head.starts_with(kHdf5Mark)) continue;
    const auto byte = [&](Index at) { return static_cast<int>(hdf5_number(head, at, 1)); };
    const int version = byte(8), widths = version < 2 ? 13 : 9;
    const Hdf5Superblock found{base, byte(widths), byte(widths + 1)};
    if (!is_width(found.address) || !is_width(found.length)) break;
    return found;
  }
  file.fail("is no HDF5 file, or a damaged one");
}

std::string hdf5_bytes_at(const InputFile& file, const Hdf5Superblock& superblock,
                          std::uint64_t address, Index count) {
  const Index size = file.size() - superblock.base;
  if (address >= static_cast<std::uint64_t>(size)) return {};
  const auto at = static_cast<Index>(address);
  return file.bytes_at(superblock.base + at, std::min(count, size - at));
}

}  // namespace faltung
