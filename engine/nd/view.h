// A strided window onto samples that somebody else owns.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// Extents and strides are in elements; strides may be zero or negative. Named after std::mdspan.
template <class T>
class View {
 public:
  View() = default;
  View(T* data, const Shape& extents)
      : data_(data), extents_(extents), strides_(row_major_strides(extents)) {}
  View(T* data, const Shape& extents, const Shape& strides)
      : data_(data), extents_(extents), strides_(strides) {}

  T* data() const noexcept { return data_; }
  int rank() const noexcept { return extents_.rank(); }
  const Shape& extents() const noexcept { return extents_; }
  const Shape& strides() const noexcept { return strides_; }
  Index extent(int axis) const noexcept { return extents_[axis]; }
  Index stride(int axis) const noexcept { return strides_[axis]; }
  Index size() const noexcept { return extents_.product(); }

  T& operator()(const Shape& position) const noexcept { return data_[offset(position)]; }

  Index offset(const Shape& position) const noexcept {
    Index result = 0;
    for (int axis = 0; axis < rank(); ++axis) result += position[axis] * strides_[axis];
    return result;
  }

  bool contiguous() const noexcept { return strides_ == row_major_strides(extents_); }

  // The part [first, first + count) of one axis.
  View part(int axis, Index first, Index count) const {
    View result = *this;
    result.data_ += first * strides_[axis];
    result.extents_[axis] = count;
    return result;
  }

  // One position of the first axis, which disappears.
  View at(Index position) const {
    return View(data_ + position * strides_[0], extents_.from(1), strides_.from(1));
  }

  operator View<const T>() const { return View<const T>(data_, extents_, strides_); }

 private:
  T* data_ = nullptr;
  Shape extents_;
  Shape strides_;
};

// Calls body(position) for every position of `extents`, last axis fastest.
template <class Body>
void for_each_position(const Shape& extents, Body&& body) {
  for (Index extent : extents) {
    if (extent <= 0) return;
  }
  Shape position = Shape::filled(extents.rank(), 0);
  for (;;) {
    body(static_cast<const Shape&>(position));
    int axis = extents.rank() - 1;
    while (axis >= 0 && ++position[axis] == extents[axis]) position[axis--] = 0;
    if (axis < 0) return;
  }
}

}  // namespace faltung
