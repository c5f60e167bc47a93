// A prepared convolution that takes slabs: what a plan becomes.
//
// Behaves as a stage does (engine/stream/stage.h), without formats: `in` and `out` are float32 or
// float64, whichever the caller's signal is; arithmetic is the problem's.
#pragma once

#include <memory>

#include "engine/nd/slab.h"

namespace faltung {

class Streaming {
 public:
  virtual ~Streaming() = default;

  virtual Index process(const Slab& in, const Slab& out) noexcept = 0;
  virtual Index finish(const Slab& out) noexcept = 0;
  virtual void reset() noexcept = 0;
  // The whole signal at once, from whatever state: reset, process, finish. `in` is at most the
  // largest slab, `out` has room for all outputs.
  virtual void whole(const Slab& in, const Slab& out) noexcept;

  virtual Index max_output() const noexcept = 0;    // of one process or finish call
  virtual Index held_back() const noexcept = 0;     // input positions taken beyond what is needed
  // Not on an audio thread: waits until other threads have done what process gave them.
  virtual void settle() noexcept {}

  virtual Index memory_bytes() const noexcept = 0;
  virtual Index late_blocks() const noexcept { return 0; }  // that other threads did not finish in time
};

// Copies between slabs of equal extents, converting the sample type.
void copy_slab(const Slab& from, const Slab& to) noexcept;

}  // namespace faltung
