// Gain and mute while they run: ramps in a straight line, and nothing else.
#include "engine/stages/gain.h"

#include <cmath>

#include "engine/stages/mute.h"
#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// A constant 1 through the stage; `change` is called after `before` frames.
template <class Change>
std::vector<double> answer(Stage& stage, Index slab, Index before, Index after, Change&& change) {
  Format format = noise(2, Shape{1}, SampleType::float64).format;
  format.extent.reset();
  format.max_slab = slab;
  stage.prepare(format, {});
  const SlabMemory in(format, slab), out(format, slab);
  std::fill_n(in.slab().as<double>().data, 2 * slab, 1.0);
  std::vector<double> result;
  for (Index n = 0; n < before + after; n += slab) {
    if (n == before) change();
    stage.process(in.slab(), out.slab());
    const double* first = out.slab().as<double>().channel(0);
    result.insert(result.end(), first, first + slab);
  }
  return result;
}

}  // namespace

TEST_CASE("gain: a change ramps in a straight line and arrives exactly") {
  for (Index slab : {1, 10, 120}) {
    CAPTURE(slab);
    GainOptions options;
    options.ramp_ms = 5;  // 240 frames
    const StagePtr stage = make_gain(options);
    REQUIRE(stage->controls().size() == 1);
    Parameter& factor = *stage->controls()[0].parameter;
    CHECK(factor.name() == "factor");
    const auto y = answer(*stage, slab, 120, 480, [&] { factor.set(-2); });
    for (std::size_t n = 0; n < y.size(); ++n) {
      const double along = n < 120 ? 0 : std::min(1.0, static_cast<double>(n - 120) / 240);
      CHECK(y[n] == doctest::Approx(1 - 3 * along).epsilon(1e-14));
    }
    CHECK(y.back() == -2);
  }
}

TEST_CASE("gain: in decibels, with a parameter for each channel of a list") {
  GainOptions options;
  options.values = {0, -20};
  options.unit = GainUnit::db;
  const StagePtr stage = make_gain(options);
  const std::vector<Control> controls = stage->controls();
  REQUIRE(controls.size() == 2);
  CHECK(controls[1].path == "db.2");
  CHECK_THROWS_WITH_AS(controls[0].parameter->set(201), "db.1 of 201 dB; allowed: -200 to 200 dB",
                       Error);
  const auto y = answer(*stage, 480, 480, 1440, [&] { controls[0].parameter->set(20); });
  CHECK(y.front() == 1);
  CHECK(y.back() == doctest::Approx(10));
}

TEST_CASE("gain: without a rate a change is immediate, and a ramp's time is refused") {
  GainOptions options;
  options.ramp_ms = 20;
  Signal in = noise(1, Shape{10});
  in.format.rate_hz = 0;
  CHECK(refusal(make_gain(options), in) ==
        "gain with a time in ms needs a signal with a rate; give the pipeline's rate");
  CHECK(refusal(make_gain({}), in) == "accepted");
}

TEST_CASE("mute: is silence on its channels, the signal bit for bit on the others") {
  Signal in = noise(3, Shape{60}, SampleType::float64);
  in.at(1, 5) = INFINITY;
  MuteOptions options;
  options.channels = {2};
  Signal out = check_slab_invariance([&] { return make_mute(options); }, in);
  for (Index n = 0; n < 60; ++n) {
    CHECK(out.at(0, n) == in.at(0, n));
    CHECK(out.at(1, n) == 0.0);
    CHECK(out.at(2, n) == in.at(2, n));
  }
  options.on = false;
  CHECK(same_bits(check_slab_invariance([&] { return make_mute(options); }, in).values, in.values));
  options.channels = {4};
  CHECK(refusal(make_mute(options), in) == "mute of channel 4; allowed: each of 1 to 3 once");
  options.channels = {1, 1};
  CHECK(refusal(make_mute(options), in) == "mute of channel 1 twice; allowed: each of 1 to 3 once");
  CHECK(refusal(make_mute({}), noise(1, Shape{8, 8})).starts_with("mute is for series"));
}

TEST_CASE("mute: fades out and in again without a step") {
  MuteOptions options;
  options.on = false;
  options.ramp_ms = 10;  // 480 frames
  const StagePtr stage = make_mute(options);
  Parameter& on = *stage->controls()[0].parameter;
  const auto y = answer(*stage, 16, 160, 640, [&] { on.set(1); });
  CHECK(y.front() == 1);
  CHECK(y.back() == 0);
  for (std::size_t n = 1; n < y.size(); ++n) CHECK(std::abs(y[n] - y[n - 1]) < 1.001 / 480);
}
