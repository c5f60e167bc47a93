// Runs a stateless solver over a stream: window in, tiles out.
#pragma once

#include <memory>

#include "engine/convolve/padded_lines.h"
#include "engine/convolve/streaming.h"
#include "engine/convolve/window.h"
#include "engine/convolve/workers.h"
#include "engine/simd/accumulate_rows.h"

namespace faltung {

// Outputs [first, first + count) along the stream axis, to the front of `out`. `first` is a multiple
// of tile(); count is too, except at the end of the signal.
struct TileWork {
  Index first = 0;
  Index count = 0;
  Team team;
  Index column = 0;    // along the last axis: outputs [column, column + columns) only,
  Index columns = -1;  // −1: all
  Store store = Store::cached;
};

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

  // Whether runs may come in any order and at the same time, each with a team of its own slot; and
  // whether they may be asked for some columns only.
  virtual bool in_any_order() const noexcept { return false; }
  virtual bool takes_columns() const noexcept { return false; }

  // Whether it copies what it reads, and can do so from wherever the signal lies: run_lines(), in any
  // order, at the same time only within one team.
  virtual bool reads_lines() const noexcept { return false; }
  virtual void run_lines(const PaddedLines<T>&, const SlabOf<T>&, const TileWork&) noexcept {}

  // The window holds everything that the outputs read.
  virtual void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
                   const TileWork& work) noexcept = 0;
  // All outputs from a whole input where it lies, the same bits; false: it needs a window.
  virtual bool run_whole(const SlabOf<T>&, const SlabOf<T>&) noexcept { return false; }
};

// How many outputs are computed at once, at most: what is worth `chunk` input positions, in tiles.
Index sliding_batch(const Problem& problem, Index tile, Index chunk);

// Live: the history moves at once when its memory is full. Whether that takes longer than about
// 10 us, so that a solver with a schedule is to be preferred.
bool moves_too_much_live(const Problem& problem);

template <class T>
std::unique_ptr<Streaming> make_sliding(const Problem& problem,
                                        std::unique_ptr<TileSolver<T>> solver, Workers* workers);

}  // namespace faltung
