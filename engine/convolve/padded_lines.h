// Lines of a padded signal, wherever it lies: in the history of a stream or whole in memory.
#pragma once

#include "engine/convolve/problem.h"
#include "engine/simd/convert_samples.h"

namespace faltung {

// Padded coordinates as in window.h. A line runs along the last axis; `row` counts the padded rows of
// a position. With rank 1 the stream is the line: position and row are 0.
template <class T>
class PaddedLines {
 public:
  virtual ~PaddedLines() = default;
  // Samples [column, column + count) of a line, all of them within the padded extents.
  virtual void copy(Index channel, Index position, Index row, Index column, Index count,
                    T* to) const noexcept = 0;
  virtual Index available() const noexcept = 0;  // padded positions along the stream axis
};

// Parts of rows that lie apart: who reads or writes one asks for the same part of the row so far ahead.
constexpr Index kRowsAhead = 8;
enum class Access : int { read, write };
template <Access kAccess, class T>
void fetch(const T* line, Index count) noexcept {
  constexpr Index kLine = 64 / static_cast<Index>(sizeof(T));
  for (Index n = 0; n < count; n += kLine) __builtin_prefetch(line + n, static_cast<int>(kAccess));
}

// How a problem continues a signal that is there as a whole.
class Continuation {
 public:
  explicit Continuation(const Problem& problem);

  Index available() const noexcept { return extent_ + padding_.before + padding_.after; }

  template <class From, class T>
  void copy(const SlabOf<const From>& in, Index channel, Index position, Index row, Index column,
            Index count, T* to) const noexcept {
    const Index n = rank_ == 1 ? 0 : source_index(position - padding_.before, extent_, boundary_);
    if (n < 0 || row_of_[row] < 0) {
      std::fill_n(to, count, static_cast<T>(outside_));
      return;
    }
    const From* line = in.at(channel, n) + row_of_[row] * columns_;
    const Index end = column + count;
    const Index first = std::clamp(before_, column, end);
    const Index last = std::clamp(before_ + columns_, first, end);
    if (last - first < columns_) {
      fetch<Access::read>(line + kRowsAhead * columns_ + first - before_, last - first);
    }
    for (Index c = column; c < first; ++c) *to++ = value<T>(line, outside_of_[c]);
    convert_samples(line + first - before_, last - first, to);
    to += last - first;
    for (Index c = last; c < end; ++c) *to++ = value<T>(line, outside_of_[c - columns_]);
  }

 private:
  template <class T, class From>
  T value(const From* line, Index source) const noexcept {
    return source < 0 ? static_cast<T>(outside_) : static_cast<T>(line[source]);
  }

  int rank_;
  Index extent_;
  Padding padding_;  // along the stream axis
  Boundary boundary_;
  double outside_;
  Index columns_, before_;    // along the last axis
  Buffer<Index> outside_of_;  // padded column before and after the signal's -> column, −1 outside
  Buffer<Index> row_of_;      // padded row of a position -> row of the signal, −1 outside
};

// A signal that is there as a whole.
template <class T, class From>
class WholeLines final : public PaddedLines<T> {
 public:
  // Both must outlive it.
  WholeLines(const Continuation& continuation, const SlabOf<const From>& in)
      : continuation_(continuation), in_(in) {}
  void copy(Index channel, Index position, Index row, Index column, Index count,
            T* to) const noexcept override {
    continuation_.copy(in_, channel, position, row, column, count, to);
  }
  Index available() const noexcept override { return continuation_.available(); }

 private:
  const Continuation& continuation_;
  SlabOf<const From> in_;
};

}  // namespace faltung
