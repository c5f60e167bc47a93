// Joins a capture device to a playback device that runs on another clock.
#include "engine/stream/two_clocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace faltung {
namespace {

constexpr Index kChunk = 32;    // frames staged at a time: as little as the converter may hold idle
constexpr double kStall_s = 1;  // of the playback that the ring outlasts without a loss
constexpr std::size_t kMarks =
    4096;  // of puts that no take has seen: seconds of the shortest blocks

[[noreturn]] void refuse(const std::string& given) {
  throw Error(Code::configuration, "two devices cannot be joined " + given);
}

double ratio_of(const TwoClocksOptions& o) { return o.playback_hz / o.capture_hz; }

const TwoClocksOptions& checked(const TwoClocksOptions& o) {
  if (!(o.capture_hz > 0 && o.playback_hz > 0 && can_convert(ratio_of(o)))) {
    refuse("from " + std::to_string(o.capture_hz) + " to " + std::to_string(o.playback_hz) +
           " Hz; the rates may lie 256 to 1 apart at most");
  }
  if (o.capture_block < 1 || o.playback_block < 1) {
    refuse("with blocks of " + std::to_string(o.capture_block) + " and " +
           std::to_string(o.playback_block) + " frames; 1 is the least");
  }
  if (o.margin_s >= 0 && o.margin_s <= 10) return o;
  refuse("with a margin of " + std::to_string(o.margin_s) + " s; allowed are 0 to 10");
}

// The frame just captured is a block ahead of what the ring may hold by then; a whole block is
// played at once, and the converter looks ahead.
double target_of(const TwoClocksOptions& o) {
  const double played = std::ceil(static_cast<double>(o.playback_block) / ratio_of(o));
  const Index ahead = RateConverter::look_ahead(o.quality, ratio_of(o)) + kChunk;
  return std::ceil(static_cast<double>(o.capture_block + ahead) + played +
                   o.margin_s * o.capture_hz);
}

Format format_of(const TwoClocksOptions& o) {
  Format format;
  format.channels = o.channels;
  format.rate_hz = o.capture_hz;
  return format;
}

Index capacity_of(const TwoClocksOptions& o) {
  return static_cast<Index>(2 * target_of(o) + kStall_s * o.capture_hz);
}

DriftOptions control_of(const TwoClocksOptions& o) {
  const double block_most = static_cast<double>(std::max(
      o.capture_block, static_cast<Index>(static_cast<double>(o.playback_block) / ratio_of(o))));
  return {o.capture_hz, o.playback_hz, target_of(o),
          std::max(block_most, o.margin_s * o.capture_hz)};
}

}  // namespace

TwoClocks::TwoClocks(const TwoClocksOptions& options)
    : options_(checked(options)),
      target_(target_of(options)),
      ring_(format_of(options), capacity_of(options)),
      marks_(kMarks),
      control_(control_of(options)),
      converter_(options.quality, options.channels),
      taken_(format_of(options), kChunk),
      staged_(kChunk * options.channels),
      interleaved_(options.playback_block * options.channels),
      ratio_(ratio_of(options)) {
  // The kernel gives the converter's pages now.
  for (int n = 0; n < 200; ++n) {
    converter_.process(staged_.data(), kChunk, interleaved_.data(), options.playback_block,
                       ratio_of(options));
  }
  converter_.reset();
}

void TwoClocks::put(const Slab& captured, double time_s) noexcept {
  const Index fitting = ring_.put(captured);
  put_ += fitting;
  const Index dropped = dropped_.load(std::memory_order_relaxed) + captured.extent - fitting;
  dropped_.store(dropped, std::memory_order_relaxed);
  marks_.put({put_, dropped, time_s});
}

void TwoClocks::go_silent() noexcept {
  if (fresh_) return;
  converter_.reset();
  staged_first_ = staged_count_ = 0;
  fresh_ = true;
}

bool TwoClocks::stage_more() noexcept {
  const Index count = std::min(kChunk, ring_.filled());
  const SlabOf<float> taken = taken_.slab().part(0, count).as<float>();
  ring_.take(taken);
  left_ring_ += count;
  for (Index c = 0; c < taken.channels; ++c) {
    const float* x = taken.channel(c);
    for (Index n = 0; n < count; ++n) staged_[n * taken.channels + c] = x[n];
  }
  staged_first_ = 0;
  staged_count_ = count;
  return count > 0;
}

Index TwoClocks::resample(float* to, Index frames, double ratio) noexcept {
  const Index channels = options_.channels;
  fresh_ = false;
  Index done = 0;
  while (done < frames) {
    const auto moved = converter_.process(staged_.data() + staged_first_ * channels, staged_count_,
                                          to + done * channels, frames - done, ratio);
    done += moved.given;
    staged_first_ += moved.taken;
    staged_count_ -= moved.taken;
    if (done < frames && staged_count_ == 0 && !stage_more()) break;
  }
  return done;
}

// A stated block at a time: a device may want more than it said.
Index TwoClocks::resample(const Slab& played, double ratio) noexcept {
  for (Index first = 0; first < played.extent; first += options_.playback_block) {
    const Index count = std::min(options_.playback_block, played.extent - first);
    const Index given = resample(interleaved_.data(), count, ratio);
    for (Index c = 0; c < played.channels; ++c) {
      float* y = played.as<float>().channel(c) + first;
      for (Index n = 0; n < given; ++n) y[n] = interleaved_[n * played.channels + c];
    }
    if (given < count) return first + given;
  }
  return played.extent;
}

void TwoClocks::take(const Slab& played, double time_s) noexcept {
  marks_.take_all([this](const Mark& m) { control_.captured(m.put, m.dropped, m.time_s); });
  const DriftControl::Step step = control_.playing(played.extent, time_s, left_ring_);
  if (step.begins || !step.plays) go_silent();
  left_ring_ += ring_.skip(step.skip);
  const Index done = step.plays ? resample(played, step.ratio) : 0;
  if (step.plays && done < played.extent) {
    control_.ran_dry();
    go_silent();
  }
  if (control_.started()) missing_.fetch_add(played.extent - done, std::memory_order_relaxed);
  ratio_.store(control_.ratio(), std::memory_order_relaxed);
  error_.store(control_.error(), std::memory_order_relaxed);
  restarts_.store(control_.restarts(), std::memory_order_relaxed);

  for (Index c = 0; c < played.channels; ++c) {
    float* y = played.as<float>().channel(c);
    std::fill(y + done, y + played.extent, 0.0f);
  }
}

}  // namespace faltung
