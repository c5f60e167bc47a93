// A pipeline prepared as for an audio thread, with memory for its slabs and noise to process.
#pragma once

#include <random>
#include <string>

#include "engine/pipeline/pipeline.h"
#include "engine/stream/slab_memory.h"

namespace faltung::realtime {

// The signal of a live stream: blocks of `block` positions, no end known.
Format live_format(Index channels, const Shape& inner, SampleType type, Index block);

// Kernel files "2x240000.wav": so many channels of so many taps of decaying noise, at 48 kHz.
Kernel noise_response(const std::string& path);

class LiveStage {
 public:
  // Parses and prepares. Throws Error.
  LiveStage(const std::string& pipeline, const Format& in);

  void fill_input();  // the next noise; allocates nothing
  Index process(Index extent) noexcept {
    return stage_->process(in_.slab().part(0, extent), out_.slab());
  }
  Index finish() noexcept { return stage_->finish(out_.slab()); }
  void reset() noexcept { stage_->reset(); }

  Index block() const noexcept { return in_.slab().extent; }
  const Slab& in() const noexcept { return in_.slab(); }
  const Slab& out() const noexcept { return out_.slab(); }
  Stage& stage() noexcept { return *stage_; }

 private:
  StagePtr stage_;
  SlabMemory in_, out_;
  std::minstd_rand random_;
};

}  // namespace faltung::realtime
