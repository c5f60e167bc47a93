// The tables that the butterflies read (engine/simd/butterflies.h).
#pragma once

#include <bit>

#include "engine/nd/array.h"

namespace faltung {

inline int log2_of(Index n) noexcept { return std::countr_zero(static_cast<std::uint64_t>(n)); }

inline bool is_power_of_two(Index n) noexcept {
  return n > 0 && std::has_single_bit(static_cast<std::uint64_t>(n));
}

// 3 or 5 where it divides the extent, else 1.
inline Index odd_part(Index extent) noexcept {
  return extent % 3 == 0 ? 3 : extent % 5 == 0 ? 5 : 1;
}

// w_0 … w_(count − 1) of the tree that starts from c = 1, as (re, im).
template <class T>
Buffer<T> make_twiddles(Index count);

// For a pass of odd radix over blocks [first, first + count) of one level of the same tree: the powers
// 1 … radix − 1 of the radix-th root of each block's c.
template <class T>
Buffer<T> make_odd_twiddles(Index first, Index count, Index radix);

// What split_lanes and join_lanes load, in their order, for a transform that starts from c = i and
// ends, before the lanes, in `leaves` blocks (a power of two) of `odd` memory blocks each.
template <class T>
Buffer<T> make_lane_table(Index leaves, Index odd);

// Numbers of the lane table for one memory block.
template <class T>
Index lane_table_step() noexcept;

}  // namespace faltung
