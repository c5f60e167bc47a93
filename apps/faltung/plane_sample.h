// A plane of a signal that passes in slabs, reduced to a picture's size as it passes.
#pragma once

#include <vector>

#include "engine/nd/array.h"
#include "engine/stream/format.h"

namespace faltung {

// Axes count from the stream axis (0) to the last inner one.
struct Plane {
  int vertical = 0;
  int horizontal = 1;
  int fixed = -1;  // of a volume: the axis that the plane stands on …
  Index at = 0;    // … and where
  Index rows = 1;  // of the picture; at most the axis' extent
  Index cols = 1;
};

class PlaneSample {
 public:
  // An image or a volume of known extent.
  PlaneSample(const Format& format, const Plane& plane);

  void add(const Slab& slab, Index position);  // of the slab's beginning on the stream axis

  // Means, [channel, row, col]: three channels of a signal that has three or four, else the first.
  // Not a number where nothing has come.
  Array<double> picture() const;

 private:
  template <class T>
  void add_row(const SlabOf<T>& slab, Index v, Index offset);

  Plane plane_;
  std::vector<Index> extents_, strides_, cols_;  // cols_: which one each horizontal index is in
  Index channels_;
  std::vector<double> sums_, counts_;
};

}  // namespace faltung
