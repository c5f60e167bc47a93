// The LV2 host live: latencies, blocks, work on another thread, parameters that move.
#include <chrono>
#include <thread>

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Setting live() {
  Setting setting;
  setting.clock = Clock::live;
  return setting;
}

Pipeline hosted(const std::string& plugin, const std::string& controls = "{}") {
  return written(stage("lv2: {uri: \"urn:faltung:test:" + plugin + "\", controls: " + controls +
                       "}"));
}

Control control(Stage& stage, const std::string& path) {
  for (const Control& one : stage.controls()) {
    if (one.path == path) return one;
  }
  FAIL("no control " << path);
  return {};
}

// A stage prepared live for one channel, with its slabs.
struct Running {
  Running(Pipeline pipeline, Index block) : stage(std::move(pipeline.stage)) {
    Format format;
    format.rate_hz = 48000;
    format.max_slab = block;
    out_format = stage->prepare(format, live());
    in = SlabMemory(format, block);
    out = SlabMemory(out_format, out_format.max_slab);
    std::fill_n(in.slab().as<float>().data, block, 1.0f);
  }
  Index process(Index count) { return stage->process(in.slab().part(0, count), out.slab()); }
  float* given() { return out.slab().as<float>().data; }

  StagePtr stage;
  Format out_format;
  SlabMemory in, out;
};

}  // namespace

TEST_CASE("lv2 live: output lies where the input does, whatever the slabs") {
  const Signal in = noise(1, {3000});
  const std::vector<std::vector<Index>> all = {{64}, {1}, {100, 3, 77}, {480}, {3000}};
  for (const std::vector<Index>& cuts : all) {
    CAPTURE(cuts[0]);
    CHECK(same_bits(run(*hosted("delay").stage, in, cuts, live()).values, in.values));
    CHECK(same_bits(run(*hosted("delay").stage, in, cuts, live(), Begin::reset).values, in.values));
  }
}

TEST_CASE("lv2 live: a plugin without latency gives as much as it takes") {
  Running running(hosted("delay", "{frames: 0}"), 128);
  CHECK(running.stage->timing().latency == 0);
  CHECK(running.out_format.max_slab == 128);
  for (const Index count : {128, 1, 50, 128}) CHECK(running.process(count) == count);
}

TEST_CASE("lv2 live: a fixed block is the largest slab, and its latency is stated") {
  const Signal in = noise(1, {2000});
  std::vector<double> twice = in.values;
  for (double& v : twice) v *= 2;
  for (const std::vector<Index>& cuts : {std::vector<Index>{64}, {1}, {64, 3}, {100}, {480, 17}}) {
    CAPTURE(cuts[0]);
    Pipeline pipeline = hosted("fixed");
    CHECK(same_bits(run(*pipeline.stage, in, cuts, live()).values, twice));
    CHECK(control(*pipeline.stage, "lv2.faults").reading->value() == 0);
  }
  Running whole(hosted("fixed"), 128);
  CHECK(whole.stage->timing().latency == 0);
  CHECK(whole.stage->timing().uneven == 127);
  for (int i = 0; i < 3; ++i) CHECK(whole.process(128) == 128);
  Running odd(hosted("fixed"), 480);  // blocks of 256: at most 256 − gcd(480, 256) wait
  CHECK(odd.stage->timing().latency == 224);
  CHECK(odd.stage->timing().uneven == 31);
  Index most = 0, taken = 0, given = 0;
  for (int i = 0; i < 50; ++i) {
    taken += 480;
    given += odd.process(480);
    most = std::max(most, taken - given);
  }
  CHECK(most == 224);
}

TEST_CASE("lv2 live: work is done on another thread, and its answer heard") {
  Running running(hosted("worker"), 64);
  running.process(64);
  CHECK(running.given()[0] == 3);
  control(*running.stage, "lv2.ask").parameter->set(7);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (running.process(64), running.given()[0] != 70 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(running.given()[0] == 70);
  running.process(64);
  CHECK(control(*running.stage, "lv2.elsewhere").reading->value() == 1);
  CHECK(control(*running.stage, "lv2.unended").reading->value() == 0);
}

TEST_CASE("lv2 live: a parameter that is set is reached in 20 ms, in small steps") {
  Running running(hosted("delay", "{frames: 0, gain: 1}"), 480);
  running.process(480);
  control(*running.stage, "lv2.gain").parameter->set(3);
  float before = 1, largest = 0;
  for (int i = 0; i < 2; ++i) {  // 960 frames
    running.process(480);
    for (Index n = 0; n < 480; ++n) {
      largest = std::max(largest, std::abs(running.given()[n] - before));
      before = running.given()[n];
    }
  }
  CHECK(before == 3);
  CHECK(largest <= doctest::Approx(2.0 * 64 / 960));
  CHECK(largest > 0);
  running.process(480);
  CHECK(running.given()[0] == 3);
  CHECK_THROWS_AS(control(*running.stage, "lv2.gain").parameter->set(4.5), Error);
}

TEST_CASE("lv2 live: a switch turns at once, and what is not finite is muted as long as it lasts") {
  Pipeline pipeline = hosted("broken");
  Format format;
  format.channels = 2;
  format.rate_hz = 48000;
  format.max_slab = 64;
  pipeline.stage->prepare(format, live());
  const SlabMemory in(format, 64), out(format, 64);
  std::fill_n(in.slab().as<float>().data, 128, 0.5f);
  const auto right = [&] {
    pipeline.stage->process(in.slab(), out.slab());
    CHECK(out.slab().as<float>().channel(0)[63] == 0.5f);
    return out.slab().as<float>().channel(1)[0];
  };
  CHECK(right() == 0.5f);
  control(*pipeline.stage, "lv2.bad").parameter->set(1);
  CHECK(right() == 0);
  CHECK(right() == 0);
  CHECK(control(*pipeline.stage, "lv2.muted").reading->value() == 2);
  control(*pipeline.stage, "lv2.bad").parameter->set(0);
  CHECK(right() == 0.5f);
}

TEST_CASE("lv2 live: input that is not finite does not reach the plugin") {
  Running running(hosted("delay", "{frames: 0}"), 64);
  running.in.slab().as<float>().data[5] = std::numeric_limits<float>::quiet_NaN();
  running.process(64);
  for (Index n = 0; n < 64; ++n) CHECK(running.given()[n] == 0);
  CHECK(control(*running.stage, "lv2.muted").reading->value() == 0);
}
