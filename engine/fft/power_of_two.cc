// A real transform for power-of-two extents whose bins come in the order the butterflies leave.
#include "engine/fft/power_of_two.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/nd/array.h"
#include "engine/simd/butterflies.h"

namespace faltung {
namespace {

constexpr Index kLeafBytes = 16 * 1024;   // half of a first-level cache: passes go level by level
constexpr Index kStripBytes = 24 * 1024;  // columns of an outer axis that are transformed together
constexpr Index kGapFromBytes = 1024;     // rows at least this long are kept off equal cache sets

int log2_of(Index n) { return std::countr_zero(static_cast<std::uint64_t>(n)); }

// Bits of `index` mirrored at the binary point: 1 -> 1/2, 2 -> 1/4, 3 -> 3/4, …
double reversed_fraction(Index index) {
  double result = 0, weight = 0.5;
  for (; index > 0; index >>= 1, weight /= 2) {
    if (index & 1) result += weight;
  }
  return result;
}

// w of a block with this index in the tree that starts from c = 1: butterflies.h.
template <class T>
void write_twiddle(Index index, T* re, T* im) {
  const double angle = std::numbers::pi * reversed_fraction(index);
  *re = static_cast<T>(std::cos(angle));
  *im = static_cast<T>(std::sin(angle));
}

template <class T>
Buffer<T> make_twiddles(Index count) {
  Buffer<T> table(2 * count);
  for (Index i = 0; i < count; ++i) write_twiddle(i, &table[2 * i], &table[2 * i + 1]);
  return table;
}

// Follows the tree index of every lane through split_lanes and writes the twiddles it will load.
template <class T>
class LaneTable {
 public:
  explicit LaneTable(Index memory_blocks)
      : lanes_(vector_lanes<T>()), table_(memory_blocks * numbers_per_block()), at_(table_.data()) {
    const Index blocks_per_unit = lanes_ == kBlock ? 2 : 1;
    for (Index block = 0; block < memory_blocks; block += blocks_per_unit) {
      units_.assign(static_cast<std::size_t>(blocks_per_unit * kBlock), 0);
      for (Index i = 0; i < blocks_per_unit * kBlock; ++i) {
        units_[static_cast<std::size_t>(i)] = 2 * memory_blocks + block + i / kBlock;
      }
      write_unit(blocks_per_unit);
    }
  }

  static Index numbers_per_block() { return kBlock * log2_of(kBlock); }
  Buffer<T> take() { return std::move(table_); }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;

  Index* vector(Index v) { return units_.data() + v * lanes_; }

  void write_unit(Index blocks_per_unit) {
    const Index vectors = blocks_per_unit * kBlock / lanes_;
    if (blocks_per_unit == 1) {
      for (Index half = vectors / 2; half >= 1; half /= 2) {
        for (Index v = 0; v < vectors; ++v) {
          if ((v & half) == 0) write_level(vector(v), vector(v + half));
        }
      }
    }
    for (Index v = 0; v + 1 < vectors && lanes_ > 1; v += 2) {
      for (Index grain = lanes_ / 2; grain >= 1; grain /= 2) {
        exchange(vector(v), vector(v + 1), grain);
        write_level(vector(v), vector(v + 1));
      }
    }
  }

  void exchange(Index* x, Index* y, Index grain) const {
    for (Index lane = 0; lane < lanes_; ++lane) {
      if (lane / grain % 2 == 0) std::swap(x[lane + grain], y[lane]);
    }
  }

  void write_level(Index* x, Index* y) {
    for (Index lane = 0; lane < lanes_; ++lane) {
      write_twiddle(x[lane], &at_[lane], &at_[lanes_ + lane]);
      x[lane] = 2 * x[lane];
      y[lane] = x[lane] + 1;
    }
    at_ += 2 * lanes_;
  }

  Index lanes_;
  Buffer<T> table_;
  T* at_;
  std::vector<Index> units_;
};

template <class T>
class PowerOfTwo final : public RealTransform<T> {
 public:
  explicit PowerOfTwo(const Shape& extents) {
    this->extents_ = extents;
    bins_ = extents.back() / 2;
    rows_ = extents.product() / extents.back();
    row_samples_ = 2 * bins_;
    if (rows_ > 1 && row_samples_ * static_cast<Index>(sizeof(T)) >= kGapFromBytes) {
      row_samples_ += 2 * kBlock;
    }
    this->spectrum_samples_ = rows_ * row_samples_;
    first_radix_ = log2_of(bins_ / kBlock) % 2 == 0 ? 4 : 2;
    Index twiddles = 2 * bins_ / kBlock + 8;
    for (Index extent : extents) twiddles = std::max(twiddles, extent + 8);
    twiddles_ = make_twiddles<T>(twiddles);
    lane_table_ = LaneTable<T>(bins_ / kBlock).take();
    scale_ = static_cast<T>(1.0 / static_cast<double>(bins_ * rows_));
  }

  void forward(const T* x, T* spectrum, T*) const noexcept override {
    for (Index row = 0; row < rows_; ++row) {
      forward_row(x + row * this->extents_.back(), spectrum + row * row_samples_);
    }
    for (int axis = this->extents_.rank() - 2; axis >= 0; --axis) {
      along_axis(axis, spectrum, &PowerOfTwo::split_column);
    }
  }

