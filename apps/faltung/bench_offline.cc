// bench offline: minutes of stereo sound through a long stereo response, whole processes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>

#include "apps/faltung/bench.h"
#include "apps/faltung/bench_process.h"
#include "apps/faltung/bench_rounds.h"
#include "apps/faltung/bench_sound.h"
#include "apps/faltung/configs.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr Index kSoxTaps = 65000;        // SoX writes zeros past 65,535
constexpr int kCheckedFrames = 2000;
constexpr double kFilesAtOnce = 9;       // the sound, once more raw, and every contender's output
constexpr Index kBrutefirPartition = 16384;

// One way to do the case: a command line that reads the sound and leaves `output`.
struct Contender {
  std::string name;
  std::string program;          // what must be there
  std::string python_module;    // the same; empty: none
  Arguments arguments;
  std::string output;
  Gain gain = Gain::any;
  bool missing = false;
  double wall_s = kNotMeasured;
  double cpu_s = kNotMeasured;
  double peak_mb = kNotMeasured;
  bool failed = false;
  SoundError found;
};

class OfflineCase {
 public:
  OfflineCase(const SoundCase& sound, const ScratchFolder& scratch, const std::string& name)
      : sound_(sound), scratch_(scratch), name_(name), response_(make_response(sound)) {
    write_response(file("response.wav"), response_, sound.rate_hz);
    for (Index c = 0; c < kSoundChannels; ++c) {
      write_raw_channel(response_, c, file("response" + std::to_string(c) + ".f32"));
      write_text_channel(response_, c, file("response" + std::to_string(c) + ".txt"));
    }
    write_raw(music(), file("music.f32"), sound.taps - 1);
    add_faltung();
    add_ffmpeg();
    add_scipy();
    add_sox();
    add_brutefir();
  }

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
  std::string file(const std::string& name) const { return scratch_.file(text(sound_.taps) + "-" + name); }
  std::string music() const { return scratch_.file("music.wav"); }
  static std::string text(Index value) { return std::to_string(value); }

  void add(Contender contender) {
    contender.missing = !has_program(contender.program) ||
                        (!contender.python_module.empty() &&
                         !has_python_module(contender.python_module));
    contenders_.push_back(std::move(contender));
  }

  void add_faltung() {
    std::ofstream(file("pipeline.yaml"))
        << "stages:\n  - convolve: {kernel: " << sound_.taps << "-response.wav}\n";
    std::error_code error;
    const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
    for (const std::string threads : {"", "1"}) {
      Contender contender;
      contender.name = threads.empty() ? "Faltung" : "Faltung, one thread";
      contender.program = self;
      contender.output = file("faltung" + threads + ".wav");
      contender.arguments = {self, "run", file("pipeline.yaml"), music(), "-o", contender.output};
      if (!threads.empty()) contender.arguments.insert(contender.arguments.end(), {"--threads", "1"});
      contender.gain = Gain::must_be_one;
      add(std::move(contender));
    }
  }

  void add_ffmpeg() {
    for (const std::string options : {"", ":minp=32768"}) {
      Contender contender;
      contender.name = "ffmpeg afir" + (options.empty() ? "" : " " + options.substr(1));
      contender.program = "ffmpeg";
      contender.output = file(options.empty() ? "ffmpeg.wav" : "ffmpeg32768.wav");
      contender.arguments = {"ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", music(), "-i",
                             file("response.wav"), "-filter_complex",
                             "[0]apad=pad_len=" + text(sound_.taps - 1) +
                                 "[a];[a][1]afir=gtype=none" + options,
                             "-c:a", "pcm_f32le", contender.output};
      add(std::move(contender));
    }
  }

  void add_scipy() {
    Contender contender;
    contender.name = "SciPy oaconvolve";
    contender.program = kPython;
    contender.python_module = "scipy.signal";
    contender.output = file("scipy.wav");
    contender.arguments = {kPython, bundled_script("bench_peers.py"), "sound", music(),
                           file("response.wav"), contender.output};
    add(std::move(contender));
  }

  // One filter for all channels is what `fir` has: a pipe for each, merged. It centres the
  // response: silence in front puts it back.
  void add_sox() {
    Contender contender;
    contender.name = "SoX fir";
    contender.program = "sox";
    contender.output = file("sox.wav");
    contender.arguments = {"sox", "-M"};
    for (Index c = 0; c < kSoundChannels; ++c) {
      contender.arguments.push_back(
          "|sox " + music() + " -p remix " + text(c + 1) + " pad " + text((sound_.taps - 1) / 2) + "s " +
          text(sound_.taps / 2) + "s fir " + file("response" + text(c) + ".txt"));
    }
    contender.arguments.insert(contender.arguments.end(),
                               {"-e", "floating-point", "-b", "32", contender.output});
    add(std::move(contender));
  }

