// What this machine can do at most: its fused multiply-add rate and its copy rate, measured.
#include "engine/simd/rates.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "engine/nd/array.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/rates.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kChains = 12;  // more than latency × ports of any current core

// Returns the floating-point operations done; `seed` keeps the compiler from folding them.
template <class T>
HWY_INLINE double chains(T seed, long rounds, T* result) {
  const hn::ScalableTag<T> d;
  const auto factor = hn::Set(d, seed);
  decltype(hn::Zero(d)) sums[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sums[i] = hn::Set(d, static_cast<T>(i));
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sums[i] = hn::MulAdd(sums[i], factor, factor);
  }
  auto total = hn::Zero(d);
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) total = hn::Add(total, sums[i]);
  *result = hn::GetLane(total);
  return 2.0 * kChains * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

double Chains32(float seed, long rounds, float* result) { return chains(seed, rounds, result); }
double Chains64(double seed, long rounds, double* result) { return chains(seed, rounds, result); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {
namespace {

HWY_EXPORT(Chains32);
HWY_EXPORT(Chains64);

double chains(float seed, long rounds, float* result) {
  return HWY_DYNAMIC_DISPATCH(Chains32)(seed, rounds, result);
}
double chains(double seed, long rounds, double* result) {
  return HWY_DYNAMIC_DISPATCH(Chains64)(seed, rounds, result);
}

// The best of some runs: noise only ever slows down.
template <class Work>
double best_rate(int runs, Work&& work) {
  double best = 0;
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    const double amount = work();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best = std::max(best, amount / elapsed.count());
  }
  return best;
}

template <class T>
double measured_fma_rate() {
  volatile T seed = T(0.5);
  T result = 0;
  volatile T keep = 0;
  const double rate = best_rate(8, [&] {
    const double done = chains(T(seed), 100000, &result);
    keep = result;
    return done;
  });
  (void)keep;
  return rate;
}

}  // namespace

template <>
double fma_rate<float>() {
  return measured_fma_rate<float>();
}
template <>
double fma_rate<double>() {
  return measured_fma_rate<double>();
}

double copy_rate(long bytes) {
  Buffer<char> from(bytes), to(bytes);
  const int repeats = static_cast<int>(std::max(1L, 8'000'000 / bytes));
  return best_rate(8, [&] {
    for (int i = 0; i < repeats; ++i) {
      std::memcpy(to.data(), from.data(), static_cast<std::size_t>(bytes));
      asm volatile("" : : "r"(to.data()) : "memory");
    }
    return static_cast<double>(bytes) * repeats;
  });
}

}  // namespace faltung
#endif
