// Responses made ready: each operation against its definition, the order, and what is refused.
#include "engine/design/prepare_response.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "engine/design/minimum_phase.h"
#include "engine/design/response.h"

namespace faltung {
namespace {

using Values = std::vector<double>;

Kernel response(const Values& values, Index channels = 1) {
  Kernel kernel;
  const auto taps = static_cast<Index>(values.size()) / channels;
  kernel.values = Array<double>(channels == 1 ? Shape{taps} : Shape{channels, taps});
  std::copy(values.begin(), values.end(), kernel.values.begin());
  kernel.name = "r.wav";
  kernel.rate_hz = 1000;
  return kernel;
}

Values values_of(const Kernel& kernel) { return {kernel.values.begin(), kernel.values.end()}; }

Values prepared(const Values& values, const ResponsePreparation& preparation, Index channels = 1) {
  return values_of(prepare_response(response(values, channels), preparation, 1000));
}

// A decaying noise, which is what a room's response is like.
Values room(std::size_t taps, double decay, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Values result(taps);
  for (std::size_t n = 0; n < taps; ++n) {
    result[n] = normal(random) * std::exp(-static_cast<double>(n) / decay);
  }
  return result;
}

std::string refusal(const Values& values, const ResponsePreparation& preparation,
                    double rate_hz = 1000) {
  try {
    prepare_response(response(values), preparation, rate_hz);
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("prepare response: nothing asked for changes nothing and says nothing") {
  const Kernel same = prepare_response(response({1, -2, 0, 0}), {}, 1000);
  CHECK(values_of(same) == Values{1, -2, 0, 0});
  CHECK(same.remark.empty());
  CHECK(same.rate_hz == 1000);
  CHECK(prepare_response(response({1, 2, 3, 4}, 2), {}, 1000).values.extents() == Shape{2, 2});
}

TEST_CASE("prepare response: peak, energy and loudest frequency become 1 in the loudest channel") {
  CHECK(prepared({1, -4, 2}, {.normalise = Normalise::peak}) == Values{0.25, -1, 0.5});
  CHECK(prepared({1, -4, 2, 0.5}, {.normalise = Normalise::peak}, 2) ==
        Values{0.25, -1, 0.5, 0.125});
  const Values energy = prepared({1, 0, 3, 4}, {.normalise = Normalise::energy}, 2);
  CHECK(energy[0] == doctest::Approx(0.2));
  CHECK(energy[2] * energy[2] + energy[3] * energy[3] == doctest::Approx(1));
  // 1 − z⁻¹ is loudest at half the rate, with gain 2.
  CHECK(prepared({1, -1}, {.normalise = Normalise::loudest})[0] == doctest::Approx(0.5));
}

TEST_CASE("prepare response: the loudest frequency is found within 0.05 dB wherever it lies") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Values taps = prepared(room(37, 20, seed), {.normalise = Normalise::loudest});
    Values frequencies;
    for (int k = 0; k <= 20000; ++k) frequencies.push_back(k / 40000.0);
    const Values db = magnitude_db(taps, frequencies);
    const double loudest = *std::max_element(db.begin(), db.end());
    CHECK(loudest >= -1e-3);
    CHECK(loudest <= 0.05);
  }
}

TEST_CASE("prepare response: trimming cuts what is below the level in every channel") {
  const Values taps = {0.0001, 0.2, 1, 0.01, 0.002, 0.001, /**/ 0, 0, 0.5, 0.02, 0.05, 0};
  const auto trimmed = [&](const ResponsePreparation& p) {
    return prepare_response(response(taps, 2), p, 1000);
  };
  const Kernel end = trimmed({.trim_db = -30});  // 0.0316: the second channel's 0.05 stays
  CHECK(end.values.extents() == Shape{2, 5});
  CHECK(end.remark ==
        "r.wav: trimmed to 5 of 6 taps below -30 dB, error at most 1.0e-03, for noise -60.2 dB");
  const Kernel both = trimmed({.trim_start_db = -20, .trim_db = -20});
  CHECK(values_of(both) == Values{0.2, 1, 0, 0.5});
  CHECK(
      both.remark ==
      "r.wav: trimmed to 2 of 6 taps below -20 dB at the start and -20 dB, error at most 7.0e-02, "
      "for noise -19.4 dB");
  CHECK(trimmed({.trim_start_db = -60}).values.extents() == Shape{2, 5});
}

TEST_CASE("prepare response: the error stated for trimming bounds what an input within 1 can see") {
  const Values full = room(4000, 300, 1);
  const ResponsePreparation p{.trim_db = -60, .normalise = Normalise::peak};
  const Kernel cut = prepare_response(response(full), p, 1000);
  const Values whole = prepared(full, {.normalise = Normalise::peak});
  REQUIRE(cut.values.size() < 4000);
  // The worst input has the sign of every tap that is missing.
  double worst = 0;
  for (std::size_t n = 0; n < full.size(); ++n) {
    const Index at = static_cast<Index>(n);
    worst += std::abs(whole[n] - (at < cut.values.size() ? cut.values[at] : 0));
  }
  const std::size_t number = cut.remark.find("at most ") + 8;
  CHECK(worst == doctest::Approx(std::stod(cut.remark.substr(number))).epsilon(0.05));
}

TEST_CASE("prepare response: offset, reverse, fade and delay") {
  CHECK(prepared({1, 2, 3}, {.offset = {2, 0}}) == Values{3});
  CHECK(prepared({1, 2, 3}, {.offset = {0, 1.0}}) == Values{2, 3});
  CHECK(prepared({1, 2, 3, 4}, {.offset = {1, 0}, .length = {2, 0}}) == Values{2, 3});
  CHECK(prepare_response(response({1, 2, 3}), {.length = {2, 0}}, 0).remark ==
        "r.wav: cut to the first 2 taps");
  CHECK_THROWS_WITH_AS(prepared({1, 2, 3}, {.offset = {1, 0}, .length = {3, 0}}),
                       "r.wav: length of 3 taps; allowed: at most the 2 that are left", Error);
  CHECK(prepared({1, 2, 3, 4}, {.reverse = true}, 2) == Values{2, 1, 4, 3});
  CHECK(prepared({1, 2}, {.delay = {0, 2.0}}) == Values{0, 0, 1, 2});
  const Values faded = prepared(Values(10, 1), {.fade = {4, 0}});
  for (std::size_t n = 0; n < 10; ++n) {
    const double angle = M_PI * (static_cast<double>(n) - 5) / 5;
    CHECK(faded[n] == doctest::Approx(n < 6 ? 1 : 0.5 + 0.5 * std::cos(angle)));
  }
  CHECK(prepare_response(response({1, 2, 3}), {.offset = {1, 0}, .delay = {1, 0}}, 0).remark ==
        "r.wav: the first 1 tap left out; delayed by 1 tap");
}

TEST_CASE("prepare response: the order is reverse, offset, trim, fade, normalise, delay") {
  ResponsePreparation p;
  p.reverse = true;
  p.offset = {1, 0};
  p.trim_db = -20;
  p.fade = {1, 0};
  p.normalise = Normalise::peak;
  p.delay = {1, 0};
  // reversed 9 0.1 4 2 5 7, then 0.1 left out of the end by trimming, the last faded to half
  CHECK(prepared({0.1, 4, 2, 5, 9}, p) == Values{0, 1, 0.4, 0.4});
}

TEST_CASE("prepare response: a remark made before is continued") {
  Kernel kernel = response({1, 2});
  kernel.remark = "r.wav: resampled from 1 Hz to the signal's 2 Hz";
  CHECK(prepare_response(kernel, {.reverse = true}, 2).remark ==
        "r.wav: resampled from 1 Hz to the signal's 2 Hz; reversed");
}

TEST_CASE("prepare response: what makes no sense is refused with its numbers") {
  CHECK(refusal({1, 2}, {.offset = {2, 0}}) ==
        "r.wav: offset of 2 taps; allowed: less than the response's 2");
  CHECK(refusal({1, 2}, {.fade = {0, 3.0}}) ==
        "r.wav: fade over 3 taps; allowed: at most the 2 that are left");
  CHECK(refusal({1, 2}, {.delay = {0, 3.0}}, 0) ==
        "r.wav: delay in milliseconds needs a response or a signal with a rate");
  CHECK(refusal({1, 2}, {.delay = {0, 1e12}}) ==
        "r.wav: delay of 1e+12 ms; allowed: at most 268435456 taps");
  CHECK(refusal({1, 2}, {.delay = {-1, 0}}) == "r.wav: delay below 0");
  CHECK(refusal({1, 2}, {.trim_db = 0}) == "r.wav: trimmed at 0 dB; allowed: levels below 0");
  CHECK(refusal({0, 0}, {.trim_db = -60}) == "r.wav: silence cannot be trimmed");
  CHECK(refusal({0, 0}, {.normalise = Normalise::energy}) == "r.wav: silence cannot be normalised");
  Kernel image = response({1, 2, 3, 4});
  image.values = std::move(image.values).reshaped({2, 1, 2});
  CHECK_THROWS_WITH_AS(prepare_response(image, {}, 0),
                       "r.wav: only responses [taps] or [channel, taps] can be prepared, this one "
                       "is 2x1x2",
                       Error);
}

TEST_CASE("minimum phase: zeros outside the unit circle are reflected into it") {
  // (1 − 2z⁻¹)(1 − 0.5z⁻¹) has a zero at 2; reflected: 2(1 − 0.5z⁻¹)².
  const MinimumPhase made = minimum_phase(Values{1, -2.5, 1});
  CHECK(made.taps[0] == doctest::Approx(2).epsilon(1e-9));
  CHECK(made.taps[1] == doctest::Approx(-2).epsilon(1e-9));
  CHECK(made.taps[2] == doctest::Approx(0.5).epsilon(1e-9));
  CHECK(made.error < 1e-12);
  // A delayed click comes at once, and a response that is of minimum phase stays.
  const Values click = minimum_phase(Values{0, 0, 0, -3}).taps;
  CHECK(click[0] == doctest::Approx(3));
  CHECK(std::abs(click[3]) < 1e-12);
  const Values stays = minimum_phase(Values{2, -1, 0.2}).taps;
  CHECK(stays[1] == doctest::Approx(-1).epsilon(1e-12));
  CHECK(minimum_phase(Values{0, 0}).taps == Values{0, 0});
}

TEST_CASE(
    "minimum phase: keeps the magnitude and brings the energy forward, for rooms and filters") {
  Values box(32, 1.0 / 32);  // every zero on the unit circle
  for (const Values& taps : {room(3000, 500, 4), room(500, 1e9, 5), box, Values{1, 1}}) {
    CAPTURE(taps.size());
    const MinimumPhase made = minimum_phase(taps);
    REQUIRE(made.taps.size() == taps.size());
    CHECK(made.error < 1e-2);
    Values frequencies;
    for (int k = 0; k <= 3000; ++k) frequencies.push_back(k / 6000.0 * 0.9999);
    const Values was = magnitude_db(taps, frequencies), is = magnitude_db(made.taps, frequencies);
    double loudest = 0, change = 0;
    for (std::size_t k = 0; k < was.size(); ++k) {
      loudest = std::max(loudest, std::pow(10, was[k] / 20));
      change = std::max(change, std::abs(std::pow(10, was[k] / 20) - std::pow(10, is[k] / 20)));
    }
    CHECK(change <= made.error * loudest * 1.01 + 1e-12);
    // Of all responses with this magnitude it has the most energy up to any tap.
    double early = 0, earlier = 0, all = 0;
    for (const double tap : taps) all += tap * tap;
    for (std::size_t n = 0; n < taps.size(); ++n) {
      early += taps[n] * taps[n];
      earlier += made.taps[n] * made.taps[n];
      CHECK(earlier >= early - 4 * made.error * all);
    }
  }
}

TEST_CASE("minimum phase: what cannot be had is refused") {
  CHECK_THROWS_WITH_AS(minimum_phase(Values((std::size_t{1} << 21) + 1, 1.0)),
                       "minimum phase of 2097153 taps; allowed: at most 2097152", Error);
}

}  // namespace faltung
