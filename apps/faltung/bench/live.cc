// bench live: long responses at short blocks, every contender in a process of its own.
#include <filesystem>
#include <iostream>
#include <system_error>

#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/live_report.h"
#include "apps/faltung/bench/process.h"
#include "apps/faltung/bench/rounds.h"
#include "apps/faltung/plots/picture_file.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr double kRateHz = 48000;
constexpr int kQuickRounds = 2;  // the first one is cold
constexpr int kLargeRounds = 3;
constexpr int kPacedRounds = 2;  // each takes 11 s
constexpr const char* kPicture = "live-call-times.png";

class LiveBench {
 public:
  LiveBench(const BenchOptions& options, BenchReport* report)
      : options_(options), report_(*report), scratch_(0) {
    std::error_code error;
    self_ = std::filesystem::read_symlink("/proc/self/exe", error).string();
  }

  void run(std::size_t number, const LiveCase& live) {
    LiveTable table(live);
    double flops = 0;
    const int rounds = options_.quick ? kQuickRounds : live.is_large() ? kLargeRounds : kBenchRounds;
    for (int round = 0; round < rounds; ++round) {
      for (const LiveTurn& turn : turns(number, live, round)) take(turn, &table);
      flops = std::max(flops, fma_rate<float>());
    }
    table.report(flops, &report_);
    if (live.pictured && !options_.markdown.empty()) draw(live, table);
  }

 private:
  // Everyone once, in an order that gives nobody's heat to the same neighbour every time.
  std::vector<LiveTurn> turns(std::size_t number, const LiveCase& live, int round) const {
    std::vector<LiveTurn> result;
    const auto& kinds = live_contender_kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const std::size_t kind = (i + static_cast<std::size_t>(round)) % kinds.size();
      if (!kinds[kind].is_there()) continue;
      result.push_back({number, kind, LiveMode::alone});
      const bool best = kind + 1 == kinds.size();
      if (live.pictured && round < kPacedRounds && !best) {
        result.push_back({number, kind, LiveMode::paced});
      }
      if (kind == 1) result.push_back({number, kind, LiveMode::interleaved});
    }
    return result;
  }

  void take(const LiveTurn& turn, LiveTable* table) {
    // A cache of its own for every case: in its first turn Faltung has never seen this machine.
    const std::string cache = scratch_.file("cache" + std::to_string(turn.live));
    const bool cold = turn.kind == 0 && !std::filesystem::exists(cache);
    std::filesystem::create_directory(cache);
    Arguments arguments{"/usr/bin/env", "XDG_CACHE_HOME=" + cache, self_, "bench", "live", "--turn",
                        turn.text()};
    if (options_.quick) arguments.push_back("--quick");
    LiveResult result;
    try {
      result = parse_live_result(HelperProcess(arguments).ask("go"));
    } catch (const Error& error) {
      if (turn.kind == 0) throw;
      return table->add_failure(turn, error.what(), &report_);
    }
    table->add(turn, result, cold);
  }

  void draw(const LiveCase& live, const LiveTable& table) {
    const auto path = std::filesystem::path(options_.markdown).replace_filename(kPicture);
    save_picture(plot_call_times(table.panels(), static_cast<double>(live.block) / kRateHz,
                                 "Time of a call, " + live.name),
                 path.string());
    report_.picture = "![How often a call took how long: Faltung and zita-convolver, " + live.name +
                      "](" + kPicture + ")";
  }

  const BenchOptions& options_;
  BenchReport& report_;
  const ScratchFolder scratch_;
  std::string self_;
};

std::vector<std::string> how_it_was_measured(const BenchOptions& options) {
  return {
      "48 kHz, float32, decaying noise as responses, white noise through them; every turn is a "
      "process of its own; CPU time is user and system of all threads, the least of " +
          std::to_string(options.quick ? kQuickRounds : kBenchRounds) +
          " rounds in turns (of a large matrix " +
          std::to_string(options.quick ? kQuickRounds : kLargeRounds) +
          "); call times are of the round with the least p99.9; a frame is a sample "
          "of every channel",
      "Back to back, zita-convolver waits for its worker threads (process(true)); at a device's "
      "pace they work behind. As jconvolver sets it up: smallest partition the block, largest "
      "8,192; with its best options: measured transform plans and its vector code. Faltung "
      "computes on the calling thread alone",
      "Every output of every round is checked at up to 2,000 points against dot products in "
      "float64; beyond 1e-4 of the peak it is wrong and that round does not count",
      "The limit is the least arithmetic of any zero-latency schedule of power-of-two partitions "
      "(transforms of 2.5 N log2 N operations) at the multiply-add rate measured in the same run: "
      "no window, copy or cache miss, no even work"};
}

}  // namespace

BenchReport bench_live(const BenchOptions& options) {
  BenchReport report;
  LiveBench bench(options, &report);
  const std::vector<LiveCase> cases = live_cases(options.quick);
  for (std::size_t number = 0; number < cases.size(); ++number) bench.run(number, cases[number]);
  const std::vector<std::string> method = how_it_was_measured(options);
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  return report;
}

int run_live_turn(const BenchOptions& options) {
  const LiveTurn turn = LiveTurn::parse(options.turn);
  const std::vector<LiveCase> cases = live_cases(options.quick);
  if (turn.live >= cases.size()) {
    throw Error(Code::configuration, "no case " + std::to_string(turn.live) + " of bench live");
  }
  try {
    std::cout << live_result_line(measure_live_turn(turn, cases[turn.live])) << std::endl;
  } catch (const Error& error) {
    std::cout << "error " << error.what() << std::endl;  // for whoever asked
    return static_cast<int>(error.code());
  }
  return 0;
}

}  // namespace faltung
