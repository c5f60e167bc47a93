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

// e^(2πi·turns).
template <class T>
void write_root(double turns, T* re, T* im) {
  const double angle = 2 * std::numbers::pi * turns;
  *re = static_cast<T>(std::cos(angle));
  *im = static_cast<T>(std::sin(angle));
}

// Follows c = e^(2πi·turns) of every lane through split_lanes and writes the twiddles √c it will load.
template <class T>
class LaneTable {
 public:
  LaneTable(Index leaves, Index odd)
      : lanes_(vector_lanes<T>()), table_(leaves * odd * numbers_per_block()), at_(table_.data()) {
    const Index blocks_per_unit = lanes_ == kBlock ? 2 : 1;
    for (Index block = 0; block < leaves * odd; block += blocks_per_unit) {
      units_.assign(static_cast<std::size_t>(blocks_per_unit * kBlock), 0);
      for (Index i = 0; i < blocks_per_unit * kBlock; ++i) {
        const Index memory_block = block + i / kBlock;
        const double leaf = reversed_fraction(2 * leaves + memory_block / odd);
        units_[static_cast<std::size_t>(i)] =
            (leaf + static_cast<double>(memory_block % odd)) / static_cast<double>(odd);
      }
      write_unit(blocks_per_unit);
    }
  }

  static Index numbers_per_block() { return kBlock * log2_of(kBlock); }
  Buffer<T> take() { return std::move(table_); }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;

  double* vector(Index v) { return units_.data() + v * lanes_; }

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

  void exchange(double* x, double* y, Index grain) const {
    for (Index lane = 0; lane < lanes_; ++lane) {
      if (lane / grain % 2 == 0) std::swap(x[lane + grain], y[lane]);
    }
  }

  void write_level(double* x, double* y) {
    for (Index lane = 0; lane < lanes_; ++lane) {
      x[lane] /= 2;
      write_root(x[lane], &at_[lane], &at_[lanes_ + lane]);
      y[lane] = x[lane] + 0.5;
    }
    at_ += 2 * lanes_;
  }

  Index lanes_;
  Buffer<T> table_;
  T* at_;
  std::vector<double> units_;
};

}  // namespace

template <class T>
Buffer<T> make_twiddles(Index count) {
  Buffer<T> table(2 * count);
  for (Index i = 0; i < count; ++i) {
    write_root(reversed_fraction(i) / 2, &table[2 * i], &table[2 * i + 1]);
  }
  return table;
}

template <class T>
Buffer<T> make_odd_twiddles(Index first, Index count, Index radix) {
  Buffer<T> table(2 * count * (radix - 1));
  T* at = table.data();
  for (Index b = 0; b < count; ++b) {
    const double root = reversed_fraction(first + b) / static_cast<double>(radix);
    for (Index power = 1; power < radix; ++power, at += 2) {
      write_root(root * static_cast<double>(power), at, at + 1);
    }
  }
  return table;
}

template <class T>
Buffer<T> make_lane_table(Index leaves, Index odd) {
  return LaneTable<T>(leaves, odd).take();
}

template <class T>
Index lane_table_step() noexcept {
  return LaneTable<T>::numbers_per_block();
}

template Buffer<float> make_twiddles(Index);
template Buffer<double> make_twiddles(Index);
template Buffer<float> make_odd_twiddles(Index, Index, Index);
template Buffer<double> make_odd_twiddles(Index, Index, Index);
template Buffer<float> make_lane_table(Index, Index);
template Buffer<double> make_lane_table(Index, Index);
template Index lane_table_step<float>() noexcept;
template Index lane_table_step<double>() noexcept;

}  // namespace faltung
