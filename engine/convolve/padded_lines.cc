// How a problem continues a signal that is there as a whole.
#include "engine/convolve/padded_lines.h"

namespace faltung {

Continuation::Continuation(const Problem& p)
    : rank_(p.rank()),
      extent_(p.extent.value()),
      padding_(p.padding_of(0)),
      boundary_(p.boundary),
      outside_(p.boundary == Boundary::constant ? p.constant : 0.0),
      columns_(p.input_extent(rank_ - 1)),
      before_(p.padding_of(rank_ - 1).before),
      outside_of_(before_ + p.padding_of(rank_ - 1).after) {
  const Index after = p.padding_of(rank_ - 1).after;
  for (Index i = 0; i < before_; ++i) outside_of_[i] = p.source_of(rank_ - 1, i - before_);
  for (Index i = 0; i < after; ++i) outside_of_[before_ + i] = p.source_of(rank_ - 1, columns_ + i);
  Shape padded;  // of the axes between the stream's and the last
  for (int axis = 1; axis + 1 < rank_; ++axis) padded.push_back(p.padded(axis));
  row_of_ = Buffer<Index>(padded.product());
  Index row = 0;
  for_each_position(padded, [&](const Shape& position) {
    Index source = 0;
    for (int axis = 0; axis < position.rank() && source >= 0; ++axis) {
      const Index s = p.source_of(axis + 1, position[axis] - p.padding_of(axis + 1).before);
      source = s < 0 ? -1 : source * p.inner[axis] + s;
    }
    row_of_[row++] = source;
  });
}

}  // namespace faltung
