// Pointwise non-linearities.
#include "engine/stages/activation.h"

#include <algorithm>
#include <cmath>

#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

using Kind = ActivationOptions::Kind;

template <class T, class F>
void each(T* samples, Index count, F&& f) noexcept {
  for (Index n = 0; n < count; ++n) samples[n] = f(samples[n]);
}

// NaN stays NaN: comparisons are written so that it falls through.
template <class T>
void activate_samples(const ActivationOptions& options, T* x, Index count) noexcept {
  const T slope = static_cast<T>(options.slope);
  const T low = static_cast<T>(options.low), high = static_cast<T>(options.high);
  switch (options.kind) {
    case Kind::relu:
      return each(x, count, [](T v) { return v < T(0) ? T(0) : v; });
    case Kind::leaky_relu:
      return each(x, count, [slope](T v) { return v < T(0) ? slope * v : v; });
    case Kind::sigmoid:
      return each(x, count, [](T v) { return T(1) / (T(1) + std::exp(-v)); });
    case Kind::tanh:
      return each(x, count, [](T v) { return std::tanh(v); });
    case Kind::clamp:
      return each(x, count, [low, high](T v) { return v < low ? low : v > high ? high : v; });
    case Kind::abs:
      return each(x, count, [](T v) { return std::abs(v); });
  }
}

class Activation final : public Stage {
 public:
  explicit Activation(const ActivationOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    if (options_.kind == Kind::clamp && !(options_.low <= options_.high)) {
      throw Error(Code::configuration, "clamp: low " + std::to_string(options_.low) +
                                           " must not be above high " +
                                           std::to_string(options_.high));
    }
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    copy_positions(in, out);
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        activate(options_, out.as<T>().channel(c), in.extent * in.inner);
      }
    });
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {}
  Timing timing() const override { return {}; }
  Explanation explain() const override {
    static constexpr const char* kNames[] = {"relu", "leaky-relu", "sigmoid",
                                             "tanh", "clamp",      "abs"};
    Explanation result;
    result.text = std::string("activation ") + kNames[static_cast<int>(options_.kind)];
    return result;
  }

 private:
  ActivationOptions options_;
};

}  // namespace

void activate(const ActivationOptions& options, float* samples, Index count) noexcept {
  activate_samples(options, samples, count);
}
void activate(const ActivationOptions& options, double* samples, Index count) noexcept {
  activate_samples(options, samples, count);
}

StagePtr make_activation(const ActivationOptions& options) {
  return std::make_unique<Activation>(options);
}

}  // namespace faltung
