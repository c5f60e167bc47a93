// Batch normalisation with known statistics (inference), its gradients, and folded into a kernel.
//
// y = (x − mean) · gain / √(variance + epsilon) + shift, channel by channel. Arrays are
// [item, channel, axis…] and the caller's; T is float or double. Throw Error{configuration} where
// counts do not match the channels, or variance + epsilon is not above 0. Source: Ioffe & Szegedy
// 2015; PyTorch's batch_norm in evaluation.
#pragma once

#include <vector>

#include "engine/layers/planes.h"

namespace faltung {

struct BatchNorm {
  std::vector<double> mean, variance;  // one for each channel
  std::vector<double> gain = {};       // the same; empty: 1
  std::vector<double> shift = {};      // the same; empty: 0
  double epsilon = 1e-5;
};

// What one channel does: y = (x − mean)·slope + shift.
struct NormFactors {
  double mean = 0, slope = 1, shift = 0;
  double inverse_deviation = 1;
};
std::vector<NormFactors> batch_norm_factors(const BatchNorm& norm, Index channels);

// `out` may be `in` itself, not another array that overlaps it.
template <class T>
void batch_norm(const View<const T>& in, const BatchNorm& norm, const View<T>& out,
                Workers* workers = nullptr);

// From the gradient of the output to those of the input, and of gain and shift (one for each
// channel, summed in float64). Mean and variance are constants.
template <class T>
void batch_norm_gradient(const View<const T>& in, const View<const T>& out_gradient,
                         const BatchNorm& norm, const View<T>& in_gradient, T* gain_gradient,
                         T* shift_gradient);

enum class KernelOrder {
  out_first,  // [out channel, in channel / groups, k…]: convolution
  in_first,   // [in channel, out channel / groups, k…]: transposed convolution
};

// Changes kernel and bias (empty: 0) so that the layer gives what it gave followed by `norm`.
// The kernel is row-major and contiguous.
template <class T>
void fold(const BatchNorm& norm, KernelOrder order, Index groups, const View<T>& kernel,
          std::vector<double>& bias);

}  // namespace faltung
