// Brings a contender of `bench live` its blocks, and keeps what comes out at the checked points.
#pragma once

#include <utility>
#include <vector>

#include "apps/faltung/bench/live_contender.h"

namespace faltung {

// What it is given must outlive it. Allocates nothing after its construction.
class LiveFeed {
 public:
  LiveFeed(const LiveCase& live, const LiveSignal& signal, LiveContender& contender)
      : live_(live),
        signal_(signal),
        points_(live_points(live)),
        out_(live.out_channels * contender.room()),
        contender_(contender) {
    samples_.reserve(points_.size());
  }

  // The next block goes through: what is timed.
  void call() noexcept {
    contender_.process(signal_.block(frame_), signal_.channel_stride(), out_.data());
  }

  // After every call: keeps the points that have come.
  void advance() {
    const Index end = frame_ + live_.block;
    while (samples_.size() < points_.size() && points_[samples_.size()].frame < end) {
      const LivePoint& point = points_[samples_.size()];
      samples_.push_back(out_[point.channel * contender_.room() + point.frame - frame_]);
    }
    frame_ = end;
  }

  void run(Index frames) {
    for (const Index end = frame_ + frames; frame_ < end; advance()) call();
  }

  std::vector<float> samples() && { return std::move(samples_); }

 private:
  const LiveCase& live_;
  const LiveSignal& signal_;
  const std::vector<LivePoint> points_;
  Buffer<float> out_;
  LiveContender& contender_;
  std::vector<float> samples_;
  Index frame_ = 0;
};

}  // namespace faltung
