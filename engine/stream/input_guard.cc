// Keeps NaN and infinity out of a live stream.
#include "engine/stream/input_guard.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stream/crossfade.h"

namespace faltung {
namespace {

// NaN is not below anything. No branch in the loop: it runs on whole vectors.
template <class T>
bool all_within(const T* x, Index count, T largest) noexcept {
  int bad = 0;
  for (Index i = 0; i < count; ++i) bad |= static_cast<int>(!(std::abs(x[i]) <= largest));
  return bad == 0;
}

bool all_within(const Slab& in, Index channel, double largest) noexcept {
  return with_sample_type(in.type, [&]<class T>() {
    const double most = std::min(largest, static_cast<double>(std::numeric_limits<T>::max()));
    return all_within(in.as<const T>().channel(channel), in.extent * in.inner,
                      static_cast<T>(most));
  });
}

}  // namespace

Slab InputGuard::admit(const Slab& in) noexcept {
  Slab admitted = in;
  for (Index c = 0; c < in.channels; ++c) {
    if (all_within(in, c, largest_)) continue;
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
