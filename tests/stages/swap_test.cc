// Swapping responses while a stream runs: what is heard, when, and that nobody waits.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#include "engine/stages/convolve.h"
#include "engine/stream/slab_memory.h"

using namespace faltung;

namespace {

constexpr Index kBlock = 64;
constexpr double kRate = 48000;

// Decaying noise; `seed` tells one response from another. A matrix [out, in, taps] where outs > 0.
ConvolveOptions response(Index taps, unsigned seed, Index outs = 0, Index ins = 0) {
  ConvolveOptions options;
  options.kernel = [=](const Format&) {
    Kernel kernel;
    kernel.values = Array<double>(outs > 0 ? Shape{outs, ins, taps} : Shape{taps});
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (Index i = 0; i < kernel.values.size(); ++i) {
      kernel.values[i] =
          uniform(random) * std::exp(-4.0 * static_cast<double>(i % taps) / static_cast<double>(taps));
    }
    kernel.name = "noise " + std::to_string(seed);
    return kernel;
  };
  return options;
}

Format format(Index channels) {
  Format result;
  result.channels = channels;
  result.rate_hz = kRate;
  result.max_slab = kBlock;
  return result;
}

Setting live(Swaps swaps) {
  Setting setting;
  setting.clock = Clock::live;
  setting.swaps = swaps;
  return setting;
}

// A running stream of noise, which remembers what went in and came out.
class Run {
 public:
  Run(const ConvolveOptions& options, Index channels, Swaps swaps = Swaps::queue)
      : stage(make_convolve(options)),
        out_format_(stage->prepare(format(channels), live(swaps))),
        in_(format(channels), kBlock),
        out_(out_format_, kBlock),
        in(static_cast<std::size_t>(channels)),
        out(static_cast<std::size_t>(out_format_.channels)) {}

  void blocks(int count) {
    while (count-- > 0) block(kBlock);
  }
  void block(Index extent) {
    const SlabOf<float> from = in_.slab().as<float>(), to = out_.slab().as<float>();
    for (std::size_t c = 0; c < in.size(); ++c) {
      for (Index n = 0; n < extent; ++n) {
        from.channel(static_cast<Index>(c))[n] = uniform_(random_);
        in[c].push_back(static_cast<double>(from.channel(static_cast<Index>(c))[n]));
      }
    }
    REQUIRE(stage->process(in_.slab().part(0, extent), out_.slab()) == extent);
    for (std::size_t c = 0; c < out.size(); ++c) {
      const float* x = to.channel(static_cast<Index>(c));
      out[c].insert(out[c].end(), x, x + extent);
    }
  }
  Index frames() const { return static_cast<Index>(in[0].size()); }

  std::unique_ptr<ConvolveStage> stage;

 private:
  Format out_format_;
  SlabMemory in_, out_;
  std::minstd_rand random_{7};
  std::uniform_real_distribution<float> uniform_{-1, 1};

 public:
  std::vector<std::vector<double>> in, out;
};

// One output sample of the whole past through a response, by the definition.
double definition(const Run& run, const ConvolveOptions& options, Index channel, Index frame) {
  const Kernel kernel = options.kernel(Format{});
  const bool matrix = kernel.values.rank() == 3;
  const Index taps = kernel.values.extents().back();
  double sum = 0;
  for (Index i = 0; i < static_cast<Index>(run.in.size()); ++i) {
    if (!matrix && i != channel) continue;
    const double* h =
        kernel.values.data() + (matrix ? (channel * static_cast<Index>(run.in.size()) + i) * taps : 0);
    for (Index m = 0; m < std::min(taps, frame + 1); ++m) {
      sum += h[m] * run.in[static_cast<std::size_t>(i)][static_cast<std::size_t>(frame - m)];
    }
  }
  return sum;
}

// `weight` of the new response, 1 − weight of the old one, at every third frame of [first, last).
void check_mix(const Run& run, const ConvolveOptions& before, const ConvolveOptions& after,
               Index first, Index last, Index fade_begin, Index fade) {
  double worst = 0, peak = 0;
  for (Index c = 0; c < static_cast<Index>(run.out.size()); ++c) {
    for (Index n = first; n < last; n += 3) {
      const double weight = std::clamp(static_cast<double>(n - fade_begin + 1) /
                                           static_cast<double>(fade + 1), 0.0, 1.0);
      const double wanted = (1 - weight) * definition(run, before, c, n) +
                            weight * definition(run, after, c, n);
      worst = std::max(worst, std::abs(wanted - run.out[static_cast<std::size_t>(c)]
                                                       [static_cast<std::size_t>(n)]));
      peak = std::max(peak, std::abs(wanted));
    }
  }
  CHECK(worst <= 1e-6 * peak);
}

}  // namespace

