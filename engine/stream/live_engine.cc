// What an audio callback calls.
#include "engine/stream/live_engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/simd/denormals.h"
#include "engine/stream/crossfade.h"

namespace faltung {
namespace {

// Of one channel in one block.
struct Level {
  float peak = 0;
  double energy = 0;  // mean square
  Index beyond = 0;   // samples beyond full scale
};

Level level_of(const float* x, Index count) noexcept {
  Level level;
  float energy = 0;
  for (Index n = 0; n < count; ++n) {
    const float magnitude = std::abs(x[n]);
    level.peak = std::max(level.peak, magnitude);
    energy += magnitude * magnitude;
  }
  level.energy = static_cast<double>(energy) / static_cast<double>(std::max<Index>(count, 1));
  if (level.peak > 1.0F) {
    for (Index n = 0; n < count; ++n) level.beyond += std::abs(x[n]) > 1.0F ? 1 : 0;
  }
  return level;
}

template <class T>
void raise(std::atomic<T>& largest, T value) noexcept {
  if (value > largest.load(std::memory_order_relaxed)) {
    largest.store(value, std::memory_order_relaxed);
  }
}

// From `from` towards `to` by `step` a frame: the value at frame n (from 1), and where it ends.
double ramped(double from, double to, double step, Index n) noexcept {
  const double way = step * static_cast<double>(n);
  return from < to ? std::min(to, from + way) : std::max(to, from - way);
}

Format block_format(Format format, Index block) {
  format.max_slab = block;
  return format;
}

}  // namespace

LiveEngine::LiveEngine(LivePipeline& pipeline, const EngineOptions& options)
    : pipeline_(pipeline),
      options_(options),
      can_bypass_(pipeline.input().channels == pipeline.output().channels),
      mute_("mute", "", 0, 1, 0),
      bypass_("bypass", "", 0, 1, 0),
      in_guard_(pipeline.input(), SampleType::float32),
      out_guard_(block_format(pipeline.output(), pipeline.input().max_slab), SampleType::float32),
      dry_(SampleType::float32, can_bypass_ ? pipeline.input().channels : 0, 1,
           pipeline.latency() + pipeline.input().max_slab, pipeline.input().max_slab),
      dry_block_(block_format(pipeline.output(), pipeline.input().max_slab),
                 pipeline.input().max_slab),
      in_peaks_(static_cast<std::size_t>(pipeline.input().channels)),
      out_peaks_(static_cast<std::size_t>(pipeline.output().channels)) {
  if (pipeline.input().type != SampleType::float32) {
    throw Error(Code::configuration, "a live signal is float32; arithmetic may be float64");
  }
}

void LiveEngine::process(const Slab& in, const Slab& out) noexcept {
  const FlushDenormals flush;
  const auto begin = std::chrono::steady_clock::now();
  const Index block = pipeline_.input().max_slab;
  for (Index done = 0; done < in.extent; done += block) {
    const Index count = std::min(block, in.extent - done);
    process_block(in.part(done, count), out.part(done, count));
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  measure(spent.count(), in.extent);
}

void LiveEngine::process_block(const Slab& in, const Slab& out) noexcept {
  const Slab clean = in_guard_.admit(in);
  pipeline_.process(clean, out);
  const Slab finite = out_guard_.admit(out);
  if (finite.data != out.data) {
    copy_positions(finite, out);
    latched_.store(true, std::memory_order_relaxed);  // what it remembers is not finite either
  }
  if (can_bypass_) mix_in_dry(clean, out);
  master(out);
  watch(clean, out);
}

// The ramp of one frame to the next, towards 0 or 1.
double LiveEngine::step(double ms) const noexcept {
  return 1.0 / std::max(1.0, ms * 1e-3 * pipeline_.input().rate_hz);
}

void LiveEngine::mix_in_dry(const Slab& in, const Slab& out) noexcept {
  dry_.write(in);
  const double target = bypass_.value() > 0.5 ? 1 : 0;
  if (target == 0 && dry_gain_ == 0) return;
  const Slab dry = dry_block_.slab().part(0, in.extent);
  const Index first = dry_.position() - in.extent - (dry_.capacity() - pipeline_.input().max_slab);
  if (first < 0 || !dry_.read(first, dry)) silence(dry, 0, dry.extent);
  const double by = step(options_.ramp_ms);
  for (Index c = 0; c < out.channels; ++c) {
    float* wet = out.as<float>().channel(c);
    const float* x = dry.as<float>().channel(c);
    for (Index n = 0; n < out.extent; ++n) {
      const float g = static_cast<float>(ramped(dry_gain_, target, by, n + 1));
      wet[n] = g == 1.0F ? x[n] : wet[n] + g * (x[n] - wet[n]);
    }
  }
  dry_gain_ = ramped(dry_gain_, target, by, out.extent);
}

void LiveEngine::master(const Slab& out) noexcept {
  const bool ending = ending_.load(std::memory_order_relaxed);
  const bool open = !ending && mute_.value() <= 0.5;
  if (latched_.load(std::memory_order_relaxed)) gain_ = 0;
  const double target = open && !latched_.load(std::memory_order_relaxed) ? 1 : 0;
  const double by = step(ending ? options_.fade_out_ms : options_.ramp_ms);
  if (gain_ != 1 || target != 1) {
    for (Index c = 0; c < out.channels; ++c) {
      float* x = out.as<float>().channel(c);
      for (Index n = 0; n < out.extent; ++n) {
        x[n] *= static_cast<float>(ramped(gain_, target, by, n + 1));
      }
    }
    gain_ = ramped(gain_, target, by, out.extent);
  }
  silent_.store(ending && gain_ == 0, std::memory_order_relaxed);
}

// Levels, samples beyond full scale, and whether the output blows up.
void LiveEngine::watch(const Slab& in, const Slab& out) noexcept {
  for (Index c = 0; c < in.channels; ++c) {
    const Level level = level_of(in.as<const float>().channel(c), in.extent);
    raise(in_peaks_[static_cast<std::size_t>(c)], level.peak);
  }
  double energy = 0;
  for (Index c = 0; c < out.channels; ++c) {
    const Level level = level_of(out.as<const float>().channel(c), out.extent);
    raise(out_peaks_[static_cast<std::size_t>(c)], level.peak);
    clipped_.add(level.beyond);
    energy = std::max(energy, level.energy);
  }
  const bool loud = energy > std::pow(10.0, options_.blow_up_db / 10);
  loud_frames_ = loud ? loud_frames_ + out.extent : 0;
  const double most = options_.blow_up_ms * 1e-3 * pipeline_.input().rate_hz;
  if (static_cast<double>(loud_frames_) >= most && loud) {
    latched_.store(true, std::memory_order_relaxed);
  }
}

void LiveEngine::measure(double seconds, Index frames) noexcept {
  if (frames == 0) return;
  const double there_is = static_cast<double>(frames) / pipeline_.input().rate_hz;
  frames_.add(frames);
  busy_ns_.add(static_cast<Index>(seconds * 1e9));
  if (seconds > there_is) overloads_.add(1);
  raise(worst_load_, seconds / there_is);
  raise(worst_s_, seconds);
}

LiveStatus LiveEngine::status() {
  LiveStatus now;
  now.frames = frames_.get();
  const Index busy_ns = busy_ns_.get();
  const double there_was =
      static_cast<double>(now.frames - told_frames_) / pipeline_.input().rate_hz;
  if (there_was > 0) now.load = static_cast<double>(busy_ns - told_ns_) * 1e-9 / there_was;
  told_frames_ = now.frames;
  told_ns_ = busy_ns;
  now.worst_load = worst_load_.exchange(0);
  now.worst_s = worst_s_.exchange(0);
  now.overloads = overloads_.get();
  now.clipped = clipped_.get();
  now.muted_inputs = in_guard_.muted();
  now.muted_outputs = out_guard_.muted();
  now.latched = latched_.load();
  for (auto& peak : in_peaks_) now.in_peaks.push_back(peak.exchange(0));
  for (auto& peak : out_peaks_) now.out_peaks.push_back(peak.exchange(0));
  return now;
}

}  // namespace faltung
