// A live pipeline: as much out as in, replaced without a click; and the engine around it.
#include "engine/stream/live_pipeline.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/nd/error.h"
#include "engine/stages/convolve.h"
#include "engine/stages/delay.h"
#include "engine/stages/gain.h"
#include "engine/stream/chain.h"
#include "engine/stream/live_engine.h"
#include "engine/stream/slab_memory.h"

using namespace faltung;

namespace {

constexpr Index kBlock = 64;
constexpr double kRate = 48000;

Format stereo() {
  Format format;
  format.channels = 2;
  format.rate_hz = kRate;
  format.max_slab = kBlock;
  return format;
}

ConvolveOptions response(Index taps, unsigned seed, std::optional<Mode> mode = {}) {
  ConvolveOptions options;
  options.mode = mode;
  options.method = Method::direct;  // the same bits however calls are cut
  options.kernel = [=](const Format&) {
    Kernel kernel;
    kernel.values = Array<double>(Shape{taps});
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (Index i = 0; i < taps; ++i) kernel.values[i] = uniform(random) / std::sqrt(taps);
    kernel.name = "noise";
    return kernel;
  };
  return options;
}

DelayOptions forty_late() {
  DelayOptions options;
  options.values = {40};
  return options;
}

using Signal = std::vector<std::vector<float>>;

Signal noise(Index frames, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-0.5F, 0.5F);
  Signal signal(2, std::vector<float>(static_cast<std::size_t>(frames)));
  for (auto& channel : signal) {
    for (float& x : channel) x = uniform(random);
  }
  return signal;
}

// Anything with process(in, out), fed with all of a signal in calls of random length.
template <class Live>
class Feed {
 public:
  Feed(Live& live, const Format& out) : live_(live), in_(stereo(), kBlock), out_(out, kBlock) {}

  void operator()(const Signal& signal, Index frames) {
    for (Index done = 0; done < frames;) {
      const Index count = std::min(frames - done, std::uniform_int_distribution<Index>(1, kBlock)(random_));
      for (Index c = 0; c < 2; ++c) {
        const auto& from = signal[static_cast<std::size_t>(c)];
        std::copy_n(from.data() + position_ + done, count, in_.slab().as<float>().channel(c));
      }
      const Slab out = out_.slab().part(0, count);
      live_.process(in_.slab().part(0, count), out);
      for (Index c = 0; c < out.channels; ++c) {
        auto& to = heard[static_cast<std::size_t>(c)];
        to.insert(to.end(), out.as<float>().channel(c), out.as<float>().channel(c) + count);
      }
      done += count;
    }
    position_ += frames;
  }

  Signal heard = Signal(2);

 private:
  Live& live_;
  SlabMemory in_, out_;
  Index position_ = 0;
  std::mt19937 random_{3};
};

Signal through(StagePtr stage, const Signal& signal, Index frames) {
  LivePipeline pipeline(std::move(stage), stereo(), {});
  Feed feed(pipeline, pipeline.output());
  feed(signal, frames);
  return feed.heard;
}

double largest_difference(const Signal& a, const Signal& b, std::size_t first, std::size_t last) {
  double largest = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    for (std::size_t n = first; n < last; ++n) {
      largest = std::max(largest, std::abs(static_cast<double>(a[c][n]) - b[c][n]));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("live pipeline: what looks ahead comes as late as it looks ahead") {
  const Signal signal = noise(4000);
  LivePipeline pipeline(make_convolve(response(201, 1, Mode::same)), stereo(), {});
  CHECK(pipeline.latency() >= 100);
  Feed feed(pipeline, pipeline.output());
  feed(signal, 4000);
  const Signal causal = through(make_convolve(response(201, 1)), signal, 4000);
  // Mode same is the causal output 100 frames earlier.
  const auto late = static_cast<std::size_t>(pipeline.latency() - 100);
  REQUIRE(feed.heard[0].size() == 4000);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t n = late + 100; n < 4000; ++n) {
      REQUIRE(feed.heard[c][n] == doctest::Approx(causal[c][n - late]).epsilon(1e-5));
    }
  }
}

