// Samples taken from arrays of any element type, and put back as their type holds them.
#pragma once

#include "engine/nd/element.h"

namespace faltung {

// How a computed value becomes an element: divided, then rounded or nudged, then truncated towards
// zero and wrapped, as C does with integers (scipy.ndimage's rule). Floating-point elements take
// the quotient as it is. Values beyond 64 bits become the smallest integer, NaN too.
struct Storing {
  double divisor = 1;
  bool round = false;  // to the nearest integer: sums of integers whose error is below 1/2
  double nudge = 0;    // away from zero: a value this close below an integer is that integer
  bool small = false;  // it is known that every value fits 32 bits
};

// Copies `from` to dense row-major samples, or back. T is float or double.
template <class T>
void gather(const ElementView& from, T* to) noexcept;
template <class T>
void scatter(const T* from, const ElementView& to, const Storing& storing) noexcept;

// Whether samples lie row-major without gaps from `axis` on, and where they can be read in place.
bool dense_from(const ElementView& view, int axis) noexcept;

}  // namespace faltung
