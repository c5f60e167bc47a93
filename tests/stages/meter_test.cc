// The meter: known signals read what the standards say, and nothing is changed.
#include "engine/stages/meter.h"

#include <cmath>
#include <complex>
#include <map>
#include <numbers>

#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Signal sine(Index channels, Index frames, double rate, double hz, double amplitude,
            double phase = 0) {
  Signal in = noise(channels, Shape{frames}, SampleType::float64);
  in.format.rate_hz = rate;
  for (Index c = 0; c < channels; ++c) {
    for (Index n = 0; n < frames; ++n) {
      in.at(c, n) =
          amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / rate + phase);
    }
  }
  return in;
}

std::map<std::string, double> readings(Stage& stage) {
  std::map<std::string, double> result;
  for (const Control& control : stage.controls()) result[control.path] = control.reading->value();
  return result;
}

std::map<std::string, double> read(const Signal& in, Index slab = 480) {
  const StagePtr stage = make_meter({});
  const Signal out = run(*stage, in, {slab});
  CHECK(same_bits(out.values, in.values));
  return readings(*stage);
}

}  // namespace

TEST_CASE("meter: passes everything on bit for bit, NaN and infinity too") {
  check_slab_invariance([] { return make_meter({}); }, 3, Shape{500});
  Signal in = noise(1, Shape{100000});
  in.values[10] = NAN;
  in.values[20] = INFINITY;
  const StagePtr stage = make_meter({});
  CHECK(std::isnan(run(*stage, in, {64}).values[10]));
  for (const auto& [name, value] : readings(*stage)) {
    CAPTURE(name);
    CHECK(value > -6);
    CHECK(value < 8);
  }
}

TEST_CASE("meter: a full-scale sine reads 0 dB of peak and -3 dB of power, in slabs of any size") {
  for (Index slab : {1, 100, 4800}) {
    const auto levels = read(sine(1, 144000, 48000, 997, 1), slab);
    CHECK(levels.at("peak.1") == doctest::Approx(0).epsilon(0.01));
    CHECK(levels.at("true_peak.1") == doctest::Approx(0).epsilon(0.02));
    CHECK(levels.at("rms.1") == doctest::Approx(-3.01).epsilon(0.005));
  }
}

TEST_CASE("meter: loudness is the standard's: 997 Hz at full scale reads -3.01 LUFS") {
  for (double rate : {44100.0, 48000.0, 96000.0, 192000.0}) {
    CAPTURE(rate);
    const auto frames = static_cast<Index>(2 * rate);
    CHECK(read(sine(1, frames, rate, 997, 1)).at("momentary") ==
          doctest::Approx(-3.01).epsilon(0.01));
    CHECK(read(sine(2, frames, rate, 1000, 0.1)).at("momentary") ==
          doctest::Approx(-20).epsilon(0.002));
  }
}

TEST_CASE("meter: loudness of a steady sound is steady, wherever a slab ends") {
  for (const Index more : {0, 1, 100, 240, 479, 480}) {
    CAPTURE(more);
    const double got = read(sine(1, 96000 + more, 48000, 1000, 0.1)).at("momentary");
    CHECK(std::abs(got + 23.0) < 0.03);
  }
}

TEST_CASE("meter: loudness is weighted as the standard's coefficients for 48 kHz say") {
  for (double hz : {30.0, 60.0, 100.0, 500.0, 2000.0, 10000.0, 20000.0}) {
    CAPTURE(hz);
    const std::complex<double> z = std::polar(1.0, -2 * std::numbers::pi * hz / 48000);
    const auto gain = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z * z) /
                      (1.0 - 1.69065929318241 * z + 0.73248077421585 * z * z) *
                      (1.0 - 2.0 * z + z * z) /
                      (1.0 - 1.99004745483398 * z + 0.99007225036621 * z * z);
    const double wanted = -0.691 + 10 * std::log10(std::norm(gain) / 2);
    const double got = read(sine(1, 96000, 48000, hz, 1)).at("momentary");
    CHECK(std::abs(got - wanted) < 0.01);
  }
}

TEST_CASE("meter: true peaks lie between the samples") {
  // Samples at ±45°: 3 dB below the sine's peak.
  const auto levels = read(sine(1, 48000, 48000, 12000, 1, std::numbers::pi / 4));
  CHECK(levels.at("peak.1") == doctest::Approx(-3.01).epsilon(0.01));
  CHECK(std::abs(levels.at("true_peak.1")) < 0.3);
}

TEST_CASE("meter: falls by 20 dB in 1.7 s, and to silence") {
  Signal in = sine(1, 48000 * 4, 48000, 997, 1);
  const Index end = 48000;
  for (Index n = end; n < 48000 * 4; ++n) in.at(0, n) = 0;
  const StagePtr stage = make_meter({});
  Signal part = in;
  part.format.extent = end + 81600;
  part.values.resize(static_cast<std::size_t>(end + 81600));
  run(*stage, part, {480});
  CHECK(readings(*stage).at("peak.1") == doctest::Approx(-20).epsilon(0.01));
  stage->reset();
  CHECK(readings(*stage).at("peak.1") == -200);
  CHECK(readings(*stage).at("momentary") == -200);
}

TEST_CASE("meter: channels beyond those metered share one peak") {
  Signal in = noise(40, Shape{480}, SampleType::float64);
  for (double& x : in.values) x *= 0.1;
  in.at(39, 400) = 0.5;
  const auto levels = read(in);
  CHECK(levels.size() == 3 * 32 + 2);
  CHECK(levels.at("peak.others") == doctest::Approx(-6.02).epsilon(0.01));
  CHECK(levels.at("peak.32") < -19);
}

TEST_CASE("meter: readings stay where they are when it is prepared again for fewer channels") {
  const StagePtr stage = make_meter({"out"});
  CHECK(stage->controls().empty());
  run(*stage, noise(4, Shape{100}), {10});
  const Reading* kept = stage->controls()[0].reading;
  CHECK(stage->controls()[0].path == "out.peak.1");
  run(*stage, noise(2, Shape{100}), {10});
  CHECK(stage->controls()[0].reading == kept);
  CHECK(stage->controls().size() == 7);
  CHECK(refusal(stage, noise(1, Shape{8, 8})).starts_with("meter is for series"));
}
