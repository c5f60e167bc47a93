// The LV2 host offline, with plugins that each need or do one thing (plugins.cc).
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

std::string lv2(const std::string& plugin, const std::string& more = "") {
  return "lv2: {uri: \"urn:faltung:test:" + plugin + "\"" + (more.empty() ? "" : ", " + more) + "}";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double reading(Stage& stage, const std::string& path) {
  for (const Control& control : stage.controls()) {
    if (control.path == path && control.reading) return control.reading->value();
  }
  FAIL("no reading " << path);
  return 0;
}

std::vector<double> scaled(const Signal& in, double factor) {
  std::vector<double> values = in.values;
  for (double& v : values) v *= factor;
  return values;
}

Signal prepared_and_run(Stage& stage, const Signal& in) { return run(stage, in, {100}); }

}  // namespace

TEST_CASE("lv2: a latency is taken out, however the signal is cut") {
  const Signal in = noise(1, {3000});
  for (const int frames : {0, 1, 100, 511, 512, 513, 2000}) {
    CAPTURE(frames);
    const std::string controls = "controls: {frames: " + std::to_string(frames) + "}";
    CHECK(same_bits(made_of(lv2("delay", controls), in).values, in.values));
    Pipeline pipeline = written(stage(lv2("delay", controls)));
    CHECK(prepared_and_run(*pipeline.stage, in).format.extent == 3000);
    CHECK(pipeline.stage->timing().latency == frames + 511);  // and a block of 512 is collected
    CHECK(reading(*pipeline.stage, "lv2.latency") == frames);
  }
}

TEST_CASE("lv2: signals of any length come out as long, shorter than the latency too") {
  for (const Index extent : {0, 1, 5, 99, 512, 1024}) {
    CAPTURE(extent);
    const Signal in = noise(1, {extent});
    CHECK(same_bits(made_of(lv2("delay"), in).values, in.values));
  }
}

TEST_CASE("lv2: branches of a parallel meet in spite of latency") {
  const Signal in = noise(1, {2000});
  const std::string both = "parallel: {merge: difference, branches: [[{" + lv2("delay") +
                           "}], [{" + lv2("fixed") + "}, {gain: {factor: 0.5}}]]}";
  for (const double v : made_of(both, in).values) CHECK(v == 0);
}

TEST_CASE("lv2: a mono plugin has a copy for every channel, in float32") {
  Signal in = noise(5, {1300}, SampleType::float64);
  CHECK(same_bits(made_of(lv2("delay", "controls: {gain: 2}"), in).values, scaled(in, 2)));
  in.values[7] = 0.1;  // not a float32
  const Signal out = made_of(lv2("delay", "controls: {gain: 2}"), in);
  CHECK(out.values[7] == static_cast<double>(2 * 0.1f));
}

TEST_CASE("lv2: fixed blocks of a power of two are kept, offline and with whatever slabs") {
  const Signal in = noise(2, {1500});
  CHECK(same_bits(made_of(lv2("fixed"), in).values, scaled(in, 2)));
  Pipeline pipeline = written(stage(lv2("fixed")));
  prepared_and_run(*pipeline.stage, in);
  CHECK(reading(*pipeline.stage, "lv2.faults") == 0);
}

TEST_CASE("lv2: offline, work is done between runs and every run is ended") {
  const Signal in = noise(1, {1500});
  const std::string asks = lv2("worker", "controls: {ask: 7}");
  CHECK(same_bits(made_of(asks, in).values, run(*written(stage("gain: {factor: 70}")).stage, in,
                                                {100}).values));
  Pipeline pipeline = written(stage(asks));
  prepared_and_run(*pipeline.stage, in);
  CHECK(reading(*pipeline.stage, "lv2.factor") == 70);
  CHECK(reading(*pipeline.stage, "lv2.elsewhere") == 0);
  CHECK(reading(*pipeline.stage, "lv2.unended") == 0);
}

