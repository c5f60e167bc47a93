// What HDF5 1.10.8 follows without end, seen before it does.
#include "engine/io/hdf5_rings.h"

#include <algorithm>

namespace faltung {
namespace {

constexpr std::string_view kHeapMark = "HEAP";
constexpr std::string_view kTreeMark = "TREE";
constexpr Index kHeapFields = 8;           // mark, version, three bytes of nothing
constexpr Index kTreeFields = 8;           // mark, kind, level, children in use
constexpr char kChunks = 1;                // kind of a tree; 0: of a group's names
constexpr Index kMostKeyAxes = 33;         // of a chunk's key: an array's, and its numbers' bytes
constexpr std::uint64_t kEnd = 1;          // instead of a next free piece
constexpr std::uint64_t kMost = 1U << 20;  // free pieces, of 32 bytes in the library's memory

bool children_are_lower(const InputFile& file, std::string_view node, Index key_bytes,
                        const Hdf5Superblock& superblock) {
  const auto level = static_cast<unsigned char>(node[5]);
  const auto children = static_cast<Index>(hdf5_number(node, 6, 2));
  const Index first = kTreeFields + 2 * superblock.address + key_bytes;
  const Index step = superblock.address + key_bytes;
  for (Index at = first; at < first + children * step; at += step) {
    const std::uint64_t address = hdf5_number(node, at, superblock.address);
    const std::string child = hdf5_bytes_at(file, superblock, address, 6);
    if (child.size() < 6 || !child.starts_with(kTreeMark)) continue;  // the library refuses it
    if (child[4] == node[4] && static_cast<unsigned char>(child[5]) >= level) return false;
  }
  return true;
}

}  // namespace

bool local_heap_ends(const InputFile& file, Index place, const Hdf5Superblock& superblock) {
  const Index address = superblock.address, length = superblock.length;
  const std::string head = file.bytes_at(place, kHeapFields + 2 * length + address);
  if (!head.starts_with(kHeapMark)) return true;
  const std::uint64_t room = hdf5_number(head, kHeapFields, length);
  std::uint64_t free = hdf5_number(head, kHeapFields + length, length);
  const std::uint64_t data = hdf5_number(head, kHeapFields + 2 * length, address);
  const auto size = static_cast<std::uint64_t>(file.size() - superblock.base);
  if (free == kEnd || room == 0) return true;
  if (data > size || room > size - data) return false;
  const auto piece = static_cast<std::uint64_t>(2 * length);  // at least: its next, its size
  for (std::uint64_t pieces = std::min(room / piece, kMost); pieces > 0; --pieces) {
    if (free > room || room - free < piece) return false;
    free = hdf5_number(hdf5_bytes_at(file, superblock, data + free, length), 0, length);
    if (free == kEnd) return true;
  }
  return false;
}

bool tree_descends(const InputFile& file, std::string_view node, const Hdf5Superblock& superblock) {
  const auto bytes = static_cast<Index>(node.size());
  const Index fields = kTreeFields + 2 * superblock.address;
  if (!node.starts_with(kTreeMark) || bytes < fields || node[5] == 0) return true;
  if (node[4] != kChunks) return children_are_lower(file, node, superblock.length, superblock);
  // A chunk's key has 8 bytes for each axis and 8 more. How many axes, the node's size says.
  for (Index axes = 1; axes <= kMostKeyAxes; ++axes) {
    const Index key = 8 * (axes + 1), rest = bytes - fields - key, step = key + superblock.address;
    if (rest < 0 || rest % step != 0) continue;
    if (superblock.chunk_children != 0 && rest / step != superblock.chunk_children) continue;
    if (!children_are_lower(file, node, key, superblock)) return false;
  }
  return true;
}

}  // namespace faltung
