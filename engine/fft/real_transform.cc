// Real Fourier transforms: which family serves which extents.
#include "engine/fft/real_transform.h"

#include <algorithm>
#include <bit>

#include "engine/fft/fftw.h"
#include "engine/fft/line_tree.h"
#include "engine/fft/remainder_tree.h"
#include "engine/fft/twiddles.h"

namespace faltung {
namespace {

bool is_smooth(Index n) noexcept {
  for (Index prime : {2, 3, 5, 7}) {
    while (n % prime == 0) n /= prime;
  }
  return n == 1;
}

// The smallest power of two that times `unit` is at least n.
Index round_up(Index n, Index unit) {
  return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>((n + unit - 1) / unit)));
}

}  // namespace

bool is_tree_transform(const Shape& extents) noexcept {
  for (Index extent : extents) {
    if (extent < 1 || !is_power_of_two(extent / odd_part(extent))) return false;
  }
  return extents.rank() > 0 && extents.back() % (kMinTreeLine * odd_part(extents.back())) == 0;
}

Index good_extent(Index n, Family family, bool last_axis) {
  if (last_axis && n < kMinTreeLine) n = kMinTreeLine;
  if (n < 1) n = 1;
  if (family == Family::fftw) {
    while (!is_smooth(n) || (last_axis && n % 2 != 0)) ++n;
    return n;
  }
  const Index unit = last_axis ? kMinTreeLine : 1;
  Index best = unit * round_up(n, unit);
  for (Index odd : {3, 5}) best = std::min(best, unit * odd * round_up(n, unit * odd));
  return best;
}

template <class T>
std::shared_ptr<const RealTransform<T>> make_transform(const Shape& extents) {
  if (is_tree_transform(extents)) {
    if (extents.rank() == 1) return make_line_tree<T>(extents[0]);
    return make_remainder_tree<T>(extents);
  }
  for (Index extent : extents) {
    if (extent < 1 || !is_smooth(extent)) {
      throw Error(Code::failure, "transform of extents " + extents.text() +
                                     ": only products of 2, 3, 5 and 7 are possible");
    }
  }
  return make_fftw<T>(extents);
}

template <class T>
std::shared_ptr<const SlicedTransform<T>> make_sliced_transform(Index extent) {
  if (is_tree_transform(Shape{extent})) return make_line_tree<T>(extent);
  throw Error(Code::failure, "sliced transform of " + std::to_string(extent) +
                                 " samples: only 64, 192 and 320 times a power of two are possible");
}

template std::shared_ptr<const SlicedTransform<float>> make_sliced_transform(Index);
template std::shared_ptr<const SlicedTransform<double>> make_sliced_transform(Index);
template std::shared_ptr<const RealTransform<float>> make_transform(const Shape&);
template std::shared_ptr<const RealTransform<double>> make_transform(const Shape&);

}  // namespace faltung