  void inverse(T* spectrum, T* x, T*) const noexcept override {
    for (int axis = 0; axis < this->extents_.rank() - 1; ++axis) {
      along_axis(axis, spectrum, &PowerOfTwo::join_column);
    }
    for (Index row = 0; row < rows_; ++row) {
      inverse_row(spectrum + row * row_samples_, x + row * this->extents_.back());
    }
  }

  std::string describe() const override { return "power of two"; }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;

  // `size` memory blocks in each of `blocks` blocks of the transform.
  Pass<T> pass_over(T* data, Index blocks, Index size, Index radix, Index first) const noexcept {
    const Index part = size / radix;
    return {data, blocks, 1, part * 2 * kBlock, part, twiddles_.data(), first};
  }

  void forward_row(const T* x, T* z) const noexcept {
    const Index size = bins_ / kBlock;
    split_real(x, bins_, first_radix_, pass_over(z, 1, size, first_radix_, 2));
    split_levels(z, z, size / first_radix_, first_radix_, 2 * first_radix_);
  }

  void inverse_row(T* z, T* x) const noexcept {
    const Index size = bins_ / kBlock;
    join_levels(z, z, size / first_radix_, first_radix_, 2 * first_radix_);
    join_real(x, bins_, first_radix_, scale_, pass_over(z, 1, size, first_radix_, 2));
  }

  // Depth first while a block is larger than the cache, level by level below.
  void split_levels(T* origin, T* z, Index size, Index blocks, Index first) const noexcept {
    while (size > 1) {
      if (blocks > 1 && size * blocks > kLeafBlocks) {
        for (Index b = 0; b < blocks; ++b) {
          split_levels(origin, z + b * size * 2 * kBlock, size, 1, first + b);
        }
        return;
      }
      split4(pass_over(z, blocks, size, 4, first));
      size /= 4;
      blocks *= 4;
      first *= 4;
    }
    split_lanes(z, blocks, lanes_of(origin, z));
  }

  void join_levels(T* origin, T* z, Index size, Index blocks, Index first) const noexcept {
    if (size == 1) return join_lanes(z, blocks, lanes_of(origin, z));
    if (blocks > 1 && size * blocks > kLeafBlocks) {
      for (Index b = 0; b < blocks; ++b) {
        join_levels(origin, z + b * size * 2 * kBlock, size, 1, first + b);
      }
      return;
    }
    join_levels(origin, z, size / 4, blocks * 4, first * 4);
    join4(pass_over(z, blocks, size, 4, first));
  }

  const T* lanes_of(const T* origin, const T* z) const noexcept {
    return lane_table_.data() + (z - origin) / (2 * kBlock) * LaneTable<T>::numbers_per_block();
  }

  using Column = void (PowerOfTwo::*)(T*, Index, Index, Index) const noexcept;

  // Every column strip of one outer axis: `extent` runs that lie `stride` numbers apart.
  void along_axis(int axis, T* spectrum, Column column) const noexcept {
    const Index extent = this->extents_[axis];
    if (extent == 1) return;
    Index stride = row_samples_;
    for (int a = axis + 1; a < this->extents_.rank() - 1; ++a) stride *= this->extents_[a];
    const Index outer = this->spectrum_samples_ / (extent * stride);
    const Index run = stride / (2 * kBlock);
    const Index strip = std::clamp(kStripBytes / (extent * 128), Index{1}, run);
    for (Index o = 0; o < outer; ++o) {
      for (Index first = 0; first < run; first += strip) {
        (this->*column)(spectrum + o * extent * stride + first * 2 * kBlock, extent, stride,
                        std::min(strip, run - first));
      }
    }
  }

  Pass<T> column_pass(T* z, Index blocks, Index rows, Index stride, Index width) const noexcept {
    return {z, blocks, rows, stride, width, twiddles_.data(), 0};
  }

  void split_column(T* z, Index extent, Index stride, Index width) const noexcept {
    Index blocks = 1;
    if (log2_of(extent) % 2 == 1) {
      split2(column_pass(z, 1, extent / 2, stride, width));
      blocks = 2;
    }
    for (; blocks < extent; blocks *= 4) {
      split4(column_pass(z, blocks, extent / blocks / 4, stride, width));
    }
  }

  void join_column(T* z, Index extent, Index stride, Index width) const noexcept {
    Index blocks = extent;
    while (blocks >= 4) {
      blocks /= 4;
      join4(column_pass(z, blocks, extent / blocks / 4, stride, width));
    }
    if (blocks == 2) join2(column_pass(z, 1, extent / 2, stride, width));
  }

  static constexpr Index kLeafBlocks = kLeafBytes / 128;

  Index bins_ = 0;  // complex bins in a row
  Index rows_ = 0;
  Index row_samples_ = 0;
  int first_radix_ = 4;
  T scale_ = 1;
  Buffer<T> twiddles_;
  Buffer<T> lane_table_;
};

}  // namespace

template <class T>
std::shared_ptr<const RealTransform<T>> make_power_of_two(const Shape& extents) {
  return std::make_shared<PowerOfTwo<T>>(extents);
}

template std::shared_ptr<const RealTransform<float>> make_power_of_two(const Shape&);
template std::shared_ptr<const RealTransform<double>> make_power_of_two(const Shape&);

}  // namespace faltung
