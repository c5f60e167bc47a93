// A convolution for the time of one call: one that an earlier call left, or a new one.
#include "plugins/python/kept.h"

#include <atomic>
#include <utility>

#include "engine/layers/convolution_cache.h"
#include "plugins/python/machine.h"

namespace faltung {
namespace {

constexpr int kMost = 64;                  // convolutions kept: a network's layers
constexpr Index kMostBytes = 64 << 20;     // of memory in all
constexpr Index kMostTaps = Index{1} << 16;  // comparing more takes as long as planning
constexpr double kTolerance32 = 1e-6;      // as the program promises
constexpr double kTolerance64 = 1e-13;

std::atomic<double> all_tolerance{-1};
std::atomic<Index> all_memory{0};
thread_local std::optional<Wishes> thread_wishes;

ConvolutionCache& cache() {
  static ConvolutionCache kept(kMost, kMostBytes);
  return kept;
}

template <class T>
void append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append(std::string& key, const Shape& shape) {
  append(key, shape.rank());
  key.append(reinterpret_cast<const char*>(shape.begin()),
             static_cast<std::size_t>(shape.rank()) * sizeof(Index));
}

std::string key_of(const Asked& a, Index taps) {
  std::string key;
  key.reserve(512 + static_cast<std::size_t>(taps) * sizeof(double));
  append(key, a.in);
  append(key, a.weight_shape);
  append(key, a.options.stride);
  append(key, a.options.dilation);
  for (const Padding& padding : a.options.padding) append(key, padding);
  append(key, a.options.groups);
  append(key, a.options.boundary);
  append(key, a.options.constant);
  append(key, a.arithmetic);
  append(key, tolerance_of(a.arithmetic, a.tolerance));
  append(key, wishes().memory);
  append(key, a.blocks);
  append(key, workers().get());
  append(key, a.options.bias.size());
  for (double bias : a.options.bias) append(key, bias);
  append(key, a.method.size());
  key.append(a.method);
  key.append(reinterpret_cast<const char*>(a.weights),
             static_cast<std::size_t>(taps) * sizeof(double));
  return key;
}

ElementSetting setting_of(const Asked& a) {
  ElementSetting setting;
  setting.arithmetic = a.arithmetic;
  setting.tolerance = tolerance_of(a.arithmetic, a.tolerance);
  setting.memory = wishes().memory;
  setting.method = a.method;
  setting.costs = &machine_costs();
  setting.workers = workers();
  setting.blocks = a.blocks;
  return setting;
}

}  // namespace

Wishes wishes() noexcept {
  if (thread_wishes) return *thread_wishes;
  return {all_tolerance.load(), all_memory.load()};
}

void set_wishes(const Wishes& all) noexcept {
  all_tolerance = all.tolerance;
  all_memory = all.memory;
}

std::optional<Wishes> set_thread_wishes(std::optional<Wishes> mine) noexcept {
  return std::exchange(thread_wishes, mine);
}

double tolerance_of(SampleType arithmetic, double asked) noexcept {
  const double wished = wishes().tolerance;
  if (wished == 0 || asked == 0) return 0;
  if (asked > 0) return asked;  // integers: a larger one would not be exact
  if (wished > 0) return wished;
  return arithmetic == SampleType::float32 ? kTolerance32 : kTolerance64;
}

Kept::Kept(const Asked& asked) {
  const Index taps = checked_product(asked.weight_shape);
  if (taps <= kMostTaps) {
    key_ = key_of(asked, taps);
    convolution_ = cache().take(key_);
    if (convolution_) return;
  }
  Array<double> weights(asked.weight_shape);
  std::copy_n(asked.weights, taps, weights.data());
  convolution_ = std::make_unique<ElementConvolution>(asked.in, std::move(weights), asked.options,
                                                      setting_of(asked));
}

Kept::~Kept() {
  if (!key_.empty()) cache().give(std::move(key_), std::move(convolution_));
}

void forget_kept() { cache().clear(); }

}  // namespace faltung
