// Winograd's transforms of image tiles for 3x3 kernels, many tiles side by side.
//
// F(m x m, 3 x 3) computes m x m outputs of a tile from (m + 2)² products instead of 9·m² (Winograd
// 1980; Lavin & Gray 2016). Interpolation points: 0, ±1, ∞ for m = 2; 0, ±5/8, ±3/2, ∞ for m = 4,
// which amplify rounding less than whole numbers and are exact in binary. Lane t of every vector
// belongs to tile t. No allocation, no exceptions.
#pragma once

#include <array>

#include "engine/simd/multiply_panels.h"

namespace faltung {

constexpr bool is_winograd_extent(Index m) noexcept { return m == 2 || m == 4; }

// G·g·Gᵀ of a 3x3 kernel: (m + 2)² values, row-major.
std::array<double, 36> winograd_kernel(Index m, const double* kernel) noexcept;

// Bᵀ·d·B of `tiles` tiles, rounded up to whole vectors. Sample (i, j) of tile t is
// patches[(i·(m + 2) + j)·pitch + t], its transform to[(i·(m + 2) + j)·to_stride + t].
template <class T>
struct WinogradInput {
  Index m;
  const T* patches;
  Index pitch;
  Index tiles;
  T* to;
  Index to_stride;
};
void winograd_input(const WinogradInput<float>& input) noexcept;
void winograd_input(const WinogradInput<double>& input) noexcept;

// bias + Aᵀ·s·A of `tiles` tiles, rounded up to whole vectors: output (i, j) of tile t is
// rows[i·row_stride + t·m + j].
template <class T>
struct WinogradOutput {
  Index m;
  const T* sums;
  Index sum_stride;
  Index tiles;
  T bias;
  T* rows;
  Index row_stride;
};
void winograd_output(const WinogradOutput<float>& output) noexcept;
void winograd_output(const WinogradOutput<double>& output) noexcept;

}  // namespace faltung
