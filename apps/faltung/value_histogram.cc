// How often values occur in a stream, in fixed memory.
#include "apps/faltung/value_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace faltung {
namespace {

constexpr int kBits = 18;
constexpr int kDropped = 32 - kBits;
constexpr std::uint32_t kSign = 0x80000000U;

// In the order of the values.
std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);  // -0 is 0
  return (bits & kSign ? ~bits : bits | kSign) >> kDropped;
}

// The value nearest to 0 that has this key: whole numbers give themselves.
double value_of(std::uint32_t key) {
  const std::uint32_t ordered = key << kDropped;
  const std::uint32_t last = ordered | ((1U << kDropped) - 1);
  const bool positive = ordered & kSign;
  return static_cast<double>(std::bit_cast<float>(positive ? ordered & ~kSign : ~last));
}

// A bar of `values` from low on, in steps, that this value is in; -1 where none.
Index bar_of(double value, double low, double step, std::size_t bars) {
  const double place = std::floor((value - low) / step);
  return place < 0 || place >= static_cast<double>(bars) ? -1 : static_cast<Index>(place);
}

}  // namespace

ValueHistogram::ValueHistogram() : counts_(std::size_t{1} << kBits) {}

void ValueHistogram::add(const Slab& slab) {
  with_sample_type(slab.type, [&]<class T>() {
    const SlabOf<T> of = slab.as<T>();
    for (Index c = 0; c < of.channels; ++c) {
      for (const T* x = of.channel(c); x < of.channel(c) + of.extent * of.inner; ++x) {
        const auto value = static_cast<float>(*x);
        if (!std::isfinite(value)) {
          ++others_;
          continue;
        }
        ++counts_[key_of(value)];
        const auto exact = static_cast<double>(*x);
        least_ = count_ == 0 ? exact : std::min(least_, exact);
        most_ = count_ == 0 ? exact : std::max(most_, exact);
        whole_ = whole_ && value == std::trunc(value);
        ++count_;
      }
    }
  });
}

double ValueHistogram::percentile(double percent) const {
  const double wanted = percent / 100 * static_cast<double>(count_);
  Index below = 0;
  for (std::size_t key = 0; key < counts_.size(); ++key) {
    below += counts_[key];
    if (below > 0 && static_cast<double>(below) >= wanted) {
      return std::clamp(value_of(static_cast<std::uint32_t>(key)), least_, most_);
    }
  }
  return 0;
}

std::vector<double> ValueHistogram::bars(double low, double high, int most_bars) const {
  const double range = whole_ ? high - low + 1 : high - low;
  const double finest = range / most_bars;
  const double step = whole_ ? std::max(1.0, std::ceil(finest)) : finest;
  if (!(step > 0)) return {static_cast<double>(count_)};
  std::vector<double> bars(static_cast<std::size_t>(std::ceil(range / step)));
  for (std::uint32_t key = 0; key < counts_.size(); ++key) {
    if (counts_[key] == 0) continue;
    const double value = value_of(key);
    const double next = key + 1 < counts_.size() ? value_of(key + 1) : value;
    // Wide keys (large values) are spread over the bars they cover.
    const int parts = whole_ ? 1 : std::clamp(static_cast<int>((next - value) / step) + 1, 1, 16);
    for (int part = 0; part < parts; ++part) {
      const double at = value + (next - value) * (part + 0.5) / parts;
      const Index bar = bar_of(whole_ ? value : at, low, step, bars.size());
      if (bar >= 0) bars[static_cast<std::size_t>(bar)] += static_cast<double>(counts_[key]) / parts;
    }
  }
  return bars;
}

}  // namespace faltung