TEST_CASE("lv2: a plugin that asks for it begins with its default state") {
  Pipeline pipeline = written(stage(lv2("worker")));
  const Signal in = signal({1, 2, 3}, {3});
  CHECK(prepared_and_run(*pipeline.stage, in).values == std::vector<double>{3, 6, 9});
}

TEST_CASE("lv2: a preset sets ports, and 'controls' has the last word") {
  const std::string preset = "preset: \"urn:faltung:test:preset:loud\"";
  const Signal in = signal({1, 2, 3}, {3});
  CHECK(made_of(lv2("delay", preset), in).values == std::vector<double>{3, 6, 9});
  Pipeline pipeline = written(stage(lv2("delay", preset + ", controls: {gain: 2}")));
  CHECK(prepared_and_run(*pipeline.stage, in).values == std::vector<double>{2, 4, 6});
  CHECK(reading(*pipeline.stage, "lv2.latency") == 7);
}

TEST_CASE("lv2: a saved state is restored, with the files in its folder") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("faltung-lv2-state-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "level.txt") << "5";
  std::ofstream(folder / "manifest.ttl") << "";
  std::ofstream(folder / "state.ttl")
      << "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
         "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
         "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
         "@prefix atom: <http://lv2plug.in/ns/ext/atom#> .\n"
         "<> a pset:Preset ; lv2:appliesTo <urn:faltung:test:worker> ;\n"
         "  state:state [ <urn:faltung:test:file> <level.txt> ] .\n";
  const Signal in = signal({1, 2, 3}, {3});
  const std::string state = "state: \"" + folder.string() + "\"";
  CHECK(made_of(lv2("worker", state), in).values == std::vector<double>{5, 10, 15});
  const std::string other = refusal(stage(lv2("delay", state)));
  CHECK(contains(other, "is of plugin 'urn:faltung:test:worker'; allowed: of "
                        "'urn:faltung:test:delay'"));
  std::filesystem::remove(folder / "state.ttl");
  CHECK(contains(refusal(stage(lv2("worker", state))), "has 0 .ttl files"));
  std::filesystem::remove_all(folder);
  CHECK(contains(refusal(stage(lv2("worker", state))), "p.yaml:2:"));
}

TEST_CASE("lv2: output that is not finite is muted and counted, on its channel only") {
  const Signal in = noise(2, {2000});
  CHECK(same_bits(made_of(lv2("broken"), in).values, in.values));
  Pipeline pipeline = written(stage(lv2("broken", "controls: {bad: true}")));
  const Signal out = prepared_and_run(*pipeline.stage, in);
  for (Index n = 0; n < 2000; ++n) {
    CHECK(out.values[static_cast<std::size_t>(n)] == in.values[static_cast<std::size_t>(n)]);
    CHECK(out.values[static_cast<std::size_t>(2000 + n)] == 0);
  }
  CHECK(reading(*pipeline.stage, "lv2.muted") == 4);  // blocks of 512
}

TEST_CASE("lv2: optional ports, side chains, CV and events have what plugins expect") {
  Pipeline pipeline = written(stage(lv2("ports")));
  Setting setting;
  std::string notes;
  setting.note = [&](const std::string& text) { notes += text + "\n"; };
  const Signal one = signal({1, 2, 3}, {3});
  CHECK(run(*pipeline.stage, one, {2}, setting).values == std::vector<double>{1.5, 2.5, 3.5});
  CHECK(reading(*pipeline.stage, "lv2.faults") == 0);
  CHECK(notes == "Test ports: beware of tests\n");
  const Signal three = signal({1, 2, 10, 20, 100, 200}, {2}, 3);
  CHECK(run(*pipeline.stage, three, {2}, setting).values == std::vector<double>{121.75, 242.75});
}

