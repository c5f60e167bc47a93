// Transposed convolution and upsampling by whole factors, slab by slab, any rank.
//
// Sample i spreads kernel tap j onto output i·stride + j·dilation − padding.before; there are
// stride·(n − 1) + e + output_padding − padding outputs, e = dilation·(taps − 1) + 1 (Dumoulin &
// Visin 2016, chapter 4). Done by polyphase: every output phase is an ordinary correlation of the
// input, planned as one, and the phases are interleaved (interleave.h).
#pragma once

#include "engine/stages/convolve.h"

namespace faltung {

// A kernel of the spatial rank is applied to every channel; with one more axis, kernel c to channel
// c; with two more it is [in, out / groups, k…], as PyTorch and ONNX store it.
struct TransposedOptions {
  KernelRecipe kernel;
  Shape stride;                  // per spatial axis; one entry: all; empty: 1
  Shape dilation;                // the same
  std::vector<Padding> padding;  // taken off the output: the same; empty: none
  Shape output_padding;          // added at the end: the same; empty: 0; below stride or dilation
  Index groups = 1;              // only for kernels [in, out / groups, k…]
  std::vector<double> bias;      // per output channel; one entry: all; empty: none
  std::optional<ActivationOptions> activation;
  Boundary boundary = Boundary::zero;  // what the input is outside
  std::optional<SampleType> precision;
};

// Errors (prepare): as make_convolve; paddings that leave nothing; output padding not below both.
StagePtr make_transposed_convolve(const TransposedOptions& options);

enum class UpsampleKind {
  nearest,  // every sample `factor` times
  linear,   // between sample centres, the edge held (PyTorch: align_corners=False)
};

// As many samples between two as `factor` says, per spatial axis (one entry: all).
StagePtr make_upsample(UpsampleKind kind, const Shape& factor);

}  // namespace faltung
