// Real-time safety of a live run: pipelines are replaced, controls move, feedback blows up; and the
// callback of a real device, under JACK.
#include "engine/stream/live_engine.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "apps/faltung/live/stream.h"
#include "engine/io/device.h"
#include "engine/pipeline/pipeline.h"
#include "tests/realtime/guard.h"
#include "tests/realtime/live_stage.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlock = 64;

StagePtr pipeline(const std::string& stages) {
  return parse_pipeline("stages: [" + stages + "]", "test.yaml", noise_response).stage;
}

const std::string kVoice =
    "gain: {db: -3}}, {biquad: {type: peaking, frequency_hz: 1000, q: 1, gain_db: 3}}, "
    "{limiter: {ceiling_db: -1}}, {meter: {}";
std::string chain(Index taps) {
  return "{convolve: {kernel: 2x" + std::to_string(taps) + ".wav, gain_db: -30}}, {" + kVoice + "}";
}

Format stereo() {
  Format format;
  format.channels = 2;
  format.rate_hz = 48000;
  format.max_slab = kBlock;
  return format;
}

// An engine whose every call is watched, with noise at its input.
class Watched {
 public:
  explicit Watched(const std::string& stages)
      : live(pipeline(stages), stereo(), {}),
        engine(live, {}),
        in_(stereo(), 3 * kBlock),
        out_(stereo(), 3 * kBlock) {
    float* x = in_.slab().as<float>().channel(0);
    for (Index n = 0; n < 6 * kBlock; ++n) x[n] = 0.5F * std::sin(static_cast<float>(n * n));
    blocks(20);
  }

  void blocks(int count) {
    for (; count > 0; --count) {
      const Index frames = 1 + (count * 37) % (3 * kBlock);
      guard_.watch([&] { engine.process(in_.slab().part(0, frames), out_.slab().part(0, frames)); });
    }
  }
  void spoil(float value) { in_.slab().as<float>().channel(1)[0] = value; }
  void check() {
    const Violations found = guard_.violations();
    CHECK_MESSAGE(found.none(), found.text());
  }

  LivePipeline live;
  LiveEngine engine;

 private:
  SlabMemory in_, out_;
  Guard guard_;
};

void set(LivePipeline& live, const std::string& path, double value) {
  for (const Control& control : live.controls()) {
    if (control.path == path && control.parameter) return control.parameter->set(value);
  }
  FAIL("there is no " << path);
}

}  // namespace

TEST_CASE("realtime: pipelines are replaced under load without an allocation on the audio thread") {
  Watched run(chain(20000));
  std::size_t heard = 0;
  for (const Index taps : {100, 240000, 3000, 20000}) {
    run.blocks(30);
    CHECK(run.live.replace(pipeline(chain(taps)), 5) > 0);
    run.blocks(30);
    CHECK(run.live.replace(pipeline("{gain: {db: -6}}"), 5) > 0);
    run.blocks(60);
    heard += run.live.collect().size();
  }
  CHECK(heard == 8);
  run.check();
}

TEST_CASE("realtime: parameters, mute, bypass, NaN, blow-ups and the end are safe") {
  Watched run(chain(3000));
  set(run.live, "gain.db", -20);
  set(run.live, "biquad.frequency_hz", 5000);
  run.blocks(50);
  for (Parameter* parameter : {&run.engine.mute(), &run.engine.bypass()}) {
    parameter->set(1);
    run.blocks(50);
    parameter->set(0);
    run.blocks(50);
  }
  run.spoil(std::numeric_limits<float>::quiet_NaN());
  run.blocks(20);
  run.spoil(1e-40F);
  run.blocks(20);
  CHECK(run.live.replace(pipeline("{gain: {db: 150}}"), 0) > 0);
  run.blocks(50);
  CHECK(run.engine.status().latched);
  run.engine.unlatch();
  run.engine.fade_out();
  run.blocks(50);
  run.check();
}

namespace {

// Watches the whole callback, on the thread of the device.
class WatchedClient final : public DeviceClient {
 public:
  explicit WatchedClient(DeviceClient& client) : client_(client) {}

  void call(const DeviceCall& call) noexcept override {
    static thread_local Guard guard;  // of this thread; made outside of the watched scope
    guard.watch([&] { client_.call(call); });
    const Violations found = guard.violations();
    for (std::size_t kind = 0; kind < kKinds; ++kind) totals[kind] = found.counts[kind];
    if (++calls == kWarm) faults_warm = totals[kFaults].load();
  }

  static constexpr int kWarm = 20;  // calls: then all code has been run once
  static constexpr auto kFaults = static_cast<std::size_t>(Kind::page_fault);
  std::array<std::atomic<long>, kKinds> totals{};
  std::atomic<long> faults_warm{-1};
  std::atomic<int> calls{0};

 private:
  DeviceClient& client_;
};

}  // namespace

// tests/live/callback_test.py runs it, with a server.
TEST_CASE("realtime: the callback of a device under JACK is safe" * doctest::skip()) {
  name_client("guarded");
  LivePipeline live(pipeline(chain(20000)), stereo(), {});
  LiveEngine engine(live, {});
  LiveWiring wiring;
  wiring.engine = &engine;
  LiveStream stream(wiring, live.input(), live.output());
  WatchedClient client(stream);
  const auto device = open_device({"JACK:system", "JACK:system", 2, 2, 0, 0}, client);
  device->start();
  constexpr int kRounds = 6, kCalls = 60;
  for (int round = 0; round < kRounds; ++round) {
    const int before = client.calls;
    while (client.calls < before + kCalls && device->state() == Device::State::running) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(live.replace(pipeline(chain(round % 2 == 0 ? 3000 : 30000)), 10) > 0);
    set(live, "gain.db", -10);
    live.collect();
  }
  CHECK(device->state() == Device::State::running);
  device->stop();
  CHECK(client.calls.load() >= kRounds * kCalls);
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    CAPTURE(kind);
    CHECK(client.totals[kind].load() == (kind == WatchedClient::kFaults ? client.faults_warm.load() : 0));
  }
  MESSAGE(client.calls.load() << " calls, " << client.faults_warm.load() << " page faults in the first "
                       << WatchedClient::kWarm << ", none later");
}
