// Whole arrays [item, channel, axis…] as planes: what every layer asks of its arguments.
//
// A plane is one channel of one item: all spatial axes, row-major without gaps. Items and channels
// may lie any distance apart, so a layer works on a part of a larger array without a copy.
#pragma once

#include "engine/convolve/workers.h"
#include "engine/nd/view.h"

namespace faltung {

// Throws Error{configuration} where `array` (named `what` in the message) has fewer than three
// axes, a spatial extent below 1, or planes with gaps.
template <class T>
void check_planes(const char* what, const View<T>& array);

// Throws Error{configuration} where the extents are not the expected ones.
void check_extents(const char* what, const Shape& given, const Shape& expected);

template <class T>
T* plane(const View<T>& array, Index item, Index channel) noexcept {
  return array.data() + item * array.stride(0) + channel * array.stride(1);
}

template <class T>
Index plane_size(const View<T>& array) noexcept {
  return array.extents().from(2).product();
}

// Calls body(item, channel) for every plane, shared between the workers where there are any. What
// a call computes must not depend on the others, so threads cannot change a bit.
template <class Body>
void for_each_plane(const Shape& extents, Workers* workers, Body&& body) {
  run_tasks(workers, extents[0] * extents[1], [&](Index task, int) {
    body(task / extents[1], task % extents[1]);
  });
}

}  // namespace faltung
