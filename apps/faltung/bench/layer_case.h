// The layers of `bench layers`: ResNet-50's (He et al. 2016) and two depthwise ones of MobileNet
// (Howard et al. 2017), and what they give and give back, by plain loops.
#pragma once

#include <string>
#include <vector>

#include "engine/layers/convolution_axes.h"
#include "engine/layers/layer_problem.h"

namespace faltung {

// Square images and kernels, padded so that stride 1 keeps the extent.
struct LayerCase {
  Index in_channels = 1;
  Index out_channels = 1;
  Index extent = 1;
  Index taps = 1;
  Index stride = 1;
  Index groups = 1;
  Index items = 1;

  Index padding() const { return taps / 2; }
  Index out_extent() const { return (extent + 2 * padding() - taps) / stride + 1; }
  Shape in_shape() const { return {items, in_channels, extent, extent}; }
  Shape out_shape() const { return {items, out_channels, out_extent(), out_extent()}; }
  Shape weight_shape() const { return {out_channels, in_channels / groups, taps, taps}; }
  double flops() const;  // of the definition, forwards; backwards twice as many

  std::string name() const;  // "3x3 64->64 @56, batch 8"
  LayerOptions options() const;
  LayerGeometry geometry() const;
};

// `quick`: few channels, small, two items.
std::vector<LayerCase> layer_cases(bool quick);

// One value of the output, of the gradient for the input, of that for the kernel, in float64;
// `position` is in what is asked for.
double plain_output(const LayerCase& layer, const Array<float>& in, const Array<float>& weight,
                    const Shape& position);
double plain_input_gradient(const LayerCase& layer, const Array<float>& change,
                            const Array<float>& weight, const Shape& position);
double plain_kernel_gradient(const LayerCase& layer, const Array<float>& in,
                             const Array<float>& change, const Shape& position);

}  // namespace faltung
