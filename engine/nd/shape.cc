// Extents of an N-dimensional array whose rank is known at run time.
#include "engine/nd/shape.h"

#include <algorithm>

namespace faltung {

Shape::Shape(std::initializer_list<Index> values) {
  for (Index value : values) push_back(value);
}

Shape Shape::filled(int rank, Index value) {
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) shape.push_back(value);
  return shape;
}

void Shape::push_back(Index value) {
  if (rank_ == kMaxRank) {
    throw Error(Code::configuration,
                "more than " + std::to_string(kMaxRank) + " axes: at most that many are possible");
  }
  values_[static_cast<std::size_t>(rank_++)] = value;
}

Shape Shape::from(int axis) const {
  Shape rest;
  for (int a = axis; a < rank_; ++a) rest.push_back((*this)[a]);
  return rest;
}

Shape Shape::to(int axis) const {
  Shape first;
  for (int a = 0; a < axis; ++a) first.push_back((*this)[a]);
  return first;
}

Index Shape::product() const noexcept {
  Index result = 1;
  for (Index extent : *this) result *= extent;
  return result;
}

std::string Shape::text() const {
  if (rank_ == 0) return "scalar";
  std::string result;
  for (Index extent : *this) result += (result.empty() ? "" : "x") + std::to_string(extent);
  return result;
}

bool operator==(const Shape& a, const Shape& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

Index checked_product(const Shape& extents, Index limit) {
  Index result = 1;
  for (Index extent : extents) {
    if (extent < 0) {
      throw Error(Code::failure, "negative extent in shape " + extents.text());
    }
    if (extent != 0 && result > limit / extent) {
      throw Error(Code::failure, "shape " + extents.text() + " has more than " +
                                     std::to_string(limit) + " elements");
    }
    result *= extent;
  }
  return result;
}

Shape row_major_strides(const Shape& extents) {
  Shape strides = Shape::filled(extents.rank(), 1);
  for (int axis = extents.rank() - 2; axis >= 0; --axis) {
    strides[axis] = strides[axis + 1] * extents[axis + 1];
  }
  return strides;
}

}  // namespace faltung
