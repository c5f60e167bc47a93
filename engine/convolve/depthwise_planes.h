// Depthwise layers on whole inputs: every output is one channel of a small image, taken by itself
// while it is near, which is quicker than bands across all channels.
#pragma once

#include "engine/convolve/problem.h"
#include "engine/convolve/workers.h"

namespace faltung {

// Whether DepthwisePlanes can do it.
bool takes_planes(const Problem& problem);

template <class T>
class DepthwisePlanes {
 public:
  DepthwisePlanes(const Problem& problem, Workers* workers);

  // All outputs; the same bits as the direct solver's on a window, for any number of threads.
  void run(const SlabOf<T>& in, const SlabOf<T>& out) noexcept;
  Index memory_bytes() const noexcept;

 private:
  void slide(const SlabOf<T>& in, const SlabOf<T>& out, Index channel, T* scratch) const noexcept;
  void convolve_padded(const SlabOf<T>& in, const SlabOf<T>& out, Index channel,
                       T* padded) const noexcept;
  void pad(const T* in, Index columns, Index first, Index count, T* to) const noexcept;

  Workers* workers_;
  Index rows_, columns_, dilation_;  // taps; those of a row lie dilation_ apart
  bool slides_;                      // slide_kernel can do it
  Padding rows_around_, columns_around_;
  std::vector<Index> in_of_;               // output channel -> input channel
  Buffer<T> weights_, bias_;               // [output channel]
  std::vector<Index> row_of_, column_of_;  // of a padded plane, −1: outside
  T outside_;
  Index band_ = 1;                  // output rows whose padded input stays in level 1
  std::vector<Buffer<T>> scratch_;  // one for each slot
};

}  // namespace faltung