TEST_CASE("lv2: refuses by name what is not there, with what is") {
  const std::string wrong = refusal(stage(lv2("dellay")));
  CHECK(contains(wrong, "p.yaml:2:16: no LV2 plugin 'urn:faltung:test:dellay' is installed; "
                        "did you mean 'urn:faltung:test:delay'?"));
  CHECK(contains(refusal(stage("lv2: {uri: ''}")), "no LV2 plugin ''"));
  CHECK(contains(refusal(stage("lv2: {uri: no uri at all}")), "no LV2 plugin 'no uri at all'"));
  CHECK(contains(refusal(stage("lv2: {controls: {a: 1}}")), "'lv2' needs 'uri'"));
  CHECK(contains(refusal(stage(lv2("delay", "preset: \"urn:x\""))),
                 "has no preset 'urn:x'; there are urn:faltung:test:preset:loud"));
  const std::string control = refusal(stage(lv2("delay", "controls: {gian: 1}")));
  CHECK(contains(control, "p.yaml:2:"));
  CHECK(contains(control, "plugin 'Test delay' has no control 'gian'; did you mean 'gain'? "
                          "allowed: frames (0 to 2000), gain (0.1 to 4"));
  CHECK(contains(refusal(stage(lv2("delay", "controls: {latency: 1}"))), "no control 'latency'"));
  CHECK(contains(refusal(stage(lv2("delay", "controls: {gain: 4.5}"))),
                 "control 'gain' of 4.5; allowed: 0.1 to 4"));
  CHECK(refusal(stage(lv2("delay", "controls: {gain: 0.1}"))) == "accepted");  // though no float32
  CHECK(contains(refusal(stage(lv2("delay", "controls: {frames: 1.5}"))), "whole numbers"));
  CHECK(contains(refusal(stage(lv2("delay", "controls: 3"))),
                 "expected controls as {symbol: value}"));
  CHECK(contains(refusal(stage(lv2("delay", "contrlos: {}"))), "did you mean 'controls'?"));
}

TEST_CASE("lv2: refuses by name what cannot be hosted") {
  CHECK(contains(refusal(stage(lv2("needy"))),
                 "plugin 'Test needy' requires <urn:faltung:test:unheard-of>"));
}

TEST_CASE("lv2: a plugin without sound lets the signal pass, and says so") {
  std::string said;
  Setting setting;
  setting.note = [&](const std::string& text) { said += text; };
  const Signal in = noise(3, {2000});
  const Signal out = run(*written(stage(lv2("events"))).stage, in, {100}, setting);
  CHECK(out.values == in.values);
  CHECK(contains(said, "plugin 'Test events' has no audio ports: the signal passes it unchanged"));
}

TEST_CASE("lv2: refuses signals by channels, rate and axes") {
  const std::string channels = refusal_of(lv2("broken"), noise(3, {20}));
  CHECK(contains(channels, "p.yaml:2:5: plugin 'Test broken' takes 2 channels (left, right) and "
                           "gives 2, the signal has 3"));
  CHECK(contains(refusal_of(lv2("broken"), noise(1, {20})), "the signal has 1"));
  CHECK(contains(refusal_of(lv2("delay"), noise(1, {20, 30})), "lv2 takes series with a rate"));
  const std::string cutoff = lv2("delay", "controls: {cutoff: 30000}");
  CHECK(contains(refusal_of(cutoff, noise(1, {20})),
                 "control 'cutoff' of 30000; allowed: 0 to 24000"));
  CHECK(refusal_of(lv2("delay", "controls: {cutoff: 20000}"), noise(1, {20})) == "accepted");
}

TEST_CASE("lv2: tells a plugin whether it runs offline") {
  Pipeline pipeline = written(stage(lv2("delay")));
  const Signal in = noise(1, {100});
  prepared_and_run(*pipeline.stage, in);
  CHECK(reading(*pipeline.stage, "lv2.told") == 1);
  Setting live;
  live.clock = Clock::live;
  run(*pipeline.stage, in, {50}, live);
  CHECK(reading(*pipeline.stage, "lv2.told") == 0);
}
