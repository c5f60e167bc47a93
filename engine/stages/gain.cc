// Multiplies by a constant: one for all channels or one for each.
#include "engine/stages/gain.h"

namespace faltung {
namespace {

class Gain final : public Stage {
 public:
  explicit Gain(const GainOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    factors_ = options_.factors;
    if (factors_.size() == 1) factors_.assign(static_cast<std::size_t>(in.channels), factors_[0]);
    if (static_cast<Index>(factors_.size()) != in.channels) {
      throw Error(Code::configuration, "gain has " + std::to_string(options_.factors.size()) +
                                           " values; allowed: one for all channels, or one for "
                                           "each of the signal's " +
                                           std::to_string(in.channels));
    }
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        const T factor = static_cast<T>(factors_[static_cast<std::size_t>(c)]);
        const T* from = in.as<const T>().channel(c);
        T* to = out.as<T>().channel(c);
        for (Index n = 0; n < in.extent * in.inner; ++n) to[n] = factor * from[n];
      }
    });
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {}
  Timing timing() const override { return {}; }
  Explanation explain() const override {
    Explanation result;
    result.text = "gain";
    return result;
  }

 private:
  GainOptions options_;
  std::vector<double> factors_;
};

}  // namespace

StagePtr make_gain(const GainOptions& options) { return std::make_unique<Gain>(options); }

}  // namespace faltung
