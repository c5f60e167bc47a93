// Sums of a moving box along one axis of an array.
#include "engine/convolve/moving_sum.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "engine/simd/running_sums.h"

namespace faltung {
namespace {

constexpr Index kStrip = 1024;  // outputs of a line at once: sums stay in level 1

template <class T>
struct Lines {
  const T* from;
  Index pitch;
  T* to;
  Index to_pitch;
  T factor, bias;
};

// One piece: boxes that begin in [begin, begin + outputs), at most `taps` of them.
template <int kLines, class T>
void sum_piece(const Lines<T>& lines, Index taps, Index begin, Index outputs, T* ending) noexcept {
  T sum[kLines] = {};
  const T* from = lines.from + begin;
  T* to = lines.to + begin;
  for (Index k = taps - 1; k >= 0; --k) {
#pragma GCC unroll 8
    for (int r = 0; r < kLines; ++r) {
      sum[r] += from[r * lines.pitch + k];
      ending[k * kLines + r] = sum[r];
    }
  }
  for (int r = 0; r < kLines; ++r) to[r * lines.to_pitch] = lines.bias + lines.factor * sum[r];
  T grown[kLines] = {};
  for (Index x = 1; x < outputs; ++x) {
#pragma GCC unroll 8
    for (int r = 0; r < kLines; ++r) {
      grown[r] += from[r * lines.pitch + taps + x - 1];
      to[r * lines.to_pitch + x] =
          lines.bias + lines.factor * (ending[x * kLines + r] + grown[r]);
    }
  }
}

template <int kLines, class T>
void sum_some(Lines<T> lines, Index taps, Index count, T* scratch) noexcept {
  for (Index begin = 0; begin < count; begin += taps) {
    sum_piece<kLines>(lines, taps, begin, std::min(taps, count - begin), scratch);
  }
}

// A strip of a line: `powers` holds the sums of 2^j samples, `sum` those of the bits of `taps` so far.
template <class T>
void double_strip(const T* from, Index taps, T factor, T bias, T* to, Index count,
                  T* scratch) noexcept {
  T* sum = scratch;
  T* powers = scratch + kStrip;
  const T* power = from;
  const T* so_far = nullptr;
  Index done = 0, length = count + taps - 1;
  for (Index extent = 1; extent <= taps; extent *= 2) {
    if (taps & extent) {
      if (so_far) add_runs(so_far, power + done, sum, count);
      else std::copy_n(power + done, count, sum);
      so_far = sum;
      done += extent;
    }
    if (2 * extent > taps) break;
    length -= extent;
    add_runs(power, power + extent, powers, length);
    power = powers;
  }
  for (Index x = 0; x < count; ++x) to[x] = bias + factor * sum[x];
}

}  // namespace

int doubled_additions(Index taps) noexcept {
  const auto bits = static_cast<std::uint64_t>(taps);
  return static_cast<int>(std::bit_width(bits)) + std::popcount(bits) - 2;
}

Index line_scratch(Index taps) noexcept {
  return taps <= kMostDoubledTaps ? 2 * kStrip + taps : taps * kLinesAtOnce;
}

template <class T>
void sum_positions(const T* from, Index taps, Index inner, T* to, Index outputs,
                   T* scratch) noexcept {
  T* grown = scratch + taps * inner;
  for (Index n = 0; n < outputs; ++n) {
    const Index j = n % taps;
    if (j > 0) {
      grow_runs(from + (n + taps - 1) * inner, scratch + j * inner, grown, to + n * inner, inner);
      continue;
    }
    std::copy_n(from + (n + taps - 1) * inner, inner, scratch + (taps - 1) * inner);
    for (Index k = taps - 2; k >= 0; --k) {
      add_runs(scratch + (k + 1) * inner, from + (n + k) * inner, scratch + k * inner, inner);
    }
    std::fill_n(grown, inner, T(0));
    std::copy_n(scratch, inner, to + n * inner);
  }
}

template <class T>
void sum_lines(const T* from, Index pitch, Index taps, T factor, T bias, T* to, Index to_pitch,
               Index count, Index lines, T* scratch) noexcept {
  if (taps <= kMostDoubledTaps) {
    for (; lines > 0; --lines, from += pitch, to += to_pitch) {
      for (Index x = 0; x < count; x += kStrip) {
        double_strip(from + x, taps, factor, bias, to + x, std::min(kStrip, count - x), scratch);
      }
    }
    return;
  }
  Lines<T> some{from, pitch, to, to_pitch, factor, bias};
  for (; lines >= kLinesAtOnce; lines -= kLinesAtOnce) {
    sum_some<kLinesAtOnce>(some, taps, count, scratch);
    some.from += kLinesAtOnce * pitch;
    some.to += kLinesAtOnce * to_pitch;
  }
  for (; lines > 0; --lines) {
    sum_some<1>(some, taps, count, scratch);
    some.from += pitch;
    some.to += to_pitch;
  }
}

template void sum_positions(const float*, Index, Index, float*, Index, float*) noexcept;
template void sum_positions(const double*, Index, Index, double*, Index, double*) noexcept;
template void sum_lines(const float*, Index, Index, float, float, float*, Index, Index, Index,
                        float*) noexcept;
template void sum_lines(const double*, Index, Index, double, double, double*, Index, Index, Index,
                        double*) noexcept;

}  // namespace faltung
