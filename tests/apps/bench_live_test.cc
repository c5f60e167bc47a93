// The parts of `faltung bench live` that decide what is right, and what is said.
#include "apps/faltung/bench/live_report.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "apps/faltung/bench/live_feed.h"
#include "apps/faltung/bench/live_floor.h"

namespace faltung {
namespace {

LiveCase small_case() {
  LiveCase live = live_cases(true).back();  // 2x2
  live.taps = 700;
  live.frames = 40 * live.block;
  return live;
}

// By the definition, all of a channel.
std::vector<double> convolved(const LiveCase& live, Index channel) {
  const Array<float> responses = live_responses(live);
  const LiveSignal signal(live);
  std::vector<double> out(static_cast<std::size_t>(live.stream()));
  for (const Path& path : live.paths) {
    if (path.out != channel) continue;
    for (Index n = 0; n < live.stream(); ++n) {
      for (Index m = 0; m < live.taps && m <= n; ++m) {
        const Index begin = (n - m) / live.block * live.block;
        const float* in = signal.block(begin) + path.in * signal.channel_stride();
        out[static_cast<std::size_t>(n)] += static_cast<double>(in[n - m - begin]) *
                                            static_cast<double>(responses[path.kernel * live.taps + m]);
      }
    }
  }
  return out;
}

class Echo : public LiveContender {  // every output is the first input
 public:
  explicit Echo(const LiveCase& live) : live_(live) {}
  void process(const float* in, Index, float* out) noexcept override {
    for (Index c = 0; c < live_.out_channels; ++c) std::copy_n(in, live_.block, out + c * room());
  }
  Index room() const noexcept override { return live_.block + 3; }

 private:
  const LiveCase live_;
};

}  // namespace

TEST_CASE("call times: percentiles are times that calls took") {
  std::vector<double> seconds;
  for (int i = 1000; i >= 1; --i) seconds.push_back(i * 1e-6);
  const CallTimes times = call_times(seconds);
  CHECK(times.mean_s == doctest::Approx(500.5e-6));
  CHECK(times.p50_s == doctest::Approx(500e-6).epsilon(1e-9));
  CHECK(times.p99_s == doctest::Approx(990e-6).epsilon(1e-9));
  CHECK(times.p999_s == doctest::Approx(999e-6).epsilon(1e-9));
  CHECK(times.max_s == doctest::Approx(1e-3).epsilon(1e-9));
}

TEST_CASE("call times: the histogram counts every call, those beyond its ends at the ends") {
  const CallTimes times = call_times({0.0, 1e-9, 2e-6, 2.01e-6, 1e3});
  CHECK(std::accumulate(times.histogram.begin(), times.histogram.end(), 0.0) == 5);
  CHECK(times.histogram.front() == 2);
  CHECK(times.histogram.back() == 1);
  for (std::size_t bin = 0; bin < times.histogram.size(); ++bin) {
    if (times.histogram[bin] != 2 || bin == 0) continue;
    CHECK(CallTimes::bin_begin(static_cast<int>(bin)) <= 2e-6);
    CHECK(CallTimes::bin_begin(static_cast<int>(bin) + 1) > 2.01e-6);
  }
}

TEST_CASE("live turn: words and lines come back as they went") {
  for (const char* text : {"3:faltung:alone", "0:zita:interleaved", "12:zita-best:paced"}) {
    CHECK(LiveTurn::parse(text).text() == text);
  }
  CHECK_THROWS_AS(LiveTurn::parse("3:zita"), Error);
  CHECK_THROWS_AS(LiveTurn::parse("3:zita:fast"), Error);
  LiveResult result;
  result.cpu_s = 1.25e-8;
  result.memory_mb = 3;
  result.calls = call_times({1e-6, 3e-6});
  result.samples = {0.5f, std::nanf(""), -0.1f};
  result.plan = "partitioned 3 partitions of 64 taps";
  const LiveResult back = parse_live_result(live_result_line(result));
  CHECK(back.cpu_s == result.cpu_s);
  CHECK(back.memory_mb == 3);
  CHECK(back.calls.max_s == 3e-6);
  CHECK(back.calls.histogram == result.calls.histogram);
  REQUIRE(back.samples.size() == 3);
  CHECK(back.samples[2] == -0.1f);
  CHECK(std::isnan(back.samples[1]));
  CHECK(back.faltung_samples.empty());
  CHECK(back.plan == result.plan);
  CHECK_THROWS_AS(parse_live_result("error of some kind"), Error);
}

TEST_CASE("live case: the reference is the convolution") {
  const LiveCase live = small_case();
  const std::vector<double> channels[] = {convolved(live, 0), convolved(live, 1)};
  const std::vector<LivePoint> points = live_points(live);
  const std::vector<double> reference = live_reference(live, points);
  REQUIRE(reference.size() == points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0) REQUIRE(points[i - 1].frame <= points[i].frame);
    const double wanted = channels[points[i].channel][static_cast<std::size_t>(points[i].frame)];
    REQUIRE(reference[i] == doctest::Approx(wanted).epsilon(1e-9));
  }
}

