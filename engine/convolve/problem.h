// What is asked of a convolution, whichever way it is then done.
//
// Everything is a correlation here: out[o][m] = bias[o] + Σ_paths Σ_k kernel[k] · x[i][m·stride +
// k·dilation − padding.before], one path for each pair of channels that are connected. Flipping is
// done by whoever states the problem. Axis 0 is the stream axis.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/convolve/path.h"
#include "engine/nd/array.h"
#include "engine/nd/boundary.h"
#include "engine/nd/geometry.h"
#include "engine/nd/slab.h"

namespace faltung {

struct Problem {
  Array<double> kernels;       // [kernel, k…]: equal responses are stored once
  std::vector<Path> paths;     // ordered by out, then in; at most one for each pair
  Index in_channels = 1;
  Index out_channels = 1;
  std::optional<Index> extent;  // of the input's stream axis
  Shape inner;                  // the input's inner extents
  std::vector<Padding> padding;  // for every spatial axis
  Shape stride;                  // the same
  Shape dilation;                // the same
  Boundary boundary = Boundary::zero;
  double constant = 0;       // for Boundary::constant
  Index interleaved = 1;     // so many neighbours along the last axis are one position of it: colours
                             // side by side, as files have them. Extent, padding and dilation of
                             // that axis are multiples of it; its stride is 1. Not with rank 1
  std::vector<double> bias;  // one for each output channel, or none
  SampleType arithmetic = SampleType::float32;
  std::optional<Index> block;  // live: slabs have at most this many positions, and the plan may
                               // hold nothing back beyond what the padding itself asks for
  bool on_time = false;  // live: every call gives what it takes, whatever its length
  int tail_threads = 0;  // live: may compute what has long deadlines beside the calling thread
  Index max_slab = 1;
  double tolerance = 1e-6;     // largest error allowed, relative to the output's peak; 0: exact, no
                               // transforms, no approximation of the kernel
  Index memory = 0;            // most bytes a plan may work with, beside input and output; 0: any

  int rank() const noexcept { return stride.rank(); }
  Index taps(int axis) const noexcept { return kernels.extents()[axis + 1]; }
  Index dilated(int axis) const noexcept { return dilated_extent(taps(axis), dilation[axis]); }
  Index kernel_count() const noexcept { return kernels.extents()[0]; }
  Index kernel_size() const noexcept { return kernels.extents().from(1).product(); }
  const double* kernel(Index number) const noexcept {
    return kernels.data() + number * (kernels.size() / kernel_count());
  }

  Index input_extent(int axis) const noexcept { return axis == 0 ? extent.value() : inner[axis - 1]; }
  Index padded(int axis) const noexcept {  // inner axes only
    return inner[axis - 1] + padding_of(axis).before + padding_of(axis).after;
  }
  const Padding& padding_of(int axis) const noexcept {
    return padding[static_cast<std::size_t>(axis)];
  }
  // The position of an axis whose sample continues it at `i`; −1: the constant.
  Index source_of(int axis, Index i) const noexcept {
    const Index n = input_extent(axis);
    if (axis + 1 < rank() || interleaved == 1) return source_index(i, n, boundary);
    const Index within = (i % interleaved + interleaved) % interleaved;
    const Index source = source_index((i - within) / interleaved, n / interleaved, boundary);
    return source < 0 ? -1 : source * interleaved + within;
  }
  Index output_extent_of(int axis) const noexcept {
    return output_extent(input_extent(axis), padding_of(axis), dilated(axis), stride[axis]);
  }
  // Live: most outputs along the stream axis to compute at once without holding a block back.
  Index live_tile() const noexcept { return *block % stride[0] == 0 ? *block / stride[0] : 1; }
  Shape output_inner() const;   // extents of the output's inner axes
  Shape padded_inner() const;   // extents of the padded input's inner axes

  // Floating-point operations of the definition for one output position of the stream axis.
  double flops_per_position() const;

  // Σ |kernel| over everything that reaches one output: the largest over the outputs.
  double gain_bound() const;

  std::string text() const;  // "4 kernels of 3x3, 3 -> 4 channels"
};

// Throws Error{configuration} where extents, paths or values do not make sense: a kernel larger
// than the padded input, non-finite taps, wrap along an endless stream axis, …
void check(const Problem& problem);

}  // namespace faltung
