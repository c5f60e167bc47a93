// Copies of memory blocks of 128 bytes, some at a time: between spectra of different layout.
#pragma once

#include "engine/simd/accumulate_spectra.h"

namespace faltung {

// `count` runs of `width` blocks, which lie so many numbers apart; all 64-byte aligned.
void copy_blocks(const float* from, Index from_stride, Index width, Index count, float* to,
                 Index to_stride) noexcept;
void copy_blocks(const double* from, Index from_stride, Index width, Index count, double* to,
                 Index to_stride) noexcept;

}  // namespace faltung
