// Extents of an N-dimensional array whose rank is known at run time.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "engine/nd/error.h"

namespace faltung {

using Index = std::int64_t;

constexpr int kMaxRank = 8;  // item, channel and six spatial axes

// Up to kMaxRank extents, held in place (no allocation). Also used for strides, dilations and
// paddings, therefore values may be any integer; what they may be is said where they are used.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Index> values);
  static Shape filled(int rank, Index value);

  int rank() const noexcept { return rank_; }
  Index& operator[](int axis) noexcept { return values_[static_cast<std::size_t>(axis)]; }
  Index operator[](int axis) const noexcept { return values_[static_cast<std::size_t>(axis)]; }
  Index* begin() noexcept { return values_.data(); }
  Index* end() noexcept { return values_.data() + rank_; }
  const Index* begin() const noexcept { return values_.data(); }
  const Index* end() const noexcept { return values_.data() + rank_; }
  Index back() const noexcept { return values_[static_cast<std::size_t>(rank_ - 1)]; }

  void push_back(Index value);
  Shape from(int axis) const;  // the axes `axis`, `axis`+1, …
  Shape to(int axis) const;    // the axes before `axis`

  Index product() const noexcept;  // of all extents; 1 for rank 0
  std::string text() const;        // "3x480x640"; "scalar" for rank 0

  friend bool operator==(const Shape& a, const Shape& b) noexcept;

 private:
  std::array<Index, kMaxRank> values_{};
  int rank_ = 0;
};

// Product of non-negative extents; throws Error{failure} where an extent is negative or the
// product passes `limit`. Headers from outside go through this before anything is allocated.
Index checked_product(const Shape& extents, Index limit = INT64_MAX / 16);

// Row-major strides, in elements.
Shape row_major_strides(const Shape& extents);

}  // namespace faltung
