// Between a window of padded input, a transform's samples and the output.
#include "engine/convolve/transform_tile.h"

namespace faltung {
namespace {

// The lines of a stream's history.
template <class T>
class WindowLines final : public PaddedLines<T> {
 public:
  WindowLines(const PaddedSlab<T>& window, bool series) : window_(window), series_(series) {}
  void copy(Index c, Index position, Index row, Index column, Index count,
            T* to) const noexcept override {
    const T* from = series_ ? window_.at(c, column)
                            : window_.at(c, position) + row * window_.row_samples + column;
    std::copy_n(from, count, to);
  }
  Index available() const noexcept override { return window_.available; }

 private:
  const PaddedSlab<T>& window_;
  bool series_;
};

template <class T>
void write_line(const T* from, Index step, Index count, T bias, T* to) noexcept {
  if (step == 1) {
    for (Index n = 0; n < count; ++n) to[n] = from[n] + bias;
  } else {
    for (Index n = 0; n < count; ++n) to[n] = from[n * step] + bias;
  }
}

}  // namespace

template <class T>
Index TransformTile<T>::tiles_across() const noexcept {
  Index tiles = 1;
  for (int axis = 0; axis < out_inner_.rank(); ++axis) {
    tiles *= (out_inner_[axis] + tile_[axis + 1] - 1) / tile_[axis + 1];
  }
  return tiles;
}

template <class T>
Shape TransformTile<T>::inner_origin(Index number) const noexcept {
  Shape origin = out_inner_;
  for (int axis = out_inner_.rank() - 1; axis >= 0; --axis) {
    const Index tiles = (out_inner_[axis] + tile_[axis + 1] - 1) / tile_[axis + 1];
    origin[axis] = number % tiles * tile_[axis + 1];
    number /= tiles;
  }
  return origin;
}

template <class T>
void TransformTile<T>::gather(const PaddedSlab<T>& window, Index c, Index position, Index rows,
                              Index begin, Index end, const Shape& origin, T* to) const noexcept {
  gather(WindowLines<T>(window, f_.rank() == 1), c, position, rows, begin, end, origin, to);
}

template <class T>
void TransformTile<T>::gather(const PaddedLines<T>& lines, Index c, Index position, Index rows,
                              Index begin, Index end, const Shape& origin, T* to) const noexcept {
  const int last = f_.rank() - 1;
  if (last == 0) {
    const Index from = std::clamp(begin - position, Index{0}, rows);
    const Index until = std::clamp(end - position, from, rows);
    std::fill_n(to, from, T(0));
    if (until > from) lines.copy(c, 0, 0, position + from, until - from, to + from);
    std::fill(to + until, to + rows, T(0));
    return;
  }
  const Index columns = f_[last];
  const Index rows_per_position = f_.product() / f_[0] / columns;
  const Index first_column = origin[last - 1] * stride_[last];
  const Index there = std::clamp(padded_inner_[last - 1] - first_column, Index{0}, columns);
  for (Index n = 0; n < rows; ++n) {
    const bool inside = position + n >= begin && position + n < end;
    for (Index r = 0; r < rows_per_position; ++r, to += columns) {
      const Index row = inside ? source_row(r, origin) : -1;
      if (row >= 0) lines.copy(c, position + n, row, first_column, there, to);
      std::fill(to + (row < 0 ? 0 : there), to + columns, T(0));
    }
  }
}

// Row of a padded position that row `r` of the tile reads, −1 beyond the padded extents.
template <class T>
Index TransformTile<T>::source_row(Index r, const Shape& origin) const noexcept {
  Index row = 0, scale = 1;
  for (int axis = f_.rank() - 2; axis >= 1; --axis) {
    const Index at = origin[axis - 1] * stride_[axis] + r % f_[axis];
    r /= f_[axis];
    if (at >= padded_inner_[axis - 1]) return -1;
    row += at * scale;
    scale *= padded_inner_[axis - 1];
  }
  return row;
}

// The part of the cyclic convolution that has not wrapped around, every stride-th of it.
template <class T>
void TransformTile<T>::scatter(const T* from, Index step, const SlabOf<T>& out, Index o,
                               Index position, Index rows, const Shape& origin) const noexcept {
  const Shape strides = row_major_strides(f_);
  const int last = f_.rank() - 1;
  if (last == 0) {
    write_line(from, step, rows, bias_[o], out.at(o, position));
    return;
  }
  const Shape out_strides = row_major_strides(out_inner_);
  Shape lines{rows};
  for (int axis = 1; axis < last; ++axis) {
    lines.push_back(std::min(tile_[axis], out_inner_[axis - 1] - origin[axis - 1]));
  }
  const Index row = out_inner_[last - 1], columns = std::min(tile_[last], row - origin[last - 1]);
  for_each_position(lines, [&](const Shape& m) {
    const T* line = from + m[0] * step * strides[0] + dilated_[last] - 1;
    Index to = origin[last - 1];
    for (int axis = 1; axis < last; ++axis) {
      line += (m[axis] * stride_[axis] + dilated_[axis] - 1) * strides[axis];
      to += (origin[axis - 1] + m[axis]) * out_strides[axis - 1];
    }
    T* target = out.at(o, position + m[0]) + to;
    if (columns < row) fetch<Access::write>(target + kRowsAhead * row, columns);
    write_line(line, stride_[last], columns, bias_[o], target);
  });
}

template class TransformTile<float>;
template class TransformTile<double>;

}  // namespace faltung
