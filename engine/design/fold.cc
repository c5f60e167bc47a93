// Two responses one after the other as one: their convolution.
#include "engine/design/fold.h"

#include <algorithm>
#include <bit>
#include <span>

#include "engine/fft/ordered.h"

namespace faltung {
namespace {

constexpr Index kShort = 64;  // taps of the shorter one up to which the plain sum is quicker

std::span<const double> channel(const Array<double>& response, Index c) {
  const Index taps = response.extents()[1];
  const Index row = std::min(c, response.extents()[0] - 1);
  return {response.data() + row * taps, static_cast<std::size_t>(taps)};
}

void plain_sum(std::span<const double> a, std::span<const double> b, double* out) {
  for (std::size_t n = 0; n < a.size(); ++n) {
    for (std::size_t m = 0; m < b.size(); ++m) out[n + m] += a[n] * b[m];
  }
}

void through_transforms(std::span<const double> a, std::span<const double> b, double* out) {
  const std::size_t taps = a.size() + b.size() - 1;
  const auto samples = static_cast<Index>(std::bit_ceil(taps));
  auto product = ordered_spectrum(a, samples);
  const auto other = ordered_spectrum(b, samples);
  for (std::size_t k = 0; k < product.size(); ++k) product[k] *= other[k];
  const std::vector<double> sum = signal_of_spectrum(std::move(product));
  std::copy_n(sum.begin(), taps, out);
}

}  // namespace

Array<double> fold(const Array<double>& first, const Array<double>& second) {
  const Shape &a = first.extents(), &b = second.extents();
  if (a.rank() != 2 || b.rank() != 2 || (a[0] != b[0] && a[0] != 1 && b[0] != 1)) {
    throw Error(Code::failure, "cannot fold responses " + a.text() + " and " + b.text());
  }
  const Index channels = std::max(a[0], b[0]), taps = a[1] + b[1] - 1;
  Array<double> result({channels, taps});
  for (Index c = 0; c < channels; ++c) {
    double* out = result.data() + c * taps;
    const auto x = channel(first, c), y = channel(second, c);
    std::min(a[1], b[1]) <= kShort ? plain_sum(x, y, out) : through_transforms(x, y, out);
  }
  return result;
}

}  // namespace faltung
