// Runs a stateless solver over a stream: window in, tiles out.
#pragma once

#include <memory>

#include "engine/convolve/streaming.h"
#include "engine/convolve/window.h"
#include "engine/convolve/workers.h"

namespace faltung {

// One way to compute outputs from a window of padded input. Tiles are anchored at multiples of
// tile() along the stream axis, whoever computes them: the cutting of the stream cannot change a bit.
template <class T>
class TileSolver {
 public:
  virtual ~TileSolver() = default;
  virtual Index tile() const noexcept { return 1; }
  virtual Index phases() const noexcept { return 1; }   // as Window stores them
  virtual Index chunk() const noexcept = 0;             // input positions worth taking at once
  virtual Index memory_bytes() const noexcept = 0;

  // Outputs [first, first + count) to the front of `out`. `first` is a multiple of tile(); count is
  // too, except at the end of the signal. The window holds everything they read.
  virtual void run(const Window<T>& window, const SlabOf<T>& out, Index first,
                   Index count) noexcept = 0;
  // All outputs from a whole input where it lies, the same bits; false: it needs a window.
  virtual bool run_whole(const SlabOf<T>&, const SlabOf<T>&) noexcept { return false; }
};

// Live: the history moves at once when its memory is full. Whether that takes longer than about
// 10 us, so that a solver with a schedule is to be preferred.
bool moves_too_much_live(const Problem& problem);

template <class T>
std::unique_ptr<Streaming> make_sliding(const Problem& problem,
                                        std::unique_ptr<TileSolver<T>> solver, Workers* workers);

}  // namespace faltung
