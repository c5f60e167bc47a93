// Joins a capture device to a playback device that runs on another clock, at the same or another
// rate: a ring between them, read through a resampler that follows the drift.
//
//   capture ──put──▶ ring ──▶ resampler ──take──▶ playback
//                     └─ drift control: both callbacks' times decide the ratio
//
// From the frame just captured to the one being played lies latency_s(), on average and for hours.
// Only stalled devices over- or underrun the ring: what is lost is counted, there is silence until
// both devices run again, and the delay is the old one, not a longer one. Float32.
//
// put belongs to one thread, take to one other; both are safe on an audio thread. Slabs are of any
// length; longer than the blocks stated, the delay may not do and there may be underruns. `time_s`
// is when the callback began, on any clock that never jumps and is the same for both.
#pragma once

#include <atomic>
#include <memory>

#include "engine/design/rate_converter.h"
#include "engine/stream/drift_control.h"
#include "engine/stream/sample_ring.h"

namespace faltung {

struct TwoClocksOptions {
  Index channels = 2;
  double capture_hz = 48000, playback_hz = 48000;   // nominal
  Index capture_block = 256, playback_block = 256;  // most frames of one put, of one take
  double margin_s = 0.02;  // how late callbacks may come; costs as much latency
  ConverterQuality quality = ConverterQuality::medium;
};

class TwoClocks {
 public:
  // Throws Error{configuration} for channels, rates and blocks that cannot be.
  explicit TwoClocks(const TwoClocksOptions& options);

  void put(const Slab& captured, double time_s) noexcept;
  void take(const Slab& played,
            double time_s) noexcept;  // fills all of it, where need be by silence

  // Any thread.
  double latency_s() const noexcept { return target_ / options_.capture_hz; }
  double ratio() const noexcept { return ratio_.load(std::memory_order_relaxed); }
  // Of the delay, in captured frames.
  double error() const noexcept { return error_.load(std::memory_order_relaxed); }
  Index overrun() const noexcept { return dropped_.load(std::memory_order_relaxed); }   // captured
  Index underrun() const noexcept { return missing_.load(std::memory_order_relaxed); }  // played
  Index restarts() const noexcept { return restarts_.load(std::memory_order_relaxed); }

 private:
  struct Mark {  // of one put
    Index put, dropped;
    double time_s;
  };

  Index resample(const Slab& played, double ratio) noexcept;
  Index resample(float* to, Index frames, double ratio) noexcept;
  bool stage_more() noexcept;
  void go_silent() noexcept;

  TwoClocksOptions options_;
  double target_;  // delay in captured frames
  SampleRing ring_;
  Handover<Mark> marks_;
  Index put_ = 0;  // the capture's
  std::atomic<Index> dropped_{0};

  // The playback's.
  DriftControl control_;
  RateConverter converter_;
  SlabMemory taken_;           // a little from the ring …
  Buffer<float> staged_;       // … interleaved for the converter
  Buffer<float> interleaved_;  // what it gives
  Index staged_first_ = 0, staged_count_ = 0;
  Index left_ring_ = 0;
  bool fresh_ = true;  // the converter remembers nothing
  std::atomic<double> ratio_, error_{0};
  std::atomic<Index> missing_{0}, restarts_{0};
};

}  // namespace faltung
