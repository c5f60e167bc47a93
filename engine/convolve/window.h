// The history of a stream: padded input positions, as the stateless solvers read them.
//
// Padded coordinates: position p along the stream axis is input position p − padding.before; the
// inner axes are padded when a position enters. The boundary along the stream axis is applied by
// the first and the last positions: a head is made as soon as enough input is there, a foot when
// the input ends. Wrap keeps the whole signal.
#pragma once

#include "engine/convolve/padded_slab.h"
#include "engine/convolve/problem.h"
#include "engine/convolve/workers.h"

namespace faltung {

// How many padded positions a window holds: what its memory grows with.
Index window_positions(const Problem& problem, Index span, Index chunk);

template <class T>
class Window {
 public:
  // Room for at least `span` positions at once plus `chunk` new ones. `phases` > 1 stores the last
  // inner axis as that many interleaved phases, each phase_extent() long: strided solvers. Workers,
  // where there are any, share the padding of large positions.
  Window(const Problem& problem, Index span, Index chunk, Index phases, Workers* workers = nullptr);

  // Takes positions [first, …) of `in` while there is room; returns how many.
  Index push(const Slab& in, Index first) noexcept;
  // The input has ended: makes what is missing of head and foot. Called once, when there is room:
  // always, once everything that reads nothing of the foot is released.
  bool can_end() noexcept;
  void end() noexcept;

  // Padded positions [begin, available) are there; at(c, p) is position p of channel c.
  Index begin() const noexcept { return begin_; }
  Index available() const noexcept { return head_made_ ? available_ : begin_; }
  const T* at(Index channel, Index position) const noexcept {
    return memory_.data() + channel * channel_stride_ + (position - begin_) * position_samples_;
  }
  PaddedSlab<T> padded() const noexcept {
    return {memory_.data(),    begin_,       available(),  channel_stride_,
            position_samples_, row_samples_, phase_extent_};
  }
  Index channel_stride() const noexcept { return channel_stride_; }
  Index position_samples() const noexcept { return position_samples_; }
  Index phase_extent() const noexcept { return phase_extent_; }
  Index row_samples() const noexcept { return row_samples_; }  // along the last inner axis

  // Positions before this one are needed no more.
  void release(Index position) noexcept { released_ = position; }
  void reset() noexcept;
  Index memory_bytes() const noexcept {
    return memory_.size() * static_cast<Index>(sizeof(T)) +
           8 * (row_of_.size() + column_of_.size());
  }

 private:
  Index free_positions() const noexcept { return begin_ + capacity_ - available_; }
  void make_head() noexcept;
  void shift() noexcept;
  void write_positions(const Slab& in, Index first, Index count) noexcept;
  void write_series(const Slab& in, Index first, Index count) noexcept;
  void write_block(const Slab& in, Index channel, Index channels, Index first, Index position,
                   Index count) noexcept;
  template <class From>
  void write_channel(const From* from, T* to) const noexcept;
  void copy_or_fill(Index source_position, Index position) noexcept;
  T* slot(Index channel, Index position) noexcept {
    return memory_.data() + channel * channel_stride_ + (position - begin_) * position_samples_;
  }

  Workers* workers_;
  Index channels_, before_, after_, head_needs_;
  Boundary boundary_;
  T outside_;  // the constant, or zero
  Index inner_samples_, position_samples_, row_samples_, phase_extent_, phases_;
  Index in_columns_, columns_before_;
  Buffer<Index> row_of_;     // padded row of the inner axes -> input row, −1 outside
  Buffer<Index> column_of_;  // padded column -> input column, −1 outside
  Index capacity_, channel_stride_;
  Index keep_;  // positions the foot may look back to
  Buffer<T> memory_;
  Index begin_ = 0, available_ = 0, released_ = 0;
  Index received_ = 0;  // input positions
  bool head_made_ = false;
};

}  // namespace faltung
