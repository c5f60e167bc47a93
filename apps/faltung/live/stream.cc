// What happens in an audio callback.
#include "apps/faltung/live/stream.h"

#include <algorithm>
#include <chrono>

#include "engine/stream/crossfade.h"

namespace faltung {
namespace {

constexpr double kReadyWait_s = 0.05;   // for a file or a pipe, at a time
constexpr double kGateFrames = 1024;  // of the ramp into a pause and out of it

double now_s() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void copy_in(const DeviceCall& call, Index first, const Slab& in) noexcept {
  if (call.in == nullptr) return silence(in, 0, in.extent);
  for (Index c = 0; c < in.channels; ++c) {
    std::copy_n(call.in[c] + first, in.extent, in.as<float>().channel(c));
  }
}

}  // namespace

LiveStream::LiveStream(const LiveWiring& wiring, const Format& in, const Format& out)
    : wiring_(wiring), in_(in, kMostFrames), out_(out, kMostFrames) {
  if (wiring.frames > 0) limit_ = wiring.frames;
}

void LiveStream::call(const DeviceCall& call) noexcept {
  if (call.input_lost || call.output_lost) xruns_.fetch_add(1, std::memory_order_relaxed);
  for (Index first = 0; first < call.frames; first += kMostFrames) {
    const Index count = std::min(kMostFrames, call.frames - first);
    const Slab in = in_.slab().part(0, count), out = out_.slab().part(0, count);
    fetch(call, first, in);
    wiring_.engine->process(in, out);
    deliver(call, first, out);
  }
  frames_.fetch_add(call.frames, std::memory_order_relaxed);
  block_.store(call.frames, std::memory_order_relaxed);
  last_call_s_.store(now_s(), std::memory_order_relaxed);
  calls_.fetch_add(1, std::memory_order_release);
}

void LiveStream::fetch(const DeviceCall& call, Index first, const Slab& in) noexcept {
  const bool closed = gate_ == 0 && is_paused();
  if (wiring_.bridge) wiring_.bridge->take(in, now_s());
  if (closed) {
    silence(in, 0, in.extent);
  } else if (wiring_.player) {
    play(in);
  } else if (!wiring_.bridge) {
    copy_in(call, first, in);
  }
  if (!closed) gate(in);
}

// Opens and closes the input with a ramp.
void LiveStream::gate(const Slab& in) noexcept {
  const double target = is_paused() ? 0 : 1;
  if (gate_ == target) return;
  const double step = (target - gate_ > 0 ? 1 : -1) / kGateFrames;
  for (Index n = 0; n < in.extent; ++n) {
    gate_ = std::clamp(gate_ + step, 0.0, 1.0);
    for (Index c = 0; c < in.channels; ++c) *in.as<float>().at(c, n) *= static_cast<float>(gate_);
  }
}

// Once the file has ended, the tail is still wanted.
void LiveStream::play(const Slab& in) noexcept {
  const Index taken = wiring_.player->take(in);
  if (played_ || !wiring_.player->ended()) return;
  played_ = true;
  limit_ = std::min(limit_, position_ + taken + wiring_.tail);
}

void LiveStream::deliver(const DeviceCall& call, Index first, const Slab& out) noexcept {
  for (Index c = 0; call.out != nullptr && c < out.channels; ++c) {
    std::copy_n(out.as<const float>().channel(c), out.extent, call.out[c] + first);
  }
  const Index count = std::clamp<Index>(limit_ - position_, 0, out.extent);
  if (count > 0 && wiring_.recorder) wiring_.recorder->put(out.part(0, count));
  if (count > 0 && wiring_.standard_output) wiring_.standard_output->put(out.part(0, count));
  position_ += out.extent;
  if (position_ >= limit_) over_.store(true, std::memory_order_release);
}

bool LiveStream::is_ready(Index frames) noexcept {
  if (wiring_.player && !is_paused() && !wiring_.player->wait_for(frames, kReadyWait_s)) {
    return false;
  }
  for (Recorder* recorder : {wiring_.recorder, wiring_.standard_output}) {
    if (recorder && !recorder->wait_for_room(frames, kReadyWait_s)) return false;
  }
  return true;
}

LiveCounts LiveStream::counts() const noexcept {
  LiveCounts counts;
  counts.calls = calls_.load(std::memory_order_acquire);
  counts.frames = frames_.load(std::memory_order_relaxed);
  counts.block = block_.load(std::memory_order_relaxed);
  counts.xruns = xruns_.load(std::memory_order_relaxed);
  counts.starved = wiring_.player ? wiring_.player->underrun() : 0;
  counts.last_call_s = last_call_s_.load(std::memory_order_relaxed);
  return counts;
}

CaptureClient::CaptureClient(TwoClocks& bridge, const Format& in)
    : bridge_(bridge), in_(in, LiveStream::kMostFrames) {}

void CaptureClient::call(const DeviceCall& call) noexcept {
  const double time_s = now_s();
  if (call.input_lost) xruns_.fetch_add(1, std::memory_order_relaxed);
  for (Index first = 0; first < call.frames; first += LiveStream::kMostFrames) {
    const Slab in = in_.slab().part(0, std::min(LiveStream::kMostFrames, call.frames - first));
    copy_in(call, first, in);
    bridge_.put(in, time_s);
  }
}

}  // namespace faltung
