// Sums of bytes with whole weights, in 16 bits: what a small blur of a photograph needs.
#pragma once

#include <cstdint>

#include "engine/nd/shape.h"

namespace faltung {

// to[n] = Σ_t weights[t] · rows[t][n]. The sum must not pass 65535. No allocation, no exceptions.
void sum_byte_rows(const std::uint8_t* const* rows, const std::uint16_t* weights, Index taps,
                   Index count, std::uint16_t* to) noexcept;

// to[n] = Σ_t weights[t] · from[n + t·apart] / 2^shift, rounded to nearest, ties to even; the sum
// must not pass 65535 − 2^(shift − 1), the result not 255. shift is 0 to 15.
void sum_and_round(const std::uint16_t* from, const std::uint16_t* weights, Index taps, Index apart,
                   int shift, Index count, std::uint8_t* to) noexcept;

}  // namespace faltung
