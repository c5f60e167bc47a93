// A plane of a signal that passes in slabs, reduced to a picture's size as it passes.
#include "apps/faltung/plane_sample.h"

#include <limits>

namespace faltung {
namespace {

std::size_t of(int axis) { return static_cast<std::size_t>(axis); }

}  // namespace

PlaneSample::PlaneSample(const Format& format, const Plane& plane)
    : plane_(plane),
      extents_{*format.extent},
      channels_(format.channels == 3 || format.channels == 4 ? 3 : 1),
      sums_(static_cast<std::size_t>(channels_ * plane.rows * plane.cols)),
      counts_(static_cast<std::size_t>(plane.rows * plane.cols)) {
  for (const Index extent : format.inner) extents_.push_back(extent);
  strides_.assign(extents_.size(), 1);
  for (std::size_t axis = extents_.size() - 1; axis > 0; --axis) {
    strides_[axis - 1] = strides_[axis] * extents_[axis];
  }
  const Index width = extents_[of(plane.horizontal)];
  for (Index h = 0; h < width; ++h) cols_.push_back(h * plane.cols / width);
}

template <class T>
void PlaneSample::add_row(const SlabOf<T>& slab, Index v, Index offset) {
  const Index row = v * plane_.rows / extents_[of(plane_.vertical)];
  const Index stride = strides_[of(plane_.horizontal)];
  const Index size = plane_.rows * plane_.cols;
  for (std::size_t h = 0; h < cols_.size(); ++h) {
    const auto pixel = static_cast<std::size_t>(row * plane_.cols + cols_[h]);
    counts_[pixel] += 1;
    const Index at = offset + static_cast<Index>(h) * stride;
    for (Index c = 0; c < channels_; ++c) {
      sums_[pixel + static_cast<std::size_t>(c * size)] += static_cast<double>(slab.channel(c)[at]);
    }
  }
}

void PlaneSample::add(const Slab& slab, Index position) {
  with_sample_type(slab.type, [&]<class T>() {
    const SlabOf<T> typed = slab.as<T>();
    if (plane_.fixed == 0) {  // one position holds all of it
      if (plane_.at < position || plane_.at >= position + slab.extent) return;
      const Index stride = strides_[of(plane_.vertical)];
      for (Index v = 0; v < extents_[of(plane_.vertical)]; ++v) {
        add_row(typed, v, (plane_.at - position) * slab.inner + v * stride);
      }
      return;
    }
    const Index beside = plane_.fixed < 0 ? 0 : plane_.at * strides_[of(plane_.fixed)];
    for (Index n = 0; n < slab.extent; ++n) add_row(typed, position + n, n * slab.inner + beside);
  });
}

Array<double> PlaneSample::picture() const {
  Array<double> picture({channels_, plane_.rows, plane_.cols});
  const std::size_t size = counts_.size();
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const double count = counts_[i % size];
    picture.data()[i] =
        count > 0 ? sums_[i] / count : std::numeric_limits<double>::quiet_NaN();
  }
  return picture;
}

}  // namespace faltung
