// Runs of samples between the types that arrays have: integers to floating point and back.
//
// To integers as rounded() does (engine/nd/rounded.h): to nearest, ties to even, saturated, NaN to 0.
// `to` and `from` must not overlap. No allocation, no exceptions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "engine/nd/rounded.h"
#include "engine/nd/shape.h"

namespace faltung {

// The pairs with vector code: bytes and 16-bit integers to float32 and back.
void convert_samples(const std::uint8_t* from, Index count, float* to) noexcept;
void convert_samples(const std::uint16_t* from, Index count, float* to) noexcept;
void convert_samples(const std::int16_t* from, Index count, float* to) noexcept;
void convert_samples(const float* from, Index count, std::uint8_t* to) noexcept;
void convert_samples(const float* from, Index count, std::uint16_t* to) noexcept;
void convert_samples(const float* from, Index count, std::int16_t* to) noexcept;

// Every other pair.
template <class From, class To>
void convert_samples(const From* from, Index count, To* to) noexcept {
  if constexpr (std::is_same_v<From, To>) {
    std::copy_n(from, count, to);
  } else if constexpr (std::is_integral_v<To>) {
    for (Index n = 0; n < count; ++n) to[n] = rounded<To>(from[n]);
  } else {
    for (Index n = 0; n < count; ++n) to[n] = static_cast<To>(from[n]);
  }
}

}  // namespace faltung
