// Batch normalisation with known statistics, as a stage or folded into the convolution before it.
#include "engine/stages/channel_norm.h"

#include <algorithm>

#include "engine/layers/planes.h"

namespace faltung {
namespace {

// Every list as long as there are channels.
BatchNorm for_channels(BatchNorm norm, Index channels) {
  for (std::vector<double>* list : {&norm.mean, &norm.variance, &norm.gain, &norm.shift}) {
    if (list->size() == 1) list->assign(static_cast<std::size_t>(channels), list->front());
  }
  return norm;
}

class ChannelNorm final : public Stage {
 public:
  explicit ChannelNorm(const BatchNorm& norm) : norm_(norm) {}

  Format prepare(const Format& in, const Setting&) override {
    const BatchNorm norm = for_channels(norm_, in.channels);
    factors_ = batch_norm_factors(norm, in.channels);
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        const NormFactors& f = factors_[static_cast<std::size_t>(c)];
        const T mean = static_cast<T>(f.mean), slope = static_cast<T>(f.slope);
        const T shift = static_cast<T>(f.shift);
        const T* x = in.as<const T>().channel(c);
        T* y = out.as<T>().channel(c);
        for (Index n = 0; n < in.extent * in.inner; ++n) y[n] = (x[n] - mean) * slope + shift;
      }
    });
    return in.extent;
  }
  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {}
  Timing timing() const override { return {}; }

  Explanation explain() const override {
    Explanation result;
    result.text = "batch normalisation";
    result.flops_per_position = 3.0 * static_cast<double>(factors_.size());
    return result;
  }

 private:
  BatchNorm norm_;
  std::vector<NormFactors> factors_;
};

// A kernel with one entry for each output channel along its first axis.
Kernel by_out_channel(const Kernel& kernel, const Format& in) {
  if (kernel.values.extents().rank() > in.spatial_rank()) return kernel.copy();
  Kernel result;
  Shape extents{in.channels};
  for (Index extent : kernel.values.extents()) extents.push_back(extent);
  result.values = Array<double>(extents);
  for (Index c = 0; c < in.channels; ++c) {
    std::copy_n(kernel.values.data(), kernel.values.size(),
                result.values.data() + c * kernel.values.size());
  }
  result.rate_hz = kernel.rate_hz;
  result.name = kernel.name;
  result.remark = kernel.remark;
  return result;
}

}  // namespace

StagePtr make_batch_norm(const BatchNorm& norm) { return std::make_unique<ChannelNorm>(norm); }

bool takes_norm(const ConvolveOptions& options) { return !options.activation; }

ConvolveOptions with_norm(const ConvolveOptions& options, const BatchNorm& norm) {
  ConvolveOptions result = options;
  result.kernel = [=](const Format& in) {
    Kernel kernel = by_out_channel(options.kernel(in), in);
    const Index outs = kernel.values.extents()[0], size = kernel.values.size() / outs;
    const auto factors = batch_norm_factors(for_channels(norm, outs), outs);
    for (Index o = 0; o < outs; ++o) {
      double* taps = kernel.values.data() + o * size;
      const double slope = factors[static_cast<std::size_t>(o)].slope;
      std::transform(taps, taps + size, taps, [&](double w) { return w * slope; });
    }
    kernel.name += " with batch normalisation";
    return kernel;
  };
  const Index channels = static_cast<Index>(
      std::max({options.bias.size(), norm.mean.size(), norm.variance.size(), norm.gain.size(),
                norm.shift.size(), std::size_t{1}}));
  const auto factors = batch_norm_factors(for_channels(norm, channels), channels);
  const std::size_t biases = options.bias.size();
  if (biases > 1 && biases != factors.size()) {
    throw Error(Code::configuration, "batch normalisation of " + std::to_string(channels) +
                                         " channels after a convolution with " +
                                         std::to_string(biases) + " values of bias");
  }
  result.bias.clear();
  for (std::size_t c = 0; c < factors.size(); ++c) {
    const double bias = biases == 0 ? 0.0 : options.bias[biases == 1 ? 0 : c];
    result.bias.push_back((bias - factors[c].mean) * factors[c].slope + factors[c].shift);
  }
  return result;
}

}  // namespace faltung
