// The tables that the butterflies read (engine/simd/butterflies.h).
#pragma once

#include <bit>

#include "engine/nd/array.h"

namespace faltung {

inline int log2_of(Index n) noexcept { return std::countr_zero(static_cast<std::uint64_t>(n)); }

// w_0 … w_(count − 1) of the tree that starts from c = 1, as (re, im).
template <class T>
Buffer<T> make_twiddles(Index count);

// What split_lanes and join_lanes load, in their order, for a transform of so many memory blocks.
template <class T>
Buffer<T> make_lane_table(Index memory_blocks);

// Numbers of the lane table for one memory block.
template <class T>
Index lane_table_step() noexcept;

}  // namespace faltung