TEST_CASE("live feed: keeps the points of every pass") {
  const LiveCase live = small_case();
  const LiveSignal signal(live);
  Echo echo(live);
  LiveFeed feed(live, signal, echo);
  feed.run(live.warm_up());
  feed.run(2 * live.frames);
  const std::vector<float> samples = std::move(feed).samples();
  const std::vector<LivePoint> points = live_points(live);
  REQUIRE(samples.size() == points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Index begin = points[i].frame / live.block * live.block;
    REQUIRE(samples[i] == signal.block(begin)[points[i].frame - begin]);
  }
}

TEST_CASE("live table: a wrong output of Faltung stops the benchmark, a peer's counts for nothing") {
  LiveCase live = small_case();
  LiveTable table(live);
  const std::vector<double> reference = live_reference(live, live_points(live));
  LiveResult right;
  right.cpu_s = 2e-8;
  right.calls = call_times({1e-6});
  right.samples.assign(reference.begin(), reference.end());
  table.add({0, 0, LiveMode::alone}, right, false);
  LiveResult wrong = right;
  wrong.cpu_s = 1e-9;
  wrong.samples[7] += 0.01f;
  CHECK_THROWS_AS(table.add({0, 0, LiveMode::alone}, wrong, false), Error);
  wrong.samples.clear();
  CHECK_THROWS_AS(table.add({0, 0, LiveMode::alone}, wrong, false), Error);
  table.add({0, 1, LiveMode::alone}, wrong, false);
  BenchReport report;
  table.report(1e11, &report);
  const BenchRecord& cpu = report.records.at(0);
  CHECK(cpu.metric == "cpu_frame");
  CHECK(cpu.faltung == 2e-8);
  CHECK(cpu.best_peer() == nullptr);
  CHECK(cpu.error < 1e-6);
}

TEST_CASE("live floor: never above plain taps or uniform partitions, and grows with the response") {
  LiveCase live;
  live.paths = {{0, 0, 0}};
  double last = 0;
  for (const Index block : {64, 512}) {
    live.block = block;
    last = 0;
    for (const Index taps : {1, 50, 64, 1000, 4096, 48000, 240000}) {
      live.taps = taps;
      const double flops = live_flops(live);
      const auto partitions = static_cast<double>((taps + block - 1) / block);
      CHECK(flops >= last);
      CHECK(flops <= 2 * static_cast<double>(taps));
      CHECK(flops <= 10 * std::log2(2 * static_cast<double>(block)) + 8 * partitions);
      last = flops;
    }
  }
  // Twelve doublings at most, each with two transforms: far below the 30,070 of uniform partitions.
  live.block = 64;
  CHECK(live_flops(live) < 1500);
}

}  // namespace faltung
