// The tables that the butterflies read.
#include "engine/fft/twiddles.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "engine/simd/butterflies.h"

namespace faltung {
namespace {

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

}  // namespace

template <class T>
Buffer<T> make_twiddles(Index count) {
  Buffer<T> table(2 * count);
  for (Index i = 0; i < count; ++i) write_twiddle(i, &table[2 * i], &table[2 * i + 1]);
  return table;
}

template <class T>
Buffer<T> make_lane_table(Index memory_blocks) {
  return LaneTable<T>(memory_blocks).take();
}

template <class T>
Index lane_table_step() noexcept {
  return LaneTable<T>::numbers_per_block();
}

template Buffer<float> make_twiddles(Index);
template Buffer<double> make_twiddles(Index);
template Buffer<float> make_lane_table(Index);
template Buffer<double> make_lane_table(Index);
template Index lane_table_step<float>() noexcept;
template Index lane_table_step<double>() noexcept;

}  // namespace faltung
