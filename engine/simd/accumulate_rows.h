// The sample-domain inner loop: out[o][x] += Σ_p Σ_r Σ_k weight · plane_p[r][x + k·dilation].
//
// An N-D correlation is a sum of 1-D ones over the rows of the signal. Loaded samples are reused
// from registers for several outputs, which either are neighbouring rows that share the kernel's
// rows (images, volumes, long FIR filters seen as rows), or channels that share the signal's rows
// (layers). Every output sample is one sequence of fused multiply-adds, ordered by plane, row and
// tap, wherever it falls in a vector: the result does not depend on alignment or on how a run is
// cut. No allocation, no exceptions.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// Samples past the last one needed that every row must be able to read (their values do not
// matter): one vector of the widest kind.
constexpr Index kRowSlack = 16;

template <class T>
struct RowPlane {
  const T* samples;  // row 0, x = 0
  const T* weights;  // rows × taps; with Sharing::signal rows × taps × outputs
  Index taps;
};

enum class Sharing {
  kernel,  // output o reads rows o, o + 1, … of every plane with the same weights
  signal,  // every output reads the same rows with weights of its own
};

enum class Start {
  bias,        // out = bias + …
  accumulate,  // out += …
};

enum class Store {
  cached,
  past_caches,  // what is not read again soon: whole aligned vectors go to memory without being read
};

template <class T>
struct RowBlock {
  const RowPlane<T>* planes = nullptr;
  Index plane_count = 0;
  Index rows = 0;        // kernel rows in each plane
  Index row_stride = 0;  // samples from one row of a plane to the next
  Index first_row = 0;   // row of the planes that output 0 begins at
  Index dilation = 1;    // samples between taps
  T* out = nullptr;
  Index out_stride = 0;  // samples from one output to the next
  Index outputs = 0;     // Sharing::signal: 1, 2, 4 or 8
  Index count = 0;       // samples of each output
  const T* bias = nullptr;  // one for each output (Sharing::signal) or one for all; null: 0
  Sharing sharing = Sharing::kernel;
  Start start = Start::bias;
  Store store = Store::cached;
};

void accumulate_rows(const RowBlock<float>& block) noexcept;
void accumulate_rows(const RowBlock<double>& block) noexcept;

}  // namespace faltung