TEST_CASE("live pipeline: refuses a stage that changes the rate") {
  ConvolveOptions options = response(31, 1);
  options.stride = Shape{2};
  CHECK_THROWS_WITH_AS(LivePipeline(make_convolve(options), stereo(), {}),
                       doctest::Contains("as many frames must come out as go in"), Error);
}

TEST_CASE("live pipeline: one that is replaced by its equal is not heard") {
  const Signal signal = noise(30000);
  const auto make = [] { return make_convolve(response(3000, 5)); };
  LivePipeline pipeline(make(), stereo(), {});
  Feed feed(pipeline, pipeline.output());
  feed(signal, 10000);
  REQUIRE(pipeline.replace(make()) > 0);
  feed(signal, 20000);
  REQUIRE(pipeline.collect().size() == 1);
  CHECK(largest_difference(feed.heard, through(make(), signal, 30000), 0, 30000) < 1e-6);
}

TEST_CASE("live pipeline: another one fades in, the old one bit-equal until then") {
  const Signal signal = noise(30000);
  LivePipeline pipeline(make_convolve(response(500, 5)), stereo(), {});
  Feed feed(pipeline, pipeline.output());
  feed(signal, 10000);
  std::vector<StagePtr> chain;
  chain.push_back(make_convolve(response(900, 6)));
  chain.push_back(make_delay(forty_late()));
  REQUIRE(pipeline.replace(make_chain(std::move(chain)), 10) > 0);
  feed(signal, 20000);
  const auto reports = pipeline.collect();
  REQUIRE(reports.size() == 1);
  const auto at = static_cast<std::size_t>(reports[0].frame);
  CHECK(at >= 10000);
  const Signal old = through(make_convolve(response(500, 5)), signal, 30000);
  chain.clear();
  chain.push_back(make_convolve(response(900, 6)));
  chain.push_back(make_delay(forty_late()));
  const Signal fresh = through(make_chain(std::move(chain)), signal, 30000);
  CHECK(largest_difference(feed.heard, old, 0, at) == 0);
  CHECK(largest_difference(feed.heard, fresh, at + 480, 30000) < 1e-6);
  CHECK(largest_difference(feed.heard, old, at + 480, 30000) > 0.1);
}

TEST_CASE("live pipeline: what cannot take its place changes nothing") {
  const Signal signal = noise(4000);
  LivePipeline pipeline(make_gain({{0.5}}), stereo(), {});
  Feed feed(pipeline, pipeline.output());
  CHECK_THROWS_AS(pipeline.replace(make_gain({{1, 2, 3}})), Error);
  feed(signal, 4000);
  CHECK(pipeline.collect().empty());
  CHECK(largest_difference(feed.heard, through(make_gain({{0.5}}), signal, 4000), 0, 4000) == 0);
}

TEST_CASE("live pipeline: 10,000 replacements lose no frame and leak nothing") {
  const Signal signal = noise(64);
  LivePipeline pipeline(make_gain({{0.0}}), stereo(), {});
  Index heard = 0;
  for (int n = 1; n <= 10000; ++n) {
    Feed feed(pipeline, pipeline.output());
    const bool taken = pipeline.replace(make_gain({{static_cast<double>(n)}}), 0) > 0;
    feed(signal, 64);
    for (const SwapReport& report : pipeline.collect()) heard += report.superseded ? 0 : 1;
    REQUIRE(taken);
    REQUIRE(feed.heard[0].back() == signal[0].back() * static_cast<float>(n));
  }
  CHECK(heard == 10000);
}

