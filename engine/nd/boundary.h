// What lies outside a signal: the six rules by which an axis is continued.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/nd/shape.h"

namespace faltung {

//             outside | a b c d | outside
enum class Boundary {
  zero,       // 0 0 0 | a b c d | 0 0 0
  constant,   // v v v | a b c d | v v v
  replicate,  // a a a | a b c d | d d d   (SciPy, NumPy: nearest, edge)
  reflect,    // d c b | a b c d | c b a   (SciPy: mirror; OpenCV: REFLECT_101)
  symmetric,  // c b a | a b c d | d c b   (SciPy: reflect; OpenCV: REFLECT)
  wrap,       // b c d | a b c d | a b c
};

// Where position `i` of the continued axis finds its sample among [0, n), n >= 1; -1 where the
// rule gives a constant instead (zero, constant). Any distance outside is allowed.
Index source_index(Index i, Index n, Boundary boundary) noexcept;

const char* name(Boundary boundary) noexcept;
std::optional<Boundary> boundary_from_name(std::string_view name);
std::string boundary_names();  // "zero, constant, …", for messages

}  // namespace faltung
