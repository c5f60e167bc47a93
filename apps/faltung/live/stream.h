// What happens in an audio callback: where samples come from, through what they go, and where to.
//
//   capture ─┐                                  ┌─ device
//   file ────┼─▶ input slab ─▶ engine ─▶ output ┼─ recorder
//   bridge ──┘                                  └─ standard output
#pragma once

#include <atomic>
#include <limits>

#include "engine/io/device.h"
#include "engine/io/player.h"
#include "engine/io/recorder.h"
#include "engine/stream/live_engine.h"
#include "engine/stream/two_clocks.h"

namespace faltung {

// Null: there is none. Everything outlives the stream.
struct LiveWiring {
  LiveEngine* engine = nullptr;
  Player* player = nullptr;        // else the bridge, else the device's own input
  TwoClocks* bridge = nullptr;     // from a capture device on another clock
  Recorder* recorder = nullptr;
  Recorder* standard_output = nullptr;
  Index frames = 0;                // > 0: recorder and standard output get so many
  Index tail = 0;                  // frames after the player's end that are still wanted
};

// Totals; any thread may ask.
struct LiveCounts {
  Index frames = 0;       // since the start
  Index calls = 0;
  Index block = 0;        // frames of the last call
  Index xruns = 0;        // calls before which frames were lost
  Index starved = 0;      // frames that the player did not have in time
  double last_call_s = 0; // on the steady clock
};

class LiveStream final : public DeviceClient {
 public:
  static constexpr Index kMostFrames = 4096;  // at once; longer calls are cut

  LiveStream(const LiveWiring& wiring, const Format& in, const Format& out);

  void call(const DeviceCall& call) noexcept override;
  bool is_ready(Index frames) noexcept override;

  // --- any other thread's ---
  LiveCounts counts() const noexcept;
  bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }
  // Nothing goes in; what is under way rings out; a file stops where it is.
  void pause(bool on) noexcept { paused_.store(on, std::memory_order_relaxed); }
  bool is_paused() const noexcept { return paused_.load(std::memory_order_relaxed); }

 private:
  void fetch(const DeviceCall& call, Index first, const Slab& in) noexcept;
  void deliver(const DeviceCall& call, Index first, const Slab& out) noexcept;
  void play(const Slab& in) noexcept;
  void gate(const Slab& in) noexcept;

  LiveWiring wiring_;
  SlabMemory in_, out_;
  Index position_ = 0, limit_ = std::numeric_limits<Index>::max();
  double gate_ = 1;
  bool played_ = false;  // the file, to its end
  std::atomic<Index> frames_{0}, calls_{0}, block_{0}, xruns_{0};
  std::atomic<double> last_call_s_{0};
  std::atomic<bool> over_{false}, paused_{false};
};

// The other device's callback where there are two: only feeds the bridge.
class CaptureClient final : public DeviceClient {
 public:
  CaptureClient(TwoClocks& bridge, const Format& in);
  void call(const DeviceCall& call) noexcept override;
  Index xruns() const noexcept { return xruns_.load(std::memory_order_relaxed); }

 private:
  TwoClocks& bridge_;
  SlabMemory in_;
  std::atomic<Index> xruns_{0};
};

}  // namespace faltung
