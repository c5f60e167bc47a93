// Keeps NaN and infinity out of a live stream.
#include "engine/stream/input_guard.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "engine/stream/crossfade.h"

namespace faltung {
namespace {

// The exponent of what is not finite is all ones. No branch in the loop: it runs on whole vectors.
template <class T>
bool all_finite(const T* x, Index count) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kExponent = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits bad = 0;
  for (Index i = 0; i < count; ++i) {
    bad |= static_cast<Bits>((std::bit_cast<Bits>(x[i]) & kExponent) == kExponent);
  }
  return bad == 0;
}

bool all_finite(const Slab& in, Index channel) noexcept {
  return with_sample_type(in.type, [&]<class T>() {
    return all_finite(in.as<const T>().channel(channel), in.extent * in.inner);
  });
}

}  // namespace

Slab InputGuard::admit(const Slab& in) noexcept {
  Slab admitted = in;
  for (Index c = 0; c < in.channels; ++c) {
    if (all_finite(in, c)) continue;
    if (admitted.data == in.data) {
      admitted = memory_.slab().part(0, in.extent);
      copy_positions(in, admitted);
    }
    silence(admitted.some_channels(c, 1), 0, in.extent);
    muted_.store(muted() + 1, std::memory_order_relaxed);
  }
  return admitted;
}

}  // namespace faltung
