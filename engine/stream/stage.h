// The contract of everything that processes slabs.
//
//   prepare(format in) -> format out   allocates, plans, may throw Error; never on the audio thread
//   process(in, out) -> count          consumes all of `in`, writes what is determined so far
//   finish(out) -> count               the rest: a bottom edge, a tail; called until it returns 0
//   reset()                            as after prepare
//
// process, finish and reset never allocate, lock, call the system, throw or loop unboundedly
// (with Setting::workers, an offline affair, they may wait for other threads).
//
// Slab invariance: any way of cutting the input into slabs of 1 to max_slab positions gives the
// same output, position by position; bit for bit offline.
//
// Output position m of a stage means the same however much is held back: a stage that looks ahead
// first gives less than it takes, then catches up in finish. That lag is its latency.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/convolve/schedule.h"
#include "engine/nd/geometry.h"
#include "engine/stream/control.h"
#include "engine/stream/format.h"

namespace faltung {

// Along the stream axis.
struct Timing {
  Index latency = 0;  // most input positions taken beyond what an output position needs at rate 1
  Index uneven = 0;   // live: as many more where slabs are shorter than blocks
  ReceptiveField field;  // which input positions decide one output position
  Index tail = 0;        // output positions that only finish gives, beyond the held-back ones
  // A stage that is given a signal from a later position on, a multiple of this, has the same bits to
  // give where its field lies within what it got; 0: nowhere, it never forgets.
  Index period = 1;
};

// One line of `faltung explain`: a stage, or an alternative that the planner weighed.
struct Explanation {
  struct Candidate {
    std::string solver;      // "direct", "overlap_save", …
    std::string detail;      // parameters, or why it is not applicable
    double predicted_s = 0;  // per output position of the stream axis; < 0: not applicable
    double error_bound = 0;  // relative to the output's peak
    bool chosen = false;
    double worst_block_s = 0;  // live: predicted for one call
    std::vector<LevelPlan> levels = {};  // of a partition schedule
    Index direct_taps = 0;          // its head in the sample domain
  };
  std::string text;                   // "convolve hall.wav: 2 × 112561 taps"
  double flops_per_position = 0;      // of the definition, per output position
  Index memory_bytes = 0;             // held by the stage
  std::vector<ReceptiveField> inner_fields = {};  // along the inner axes; empty: one position
  std::vector<Candidate> candidates;  // empty: nothing to choose
  std::vector<Explanation> parts;     // of a combinator
  bool side_by_side = false;          // the parts have the same input; else one feeds the next
  Format in, out;                     // these three are filled in by whoever holds the stage:
  Timing timing;                      // a combinator for its parts, the program for the whole
};

class Stage {
 public:
  virtual ~Stage() = default;

  // Returns the output's format; its max_slab is the most that one process or finish call gives.
  // in.max_slab must be at least 1. May be called again, which starts anew.
  virtual Format prepare(const Format& in, const Setting& setting) = 0;

  // `in` and `out` are of the prepared formats and do not overlap; out.extent is at least what the
  // output format's max_slab says. Returns how many positions were written from the front of `out`.
  virtual Index process(const Slab& in, const Slab& out) noexcept = 0;
  virtual Index finish(const Slab& out) noexcept = 0;
  virtual void reset() noexcept = 0;

  // Valid after prepare.
  virtual Timing timing() const = 0;
  virtual Explanation explain() const = 0;

  // What other threads may set and read while this stage processes; valid from its making on.
  virtual std::vector<Control> controls() { return {}; }
};

using StagePtr = std::unique_ptr<Stage>;

// What whoever holds a prepared stage says of it.
inline Explanation explain_held(const Stage& stage, const Format& in, const Format& out) {
  Explanation result = stage.explain();
  result.in = in;
  result.out = out;
  result.timing = stage.timing();
  return result;
}

}  // namespace faltung
