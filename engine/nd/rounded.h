// From floating-point samples to integers: the one rule, for files and for arrays.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>

namespace faltung {

// Where rounding to Int is done: float has bits enough for 16-bit integers only.
template <class Int, class T>
using RoundingType = std::conditional_t<(sizeof(Int) > 2), double, T>;

// Rounds to nearest, ties to even, and saturates; NaN gives 0. Adding 1.5·2^(mantissa − 1) leaves
// the integer in a float's low bits: unlike std::lrint it vectorises without SSE4.1.
template <class Int, class R>
inline Int rounded(R x, R low = R(std::numeric_limits<Int>::min()),
                   R high = R(std::numeric_limits<Int>::max())) noexcept {
  static_assert(sizeof(R) == 8 || sizeof(Int) <= 2);
  constexpr R magic = sizeof(R) == 4 ? R(0x1.8p23) : R(0x1.8p52);
  const R y = std::min(std::max(x == x ? x : R(0), low), high);
  return static_cast<Int>((y + magic) - magic);
}

}  // namespace faltung
