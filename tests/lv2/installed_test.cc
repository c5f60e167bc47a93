// The LV2 host with the plugins of Debian's packages lv2-examples, x42-plugins and lsp-plugins-lv2.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/stages/lv2.h"
#include "engine/stages/lv2_checks.h"
#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

constexpr const char* kAmplifier = "http://lv2plug.in/plugins/eg-amp";
constexpr const char* kLimiter = "http://gareus.org/oss/lv2/dpl#stereo";
constexpr const char* kLspLimiter = "http://lsp-plug.in/plugins/lv2/limiter_stereo";
constexpr const char* kConvolver = "http://gareus.org/oss/lv2/zeroconvolv#Mono";
constexpr const char* kSampler = "http://lv2plug.in/plugins/eg-sampler";

// First words of the lines that a command prints that look like URIs.
std::set<std::string> uris_of(const char* command) {
  std::set<std::string> result;
  FILE* pipe = popen(command, "r");
  if (!pipe) return result;
  char line[1024];
  while (std::fgets(line, sizeof line, pipe)) {
    std::string text = line;
    const std::size_t begin = text.find("http://"), end = text.find_last_not_of("\n ");
    if (begin != std::string::npos) result.insert(text.substr(begin, end - begin + 1));
  }
  pclose(pipe);
  return result;
}

bool missing(const char* uri) {
  try {
    Lv2Plugin::find(uri);
    return false;
  } catch (const Error&) {
    MESSAGE("SKIPPED: no plugin " << uri << ": tests/run installs it");
    return true;
  }
}

Pipeline hosted(const std::string& uri, const std::string& more = "") {
  return written(stage("lv2: {uri: \"" + uri + "\"" + more + "}"));
}

Setting live() {
  Setting setting;
  setting.clock = Clock::live;
  return setting;
}

bool has_audio(const Lv2Description& plugin) {
  for (const Lv2Port& port : plugin.ports) {
    if (port.kind == Lv2Port::Kind::audio) return true;
  }
  return false;
}

Index fewest_channels(const Lv2Description& plugin) {
  for (Index channels = 1;; ++channels) {
    try {
      route_lv2(plugin, channels);
      return channels;
    } catch (const Error&) {
      REQUIRE(channels < 100);
    }
  }
}

// 16 bits, one channel, 48 kHz.
void write_wav(const std::filesystem::path& path, const std::vector<std::int16_t>& samples) {
  const auto bytes = static_cast<std::uint32_t>(2 * samples.size());
  std::ofstream file(path, std::ios::binary);
  const auto put = [&]<class T>(T value) {
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
  };
  file << "RIFF", put(36 + bytes), file << "WAVEfmt ", put(std::uint32_t{16});
  put(std::uint16_t{1}), put(std::uint16_t{1}), put(std::uint32_t{48000});
  put(std::uint32_t{96000}), put(std::uint16_t{2}), put(std::uint16_t{16});
  file << "data", put(bytes);
  for (const std::int16_t sample : samples) put(sample);
}

}  // namespace

TEST_CASE("lv2 installed: every plugin that lv2bench loads is hosted, live, finite") {
  const std::set<std::string> all = uris_of("lv2ls 2>/dev/null");
  const std::set<std::string> benched = uris_of("lv2bench -n 6400 -b 64 2>/dev/null");
  if (benched.size() < 200) {
    MESSAGE("SKIPPED: lv2bench loads " << benched.size() << " plugins: tests/run installs more");
    return;
  }
  const auto keeps_world = Lv2Plugin::find(*all.begin());  // lilv's, loaded once
  std::size_t loaded = 0, also_benched = 0, silent = 0;
  for (const std::string& uri : all) {
    CAPTURE(uri);
    const auto plugin = Lv2Plugin::find(uri);
    const Signal in = noise(fewest_channels(plugin->description()), {100 * 64});
    const StagePtr stage = make_lv2({plugin, nullptr, nullptr, {}});
    const Signal out = run(*stage, in, {64}, live());
    for (const double v : out.values) {
      if (!std::isfinite(v)) FAIL_CHECK("not finite");
    }
    CHECK(out.format.extent == in.format.extent);
    const Signal offline = run(*stage, in, {64});
    CHECK(offline.values.size() == out.values.size());
    if (!has_audio(plugin->description())) {
      for (std::size_t i = 0; i < in.values.size(); ++i) {
        if (out.values[i] != static_cast<float>(in.values[i])) FAIL_CHECK("does not pass");
      }
      ++silent;
    }
    for (const Control& control : stage->controls()) {
      if (control.path == "muted") CHECK(control.reading->value() == 0);
    }
    ++loaded;
    also_benched += benched.count(uri);
  }
  MESSAGE("lv2bench loads " << benched.size() << " plugins; hosted are " << loaded
                            << ", among them " << also_benched << " of these; " << silent
                            << " have no audio ports");
  CHECK(also_benched == benched.size());
}

