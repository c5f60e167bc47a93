// What a case's output has to be: all of it in float64, itself held against plain loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "engine/nd/array.h"

namespace faltung {

constexpr int kCheckedOutputs = 500;       // of a reference, by plain loops
constexpr double kReferenceError = 1e-12;  // of the peak, allowed to it

class BenchReference {
 public:
  BenchReference() = default;
  explicit BenchReference(Array<double> values) : values_(std::move(values)) {
    for (const double value : values_) peak_ = std::max(peak_, std::abs(value));
  }

  double peak() const { return peak_; }
  const Array<double>& values() const { return values_; }

  // Largest difference relative to the peak; NaN counts as 1, so does another number of values.
  template <class Values>
  double error_of(const Values& values) const {
    if (values.size() != values_.size()) return 1;
    double off = 0;
    for (Index i = 0; i < values_.size(); ++i) {
      const double difference = std::abs(static_cast<double>(values[i]) - values_[i]);
      off = std::max(off, std::isnan(difference) ? peak_ : difference);
    }
    return off / peak_;
  }

  // plain(position) is the output at a position, summed in float64. At the corners, and anywhere.
  // Throws Error{failure}.
  template <class Plain>
  void check(const std::string& name, Plain&& plain, int count = kCheckedOutputs) const {
    std::mt19937_64 random(3);
    const Shape& extents = values_.extents();
    const View<const double> view = values_.view();
    for (int i = 0; i < count; ++i) {
      Shape position = Shape::filled(extents.rank(), 0);
      for (int axis = 0; axis < extents.rank(); ++axis) {
        const Index last = extents[axis] - 1;
        // A fifth of them at an edge of each axis.
        const auto draw = static_cast<Index>(random() % 10);
        position[axis] = draw == 0 ? 0
                         : draw == 1
                             ? last
                             : static_cast<Index>(random() % static_cast<unsigned long>(last + 1));
      }
      if (!(std::abs(view(position) - plain(position)) <= kReferenceError * peak_)) {
        throw Error(Code::failure, name + ": the float64 reference is wrong at " + position.text());
      }
    }
  }

 private:
  Array<double> values_;
  double peak_ = 0;
};

}  // namespace faltung
