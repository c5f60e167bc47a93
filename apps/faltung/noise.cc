// White noise as a source.
#include "apps/faltung/noise.h"

#include <algorithm>

namespace faltung {
namespace {

// Marsaglia (2003), "Xorshift RNGs", with his shifts 13, 17, 5.
std::uint32_t next(std::uint32_t state) noexcept {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

}  // namespace

Index Noise::read(const Slab& out) {
  const Index count =
      format_.extent ? std::min(out.extent, *format_.extent - given_) : out.extent;
  with_sample_type(out.type, [&]<class T>() {
    const SlabOf<T> slab = out.as<T>();
    for (Index c = 0; c < slab.channels; ++c) {
      for (Index i = 0; i < count * slab.inner; ++i) {
        state_ = next(state_);
        slab.channel(c)[i] = static_cast<T>(static_cast<std::int32_t>(state_)) / T(2147483648.0);
      }
    }
  });
  given_ += count;
  return count;
}

}  // namespace faltung
