// What an audio callback calls: a live pipeline with everything that keeps a loudspeaker safe.
//
// Flushes denormals, keeps NaN out and in, mutes and bypasses with ramps, counts samples beyond
// full scale, measures levels and how long calls take, and latches a mute when the output blows up
// (feedback). While nothing of this is needed, samples are the pipeline's bit for bit.
#pragma once

#include <atomic>
#include <vector>

#include "engine/stream/control.h"
#include "engine/stream/history.h"
#include "engine/stream/input_guard.h"
#include "engine/stream/live_pipeline.h"

namespace faltung {

struct EngineOptions {
  double ramp_ms = 20;           // of mute and bypass
  double fade_out_ms = 100;      // of the end
  double blow_up_db = 24;        // above full scale …
  double blow_up_ms = 20;        // … for so long: muted until unlatch
};

// Since the last status; what is a total says so.
struct LiveStatus {
  Index frames = 0;               // total
  double load = 0;                // mean share of the time there is that calls took
  double worst_load = 0;          // of one call
  double worst_s = 0;             // the same in seconds
  Index overloads = 0;            // total: calls that took longer than their frames last
  Index clipped = 0;              // total: output samples beyond full scale
  Index muted_inputs = 0;         // total: blocks of a channel with NaN or infinity
  Index muted_outputs = 0;        // total: the same, made by the pipeline
  bool latched = false;           // the output blew up and is muted
  std::vector<float> in_peaks, out_peaks;  // one for each channel
};

class LiveEngine {
 public:
  // `pipeline` outlives this.
  LiveEngine(LivePipeline& pipeline, const EngineOptions& options);

  // The audio thread's. Any number of frames; `in` and `out` have the pipeline's channels and type
  // and as many frames as each other. Never allocates, locks, calls the system or waits.
  void process(const Slab& in, const Slab& out) noexcept;

  // --- any other thread's ---
  Parameter& mute() noexcept { return mute_; }      // 0 or 1
  Parameter& bypass() noexcept { return bypass_; }  // 0 or 1
  bool can_bypass() const noexcept { return can_bypass_; }
  void fade_out() noexcept { ending_.store(true, std::memory_order_relaxed); }
  bool is_silent() const noexcept { return silent_.load(std::memory_order_relaxed); }
  bool is_latched() const noexcept { return latched_.load(std::memory_order_relaxed); }
  void unlatch() noexcept { latched_.store(false, std::memory_order_relaxed); }

  // --- one other thread's ---
  LiveStatus status();

 private:
  // Atomic for its reader; only the audio thread adds.
  class Count {
   public:
    void add(Index more) noexcept { value_.store(get() + more, std::memory_order_relaxed); }
    Index get() const noexcept { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<Index> value_{0};
  };

  void process_block(const Slab& in, const Slab& out) noexcept;
  void mix_in_dry(const Slab& in, const Slab& out) noexcept;
  void master(const Slab& out) noexcept;
  void watch(const Slab& in, const Slab& out) noexcept;
  double step(double ms) const noexcept;
  void measure(double seconds, Index frames) noexcept;

  LivePipeline& pipeline_;
  EngineOptions options_;
  bool can_bypass_;
  Parameter mute_, bypass_;
  InputGuard in_guard_, out_guard_;
  History dry_;           // the input as late as the output
  SlabMemory dry_block_;
  double gain_ = 1, dry_gain_ = 0;  // where the ramps are
  Index loud_frames_ = 0;

  std::atomic<bool> ending_{false}, silent_{false}, latched_{false};
  std::vector<std::atomic<float>> in_peaks_, out_peaks_;
  Count frames_, overloads_, clipped_, busy_ns_;
  std::atomic<double> worst_load_{0}, worst_s_{0};
  Index told_ns_ = 0, told_frames_ = 0;  // the reader's
};

}  // namespace faltung