TEST_CASE("lv2 installed: the amplifier at 6 dB multiplies by its factor exactly") {
  if (missing(kAmplifier)) return;
  const Signal in = noise(3, {3000});
  const std::string uri = kAmplifier;
  const Signal out = check_slab_invariance(
      [&] { return std::move(hosted(uri, ", controls: {gain: 6}").stage); }, in);
  const float factor = std::pow(10.0f, 6.0f * 0.05f);  // as the plugin has it
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    CHECK(out.values[i] == static_cast<double>(factor * static_cast<float>(in.values[i])));
  }
}

TEST_CASE("lv2 installed: limiters with a latency are aligned, offline and live") {
  for (const char* uri : {kLimiter, kLspLimiter}) {
    if (missing(uri)) continue;
    CAPTURE(uri);
    Signal in = noise(2, {9600});
    std::fill(in.values.begin(), in.values.end(), 0.0);
    in.at(0, 4000) = 0.25;  // well below any threshold
    in.at(1, 4001) = -0.25;
    for (const Setting& setting : {Setting{}, live()}) {
      Pipeline pipeline = hosted(uri);
      Signal out = run(*pipeline.stage, in, {128}, setting);
      CHECK(pipeline.stage->timing().latency > 0);
      CHECK(*out.format.extent == 9600);
      for (Index c = 0; c < 2; ++c) {
        Index peak = 0;
        for (Index n = 0; n < 9600; ++n) {
          if (std::abs(out.at(c, n)) > std::abs(out.at(c, peak))) peak = n;
        }
        CHECK(peak == 4000 + c);
        CHECK(std::abs(out.at(c, peak)) == doctest::Approx(0.25).epsilon(0.02));
      }
    }
  }
}

TEST_CASE("lv2 installed: a convolver loads the response of its preset, and of a saved state") {
  if (missing(kConvolver)) return;
  const Signal in = noise(1, {4000});
  const std::string noop =
      ", preset: \"http://gareus.org/oss/lv2/zeroconvolv/pset#noopMono\"";
  const auto folder = std::filesystem::temp_directory_path() /
                      ("faltung-lv2-response-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  write_wav(folder / "echo.wav", {16384, 0, 0, -8192});  // 0.5, 0, 0, -0.25
  std::ofstream(folder / "state.ttl")
      << "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
         "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
         "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
         "<> a pset:Preset ; lv2:appliesTo <"
      << kConvolver
      << "> ;\n  state:state [ <http://gareus.org/oss/lv2/zeroconvolv#ir> <echo.wav> ] .\n";
  const std::string echo = ", state: \"" + folder.string() + "\"";
  for (const Setting& setting : {Setting{}, live()}) {
    const Signal same = run(*hosted(kConvolver, noop).stage, in, {128}, setting);
    const Signal echoed = run(*hosted(kConvolver, echo).stage, in, {128}, setting);
    for (std::size_t n = 0; n < 4000; ++n) {
      const double past = n >= 3 ? in.values[n - 3] : 0;
      CHECK(std::abs(same.values[n] - in.values[n]) < 1e-5);
      CHECK(std::abs(echoed.values[n] - (0.5 * in.values[n] - 0.25 * past)) < 1e-5);
    }
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("lv2 installed: the sampler starts with its default state, and hears nothing") {
  if (missing(kSampler)) return;
  Pipeline pipeline = hosted(kSampler);
  const Signal out = run(*pipeline.stage, noise(1, {1000}), {64}, live());
  for (const double v : out.values) CHECK(v == 0);  // nobody plays a note
}
