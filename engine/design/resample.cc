// Responses at another rate: the same filter in continuous time.
#include "engine/design/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/design/number_text.h"
#include "engine/design/rate_converter.h"

namespace faltung {
namespace {

constexpr long kMaxFrames = std::numeric_limits<int>::max();  // libsamplerate counts in int inside

void check(const Kernel& kernel, double to_hz) {
  const std::string what = "cannot resample " + (kernel.name.empty() ? "a response" : kernel.name);
  if (!(kernel.rate_hz > 0)) throw Error(Code::configuration, what + ": it has no rate");
  const double ratio = to_hz / kernel.rate_hz;
  if (!(to_hz > 0) || !can_convert(ratio)) {
    throw Error(Code::configuration, what + " from " + number_text(kernel.rate_hz) + " to " +
                                         number_text(to_hz) +
                                         " Hz; the rates may lie 256 to 1 apart at most");
  }
  const double taps = static_cast<double>(kernel.values.extents().back());
  if (std::max(taps, taps * ratio) > static_cast<double>(kMaxFrames)) {
    throw Error(Code::configuration, what + ": it is too long, " + number_text(taps) + " taps");
  }
}

void resample_channel(const double* from, Index from_taps, double* to, Index to_taps,
                      double ratio) {
  // The library works in float32: around 1, where it cannot overflow.
  const double peak = std::abs(
      *std::max_element(from, from + from_taps,
                        [](double a, double b) { return std::abs(a) < std::abs(b); }));
  if (peak == 0) return;
  std::vector<float> in(static_cast<std::size_t>(from_taps));
  std::vector<float> out(static_cast<std::size_t>(to_taps));
  std::transform(from, from + from_taps, in.begin(),
                 [peak](double tap) { return static_cast<float>(tap / peak); });
  convert_whole(in.data(), from_taps, out.data(), to_taps, ratio);
  std::transform(out.begin(), out.end(), to, [&](float tap) { return tap * peak / ratio; });
}

}  // namespace

Kernel resample(const Kernel& kernel, double to_hz) {
  check(kernel, to_hz);
  const double ratio = to_hz / kernel.rate_hz;
  const Shape& extents = kernel.values.extents();
  const Index from_taps = extents.back();
  Shape resampled = extents;
  // A ratio such as 160/147 times its own denominator must not round up by one.
  const double exact = static_cast<double>(from_taps) * ratio;
  resampled[extents.rank() - 1] =
      std::max<Index>(1, static_cast<Index>(std::ceil(exact * (1 - 1e-12))));

  Kernel result;
  result.name = kernel.name;
  result.rate_hz = to_hz;
  result.values = Array<double>(resampled);
  const Index to_taps = resampled.back();
  for (Index c = 0; c < kernel.values.size() / std::max<Index>(1, from_taps); ++c) {
    resample_channel(kernel.values.data() + c * from_taps, from_taps,
                     result.values.data() + c * to_taps, to_taps, ratio);
  }
  return result;
}

}  // namespace faltung
