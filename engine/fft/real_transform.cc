// Real Fourier transforms: which family serves which extents.
#include "engine/fft/real_transform.h"

#include <bit>

#include "engine/fft/fftw.h"
#include "engine/fft/power_of_two.h"

namespace faltung {
namespace {

bool is_power_of_two(Index n) noexcept {
  return n > 0 && std::has_single_bit(static_cast<std::uint64_t>(n));
}

bool is_smooth(Index n) noexcept {
  for (Index prime : {2, 3, 5, 7}) {
    while (n % prime == 0) n /= prime;
  }
  return n == 1;
}

}  // namespace

bool is_power_of_two_transform(const Shape& extents) noexcept {
  for (Index extent : extents) {
    if (!is_power_of_two(extent)) return false;
  }
  return extents.rank() > 0 && extents.back() >= kMinPowerOfTwo;
}

Index good_extent(Index n, Family family, bool last_axis) {
  if (last_axis && n < kMinPowerOfTwo) n = kMinPowerOfTwo;
  if (n < 1) n = 1;
  if (family == Family::power_of_two) {
    return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(n)));
  }
  while (!is_smooth(n) || (last_axis && n % 2 != 0)) ++n;
  return n;
}

template <class T>
std::shared_ptr<const RealTransform<T>> make_transform(const Shape& extents) {
  if (is_power_of_two_transform(extents)) return make_power_of_two<T>(extents);
  for (Index extent : extents) {
    if (extent < 1 || !is_smooth(extent)) {
      throw Error(Code::failure, "transform of extents " + extents.text() +
                                     ": only products of 2, 3, 5 and 7 are possible");
    }
  }
  return make_fftw<T>(extents);
}

template <class T>
std::shared_ptr<const SlicedTransform<T>> make_sliced_transform(const Shape& extents) {
  if (is_power_of_two_transform(extents)) return make_power_of_two<T>(extents);
  throw Error(Code::failure, "sliced transform of extents " + extents.text() +
                                 ": only powers of two are possible, the last from " +
                                 std::to_string(kMinPowerOfTwo));
}

template std::shared_ptr<const SlicedTransform<float>> make_sliced_transform(const Shape&);
template std::shared_ptr<const SlicedTransform<double>> make_sliced_transform(const Shape&);
template std::shared_ptr<const RealTransform<float>> make_transform(const Shape&);
template std::shared_ptr<const RealTransform<double>> make_transform(const Shape&);

}  // namespace faltung
