// What a pipeline file may not be: every refusal says where, what, and what is allowed.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/yaml.h"

using namespace faltung;

namespace {

Kernel read_stub(const std::string& path) {
  if (path.ends_with("missing.wav")) throw Error(Code::input, path + ": cannot be opened");
  Kernel kernel;
  kernel.values = Array<double>(Shape{2, 3});
  kernel.rate_hz = 48000;
  kernel.name = path;
  return kernel;
}

std::string refusal(const std::string& yaml, Code code = Code::configuration) {
  try {
    parse_pipeline(yaml, "dir/p.yaml", read_stub);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "accepted";
}

// The settings of one stage, which begin at line 2, column 6.
std::string stage(const std::string& text) { return refusal("stages:\n  - " + text + "\n"); }

}  // namespace

TEST_CASE("pipeline: refuses what is not YAML, empty, doubled or endless") {
  CHECK(refusal("stages: [gain: {db: 1}").find("not YAML: end of sequence flow not found") !=
        std::string::npos);
  CHECK(refusal("stages:\n  - gain: }").starts_with("dir/p.yaml:2:"));
  CHECK(refusal("") == "dir/p.yaml:1:1: the file is empty; a pipeline has 'stages:'");
  CHECK(refusal("stages: []\n---\nstages: []\n").find("a second document begins") !=
        std::string::npos);
  CHECK(refusal("stages: []\nstages: []\n") == "dir/p.yaml:2:1: key 'stages' is there twice");
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", " : "") + last;
    bomb += "]\n";
  }
  CHECK(refusal(bomb).find("more than 2000000 values") != std::string::npos);
  CHECK(refusal("stages: " + std::string(80, '[') + std::string(80, ']')).find("nested deeper than") !=
        std::string::npos);
}

TEST_CASE("pipeline: refuses unknown and misplaced names with a suggestion") {
  CHECK(refusal("stagse: []") ==
        "dir/p.yaml:1:1: unknown key 'stagse' of 'pipeline'; did you mean 'stages'? allowed: "
        "stages, rate, name, description");
  CHECK(refusal("rate: 48000") == "dir/p.yaml:1:1: 'pipeline' needs 'stages'");
  CHECK(refusal("stages: gain") == "dir/p.yaml:1:9: expected a list of stages, got 'gain'");
  CHECK(refusal("rate: -1\nstages: []").starts_with("dir/p.yaml:1:7: expected a number above 0"));
  CHECK(stage("convolv: {kernel: [1]}") ==
        "dir/p.yaml:2:5: unknown stage 'convolv'; did you mean 'convolve'?");
  CHECK(stage("echo: {}").find("unknown stage 'echo'; there are convolve, correlate") !=
        std::string::npos);
  CHECK(stage("gain: {dbb: 3}") ==
        "dir/p.yaml:2:12: unknown key 'dbb' of 'gain'; did you mean 'db'? allowed: db, factor");
  CHECK(stage("{gain: {db: 1}, mix: {matrix: [[1]]}}").find("a map of 2 keys") != std::string::npos);
}

TEST_CASE("pipeline: refuses values of the wrong kind") {
  CHECK(stage("gain: {db: loud}") == "dir/p.yaml:2:16: expected a number, got 'loud'");
  CHECK(stage("gain: {db: .inf}").starts_with("dir/p.yaml:2:16: expected a"));
  CHECK(stage("gain: {}") == "dir/p.yaml:2:11: 'gain' needs either 'db' or 'factor'");
  CHECK(stage("gain: 3").find("expected the settings of 'gain' as {key: value}, got '3'") !=
        std::string::npos);
  CHECK(stage("delay: {samples: 1.5}") ==
        "dir/p.yaml:2:22: expected a whole number of at least 0, got '1.5'");
  CHECK(stage("delay: {ms: -1}").find("at least 0") != std::string::npos);
  CHECK(stage("mix: {matrix: [[1, 2], [3]]}") ==
        "dir/p.yaml:2:28: row of 1 values in a matrix whose first row has 2");
  CHECK(stage("activation: rely").find("did you mean 'relu'?") != std::string::npos);
  CHECK(stage("activation: {clamp: {low: 2, high: 1}}").find("must not be above") !=
        std::string::npos);
  CHECK(stage("pool: {kind: max}") == "dir/p.yaml:2:11: 'pool' needs 'size'");
  CHECK(stage("pool: {kind: median, size: 2}").find("allowed: max, average") != std::string::npos);
  CHECK(stage("pool: {kind: max, size: 2, ceil: 1}").find("expected true or false") !=
        std::string::npos);
  CHECK(stage("parallel: {merge: add, branches: [[]]}").find("unknown value 'add'") !=
        std::string::npos);
  CHECK(stage("parallel: {merge: sum, branches: []}").find("expected a list of branches") !=
        std::string::npos);
}

TEST_CASE("pipeline: refuses kernels and options that make no sense") {
  CHECK(stage("convolve: {}").find("'convolve' needs either 'kernel' or 'matrix'") !=
        std::string::npos);
  CHECK(stage("convolve: {kernel: [1], matrix: []}").find("either") != std::string::npos);
  CHECK(stage("convolve: {kernel: []}").find("no taps: an empty list") != std::string::npos);
  CHECK(stage("convolve: {kernel: [[1, 2], [3]]}").find("not rectangular") != std::string::npos);
  CHECK(stage("convolve: {kernel: [[1, 2], 3]}").find("not rectangular") != std::string::npos);
  CHECK(stage("convolve: {kernel: [1, x]}") == "dir/p.yaml:2:28: expected a number, got 'x'");
  CHECK(stage("convolve: {kernel: {gausian: {sigma: 1}}}").find("did you mean 'gaussian'?") !=
        std::string::npos);
  CHECK(stage("convolve: {kernel: {gaussian: {}}}").find("needs sigma") != std::string::npos);
  CHECK(stage("convolve: {kernel: {gaussian: {sigm: 1}}}").find("dir/p.yaml:2:") == 0);
  CHECK(refusal("stages:\n  - convolve: {kernel: missing.wav}", Code::input) ==
        "dir/p.yaml:2:24: dir/missing.wav: cannot be opened");
  CHECK(stage("convolve: {kernel: [1], mode: same, padding: 1}").find("exclude each other") !=
        std::string::npos);
  CHECK(stage("convolve: {kernel: [1], stride: 0}").find("at least 1") != std::string::npos);
  CHECK(stage("convolve: {kernel: [1], boundary: mirror}").find("allowed: zero, constant") !=
        std::string::npos);
  CHECK(stage("convolve: {kernel: [1], boundary: wrap, constant: 1}").find("only for boundary") !=
        std::string::npos);
  CHECK(stage("convolve: {kernel: [1], method: ftt}").find("did you mean 'fft'?") !=
        std::string::npos);
  CHECK(stage("correlate: {kernel: [1], flip: true}").find("unknown key 'flip'") !=
        std::string::npos);
  CHECK(stage("convolve: {matrix: [{in: 0, out: 1, kernel: [1]}]}").find("at least 1") !=
        std::string::npos);
  CHECK(stage("convolve: {matrix: [{in: 1, kernel: [1]}]}").find("'matrix' needs 'out'") !=
        std::string::npos);
}
