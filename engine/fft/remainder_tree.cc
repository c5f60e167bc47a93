// Real transforms of 2^k, 3·2^k and 5·2^k along every axis, whose bins need no order.
#include "engine/fft/remainder_tree.h"

#include <algorithm>
#include <vector>

#include "engine/fft/line_tree.h"
#include "engine/fft/twiddles.h"
#include "engine/simd/butterflies.h"
#include "engine/simd/copy_blocks.h"

namespace faltung {
namespace {

constexpr Index kStripBytes = 24 * 1024;  // of columns that are transformed together: in level 1
constexpr Index kLeastPieceBytes = 8 * 1024;   // of positions that make a piece, if there are so many
constexpr Index kMostPieceBytes = 1024 * 1024;  // in level 2
constexpr Index kRunBytes = 512;           // of a strip that a piece should write at once

// The largest divisor of n that is at most `most`, 1 at least.
Index divisor(Index n, Index most) {
  Index d = std::clamp(most, Index{1}, n);
  while (n % d != 0) --d;
  return d;
}

// The complex, cyclic transform along one axis.
template <class T>
class ColumnTree {
 public:
  ColumnTree() = default;
  explicit ColumnTree(Index extent)
      : extent_(extent),
        odd_(odd_part(extent)),
        twiddles_(make_twiddles<T>(extent + 8)),
        odd_twiddles_(make_odd_twiddles<T>(0, extent / odd_, odd_)) {}

  // Columns of `width` memory blocks, their elements `stride` numbers apart.
  void split(T* z, Index stride, Index width) const noexcept {
    const Index leaves = extent_ / odd_;
    Index blocks = 1;
    if (leaves == 2) {
      split2(pass(z, 1, extent_ / 2, stride, width));
      blocks = 2;
    } else if (log2_of(leaves) % 2 == 1) {
      split8(pass(z, 1, extent_ / 8, stride, width));
      blocks = 8;
    }
    for (; blocks < leaves; blocks *= 4) {
      split4(pass(z, blocks, extent_ / blocks / 4, stride, width));
    }
    if (odd_ > 1) split_odd(odd_pass(z, stride, width), odd_);
  }

  void join(T* z, Index stride, Index width) const noexcept {
    Index blocks = extent_ / odd_;
    if (odd_ > 1) join_odd(odd_pass(z, stride, width), odd_);
    for (; blocks >= 4 && blocks != 8; blocks /= 4) {
      join4(pass(z, blocks / 4, extent_ / blocks, stride, width));
    }
    if (blocks == 8) join8(pass(z, 1, extent_ / 8, stride, width));
    if (blocks == 2) join2(pass(z, 1, extent_ / 2, stride, width));
  }

 private:
  Pass<T> pass(T* z, Index blocks, Index rows, Index stride, Index width) const noexcept {
    return {z, blocks, rows, stride, width, twiddles_.data(), 0};
  }
  Pass<T> odd_pass(T* z, Index stride, Index width) const noexcept {
    return {z, extent_ / odd_, 1, stride, width, odd_twiddles_.data(), 0};
  }

  Index extent_ = 1;
  Index odd_ = 1;
  Buffer<T> twiddles_, odd_twiddles_;
};

template <class T>
class RemainderTree final : public RealTransform<T> {
 public:
  explicit RemainderTree(const Shape& extents)
      : line_(make_line_tree<T>(extents.back(), static_cast<double>(extents.back()) /
                                                    static_cast<double>(extents.product()))),
        positions_(extents[0]),
        row_blocks_(extents.back() / (2 * kBlock)),
        rows_(extents.product() / extents[0] / extents.back()),
        run_(extents.rank() > 2 ? extents[extents.rank() - 2] : 1),
        row_apart_((row_blocks_ | 1) * 2 * kBlock) {
    this->extents_ = extents;
    // An odd number of blocks apart: elements of a column would else fall on one cache set.
    strides_ = extents;
    Index stride = row_blocks_ | 1;
    for (int axis = extents.rank() - 2; axis >= 0; --axis) {
      strides_[axis] = stride * 2 * kBlock;
      stride = (stride * extents[axis]) | 1;
    }
    for (int axis = 0; axis + 1 < extents.rank(); ++axis) columns_.emplace_back(extents[axis]);
    width_ = divisor(row_blocks_, kStripBytes / (positions_ * 128));
    together_ = 1;
    direct_ = rows_ == 1 && width_ == row_blocks_;
    const Index position_bytes = strides_[0] * static_cast<Index>(sizeof(T));
    while (positions_ % (2 * together_) == 0 &&
           (2 * together_ * position_bytes <= kLeastPieceBytes ||
            (together_ * width_ * 128 < kRunBytes &&
             2 * together_ * position_bytes <= kMostPieceBytes))) {
      together_ *= 2;
    }
    this->work_samples_ = direct_ ? 0 : together_ * strides_[0];
    this->pieces_ = positions_ / together_;
    this->strips_ = rows_ * row_blocks_ / width_;
    this->spectrum_samples_ = this->strips_ * (positions_ * width_ | 1) * 2 * kBlock;
  }