TEST_CASE("swap: fades with equal gain to the new response, which has heard the whole past") {
  struct Case {
    ConvolveOptions before, after;
    Index channels;
    double fade_ms;
  };
  const std::vector<Case> cases = {
      {response(3000, 1), response(3000, 2), 1, 20},
      {response(200, 1), response(9000, 2), 2, 5},      // longer, other partitions
      {response(9000, 1), response(1, 2), 1, 0},        // at once
      {response(700, 1, 3, 2), response(2500, 2, 3, 2), 2, 20},  // another routing
  };
  for (const Case& c : cases) {
    Run run(c.before, c.channels);
    run.blocks(170);
    run.block(17);
    const auto ticket = run.stage->swap(c.after, c.fade_ms);
    const Index frame = run.frames();
    CHECK(ticket == 1);
    run.block(1);
    run.blocks(60);
    const auto reports = run.stage->collect_swaps();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].ticket == ticket);
    CHECK(reports[0].frame == frame);
    CHECK(!reports[0].superseded);
    const Index fade = std::llround(c.fade_ms * kRate / 1000);
    check_mix(run, c.before, c.after, frame - 200, run.frames(), frame, fade);
  }
}

TEST_CASE("swap: a response for itself is inaudible") {
  Run swapped(response(5000, 1), 1), kept(response(5000, 1), 1);
  double worst = 0;
  for (int n = 0; n < 40; ++n) {
    swapped.blocks(7);
    kept.blocks(7);
    CHECK(swapped.stage->swap(response(5000, 1), 3) > 0);
    swapped.stage->collect_swaps();
  }
  for (std::size_t n = 0; n < kept.out[0].size(); ++n) {
    worst = std::max(worst, std::abs(swapped.out[0][n] - kept.out[0][n]));
  }
  CHECK(worst < 1e-5);  // sums of 5000 terms up to 1
}

TEST_CASE("swap: offers faster than the fade are heard in order, or give way to the latest") {
  for (const Swaps policy : {Swaps::queue, Swaps::coalesce}) {
    Run run(response(300, 1), 1, policy);
    run.blocks(10);
    for (unsigned seed = 2; seed <= 5; ++seed) CHECK(run.stage->swap(response(300, seed), 10) > 0);
    run.blocks(60);
    const auto reports = run.stage->collect_swaps();
    REQUIRE(reports.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(reports[i].ticket == i + 1);
      CHECK(reports[i].superseded == (policy == Swaps::coalesce && i < 3));
    }
    // A fade of 480 frames begins with a slab and ends within one.
    if (policy == Swaps::queue) CHECK(reports[3].frame == 640 + 3 * 512);
    check_mix(run, response(300, 4), response(300, 5), run.frames() - 100, run.frames(), 0, 1);
  }
}

TEST_CASE("swap: more offers than can be on their way have to wait") {
  Run run(response(50, 1), 1);
  for (std::size_t n = 0; n < SwappableConvolution::kMostOffers; ++n) {
    CHECK(run.stage->swap(response(50, 2), 0) > 0);
  }
  CHECK(run.stage->swap(response(50, 2), 0) == 0);
  run.blocks(400);
  CHECK(run.stage->collect_swaps().size() == SwappableConvolution::kMostOffers);
  CHECK(run.stage->swap(response(50, 2), 0) > 0);
}

