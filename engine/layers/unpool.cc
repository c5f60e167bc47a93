// Unpooling of whole arrays [item, channel, axis…]: samples go back to where max_pool found them.
#include "engine/layers/unpool.h"

#include <algorithm>

namespace faltung {
namespace {

// `small` and the indices have the same extents, `large` the same items and channels.
template <class Small, class Large>
void check(const View<Small>& small, const View<const Index>& indices, const View<Large>& large) {
  check_planes("the pooled array", small);
  check_planes("the index array", indices);
  check_planes("the unpooled array", large);
  check_extents("the index array", indices.extents(), small.extents());
  if (small.rank() != large.rank() || !(small.extents().to(2) == large.extents().to(2))) {
    throw Error(Code::configuration, "the unpooled array has shape " + large.extents().text() +
                                         ", the pooled one " + small.extents().text() +
                                         "; items, channels and rank must be equal");
  }
  const Index size = plane_size(large), count = plane_size(small);
  for (Index item = 0; item < small.extent(0); ++item) {
    for (Index channel = 0; channel < small.extent(1); ++channel) {
      const Index* index = plane(indices, item, channel);
      for (Index n = 0; n < count; ++n) {
        if (index[n] >= 0 && index[n] < size) continue;
        throw Error(Code::configuration, "an unpooling index is " + std::to_string(index[n]) +
                                             "; allowed: 0 to " + std::to_string(size - 1));
      }
    }
  }
}

template <class T, class Put>
void scatter(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
             Workers* workers, Put put) {
  check(in, indices, out);
  const Index size = plane_size(out), count = plane_size(in);
  for_each_plane(in.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(in, item, channel);
    const Index* index = plane(indices, item, channel);
    T* to = plane(out, item, channel);
    std::fill(to, to + size, T{0});
    for (Index n = 0; n < count; ++n) put(to[index[n]], from[n]);
  });
}

}  // namespace

template <class T>
void max_unpool(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
                Workers* workers) {
  scatter(in, indices, out, workers, [](T& to, T from) { to = from; });
}

template <class T>
void scatter_add(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
                 Workers* workers) {
  scatter(in, indices, out, workers, [](T& to, T from) { to += from; });
}

template <class T>
void gather(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
            Workers* workers) {
  check(out, indices, in);
  const Index count = plane_size(out);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(in, item, channel);
    const Index* index = plane(indices, item, channel);
    T* to = plane(out, item, channel);
    for (Index n = 0; n < count; ++n) to[n] = from[index[n]];
  });
}

#define FALTUNG_UNPOOL(T)                                                                        \
  template void max_unpool(const View<const T>&, const View<const Index>&, const View<T>&,       \
                           Workers*);                                                            \
  template void scatter_add(const View<const T>&, const View<const Index>&, const View<T>&,      \
                            Workers*);                                                           \
  template void gather(const View<const T>&, const View<const Index>&, const View<T>&, Workers*);
FALTUNG_UNPOOL(float)
FALTUNG_UNPOOL(double)

}  // namespace faltung
