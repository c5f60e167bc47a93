// Two devices that call back in simulated time: clocks that are off, and callbacks that come late.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/nd/shape.h"

namespace faltung::stream_test {

// When a device calls back for its block number n. Late by an exponential distribution, as threads
// are that a busy machine wakes up, and once in some thousand blocks by much more.
class Device {
 public:
  struct Options {
    double hz = 48000;  // as stated
    double ppm = 0;     // what its clock really does
    Index block = 64;
    double late_s = 3e-4;       // on average
    double very_late_s = 8e-3;  // at most, one block of 5000
  };
  Device(const Options& options, std::uint64_t seed)
      : block_s_(static_cast<double>(options.block) / (options.hz * (1 + options.ppm * 1e-6))),
        options_(options),
        state_(seed) {
    next();
  }

  double time_s() const { return time_s_; }
  void next() {
    double late_s = -options_.late_s * std::log(1 - uniform());
    if (uniform() < 1 / 5000.0) late_s += options_.very_late_s * uniform();
    const double due_s = offset_s_ + static_cast<double>(++blocks_) * block_s_;
    time_s_ = std::max(time_s_, due_s + late_s);
  }
  void stall(double seconds) { offset_s_ += seconds; }  // what it had to say is lost

 private:
  double uniform() {  // SplitMix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

  double block_s_;
  Options options_;
  std::uint64_t state_;
  double time_s_ = 0, offset_s_ = 0;
  Index blocks_ = 0;
};

// Calls `capture` and `playback` in the order in which the devices would, until `end_s`.
template <class Capture, class Playback>
void run_until(double end_s, Device& capture, Device& playback, Capture&& captured,
               Playback&& played) {
  while (std::min(capture.time_s(), playback.time_s()) < end_s) {
    if (capture.time_s() < playback.time_s()) {
      captured(capture.time_s());
      capture.next();
    } else {
      played(playback.time_s());
      playback.next();
    }
  }
}

}  // namespace faltung::stream_test
