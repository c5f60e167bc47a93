// The settings of convolve and correlate: kernels from anywhere, and what is refused.
#include <cmath>

#include "engine/stages/read_convolve.h"
#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

using Values = std::vector<double>;

Values rounded(Signal s) {
  for (double& v : s.values) v = std::round(v * 1e9) / 1e9 + 0.0;
  return s.values;
}

Values response(const std::string& text) {
  return rounded(made_of(text, signal({1, 0, 0}, Shape{3})));
}

}  // namespace

TEST_CASE("convolve settings: a kernel from a file, numbers or a design") {
  CHECK(response("convolve: {kernel: echo.wav}") == Values{1, 0, 0.5, 0, 0});
  CHECK(response("convolve: {kernel: [1, 2, 3]}") == Values{1, 2, 3, 0, 0});
  CHECK(response("convolve: {kernel: {box: {size: 2}}}") == Values{0.5, 0.5, 0, 0});
  CHECK(response("convolve: {kernel: delta}") == Values{1, 0, 0});
  CHECK(response("convolve: {kernel: {delta: }}") == Values{1, 0, 0});
}

TEST_CASE("convolve settings: convolution flips, correlation does not") {
  CHECK(response("convolve: {kernel: [1, 2, 3], flip: false}") == Values{3, 2, 1, 0, 0});
  CHECK(response("correlate: {kernel: [1, 2, 3]}") == Values{3, 2, 1, 0, 0});
  CHECK(refusal(stage("correlate: {kernel: [1], flip: true}"))
            .starts_with("p.yaml:2:30: unknown key 'flip' of 'correlate'"));
}

TEST_CASE("convolve settings: gain, one channel of a file, bias and activation") {
  CHECK(response("convolve: {kernel: [1, 2], gain_db: 20}") == Values{10, 20, 0, 0});
  CHECK(response("convolve: {kernel: pair.wav, channel: 2}") == Values{3, 4, 0, 0});
  CHECK(response("convolve: {kernel: [1, -2], bias: 0.5}") == Values{1.5, -1.5, 0.5, 0.5});
  CHECK(response("convolve: {kernel: [1, -2], activation: relu}") == Values{1, 0, 0, 0});
  CHECK(response("convolve: {kernel: [1, -2], activation: {leaky-relu: {slope: 0.5}}}") ==
        Values{1, -1, 0, 0});
}

TEST_CASE("convolve settings: mode, padding, boundary, stride, dilation") {
  const Signal in = signal({1, 2, 3, 4}, Shape{4});
  const auto of = [&](const std::string& rest) {
    return rounded(made_of("correlate: {kernel: [1, 1, 1], " + rest + "}", in));
  };
  CHECK(of("mode: valid") == Values{6, 9});
  CHECK(of("mode: same") == Values{3, 6, 9, 7});
  CHECK(of("mode: full") == Values{1, 3, 6, 9, 7, 4});
  CHECK(of("padding: 1") == Values{3, 6, 9, 7});
  CHECK(of("padding: [[2, 0]]") == Values{1, 3, 6, 9});
  CHECK(of("mode: same, boundary: reflect") == Values{5, 6, 9, 10});
  CHECK(of("mode: same, boundary: symmetric") == Values{4, 6, 9, 11});
  CHECK(of("mode: same, boundary: wrap") == Values{7, 6, 9, 8});
  CHECK(of("mode: same, constant: 10") == Values{13, 6, 9, 17});
  CHECK(of("mode: valid, stride: 2") == Values{6});
  CHECK(of("mode: same, stride: 2") == Values{3, 9});
  CHECK(of("mode: same, dilation: 2") == Values{4, 6, 4, 6});
}

TEST_CASE("convolve settings: every method and precision gives the same") {
  for (const char* rest : {"method: auto", "method: direct", "method: fft", "method: partitioned",
                           "precision: float64", "precision: float32", "tolerance: 0",
                           "memory_mb: 100"}) {
    CAPTURE(rest);
    const Values got = response(std::string("convolve: {kernel: [1, 2, 3], ") + rest + "}");
    REQUIRE(got.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(got[i] == doctest::Approx(i < 3 ? static_cast<double>(i + 1) : 0.0).epsilon(1e-6));
    }
  }
}

