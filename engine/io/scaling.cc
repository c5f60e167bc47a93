// Numbers on their way into a file: scaled as asked, and counted where the file cannot hold them.
#include "engine/io/scaling.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace faltung {
namespace {

constexpr Index kRun = 1 << 16;  // counted at a time in 32 bits, which vectorises

// Values of a run that are not within least … most.
template <class T>
Index count_beyond(const T* x, Index count, T least, T most) noexcept {
  std::int32_t within = 0;
  for (Index i = 0; i < count; ++i) within += int{x[i] >= least} & int{x[i] <= most};
  return count - within;
}

template <class T>
Index count_beyond(const SlabOf<T>& slab, double least, double most) noexcept {
  Index beyond = 0;
  const Index count = slab.extent * slab.inner;
  for (Index c = 0; c < slab.channels; ++c) {
    for (Index first = 0; first < count; first += kRun) {
      beyond += count_beyond(slab.channel(c) + first, std::min(kRun, count - first),
                             static_cast<T>(least), static_cast<T>(most));
    }
  }
  return beyond;
}

}  // namespace

Scaling Scaling::onto(const Sink::Stored& stored, double low, double high) noexcept {
  const bool bounded = std::isfinite(stored.high);
  const double to_low = bounded ? stored.low : 0, to_high = bounded ? stored.high : 1;
  const double gain = (to_high - to_low) / (high - low);
  return {gain, to_low - low * gain};
}

ScalingSink::ScalingSink(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {
  const Stored stored = sink_->stored();  // what rounds to the last number is not beyond it
  least_ = (stored.low - 0.5) / stored.scale;
  most_ = (stored.high + 0.5) / stored.scale;
}

ScalingSink::ScalingSink(std::unique_ptr<Sink> sink, const Scaling& scaling)
    : ScalingSink(std::move(sink)) {
  gain_ = scaling.gain / stored().scale;
  offset_ = scaling.offset / stored().scale;
}

double ScalingSink::value_of(double number) const noexcept {
  return (number / stored().scale - offset_) / gain_;
}

void ScalingSink::write(const Slab& slab) {
  with_sample_type(slab.type, [&]<class T>() { write_scaled(slab.as<T>()); });
}

template <class T>
void ScalingSink::write_scaled(const SlabOf<T>& slab) {
  const Index count = slab.extent * slab.inner;
  SlabOf<T> given = slab;
  if (!passes()) {
    memory_.resize(static_cast<std::size_t>(slab.channels * count) * sizeof(T));
    given.data = reinterpret_cast<T*>(memory_.data());
    given.channel_stride = count;
    const T gain = static_cast<T>(gain_), offset = static_cast<T>(offset_);
    for (Index c = 0; c < slab.channels; ++c) {
      const T* from = slab.channel(c);
      std::transform(from, from + count, given.channel(c), [=](T x) { return x * gain + offset; });
    }
  }
  if (std::isfinite(most_)) saturated_ += count_beyond(given, least_, most_);
  values_ += slab.channels * count;
  sink_->write(given);
}

}  // namespace faltung
