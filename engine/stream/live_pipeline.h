// A whole pipeline that is replaced while it runs, without a click or a dropped frame.
//
// The new one is prepared and warmed up with the stream's past off the audio thread, handed over
// without a lock and cross-faded with equal gain (swap.h): a changed gain ramps linearly, a changed
// response cross-fades, and a pipeline replaced by its equal is inaudible.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/stream/stage.h"
#include "engine/stream/swap.h"

namespace faltung {

class LivePipeline {
 public:
  static constexpr double kLeastPast_s = 2;  // what a new pipeline may hear, at least

  // Prepares `first` for series in blocks of in.max_slab frames. `setting.clock`, `any_length` and
  // `swaps` are this class's to set. Throws what prepare throws, and Error{configuration} for what
  // cannot run live.
  LivePipeline(StagePtr first, const Format& in, const Setting& setting);
  ~LivePipeline();

  const Format& input() const noexcept { return in_; }
  const Format& output() const noexcept { return out_; }
  // Of the newest pipeline, in frames; any thread.
  Index latency() const noexcept { return latency_.load(std::memory_order_relaxed); }
  const Explanation& explanation() const noexcept { return explanation_; }

  // --- the audio thread's ---
  // Takes up to in.max_slab frames and gives as many. Never allocates, locks, calls or waits.
  void process(const Slab& in, const Slab& out) noexcept;
  void reset() noexcept { swappable_->reset(); }  // silence was before

  // --- one other thread's ---
  // Returns a ticket; 0, with `next` lost, where too many are on their way: collect first. Throws,
  // with nothing changed, where `next` cannot be prepared or gives other channels.
  std::uint64_t replace(StagePtr next, double fade_ms = 20);
  // Which have been heard, and from which frame on; frees what is not needed any more.
  std::vector<SwapReport> collect();
  // Of the newest pipeline; valid until the next replace.
  const std::vector<Control>& controls() const noexcept { return controls_; }

 private:
  struct Prepared;
  Prepared prepare(StagePtr stage) const;
  void adopt(Prepared& prepared);

  Setting setting_;
  Format in_, out_;
  std::atomic<Index> latency_{0};
  Explanation explanation_;
  std::vector<Control> controls_;
  std::unique_ptr<SwappableConvolution> swappable_;
};

}  // namespace faltung