  void forward_piece(Index piece, const T* x, T* spectrum, T* work) const noexcept override {
    if (direct_) return forward_rows(x, spectrum + piece * together_ * line_samples());
    for (Index n = 0; n < together_; ++n, x += position_samples()) {
      T* z = work + n * strides_[0];
      for (Index row = 0; row < rows_; row += run_) {
        line_->forward_lines(x + row * line_samples(), line_samples(), run_, z + row_at(row),
                             row_apart_);
      }
      for (int axis = this->extents_.rank() - 2; axis >= 1; --axis) {
        for_each_column(axis, z, [&](T* column, Index width) {
          columns_[static_cast<std::size_t>(axis)].split(column, strides_[axis], width);
        });
      }
    }
    for_each_run(piece, spectrum, [&](Index at, T* run) {
      copy_blocks(work + at, strides_[0], width_, together_, run, width_ * 2 * kBlock);
    });
  }

  void inverse_piece(Index piece, T* spectrum, T* x, T* work) const noexcept override {
    if (direct_) return inverse_rows(spectrum + piece * together_ * line_samples(), x);
    for_each_run(piece, spectrum, [&](Index at, const T* run) {
      copy_blocks(run, width_ * 2 * kBlock, width_, together_, work + at, strides_[0]);
    });
    for (Index n = 0; n < together_; ++n, x += position_samples()) {
      T* z = work + n * strides_[0];
      for (int axis = 1; axis + 1 < this->extents_.rank(); ++axis) {
        for_each_column(axis, z, [&](T* column, Index width) {
          columns_[static_cast<std::size_t>(axis)].join(column, strides_[axis], width);
        });
      }
      for (Index row = 0; row < rows_; row += run_) {
        line_->inverse_lines(z + row_at(row), row_apart_, run_, x + row * line_samples(),
                             line_samples());
      }
    }
  }

  void forward_strip(Index strip, T* spectrum) const noexcept override {
    columns_[0].split(spectrum + strip * this->strip_samples(), width_ * 2 * kBlock, width_);
  }
  void inverse_strip(Index strip, T* spectrum) const noexcept override {
    columns_[0].join(spectrum + strip * this->strip_samples(), width_ * 2 * kBlock, width_);
  }

  std::string describe() const override { return "remainder tree"; }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;

  Index position_samples() const noexcept { return rows_ * this->extents_.back(); }

  Index line_samples() const noexcept { return this->extents_.back(); }

  void forward_rows(const T* x, T* spectrum) const noexcept {
    line_->forward_lines(x, line_samples(), together_, spectrum, line_samples());
  }
  void inverse_rows(T* spectrum, T* x) const noexcept {
    line_->inverse_lines(spectrum, line_samples(), together_, x, line_samples());
  }

  // Where a row of the last axis begins within a position's work memory.
  Index row_at(Index row) const noexcept {
    Index at = 0;
    for (int axis = strides_.rank() - 2; axis >= 1; --axis) {
      at += row % this->extents_[axis] * strides_[axis];
      row /= this->extents_[axis];
    }
    return at;
  }

  // Calls visit(column, width) for every column strip along an inner axis of a position.
  template <class Visit>
  void for_each_column(int axis, T* position, Visit&& visit) const noexcept {
    const Index extent = this->extents_[axis];
    const Index below = this->extents_.from(axis + 1).product() / this->extents_.back();
    const Index strip = std::clamp(kStripBytes / (extent * 128), Index{1}, row_blocks_);
    for (Index block = 0; block < rows_; block += extent * below) {
      for (Index row = block; row < block + below; ++row) {
        for (Index from = 0; from < row_blocks_; from += strip) {
          visit(position + row_at(row) + from * 2 * kBlock, std::min(strip, row_blocks_ - from));
        }
      }
    }
  }

  // Calls visit(at, run) for every strip: where its part of a piece's first position lies in the work
  // memory, and in the spectrum.
  template <class Visit>
  void for_each_run(Index piece, T* spectrum, Visit&& visit) const noexcept {
    T* run = spectrum + piece * together_ * width_ * 2 * kBlock;
    for (Index row = 0; row < rows_; ++row) {
      const Index at = row_at(row);
      for (Index from = 0; from < row_blocks_; from += width_) {
        visit(at + from * 2 * kBlock, run);
        run += this->strip_samples();
      }
    }
  }

  std::shared_ptr<const SlicedTransform<T>> line_;
  Index positions_, row_blocks_, rows_;  // rows of a position
  Index run_, row_apart_;                // rows that lie the same number apart
  Shape strides_;                        // of the axes in the work memory; the first: of positions
  std::vector<ColumnTree<T>> columns_;
  Index width_ = 1;     // memory blocks of a strip
  Index together_ = 1;  // positions of a piece
  bool direct_ = false;  // the spectrum is rows as they are: nothing is copied
};

}  // namespace

template <class T>
std::shared_ptr<const RealTransform<T>> make_remainder_tree(const Shape& extents) {
  return std::make_shared<RemainderTree<T>>(extents);
}

template std::shared_ptr<const RealTransform<float>> make_remainder_tree(const Shape&);
template std::shared_ptr<const RealTransform<double>> make_remainder_tree(const Shape&);

}  // namespace faltung