TEST_CASE("live engine: is the pipeline, bit for bit, while nobody touches it") {
  const Signal signal = noise(20000);
  LivePipeline pipeline(make_convolve(response(3000, 5)), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(signal, 20000);
  CHECK(largest_difference(feed.heard, through(make_convolve(response(3000, 5)), signal, 20000), 0,
                           20000) == 0);
  const LiveStatus status = engine.status();
  CHECK(status.frames == 20000);
  CHECK(status.in_peaks.size() == 2);
  CHECK(status.in_peaks[0] == doctest::Approx(0.5).epsilon(0.01));
  CHECK_FALSE(status.latched);
}

TEST_CASE("live engine: mutes with a ramp and comes back") {
  Signal ones(2, std::vector<float>(20000, 1.0F));
  LivePipeline pipeline(make_gain({{1.0}}), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(ones, 1000);
  engine.mute().set(1);
  feed(ones, 5000);
  CHECK(feed.heard[0].back() == 0);
  engine.mute().set(0);
  feed(ones, 5000);
  CHECK(feed.heard[0].back() == 1);
  float step = 0;
  for (std::size_t n = 1; n < feed.heard[0].size(); ++n) {
    step = std::max(step, std::abs(feed.heard[0][n] - feed.heard[0][n - 1]));
  }
  CHECK(step < 1.01F / 960);  // 20 ms
}

TEST_CASE("live engine: bypassed, gives the input as late as the output was") {
  const Signal signal = noise(20000);
  LivePipeline pipeline(make_convolve(response(201, 1, Mode::same)), stereo(), {});
  LiveEngine engine(pipeline, {});
  engine.bypass().set(1);
  Feed feed(engine, pipeline.output());
  feed(signal, 20000);
  const auto late = static_cast<std::size_t>(pipeline.latency());
  for (std::size_t n = 2000; n < 20000; ++n) REQUIRE(feed.heard[1][n] == signal[1][n - late]);
}

TEST_CASE("live engine: NaN at the input is silence, counted, and gone") {
  Signal signal = noise(10000);
  signal[0][5000] = std::numeric_limits<float>::quiet_NaN();
  LivePipeline pipeline(make_convolve(response(300, 2)), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(signal, 10000);
  for (const float x : feed.heard[0]) REQUIRE(std::isfinite(x));
  CHECK(engine.status().muted_inputs == 1);
  CHECK_FALSE(engine.status().latched);
}

TEST_CASE("live engine: an output that blows up is muted until somebody says otherwise") {
  const Signal signal = noise(20000);
  LivePipeline pipeline(make_gain({{1000.0}}), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(signal, 20000);
  CHECK(feed.heard[0].back() == 0);
  CHECK(engine.status().latched);
  const auto first_quiet =
      std::find(feed.heard[0].begin() + 100, feed.heard[0].end(), 0.0F) - feed.heard[0].begin();
  CHECK(first_quiet <= 960 + 2 * kBlock);  // 20 ms
  engine.unlatch();
  REQUIRE(pipeline.replace(make_gain({{1.0}}), 0) > 0);
  Feed again(engine, pipeline.output());
  again(signal, 20000);
  CHECK(std::abs(again.heard[0].back()) > 0);
}

TEST_CASE("live engine: one loud click is no blow-up") {
  Signal signal(2, std::vector<float>(20000, 0.0F));
  signal[0][5000] = 100;
  LivePipeline pipeline(make_gain({{1.0}}), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(signal, 20000);
  CHECK_FALSE(engine.status().latched);
  CHECK(feed.heard[0][5000] == 100);
}

TEST_CASE("live engine: fades out and says when it is silent") {
  Signal ones(2, std::vector<float>(20000, 1.0F));
  LivePipeline pipeline(make_gain({{1.0}}), stereo(), {});
  LiveEngine engine(pipeline, {});
  Feed feed(engine, pipeline.output());
  feed(ones, 1000);
  engine.fade_out();
  feed(ones, 1000);
  CHECK_FALSE(engine.is_silent());
  CHECK(feed.heard[0].back() > 0.5F);
  feed(ones, 5000);
  CHECK(engine.is_silent());
  CHECK(feed.heard[0].back() == 0);
}
