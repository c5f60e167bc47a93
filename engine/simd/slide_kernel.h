// A small square kernel slid over one plane that zeros surround: a channel of a depthwise layer.
//
// The plane is read where it lies, in whole vectors that may reach beyond it; where nothing may be
// read there, the rows near its beginning or end are copied first. Every output is one sequence of fused multiply-adds
// from the bias, row by row and tap by tap: the same bits as accumulate_rows over a padded plane.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

template <class T>
struct SlidPlane {
  const T* in = nullptr;  // rows × columns
  Index rows = 0, columns = 0;
  Index readable_before = 0, readable_after = 0;  // samples of whatever beside the plane
  T* out = nullptr;  // out_rows × out_columns
  Index out_rows = 0, out_columns = 0;
  Index rows_before = 0, columns_before = 0;  // zeros; each less than taps
  const T* weights = nullptr;                 // taps × taps, as of a correlation
  Index taps = 3;                             // 3 or 5
  T bias = 0;
  T* scratch = nullptr;  // slid_scratch() samples; all zeros at first
};

// Samples of scratch memory for planes of these extents, with nothing readable beside them; the same
// piece serves one after the other.
template <class T>
Index slid_scratch(const SlidPlane<T>& plane) noexcept;

void slide_kernel(const SlidPlane<float>& plane) noexcept;
void slide_kernel(const SlidPlane<double>& plane) noexcept;

}  // namespace faltung
