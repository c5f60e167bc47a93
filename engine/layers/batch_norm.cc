// Batch normalisation with known statistics (inference), its gradients, and folded into a kernel.
#include "engine/layers/batch_norm.h"

#include <cmath>

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

void check_count(const char* what, const std::vector<double>& given, Index channels) {
  if (static_cast<Index>(given.size()) == channels) return;
  refuse(std::string("batch normalisation has ") + std::to_string(given.size()) + " values of " +
         what + "; needed: one for each of " + std::to_string(channels) + " channels");
}

}  // namespace

std::vector<NormFactors> batch_norm_factors(const BatchNorm& norm, Index channels) {
  check_count("mean", norm.mean, channels);
  check_count("variance", norm.variance, channels);
  if (!norm.gain.empty()) check_count("gain", norm.gain, channels);
  if (!norm.shift.empty()) check_count("shift", norm.shift, channels);
  std::vector<NormFactors> result;
  for (std::size_t c = 0; c < norm.mean.size(); ++c) {
    const double variance = norm.variance[c] + norm.epsilon;
    if (!(variance > 0)) {
      refuse("batch normalisation has variance " + std::to_string(norm.variance[c]) +
             " and epsilon " + std::to_string(norm.epsilon) + "; their sum must be above 0");
    }
    const double inverse = 1 / std::sqrt(variance);
    result.push_back({norm.mean[c], (norm.gain.empty() ? 1 : norm.gain[c]) * inverse,
                      norm.shift.empty() ? 0 : norm.shift[c], inverse});
  }
  return result;
}

template <class T>
void batch_norm(const View<const T>& in, const BatchNorm& norm, const View<T>& out,
                Workers* workers) {
  check_planes("the input of batch normalisation", in);
  check_planes("the output of batch normalisation", out);
  check_extents("the output of batch normalisation", out.extents(), in.extents());
  const std::vector<NormFactors> channels = batch_norm_factors(norm, in.extent(1));
  const Index size = plane_size(in);
  for_each_plane(in.extents(), workers, [&](Index item, Index channel) {
    const NormFactors& line = channels[static_cast<std::size_t>(channel)];
    const T mean = static_cast<T>(line.mean), slope = static_cast<T>(line.slope);
    const T shift = static_cast<T>(line.shift);
    const T* x = plane(in, item, channel);
    T* y = plane(out, item, channel);
    for (Index n = 0; n < size; ++n) y[n] = (x[n] - mean) * slope + shift;
  });
}

template <class T>
void batch_norm_gradient(const View<const T>& in, const View<const T>& out_gradient,
                         const BatchNorm& norm, const View<T>& in_gradient, T* gain_gradient,
                         T* shift_gradient) {
  check_planes("the input of batch normalisation", in);
  check_planes("the output's gradient", out_gradient);
  check_planes("the input's gradient", in_gradient);
  check_extents("the output's gradient", out_gradient.extents(), in.extents());
  check_extents("the input's gradient", in_gradient.extents(), in.extents());
  const std::vector<NormFactors> channels = batch_norm_factors(norm, in.extent(1));
  const Index size = plane_size(in);
  for (Index channel = 0; channel < in.extent(1); ++channel) {
    const NormFactors& line = channels[static_cast<std::size_t>(channel)];
    double gain = 0, shift = 0;
    for (Index item = 0; item < in.extent(0); ++item) {
      const T *x = plane(in, item, channel), *slope = plane(out_gradient, item, channel);
      T* to = plane(in_gradient, item, channel);
      for (Index n = 0; n < size; ++n) {
        const double g = static_cast<double>(slope[n]);
        gain += g * (static_cast<double>(x[n]) - line.mean);
        shift += g;
        to[n] = slope[n] * static_cast<T>(line.slope);
      }
    }
    gain_gradient[channel] = static_cast<T>(gain * line.inverse_deviation);
    shift_gradient[channel] = static_cast<T>(shift);
  }
}

template <class T>
void fold(const BatchNorm& norm, KernelOrder order, Index groups, const View<T>& kernel,
          std::vector<double>& bias) {
  if (kernel.rank() < 3 || !kernel.contiguous() || kernel.size() < 1 || groups < 1 ||
      kernel.extent(0) % groups != 0) {
    refuse("a kernel of shape " + kernel.extents().text() + " in " + std::to_string(groups) +
           " groups cannot be normalised; needed: contiguous [channel, channel, k…], the first " +
           "channels a multiple of the groups");
  }
  const bool out_first = order == KernelOrder::out_first;
  const Index outputs = out_first ? kernel.extent(0) : kernel.extent(1) * groups;
  const std::vector<NormFactors> channels = batch_norm_factors(norm, outputs);
  if (bias.empty()) bias.assign(channels.size(), 0.0);
  check_count("the layer's bias", bias, outputs);
  for (std::size_t o = 0; o < channels.size(); ++o) {
    bias[o] = (bias[o] - channels[o].mean) * channels[o].slope + channels[o].shift;
  }
  const Index taps = plane_size(kernel), in_per_group = kernel.extent(0) / groups;
  for_each_position(kernel.extents().to(2), [&](const Shape& at) {
    const Index o = out_first ? at[0] : at[0] / in_per_group * kernel.extent(1) + at[1];
    T* tap = plane(kernel, at[0], at[1]);
    const T slope = static_cast<T>(channels[static_cast<std::size_t>(o)].slope);
    for (Index j = 0; j < taps; ++j) tap[j] *= slope;
  });
}

#define FALTUNG_BATCH_NORM(T)                                                                   \
  template void batch_norm(const View<const T>&, const BatchNorm&, const View<T>&, Workers*);   \
  template void batch_norm_gradient(const View<const T>&, const View<const T>&,                 \
                                    const BatchNorm&, const View<T>&, T*, T*);                  \
  template void fold(const BatchNorm&, KernelOrder, Index, const View<T>&,                      \
                     std::vector<double>&);
FALTUNG_BATCH_NORM(float)
FALTUNG_BATCH_NORM(double)

}  // namespace faltung
