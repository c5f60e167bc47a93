// The settings of every stage as a pipeline writes them: what they do, and what is refused.
#include <cmath>

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("settings: gain in decibels or as a factor") {
  const Signal in = signal({1, -2, 3, 4}, Shape{2}, 2);
  CHECK(made_of("gain: {factor: -0.5}", in).values == std::vector<double>{-0.5, 1, -1.5, -2});
  CHECK(made_of("gain: {factor: [2, 3]}", in).values == std::vector<double>{2, -4, 9, 12});
  CHECK(made_of("gain: {db: 20}", in).values[0] == doctest::Approx(10));
  CHECK(made_of("gain: {db: -6.0206}", in).values[0] == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(refusal(stage("gain: {gian: 1}")).starts_with("p.yaml:2:12: unknown key 'gian' of 'gain'"));
  CHECK(refusal(stage("gain: {dbs: 1}")) ==
        "p.yaml:2:12: unknown key 'dbs' of 'gain'; did you mean 'db'? allowed: db, factor, "
        "ramp_ms");
  CHECK(refusal(stage("gain: {db: loud}")) == "p.yaml:2:16: expected a number, got 'loud'");
  CHECK(refusal(stage("gain: {db: {a: 1}}")) == "p.yaml:2:16: expected a number, got a map");
  CHECK(refusal(stage("gain: {db: [1, x]}")) == "p.yaml:2:20: expected a number, got 'x'");
  CHECK(refusal(stage("gain: {db: []}")) ==
        "p.yaml:2:16: expected at least one number, got an empty list");
  CHECK(refusal(stage("gain: {db: 1, factor: 2}")) ==
        "p.yaml:2:11: 'gain' needs either 'db' or 'factor'");
  CHECK(refusal(stage("gain:")) == "p.yaml:2:5: 'gain' needs either 'db' or 'factor'");
  CHECK(refusal(stage("gain: 3")) ==
        "p.yaml:2:11: expected the settings of 'gain' as {key: value}, got '3'; keys: db, factor, "
        "ramp_ms");
  CHECK(refusal(stage("gain: {factor: [1, 1e12]}")) ==
        "p.yaml:2:20: factor.2 of 1000000000000; allowed: -10000000000 to 10000000000");
  CHECK(refusal(stage("gain: {db: .inf}")) == "p.yaml:2:16: expected a number, got '.inf'");
  CHECK(refusal(stage("gain: {db: inf}")) == "p.yaml:2:16: expected a finite number, got 'inf'");
}

TEST_CASE("settings: mix takes one row for each output channel") {
  const Signal in = signal({1, 2, 10, 20}, Shape{2}, 2);
  CHECK(made_of("mix: {matrix: [[1, 1], [1, -1], [0, 2]]}", in).values ==
        std::vector<double>{11, 22, -9, -18, 20, 40});
  CHECK(refusal(stage("mix: {}")) == "p.yaml:2:10: 'mix' needs 'matrix'");
  CHECK(refusal(stage("mix: {matrix: 1}")) ==
        "p.yaml:2:19: expected the matrix as a list of rows, one for each output channel, got '1'");
  CHECK(refusal(stage("mix: {matrix: [[1, 2], [3]]}")) ==
        "p.yaml:2:28: row of 1 values in a matrix whose first row has 2");
  CHECK(refusal_of("mix: {matrix: [[1, 2, 3]]}", in) ==
        "p.yaml:2:5: mix has a row of 3 values; allowed: as many as the signal has channels, 2");
}

TEST_CASE("settings: delay in samples or milliseconds") {
  const Signal in = signal({1, 2, 3}, Shape{3});
  CHECK(made_of("delay: {samples: 2}", in).values == std::vector<double>{0, 0, 1, 2, 3});
  CHECK(made_of("delay: {ms: 0.0625}", in).values == std::vector<double>{0, 0, 0, 1, 2, 3});
  CHECK(refusal(stage("delay: {}")) == "p.yaml:2:12: 'delay' needs 'samples', 'ms' or 'metres'");
  CHECK(refusal(stage("delay: {samples: 1, ms: 1}")) ==
        "p.yaml:2:12: 'delay' needs one of 'samples', 'ms' and 'metres'");
  CHECK(made_of("delay: {samples: 1.4, interpolation: nearest}", in).values ==
        std::vector<double>{0, 1, 2, 3});
  CHECK(made_of("delay: {metres: 5, speed_of_sound: 240000}", in).values ==
        std::vector<double>{0, 1, 2, 3});
  CHECK(refusal(stage("delay: {samples: -1}")) ==
        "p.yaml:2:22: expected a number of at least 0, got '-1'");
  CHECK(refusal(stage("delay: {samples: [1, -1]}")) ==
        "p.yaml:2:26: expected a number of at least 0, got '-1'");
  CHECK(refusal(stage("delay: {ms: -1}")) ==
        "p.yaml:2:17: expected a number of at least 0, got '-1'");
  CHECK(refusal_of("delay: {samples: 1000000000000}", in) ==
        "p.yaml:2:5: delay of 1000000000000 positions; allowed: 0 to 268435456");
  CHECK(refusal_of("delay: {ms: 1e300}", in).ends_with("positions; allowed: 0 to 268435456"));
}

TEST_CASE("settings: activation by name, or with its parameters") {
  const Signal in = signal({-2, -0.5, 0.5, 2}, Shape{4});
  CHECK(made_of("activation: relu", in).values == std::vector<double>{0, 0, 0.5, 2});
  CHECK(made_of("activation: abs", in).values == std::vector<double>{2, 0.5, 0.5, 2});
  CHECK(made_of("activation: {leaky-relu: {slope: 0.5}}", in).values ==
        std::vector<double>{-1, -0.25, 0.5, 2});
  CHECK(made_of("activation: clamp", in).values == std::vector<double>{0, 0, 0.5, 1});
  CHECK(made_of("activation: {clamp: {low: -1, high: 1}}", in).values ==
        std::vector<double>{-1, -0.5, 0.5, 1});
  CHECK(made_of("activation: tanh", in).values[3] == std::tanh(2.0));
  CHECK(refusal(stage("activation: rlu")) ==
        "p.yaml:2:17: unknown value 'rlu'; did you mean 'relu'? allowed: relu, leaky-relu, "
        "sigmoid, tanh, clamp, abs");
  CHECK(refusal(stage("activation: {relu: {slope: 1}}")) ==
        "p.yaml:2:25: unknown key 'slope' of 'relu'; allowed: none");
  CHECK(refusal(stage("activation: {leaky-relu: {slop: 1}}")) ==
        "p.yaml:2:31: unknown key 'slop' of 'leaky-relu'; did you mean 'slope'? allowed: slope");
  CHECK(refusal(stage("activation: {clamp: {low: 2, high: 1}}")) ==
        "p.yaml:2:25: 'low' must not be above 'high'");
}

TEST_CASE("settings: pool, one value for all axes or one for each") {
  const Signal in = signal({1, 2, 3, 4, 5, 6, 7, 8, 9}, Shape{3, 3});
  CHECK(made_of("pool: {kind: max, size: 2}", in).values == std::vector<double>{5});
  CHECK(made_of("pool: {kind: max, size: 2, ceil: true}", in).values ==
        std::vector<double>{5, 6, 8, 9});
  CHECK(made_of("pool: {kind: average, size: [1, 3]}", in).values == std::vector<double>{2, 5, 8});
  CHECK(made_of("pool: {kind: max, size: 2, stride: 1}", in).values ==
        std::vector<double>{5, 6, 8, 9});
  CHECK(made_of("pool: {kind: average, size: 2, stride: 2, padding: [[1, 0], 0]}", in).values ==
        std::vector<double>{0.75, 6});
  CHECK(
      made_of("pool: {kind: average, size: 2, padding: [[1, 0], 0], count_include_pad: false}", in)
          .values == std::vector<double>{1.5, 6});
  CHECK(refusal(stage("pool: {size: 2}")) == "p.yaml:2:11: 'pool' needs 'kind'");
  CHECK(refusal(stage("pool: {kind: max}")) == "p.yaml:2:11: 'pool' needs 'size'");
  CHECK(refusal(stage("pool: {kind: mean, size: 2}")).starts_with("p.yaml:2:18: unknown value"));
  CHECK(refusal(stage("pool: {kind: max, size: 0}")) ==
        "p.yaml:2:29: expected a whole number of at least 1, got '0'");
  CHECK(refusal(stage("pool: {kind: max, size: 2, ceil: yes}")) ==
        "p.yaml:2:38: expected true or false, got 'yes'");
  CHECK(refusal(stage("pool: {kind: max, size: 2, padding: [[1, 2, 3]]}")) ==
        "p.yaml:2:42: expected the padding of an axis, n or [before, after]");
  CHECK(refusal_of("pool: {kind: max, size: [2, 2, 2]}", in).starts_with("p.yaml:2:5: pool size"));
}

TEST_CASE("settings: parallel merges branches, and says why it cannot") {
  const Signal in = signal({3, 1}, Shape{2});
  const std::string branches = ", branches: [[gain: {factor: 2}], [], activation: abs]}";
  CHECK(made_of("parallel: {merge: sum" + branches, in).values == std::vector<double>{12, 4});
  CHECK(made_of("parallel: {merge: difference" + branches, in).values == std::vector<double>{0, 0});
  CHECK(made_of("parallel: {merge: product" + branches, in).values == std::vector<double>{54, 2});
  CHECK(made_of("parallel: {merge: concat" + branches, in).values ==
        std::vector<double>{6, 2, 3, 1, 3, 1});
  CHECK(made_of("parallel: {merge: magnitude, branches: [[gain: {factor: 0}], []]}", in).values ==
        std::vector<double>{3, 1});
  CHECK(refusal(stage("parallel: {branches: [[]]}")) == "p.yaml:2:15: 'parallel' needs 'merge'");
  CHECK(refusal(stage("parallel: {merge: summ, branches: [[]]}")) ==
        "p.yaml:2:23: unknown value 'summ'; did you mean 'sum'? allowed: sum, concat, difference, "
        "product, magnitude");
  CHECK(refusal(stage("parallel: {merge: sum, branches: []}")) ==
        "p.yaml:2:38: expected a list of branches, each a list of stages, got a list");
  CHECK(refusal_of("parallel: {merge: sum, branches: [[mix: {matrix: [[1], [1]]}], []]}", in) ==
        "p.yaml:2:5: parallel branches cannot be merged: one gives 2 channels, 48000 Hz, 2 frames, "
        "float64, another 1 channel, 48000 Hz, 2 frames, float64; channels, extents and rates must "
        "agree");
}
