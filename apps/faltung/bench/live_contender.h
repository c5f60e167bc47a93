// Who takes part in `bench live`: something prepared that takes a block and gives a block.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/faltung/bench/live_case.h"
#include "engine/convolve/cost.h"

namespace faltung {

// Whether calls come as fast as they can (then everyone waits for what is still being computed), or
// at the pace of a device.
enum class Pace { back_to_back, device };

class LiveContender {
 public:
  virtual ~LiveContender() = default;

  // One block: channel c begins at in + c * in_stride and out + c * room().
  virtual void process(const float* in, Index in_stride, float* out) noexcept = 0;
  virtual Index room() const noexcept = 0;  // frames for each channel of `out`; a block at least

  virtual std::string plan() const { return ""; }      // what was chosen
  virtual double predicted_s() const { return -1; }    // for each frame; below 0: nothing said
};

using LiveContenderPtr = std::unique_ptr<LiveContender>;

// As a live stage does it: the planner's choice for slabs of at most a block, on the calling thread.
LiveContenderPtr make_live_faltung(const LiveCase& live, const Array<float>& responses,
                                   const Costs& costs);

// libzita-convolver as jconvolver uses it, with threads of its own for the larger partitions.
// Null where this program was built without it. Throws Error{failure} where it refuses.
enum class ZitaSetup { usual, best };  // the best: measured transform plans, its vector code
LiveContenderPtr make_live_zita(const LiveCase& live, const Array<float>& responses,
                                ZitaSetup setup, Pace pace);
bool has_zita();

}  // namespace faltung
