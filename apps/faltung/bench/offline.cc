// bench offline: minutes of stereo sound through a long stereo response, whole processes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/contenders.h"
#include "apps/faltung/bench/rounds.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr Index kSoxTaps = 65000;  // SoX writes zeros past 65,535
constexpr int kCheckedFrames = 2000;
constexpr double kFilesAtOnce = 9;  // the sound, once more raw, and every contender's output

class OfflineCase {
 public:
  OfflineCase(const SoundCase& sound, const ScratchFolder& scratch, const std::string& name)
      : sound_(sound),
        scratch_(scratch),
        name_(name),
        response_(make_response(sound)),
        contenders_(offline_contenders(sound, response_, scratch)) {}

  void run(int rounds, BenchReport* report) {
    std::vector<std::function<void()>> turns;
    for (Contender& contender : contenders_) {
      if (contender.missing) continue;
      turns.push_back([&, this] { turn(contender); });
    }
    turns.push_back([this] { keep_least(&limit_s_, copy_seconds()); });
    take_turns(rounds, turns);
    verify(report);
    report_all(report);
  }

 private:
  std::string music() const { return scratch_.file("music.wav"); }

  void turn(Contender& contender) {
    const ProcessUsage usage = run_process(contender.arguments, scratch_.path(), log_of(contender));
    contender.failed = contender.failed || usage.status != 0;
    keep_least(&contender.wall_s, usage.wall_s);
    keep_least(&contender.cpu_s, usage.cpu_s);
    keep_least(&contender.peak_mb, usage.peak_mb);
  }

  std::string log_of(const Contender& contender) const { return contender.output + ".log"; }

  // The floor: reading the sound and writing the result, as a copy in memory.
  double copy_seconds() const {
    constexpr long kBytes = 64'000'000;  // far beyond any cache
    const double bytes =
        static_cast<double>((sound_.frames + sound_.taps - 1) * kSoundChannels) * 4;
    return bytes / copy_rate(std::min(kBytes, static_cast<long>(bytes)));
  }

  void verify(BenchReport* report) {
    const SoundReference reference = sound_reference(music(), response_, kCheckedFrames);
    for (Contender& contender : contenders_) {
      if (contender.missing) continue;
      if (contender.failed) {
        contender.found.error = kNotMeasured;
        report->notes.push_back(name_ + ": " + contender.name +
                                " failed: " + last_words(log_of(contender)));
        continue;
      }
      contender.found = sound_error(contender.output, reference, contender.gain);
      if (std::abs(contender.found.gain - 1) > 1e-3 && right(contender)) {
        char gain[32];
        std::snprintf(gain, sizeof gain, "%.4g", contender.found.gain);
        report->notes.push_back(name_ + ": " + contender.name + " has a gain of " + gain +
                                " of its own, taken out before comparing");
      }
      std::error_code ignored;
      std::filesystem::remove(contender.output, ignored);
    }
  }

  static bool right(const Contender& contender) { return contender.found.error <= kWrongOutput; }

  static PeerValue peer(const Contender& contender, double value) {
    PeerValue result{contender.name, value, PeerValue::State::measured};
    if (contender.missing) return {contender.name, kNotMeasured, PeerValue::State::missing};
    if (!right(contender)) result.state = PeerValue::State::wrong;
    return result;
  }

  // Each of Faltung's own has a row of its own.
  void report_all(BenchReport* report) const {
    struct Metric {
      const char* name;
      const char* unit;
      double (*of)(const Contender&);
    };
    static constexpr Metric kMetrics[] = {
        {"wall", "s", [](const Contender& c) { return c.wall_s; }},
        {"cpu", "s", [](const Contender& c) { return c.cpu_s; }},
        {"peak_rss", "MB", [](const Contender& c) { return c.peak_mb; }},
        {"error", "of peak", [](const Contender& c) { return c.found.error; }}};
    for (std::size_t own = 0; own < kOwnContenders; ++own) {
      if (contenders_[own].failed || !right(contenders_[own])) {
        throw Error(Code::failure,
                    name_ + ": " + contenders_[own].name +
                        " itself gives a wrong output: " + last_words(log_of(contenders_[own])));
      }
      for (const Metric& metric : kMetrics) {
        BenchRecord record{"offline",
                           name_ + (own == 0 ? "" : ", one thread"),
                           metric.name,
                           metric.unit,
                           metric.of(contenders_[own]),
                           {},
                           kNotMeasured,
                           contenders_[own].found.error};
        for (std::size_t i = kOwnContenders; i < contenders_.size(); ++i) {
          record.peers.push_back(peer(contenders_[i], metric.of(contenders_[i])));
        }
        const std::string what = metric.name;
        if (what == "wall" || what == "cpu") record.limit = limit_s_;
        report->records.push_back(std::move(record));
      }
    }
  }

  const SoundCase sound_;
  const ScratchFolder& scratch_;
  const std::string name_;
  const Array<float> response_;
  std::vector<Contender> contenders_;
  double limit_s_ = kNotMeasured;
};

}  // namespace

BenchReport bench_offline(const BenchOptions& options) {
  constexpr Index kRate = 48000;
  const Index frames = options.quick ? 2 * kRate : 600 * kRate;
  const Index long_taps = options.quick ? 8000 : 4 * kRate;
  const Index short_taps = options.quick ? 2000 : kSoxTaps;
  const double bytes = static_cast<double>(frames + long_taps) * kSoundChannels * 4 * kFilesAtOnce;
  const ScratchFolder scratch(bytes);
  write_music(scratch.file("music.wav"), {frames, long_taps});
  BenchReport report;
  const int rounds = options.quick ? 1 : kBenchRounds;
  for (const Index taps : {long_taps, short_taps}) {
    OfflineCase(SoundCase{frames, taps}, scratch, std::to_string(taps) + " taps")
        .run(rounds, &report);
  }
  const bool in_memory = scratch.path().starts_with("/dev/shm");
  report.notes.insert(
      report.notes.begin(),
      {std::to_string(frames / kRate) +
           " s of 48 kHz stereo through a stereo response, 32-bit float "
           "WAV in and out (BruteFIR: raw float32), the whole tail, whole processes, files in " +
           (in_memory ? "memory (/dev/shm)" : scratch.path()) + "; the least of " +
           std::to_string(rounds) + " rounds in turns",
       "Errors are against plain dot products in float64 at " + std::to_string(kCheckedFrames) +
           " frames, relative to their largest; beyond 1e-4 an output is wrong and wins nothing",
       "The limit is copying the result in memory once, at the rate measured in the same run",
       "What is found once for a machine and kept (Faltung's costs, 0.2 s; BruteFIR's wisdom) is "
       "there from the second round on: the least is without it",
       "Peak memory is the largest process of a contender, not the sum"});
  return report;
}

}  // namespace faltung