  void add_brutefir() {
    Contender contender;
    contender.name = "BruteFIR";
    contender.program = "brutefir";
    contender.output = file("brutefir.f32");
    const std::string config = file("brutefir.conf");
    write_brutefir(config, contender.output);
    contender.arguments = {"brutefir", "-nodefault", config};
    add(std::move(contender));
  }

  // Everything is stated: ~/.brutefir_defaults is neither read nor written.
  void write_brutefir(const std::string& config, const std::string& output) const {
    const Index partition = std::min<Index>(kBrutefirPartition, 1024 * ((sound_.taps + 1023) / 1024));
    const Index partitions = (sound_.taps + partition - 1) / partition;
    std::ofstream conf(config);
    conf << "float_bits: 32;\nsampling_rate: " << text(static_cast<Index>(sound_.rate_hz))
         << ";\nfilter_length: " << partition << "," << partitions
         << ";\noverflow_warnings: false;\nshow_progress: false;\nmax_dither_table_size: 0;\n"
            "allow_poll_mode: false;\nmodules_path: \".\";\nmonitor_rate: false;\n"
            "powersave: false;\nlock_memory: false;\nsdf_length: -1;\nconvolver_config: \""
         << scratch_.file("brutefir.wisdom") << "\";\n";
    for (Index c = 0; c < kSoundChannels; ++c) {
      conf << "coeff " << c << " { filename: \"" << file("response" + text(c) + ".f32")
           << "\"; format: \"FLOAT_LE\"; attenuation: 0.0; blocks: -1; skip: 0; "
              "shared_mem: false; };\n";
      conf << "filter " << c << " { from_inputs: " << c << "; to_outputs: " << c
           << "; process: " << c << "; coeff: " << c << "; delay: 0; crossfade: false; };\n";
    }
    const std::string common = "sample: \"FLOAT_LE\"; channels: 2; delay: 0,0; maxdelay: -1; "
                               "mute: false,false; ";
    conf << "input 0, 1 { device: \"file\" { path: \"" << file("music.f32") << "\"; }; " << common
         << "};\noutput 0, 1 { device: \"file\" { path: \"" << output << "\"; }; " << common
         << "dither: false; };\n";
  }

  void turn(Contender& contender) {
    const ProcessUsage usage =
        run_process(contender.arguments, scratch_.path(), log_of(contender));
    contender.failed = contender.failed || usage.status != 0;
    keep_least(&contender.wall_s, usage.wall_s);
    keep_least(&contender.cpu_s, usage.cpu_s);
    keep_least(&contender.peak_mb, usage.peak_mb);
  }

  std::string log_of(const Contender& contender) const { return contender.output + ".log"; }

  // The floor: reading the sound and writing the result, as a copy in memory.
  double copy_seconds() const {
    constexpr long kBytes = 64'000'000;  // far beyond any cache
    const double bytes = static_cast<double>((sound_.frames + sound_.taps - 1) * kSoundChannels) * 4;
    return bytes / copy_rate(std::min(kBytes, static_cast<long>(bytes)));
  }

  void verify(BenchReport* report) {
    const SoundReference reference = sound_reference(music(), response_, kCheckedFrames);
    for (Contender& contender : contenders_) {
      if (contender.missing) continue;
      if (contender.failed) {
        contender.found.error = kNotMeasured;
        report->notes.push_back(name_ + ": " + contender.name + " failed: " + complaint(contender));
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

  std::string complaint(const Contender& contender) const {
    std::ifstream log(log_of(contender));
    std::string line, last = "no message";
    while (std::getline(log, line)) {
      if (!line.empty()) last = line;
    }
    return last;
  }

  static bool right(const Contender& contender) { return contender.found.error <= kWrongOutput; }

  static PeerValue peer(const Contender& contender, double value) {
    PeerValue result{contender.name, value, PeerValue::State::measured};
    if (contender.missing) return {contender.name, kNotMeasured, PeerValue::State::missing};
    if (!right(contender)) result.state = PeerValue::State::wrong;
    return result;
  }

  // The contenders before `kPeers` are Faltung's own, each of which has a row of its own.
  void report_all(BenchReport* report) const {
    constexpr std::size_t kPeers = 2;
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
    for (std::size_t own = 0; own < kPeers; ++own) {
      if (contenders_[own].failed || !right(contenders_[own])) {
        throw Error(Code::failure, name_ + ": " + contenders_[own].name +
                                       " itself gives a wrong output: " + complaint(contenders_[own]));
      }
      for (const Metric& metric : kMetrics) {
        BenchRecord record{"offline", name_ + (own == 0 ? "" : ", one thread"), metric.name,
                           metric.unit, metric.of(contenders_[own]), {}, kNotMeasured,
                           contenders_[own].found.error};
        for (std::size_t i = kPeers; i < contenders_.size(); ++i) {
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
      {std::to_string(frames / kRate) + " s of 48 kHz stereo through a stereo response, 32-bit float "
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
