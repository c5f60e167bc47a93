// Pooling over a whole signal: one number for each channel, however long it is.
#include <algorithm>
#include <vector>

#include "engine/stages/pool_sample.h"

namespace faltung {
namespace {

class GlobalPool final : public Stage {
 public:
  explicit GlobalPool(const PoolOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    in_ = in;
    sums_.assign(static_cast<std::size_t>(in.channels), 0);
    reset();
    Format out = in;
    out.inner = Shape::filled(in.inner.rank(), 1);
    out.rate_hz = 0;
    out.max_slab = 1;
    if (in.extent) out.extent = 1;
    return out;
  }

  Index process(const Slab& in, const Slab&) noexcept override {
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        const T* from = in.as<const T>().channel(c);
        for (Index n = 0; n < in.extent * in.inner; ++n) {
          const double x = static_cast<double>(from[n]);
          take_in(options_, &x, &sums_[static_cast<std::size_t>(c)], 1);
        }
      }
    });
    count_ += in.extent * in.inner;
    return 0;
  }

  Index finish(const Slab& out) noexcept override {
    if (count_ == 0) return 0;
    with_sample_type(out.type, [&]<class T>() {
      for (Index c = 0; c < out.channels; ++c) {
        *out.as<T>().channel(c) =
            static_cast<T>(finished(options_, sums_[static_cast<std::size_t>(c)], count_));
      }
    });
    count_ = 0;
    return 1;
  }

  void reset() noexcept override {
    count_ = 0;
    std::fill(sums_.begin(), sums_.end(), start_value<double>(options_));
  }

  Timing timing() const override {
    Timing timing;
    timing.field.extent = timing.latency = in_.extent.value_or(1);
    timing.period = 0;
    return timing;
  }
  Explanation explain() const override {
    Explanation result;
    result.text = std::string("global ") + name(options_.kind) + " pool";
    result.memory_bytes = static_cast<Index>(sums_.size() * sizeof(double));
    for (Index extent : in_.inner) result.inner_fields.emplace_back().extent = extent;
    return result;
  }

 private:
  PoolOptions options_;
  Format in_;
  std::vector<double> sums_;
  Index count_ = 0;
};

}  // namespace

StagePtr make_global_pool(const PoolOptions& options) {
  return std::make_unique<GlobalPool>(options);
}

}  // namespace faltung
