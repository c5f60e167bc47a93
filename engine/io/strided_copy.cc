// Numbers of 1, 2, 4 or 8 bytes from one order of axes into another.
#include "engine/io/strided_copy.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "engine/nd/view.h"

namespace faltung {
namespace {

struct Loop {
  Index extent = 1, from = 0, to = 0;
};

// The axes with more than one position, the densest of `to` last; neighbours that are one run in
// both are one loop. The last element is the innermost loop. Returns how many there are.
int arrange(const Shape& extents, const Shape& from, const Shape& to,
            std::array<Loop, kMaxRank + 1>& loops) noexcept {
  int count = 0;
  for (int axis = 0; axis < extents.rank(); ++axis) {
    if (extents[axis] != 1) {
      loops[static_cast<std::size_t>(count++)] = {extents[axis], from[axis], to[axis]};
    }
  }
  std::stable_sort(loops.begin(), loops.begin() + count,
                   [](const Loop& a, const Loop& b) { return a.to > b.to; });
  int kept = 0;
  for (int i = 1; i < count; ++i) {
    Loop& outer = loops[static_cast<std::size_t>(kept)];
    const Loop& inner = loops[static_cast<std::size_t>(i)];
    if (outer.to == inner.to * inner.extent && outer.from == inner.from * inner.extent) {
      outer = {outer.extent * inner.extent, inner.from, inner.to};
    } else {
      loops[static_cast<std::size_t>(++kept)] = inner;
    }
  }
  return std::max(1, count == 0 ? 1 : kept + 1);
}

template <class T>
void copy_run(const Loop& run, const char* from, char* to) noexcept {
  if (run.from == 1 && run.to == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(run.extent) * sizeof(T));
    return;
  }
  const T* in = reinterpret_cast<const T*>(from);
  T* out = reinterpret_cast<T*>(to);
  for (Index i = 0; i < run.extent; ++i) out[i * run.to] = in[i * run.from];
}

template <class T>
void copy(const Loop* loops, int count, const char* from, char* to) noexcept {
  if (count == 1) return copy_run<T>(*loops, from, to);
  for (Index i = 0; i < loops->extent; ++i) {
    constexpr Index size = sizeof(T);
    copy<T>(loops + 1, count - 1, from + i * loops->from * size, to + i * loops->to * size);
  }
}

}  // namespace

void copy_strided(int number_bytes, const Shape& extents, const char* from,
                  const Shape& from_strides, char* to, const Shape& to_strides) noexcept {
  if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return;
  std::array<Loop, kMaxRank + 1> loops{};
  const int count = arrange(extents, from_strides, to_strides, loops);
  if (number_bytes == 1) return copy<std::uint8_t>(loops.data(), count, from, to);
  if (number_bytes == 2) return copy<std::uint16_t>(loops.data(), count, from, to);
  if (number_bytes == 4) return copy<std::uint32_t>(loops.data(), count, from, to);
  copy<std::uint64_t>(loops.data(), count, from, to);
}

}  // namespace faltung