TEST_CASE("swap: refuses what would change the stream, and says so") {
  Run run(response(100, 1), 2);
  const auto refusal = [](auto&& act) {
    try {
      act();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal([&] { run.stage->swap(response(100, 1, 3, 2)); }).find("3 channels") !=
        std::string::npos);
  CHECK(refusal([&] { run.stage->swap(response(100, 1), -1); }).find("allowed: 0 to 60000") !=
        std::string::npos);
  ConvolveOptions centred = response(101, 1);
  centred.mode = Mode::same;
  CHECK(refusal([&] { run.stage->swap(centred); }).find("only causal") != std::string::npos);
  const auto offline = make_convolve(response(10, 1));
  offline->prepare(format(1), Setting{});
  CHECK(refusal([&] { offline->swap(response(10, 2)); }).find("only be swapped live") !=
        std::string::npos);
}

TEST_CASE("swap: another thread swaps under load, and the last response is heard in the end") {
  Run run(response(2000, 0), 1, Swaps::queue);
  std::atomic<bool> done{false};
  std::thread audio([&] {
    while (!done.load()) run.blocks(1);
    run.blocks(20);
  });
  std::vector<SwapReport> reports;
  constexpr unsigned kSwaps = 30;
  for (unsigned n = 1; n <= kSwaps;) {
    const Index taps = n == kSwaps ? 1500 : 10 + 97 * static_cast<Index>(n);
    if (run.stage->swap(response(taps, n), 2) > 0) ++n;
    for (const SwapReport& report : run.stage->collect_swaps()) reports.push_back(report);
  }
  while (reports.size() < kSwaps) {
    for (const SwapReport& report : run.stage->collect_swaps()) reports.push_back(report);
  }
  done = true;
  audio.join();
  for (std::size_t n = 0; n < kSwaps; ++n) {
    CHECK(reports[n].ticket == n + 1);
    if (n > 0) CHECK(reports[n].frame >= reports[n - 1].frame + 96);
  }
  check_mix(run, response(1500, kSwaps), response(1500, kSwaps), run.frames() - 300, run.frames(),
            0, 1);
}

TEST_CASE("convolve: live, NaN and infinity mute their channel's slab, are counted, leave no trace") {
  const ConvolveOptions options = response(1000, 1);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const auto stage = make_convolve(options);
    stage->prepare(format(2), live(Swaps::none));
    SlabMemory in(format(2), kBlock), out(format(2), kBlock);
    std::vector<double> x, y, other;
    std::minstd_rand random(3);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int block = 0; block < 60; ++block) {
      const SlabOf<float> slab = in.slab().as<float>(), result = out.slab().as<float>();
      for (Index n = 0; n < kBlock; ++n) slab.channel(0)[n] = slab.channel(1)[n] = uniform(random);
      if (block == 20) slab.channel(0)[13] = bad;
      for (Index n = 0; n < kBlock; ++n) {
        x.push_back(block == 20 ? 0.0 : static_cast<double>(slab.channel(0)[n]));
      }
      REQUIRE(stage->process(in.slab(), out.slab()) == kBlock);
      y.insert(y.end(), result.channel(0), result.channel(0) + kBlock);
      other.insert(other.end(), result.channel(1), result.channel(1) + kBlock);
    }
    CHECK(stage->muted_slabs() == 1);
    const Kernel kernel = options.kernel(Format{});
    double worst = 0;
    for (std::size_t n = 0; n < y.size(); ++n) {
      double wanted = 0;
      for (std::size_t m = 0; m < 1000 && m <= n; ++m) {
        wanted += kernel.values[static_cast<Index>(m)] * x[n - m];
      }
      worst = std::max(worst, std::abs(y[n] - wanted));
    }
    CHECK(worst < 1e-5);  // the muted slab counts as silence, before, within and after it
    CHECK(std::abs(other[21 * 64] - y[21 * 64]) > 1e-3);  // the other channel was not muted
  }
}
