// Checks the arrays of a convolution layer, or of a transposed one, against each other.
//
// Kernels are [out channel, in channel / groups, k…] for a convolution and
// [in channel, out channel / groups, k…] for a transposed one (PyTorch, ONNX), which therefore is
// the adjoint of the convolution that has the same kernel.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

struct LayerGeometry {
  Shape stride = {};    // for each spatial axis; one entry: all axes; empty: 1
  Shape dilation = {};  // the same
  std::vector<Padding> padding = {};  // the same; empty: none; negative values cut samples off
  Index groups = 1;
};

// The layer that takes `in` [item, channel, axis…] to an array with convolution_extents. Throw
// Error{configuration} for wrong counts of entries, strides or dilations below 1, channels that do
// not fit kernel and groups, a kernel that does not fit into the padded input.
TapLayer convolution_layer(const Shape& in, const Shape& kernel, const LayerGeometry& geometry);
Shape convolution_extents(const Shape& in, const Shape& kernel, const LayerGeometry& geometry);

// What a transposed layer gives: stride·(n − 1) + dilated kernel + output_padding − padding. The
// output padding (per axis; empty: 0) adds rows at the end which are ordinary outputs; it must be
// below the stride or below the dilation.
Shape transposed_extents(const Shape& in, const Shape& kernel, const LayerGeometry& geometry,
                         const Shape& output_padding = {});

// The convolution whose adjoint takes `in` to `out`: its input is `out`. Throws as above, and where
// `out` needs an output padding that is not allowed.
TapLayer transposed_layer(const Shape& in, const Shape& kernel, const LayerGeometry& geometry,
                          const Shape& out);

}  // namespace faltung
