// The third inner loop, a product of matrices: out[m][n] (+)= Σ_k rows[k][m] · columns[k][n].
//
// Register-blocked on packed panels (Goto & van de Geijn 2008, "Anatomy of high-performance matrix
// multiplication"). Panels, for sizes {rows R, columns C} of panel_sizes:
//
//   rows      panel i holds output rows [i·R, min((i + 1)·R, row_count)): [depth][rows of this
//             panel], so only the last one is narrower; panels lie row_panel_stride apart.
//   columns   panel j holds output columns [j·C, (j + 1)·C): [depth][C], successive depths
//             column_depth_stride apart, panels column_panel_stride apart. Whole vectors are read,
//             what is past column_count counts for nothing. Rows of a plain matrix are such panels
//             too.
//
// Every output is one sequence of fused multiply-adds over k from zero, to which then what `start`
// says is added: it does not depend on how rows or columns are cut, nor on the position in a
// panel. Who has a long sum cuts it at fixed places, for speed (panels stay in level 1 and 2) and
// for accuracy (the partial sums stay short). No allocation, no exceptions.
#pragma once

#include "engine/nd/shape.h"
#include "engine/simd/accumulate_rows.h"

namespace faltung {

struct PanelSizes {
  Index rows;     // R
  Index columns;  // C: a multiple of a vector's lanes
  Index lanes;
};

// Of the instruction set in use. At most kMostPanelColumns columns.
template <class T>
PanelSizes panel_sizes() noexcept;
constexpr Index kMostPanelColumns = 32;

// What an output may become: the limits of relu and clamp. NaN stays NaN.
template <class T>
struct Limits {
  T low;
  T high;
};

template <class T>
struct PanelProduct {
  const T* rows = nullptr;
  const T* columns = nullptr;
  Index row_count = 0;
  Index column_count = 0;
  Index depth = 0;
  Index row_panel_stride = 0;
  Index column_depth_stride = 0;
  Index column_panel_stride = 0;
  T* out = nullptr;
  Index out_stride = 0;     // samples from one output row to the next
  Start start = Start::bias;
  const T* bias = nullptr;  // Start::bias: one for each row; null: 0
  const Limits<T>* limits = nullptr;  // applied to what is stored; null: none
};

void multiply_panels(const PanelProduct<float>& product) noexcept;
void multiply_panels(const PanelProduct<double>& product) noexcept;

// Packs a matrix whose element (n, k) is values[n·stride + k·depth_stride] into panels of `width`,
// as `rows` above; the next panel begins where the one before ends.
template <class From, class T>
void pack_panels(const From* values, Index count, Index stride, Index depth, Index depth_stride,
                 Index width, T* to) noexcept {
  for (Index first = 0; first < count; first += width) {
    const Index mine = first + width < count ? width : count - first;
    for (Index k = 0; k < depth; ++k) {
      const From* from = values + first * stride + k * depth_stride;
      for (Index n = 0; n < mine; ++n) *to++ = static_cast<T>(from[n * stride]);
    }
  }
}

}  // namespace faltung