TEST_CASE("convolve settings: a matrix routes channels with gains and delays") {
  const Signal in = signal({1, 0, 0, 10, 0, 0}, Shape{3}, 2);
  CHECK(rounded(made_of("convolve: {matrix: [{in: 1, out: 1, kernel: [1, 2]}, "
                        "{in: 2, out: 1, kernel: [1], delay: 2}, "
                        "{in: 2, out: 3, kernel: pair.wav, channel: 2, gain_db: -20}]}",
                        in)) == Values{1, 2, 10, 0, 0, /**/ 0, 0, 0, 0, 0, /**/ 3, 4, 0, 0, 0});
  CHECK(refusal(stage("convolve: {matrix: [{in: 0, out: 1, kernel: [1]}]}")) ==
        "p.yaml:2:30: expected a whole number of at least 1, got '0'");
  CHECK(refusal(stage("convolve: {matrix: [{out: 1, kernel: [1]}]}")) ==
        "p.yaml:2:25: 'matrix' needs 'in'");
  CHECK(refusal(stage("convolve: {matrix: []}")) ==
        "p.yaml:2:24: expected a list of {in, out, kernel}, got a list");
  CHECK(
      refusal(stage("convolve: {matrix: [{in: 1, out: 1, kernel: [1], gian_db: 1}]}"))
          .starts_with("p.yaml:2:54: unknown key 'gian_db' of 'matrix'; did you mean 'gain_db'?"));
  CHECK(refusal_of("convolve: {matrix: [{in: 3, out: 1, kernel: [1]}]}", in) ==
        "p.yaml:2:25: matrix reads channel 3, the signal has 2");
  CHECK(refusal_of("convolve: {matrix: [{in: 1, out: 1, kernel: [1]}]}", noise(1, Shape{8, 8})) ==
        "p.yaml:2:5: matrix: only for series; layers take a kernel [out, in, …]");
}

TEST_CASE("convolve settings: a response of another rate is resampled, and it is said") {
  const KernelReader slow = [](const std::string& path) {
    Kernel kernel = two_files()(path);
    kernel.rate_hz = 24000;
    return kernel;
  };
  for (const char* text : {"convolve: {kernel: echo.wav}",
                           "convolve: {matrix: [{in: 1, out: 1, kernel: echo.wav}, "
                           "{in: 1, out: 2, kernel: echo.wav}]}"}) {
    std::vector<std::string> said;
    Setting setting;
    setting.note = [&](const std::string& note) { said.push_back(note); };
    Format format = noise(1, Shape{30}).format;
    format.max_slab = 30;
    parse_pipeline(stage(text), "p.yaml", slow).stage->prepare(format, setting);
    CHECK(said ==
          std::vector<std::string>{"echo.wav: resampled from 24000 Hz to the signal's 48000 Hz"});
  }
}

TEST_CASE("convolve settings: inline lists are rectangular") {
  const auto of = [](const std::string& kernel) {
    return refusal(stage("convolve: {kernel: " + kernel + "}"));
  };
  CHECK(of("[[1, 2], [3, 4]]") == "accepted");
  CHECK(of("[]") == "p.yaml:2:24: the kernel has no taps: an empty list");
  CHECK(of("[[1], []]") == "p.yaml:2:30: the kernel has no taps: an empty list");
  CHECK(of("[[1, 2], [3]]") ==
        "p.yaml:2:33: list of 1 where 2 are expected: the kernel is not rectangular");
  CHECK(of("[[1, 2], 3]") == "p.yaml:2:33: a number among lists: the kernel is not rectangular");
  CHECK(of("[1, [2]]") ==
        "p.yaml:2:28: list of 1 where a number is expected: the kernel is not rectangular");
  CHECK(of("[1, two]") == "p.yaml:2:28: expected a number, got 'two'");
  CHECK(of("[1, nan]") == "p.yaml:2:28: expected a finite number, got 'nan'");
  CHECK(of("[[[[[[[[[1]]]]]]]]]").find("nested deeper than 8") != std::string::npos);
}

TEST_CASE("convolve settings: designs are checked where they are written") {
  const auto of = [](const std::string& kernel) {
    return refusal(stage("convolve: {kernel: " + kernel + "}"));
  };
  CHECK(of("{gausian: {sigma: 2}}") ==
        "p.yaml:2:25: unknown design 'gausian'; did you mean 'gaussian'?");
  CHECK(of("{gaussian: {sgma: 2}}") ==
        "p.yaml:2:36: unknown key 'sgma' of 'gaussian'; did you mean 'sigma'? allowed: sigma, "
        "truncate");
  CHECK(of("{gaussian: {sigma: {a: 2}}}") == "p.yaml:2:43: expected a text, got a map");
  CHECK(of("{gaussian: 2}") ==
        "p.yaml:2:35: expected the parameters of 'gaussian' as {name: value}, got '2'");
  CHECK(of("{gaussian: {sigma: 1}, box: {size: 3}}") ==
        "p.yaml:2:24: expected one design as {name: {parameter: value}}, got a map of 2 keys");
  CHECK(of("{gaussian: {sigma: wide}}").starts_with("p.yaml:2:25: gaussian: "));
  CHECK(of("gaussian").starts_with("p.yaml:2:24: gaussian: "));
}

