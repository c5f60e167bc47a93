// Two devices with clocks of their own, joined in a live run.
#include "apps/faltung/live/stream.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <numbers>
#include <thread>

#include "engine/stages/gain.h"

using namespace faltung;

namespace {

constexpr double kRate = 48000, kFast = 44105;  // 44.1 kHz that is 113 ppm too fast
constexpr double kTone_hz = 1000;

Format mono(double rate) {
  Format format;
  format.channels = 1;
  format.rate_hz = rate;
  format.max_slab = 256;
  return format;
}

// A capture device that hears a tone, on its own clock.
class Tone final : public DeviceClient {
 public:
  explicit Tone(DeviceClient& client) : client_(client) {}
  void call(const DeviceCall& call) noexcept override {
    for (Index n = 0; n < call.frames; ++n) {
      const double phase = kTone_hz / kFast * static_cast<double>(frames_ + n);
      heard_[n] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * phase));
    }
    frames_ += call.frames;
    DeviceCall with_tone = call;
    const float* const ins[] = {heard_};
    with_tone.in = ins;
    client_.call(with_tone);
  }

 private:
  DeviceClient& client_;
  Index frames_ = 0;
  float heard_[1024] = {};
};

// A playback device that keeps what it is given.
class Kept final : public DeviceClient {
 public:
  explicit Kept(DeviceClient& client) : client_(client), played(1 << 22) {}
  void call(const DeviceCall& call) noexcept override {
    client_.call(call);
    std::size_t n = count;
    for (Index k = 0; k < call.frames && n < played.size(); ++k) played[n++] = call.out[0][k];
    count = n;
  }

 private:
  DeviceClient& client_;

 public:
  std::vector<float> played;
  std::atomic<std::size_t> count{0};
};

double level_at(const float* x, std::size_t count, double hz) {
  double re = 0, im = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const double window = 1 - std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(count));
    const double phase = 2 * std::numbers::pi * hz / kRate * static_cast<double>(n);
    re += window * x[n] * std::cos(phase);
    im += window * x[n] * std::sin(phase);
  }
  return 2 * std::hypot(re, im) / static_cast<double>(count);
}

}  // namespace

TEST_CASE("live: two devices on different clocks are joined at the right pitch") {
  LivePipeline pipeline(make_gain({{0.5}}), mono(kRate), {});
  LiveEngine engine(pipeline, {});
  TwoClocksOptions options;
  options.channels = 1;
  options.capture_hz = 44100;
  options.playback_hz = kRate;
  options.capture_block = 441;
  options.playback_block = 256;
  TwoClocks bridge(options);
  LiveWiring wiring;
  wiring.engine = &engine;
  wiring.bridge = &bridge;
  LiveStream stream(wiring, mono(kRate), mono(kRate));
  CaptureClient capture_client(bridge, mono(kRate));
  Tone tone(capture_client);
  Kept kept(stream);
  const auto playback = open_null_device({0, 1, kRate, 256, true}, kept);
  const auto capture = open_null_device({1, 0, kFast, 441, true}, tone);
  playback->start();
  capture->start();
  // Windows of half a second, until one is right: a busy machine may spoil some.
  const auto length = static_cast<std::size_t>(kRate / 2);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool right = false;
  double level = 0, elsewhere = 0;
  for (std::size_t at = 2 * length; !right && std::chrono::steady_clock::now() < end;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    for (; !right && at + length < kept.count; at += length / 4) {
      level = level_at(kept.played.data() + at, length, kTone_hz);
      elsewhere = level_at(kept.played.data() + at, length, kTone_hz * 1.01);
      right = level == doctest::Approx(0.25).epsilon(0.01) && elsewhere < 0.001;
    }
  }
  capture->stop();
  playback->stop();
  CHECK(kept.count > kRate);
  CHECK(level == doctest::Approx(0.25).epsilon(0.01));
  CHECK(elsewhere < 0.001);
}
