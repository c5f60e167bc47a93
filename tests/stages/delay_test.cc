// Delays: whole ones exact, others as accurate as stated.
#include "engine/stages/delay.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// Largest difference to an ideal delay up to `band` of half the rate.
double error_of(const FractionalDelay& delay, double samples, double band) {
  double worst = 0;
  for (int i = 0; i <= 400; ++i) {
    const double w = std::numbers::pi * band * i / 400;
    std::complex<double> gain = 0;
    for (std::size_t k = 0; k < delay.taps.size(); ++k) {
      gain += delay.taps[k] *
              std::polar(1.0, -w * static_cast<double>(delay.first + static_cast<Index>(k)));
    }
    worst = std::max(worst, std::abs(gain - std::polar(1.0, -w * samples)));
  }
  return worst;
}

}  // namespace

TEST_CASE("delay: shifts by frames and gives the rest at the end") {
  for (Index shift : {0, 1, 5, 300}) {
    CAPTURE(shift);
    const DelayOptions options{{static_cast<double>(shift)}};
    Signal in = noise(2, Shape{100}, SampleType::float64);
    Signal out = check_slab_invariance([&] { return make_delay(options); }, 2, Shape{100});
    REQUIRE(*out.format.extent == 100 + shift);
    for (Index n = 0; n < 100 + shift; ++n) {
      CHECK(out.at(1, n) == (n < shift ? 0.0 : in.at(1, n - shift)));
    }
  }
  check_slab_invariance([] { return make_delay({{5}}); }, 2, Shape{30, 7});
}

TEST_CASE("delay: of milliseconds or metres, rounded where that is asked for, and said") {
  const Signal in = noise(1, Shape{100}, SampleType::float64);
  std::string said;
  Setting setting;
  setting.note = [&](const std::string& text) { said = text; };
  const DelayOptions nearest{{0.26}, DelayUnit::ms, kSpeedOfSound, Interpolation::nearest};
  CHECK(*run(*make_delay(nearest), in, {10}, setting).format.extent == 112);
  CHECK(said == "delay of 0.26 ms rounded to 12 frames");
  said.clear();
  CHECK(*run(*make_delay({{2}, DelayUnit::ms}), in, {10}, setting).format.extent == 196);
  const DelayOptions way{{3.43}, DelayUnit::metres};  // 10 ms
  CHECK(*run(*make_delay(way), in, {10}, setting).format.extent == 580);
  CHECK(said.empty());
}

TEST_CASE("delay: every channel by its own, the shorter ones continued with zeros") {
  Signal in = noise(3, Shape{50}, SampleType::float64);
  Signal out = check_slab_invariance([] { return make_delay({{0, 7, 2.5}}); }, 3, Shape{50});
  CHECK(*out.format.extent == 57);
  for (Index n = 0; n < 57; ++n) {
    CHECK(out.at(0, n) == (n < 50 ? in.at(0, n) : 0.0));
    CHECK(out.at(1, n) == (n < 7 ? 0.0 : in.at(1, n - 7)));
  }
}

TEST_CASE("delay: a sinc between frames is as accurate as its header says") {
  for (double fraction : {0.001, 0.1, 0.25, 0.4999, 0.5, 0.7, 0.9999}) {
    CAPTURE(fraction);
    const double samples = 400 + fraction;
    const FractionalDelay delay = make_fractional_delay(samples, Interpolation::sinc);
    CHECK(delay.taps.size() == 64);
    CHECK(error_of(delay, samples, kSincBand) < kSincError);
  }
}

TEST_CASE("delay: Lagrange's interpolators are as accurate as their header says") {
  const double bands[] = {0.02, 0.14, 0.32, 0.49, 0.63, 0.73}, taps[] = {2, 4, 8, 16, 32, 62};
  for (int i = 0; i < 6; ++i) {
    CAPTURE(taps[i]);
    const double samples = taps[i] / 2 - 0.5;
    const FractionalDelay delay = make_fractional_delay(samples, Interpolation::lagrange);
    CHECK(delay.first == 0);
    CHECK(static_cast<double>(delay.taps.size()) == taps[i]);
    CHECK(error_of(delay, samples, bands[i]) < 1e-3);
    // Short of a sinc's reach a sinc is Lagrange's.
    CHECK(make_fractional_delay(samples, Interpolation::sinc).taps == delay.taps);
  }
}

TEST_CASE("delay: a sine comes out half a frame later") {
  Signal in = noise(1, Shape{4000}, SampleType::float64);
  const auto sine = [](double n) { return std::sin(0.3 * n); };
  for (Index n = 0; n < 4000; ++n) in.at(0, n) = sine(static_cast<double>(n));
  Signal out = check_slab_invariance([] { return make_delay({{100.5}}); }, in);
  CHECK(*out.format.extent == 4000 + 132);
  for (Index n = 300; n < 3900; ++n) {
    CHECK(std::abs(out.at(0, n) - sine(static_cast<double>(n) - 100.5)) < kSincError);
  }
}

TEST_CASE("delay: refuses what makes no sense") {
  Signal in = noise(1, Shape{100});
  in.format.rate_hz = 0;
  CHECK(refusal(make_delay({{1.0}, DelayUnit::ms}), in).find("needs a signal with a rate") !=
        std::string::npos);
  CHECK(refusal(make_delay({{-1}}), in) == "delay of -1 positions; allowed: 0 to 268435456");
  CHECK(refusal(make_delay({{1, 2}}), in) ==
        "delay has 2 values; allowed: one for all channels, or one for each of the signal's 1");
  CHECK(refusal(make_delay({{1.5}}), noise(1, Shape{9, 4})) ==
        "delay of 1.5 positions; allowed in an image or a volume: whole numbers");
}