TEST_CASE("convolve settings: refuses what makes no sense") {
  const auto of = [](const std::string& rest) {
    return refusal(stage("convolve: {kernel: [1], " + rest + "}"));
  };
  CHECK(refusal(stage("convolve: {}")) ==
        "p.yaml:2:15: 'convolve' needs 'kernel' or 'matrix'");
  CHECK(of("matrix: []") ==
        "p.yaml:2:37: 'kernel' and 'matrix' exclude each other; a kernel for every connection "
        "belongs into the entries of 'matrix'");
  CHECK(refusal(stage("convolve: {kernel: ''}")) ==
        "p.yaml:2:24: expected a kernel: a file, numbers or a design, got ''");
  CHECK(refusal(stage("convolve: {kernel: }")) ==
        "p.yaml:2:16: expected a kernel: a file, numbers or a design, got nothing");
  CHECK(of("gian_db: 1") ==
        "p.yaml:2:29: unknown key 'gian_db' of 'convolve'; did you mean 'gain_db'? allowed: "
        "kernel, matrix, flip, channel, prepare, gain_db, mode, padding, boundary, constant, "
        "stride, dilation, groups, bias, activation, method, precision, tolerance, memory_mb");
  CHECK(of("mode: same, padding: 1") == "p.yaml:2:50: 'padding' and 'mode' exclude each other");
  CHECK(of("boundary: zero, constant: 1") ==
        "p.yaml:2:55: 'constant' is only for boundary constant");
  CHECK(of("boundary: mirror").starts_with("p.yaml:2:39: unknown value 'mirror'; allowed: zero"));
  CHECK(of("stride: 0") == "p.yaml:2:37: expected a whole number of at least 1, got '0'");
  CHECK(of("dilation: [1, 0]") == "p.yaml:2:43: expected a whole number of at least 1, got '0'");
  CHECK(of("flip: no") == "p.yaml:2:35: expected true or false, got 'no'");
  CHECK(of("method: ftt") ==
        "p.yaml:2:37: unknown value 'ftt'; did you mean 'fft'? allowed: "
        "auto, direct, separable, fft, partitioned");
  CHECK(of("precision: float16").starts_with("p.yaml:2:40: unknown value 'float16'"));
  CHECK(of("tolerance: -1") == "p.yaml:2:40: 'tolerance' must be 0 (exact) or more");
  CHECK(of("memory_mb: 0").starts_with("p.yaml:2:40: expected a "));
  CHECK(of("channel: 0") == "p.yaml:2:38: expected a whole number of at least 1, got '0'");
  CHECK(refusal(stage("convolve: {matrix: [{in: 1, out: 1, kernel: [1]}], channel: 1}")) ==
        "p.yaml:2:65: 'channel' belongs into the entries of 'matrix'");
  const Signal in = noise(2, Shape{20});
  CHECK(refusal_of("convolve: {kernel: [1, 2], groups: 2}", in) ==
        "p.yaml:2:5: groups: only for kernels [out, in / groups, …]");
  CHECK(refusal(stage("convolve: {kernel: pair.wav, channel: 3}")) ==
        "p.yaml:2:43: pair.wav has 2 channels, not 3");
  CHECK(refusal(stage("convolve: {kernel: echo.wav, channel: 2}")) ==
        "p.yaml:2:43: echo.wav has 1 channel, not 2");
  CHECK(refusal_of("convolve: {kernel: delta, channel: 2}", in) ==
        "p.yaml:2:5: delta has 1 channel, not 2");
  CHECK(refusal_of("convolve: {kernel: [1], bias: [1, 2, 3]}", in).starts_with("p.yaml:2:5: bias"));
}

TEST_CASE("convolve settings: every key reaches its option") {
  const Node root = [] {
    Node node;
    node.kind = Node::Kind::map;
    const auto add = [&](const std::string& key, const std::string& value) {
      Node name, scalar;
      name.kind = scalar.kind = Node::Kind::scalar;
      name.text = key;
      scalar.text = value;
      node.entries.push_back({name, scalar});
    };
    add("kernel", "delta");
    add("padding", "3");
    add("boundary", "replicate");
    add("stride", "2");
    add("dilation", "4");
    add("groups", "5");
    add("bias", "0.25");
    add("gain_db", "-6");
    add("method", "separable");
    add("precision", "float64");
    add("tolerance", "0.01");
    add("memory_mb", "1.5");
    return node;
  }();
  const ConvolveOptions o =
      read_convolve(root, Orientation::correlation, {Located("p.yaml"), "", two_files()});
  CHECK(o.orientation == Orientation::correlation);
  CHECK_FALSE(o.mode);
  REQUIRE(o.padding);
  CHECK(o.padding->at(0).before == 3);
  CHECK(o.padding->at(0).after == 3);
  CHECK(*o.boundary == Boundary::replicate);
  CHECK(o.stride[0] == 2);
  CHECK(o.dilation[0] == 4);
  CHECK(o.groups == 5);
  CHECK(o.bias == Values{0.25});
  CHECK(o.gain_db == -6);
  CHECK(o.method == Method::separable);
  CHECK(*o.precision == SampleType::float64);
  CHECK(*o.tolerance == 0.01);
  CHECK(o.memory == 1500000);
}
