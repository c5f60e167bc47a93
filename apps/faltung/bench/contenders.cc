// Who takes part in `bench offline`, and the command line of each.
#include "apps/faltung/bench/contenders.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "apps/faltung/configs.h"

namespace faltung {
namespace {

constexpr Index kBrutefirPartition = 16384;

std::string text(Index value) { return std::to_string(value); }

class Contenders {
 public:
  Contenders(const SoundCase& sound, const Array<float>& response, const ScratchFolder& scratch)
      : sound_(sound), scratch_(scratch) {
    write_response(file("response.wav"), response, sound.rate_hz);
    for (Index c = 0; c < kSoundChannels; ++c) {
      write_raw_channel(response, c, file("response" + text(c) + ".f32"));
      write_text_channel(response, c, file("response" + text(c) + ".txt"));
    }
    write_raw(music(), file("music.f32"), sound.taps - 1);
    add_faltung();
    add_ffmpeg();
    add_scipy();
    add_sox();
    add_brutefir();
  }

  std::vector<Contender> all() && { return std::move(contenders_); }

 private:
  std::string file(const std::string& name) const {
    return scratch_.file(text(sound_.taps) + "-" + name);
  }
  std::string music() const { return scratch_.file("music.wav"); }

  void add(Contender contender) {
    contender.missing =
        !has_program(contender.program) ||
        (!contender.python_module.empty() && !has_python_module(contender.python_module));
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
      if (!threads.empty())
        contender.arguments.insert(contender.arguments.end(), {"--threads", "1"});
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
      contender.arguments = {
          "ffmpeg",
          "-nostdin",
          "-loglevel",
          "error",
          "-y",
          "-i",
          music(),
          "-i",
          file("response.wav"),
          "-filter_complex",
          "[0]apad=pad_len=" + text(sound_.taps - 1) + "[a];[a][1]afir=gtype=none" + options,
          "-c:a",
          "pcm_f32le",
          contender.output};
      add(std::move(contender));
    }
  }

  void add_scipy() {
    Contender contender;
    contender.name = "SciPy oaconvolve";
    contender.program = kPython;
    contender.python_module = "scipy.signal";
    contender.output = file("scipy.wav");
    contender.arguments = {
        kPython,         bundled_script("bench_peers.py"), "sound", music(), file("response.wav"),
        contender.output};
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
      contender.arguments.push_back("|sox " + music() + " -p remix " + text(c + 1) + " pad " +
                                    text((sound_.taps - 1) / 2) + "s " + text(sound_.taps / 2) +
                                    "s fir " + file("response" + text(c) + ".txt"));
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
    const Index partition =
        std::min<Index>(kBrutefirPartition, 1024 * ((sound_.taps + 1023) / 1024));
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
    const std::string common =
        "sample: \"FLOAT_LE\"; channels: 2; delay: 0,0; maxdelay: -1; "
        "mute: false,false; ";
    conf << "input 0, 1 { device: \"file\" { path: \"" << file("music.f32") << "\"; }; " << common
         << "};\noutput 0, 1 { device: \"file\" { path: \"" << output << "\"; }; " << common
         << "dither: false; };\n";
  }

  const SoundCase sound_;
  const ScratchFolder& scratch_;
  std::vector<Contender> contenders_;
};

}  // namespace

std::vector<Contender> offline_contenders(const SoundCase& sound, const Array<float>& response,
                                          const ScratchFolder& scratch) {
  return Contenders(sound, response, scratch).all();
}

}  // namespace faltung
