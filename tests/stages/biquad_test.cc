// Recursive filters: what they compute, and that they stay calm while they are steered.
#include "engine/stages/biquad.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

BiquadOptions of(const char* type, double hz, double width = 0.7071, double gain_db = 0,
                 int order = 2) {
  BiquadOptions options;
  options.type = find_filter_type(type);
  options.order = order;
  options.settings.frequency_hz = hz;
  options.settings.width = width;
  options.settings.gain_db = gain_db;
  return options;
}

// The difference equation, section after section.
std::vector<double> recursion(const std::vector<Biquad>& sections, std::vector<double> x) {
  for (const Biquad& s : sections) {
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (double& v : x) {
      const double y = s.b0 * v + s.b1 * x1 + s.b2 * x2 - s.a1 * y1 - s.a2 * y2;
      x2 = x1;
      x1 = v;
      y2 = y1;
      v = y1 = y;
    }
  }
  return x;
}

// A live stage that is fed slabs of what `sample` gives; the first channel of what it answers.
template <class Sample, class Before>
std::vector<double> answer(Stage& stage, Index slabs, Sample&& sample, Before&& before) {
  constexpr Index kSlab = 64;
  Format format = noise(1, Shape{1}, SampleType::float64).format;
  format.extent.reset();
  format.max_slab = kSlab;
  Setting live;
  live.clock = Clock::live;
  stage.prepare(format, live);
  const SlabMemory in(format, kSlab), out(format, kSlab);
  std::vector<double> result;
  for (Index s = 0; s < slabs; ++s) {
    before(s);
    for (Index n = 0; n < kSlab; ++n) in.slab().as<double>().data[n] = sample(s * kSlab + n);
    stage.process(in.slab(), out.slab());
    result.insert(result.end(), out.slab().as<double>().data, out.slab().as<double>().data + kSlab);
  }
  return result;
}

double largest(const std::vector<double>& values) {
  double peak = 0;
  for (const double v : values) peak = std::max(peak, std::abs(v));
  return peak;
}

}  // namespace

TEST_CASE("biquad: every type equals its difference equation, however it is cut") {
  const Signal in = noise(2, Shape{700}, SampleType::float64);
  const std::vector<double> second(in.values.begin() + 700, in.values.end());
  for (const FilterType& type : filter_types()) {
    CAPTURE(type.name);
    const BiquadOptions options = of(type.name, 900, 0.9, 5, 6);
    const FilterDesign design(type, 6);
    std::vector<Section> sections(design.sections());
    design.make(options.settings, 48000, sections);
    std::vector<Biquad> biquads;
    for (const Section& section : sections) biquads.push_back(biquad_of(section));
    check_slab_invariance([&] { return make_biquad(options); }, noise(2, Shape{700}));
    Signal out = check_slab_invariance([&] { return make_biquad(options); }, in);
    REQUIRE(*out.format.extent == 700);
    const std::vector<double> wanted = recursion(biquads, second);
    for (Index n = 0; n < 700; ++n) {
      CHECK(std::abs(out.at(1, n) - wanted[static_cast<std::size_t>(n)]) < 1e-9 * largest(wanted));
    }
  }
}

TEST_CASE("biquad: explicit coefficients, on the channels that are named") {
  Signal in = noise(2, Shape{300}, SampleType::float64);
  BiquadOptions options;
  options.sections = {{0.3, 0.2, 0.1, -1.2, 0.5}, {1, 0, 0, 0.4, 0}};
  options.channels = {2};
  Signal out = check_slab_invariance([&] { return make_biquad(options); }, in);
  const std::vector<double> wanted =
      recursion(options.sections, {in.values.begin() + 300, in.values.end()});
  for (Index n = 0; n < 300; ++n) {
    CHECK(out.at(0, n) == in.at(0, n));
    CHECK(out.at(1, n) == doctest::Approx(wanted[static_cast<std::size_t>(n)]).epsilon(1e-10));
  }
}

TEST_CASE("biquad: sections and coefficients turn into each other") {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int trial = 0; trial < 200; ++trial) {
    Biquad b{uniform(random), uniform(random), uniform(random), 0, uniform(random)};
    b.a1 = 0.99 * uniform(random) * (1 + b.a2);
    const Biquad c = biquad_of(section_of(b));
    for (const auto& [x, y] :
         {std::pair(b.b0, c.b0), {b.b1, c.b1}, {b.b2, c.b2}, {b.a1, c.a1}, {b.a2, c.a2}}) {
      CHECK(x == doctest::Approx(y).epsilon(1e-9));
    }
  }
}

TEST_CASE("biquad: unstable coefficients are refused by name, as are impossible settings") {
  BiquadOptions options;
  options.sections = {{1, 0, 0, 0, 0}, {1, 0, 0, -2, 1}};
  CHECK_THROWS_WITH_AS(make_biquad(options),
                       "biquad: section 2 is unstable: 1 + -2·z⁻¹ + 1·z⁻² has a pole on or outside "
                       "the unit circle; allowed: |a2| < 1 and |a1| < 1 + a2, for a0 = 1",
                       Error);
  for (const auto& [a1, a2] :
       {std::pair(0.0, 1.01), {0.0, -1.0}, {-1.9, 0.89}, {1.95, 0.9}, {NAN, 0.0}}) {
    options.sections = {{1, 0, 0, a1, a2}};
    CHECK_THROWS_AS(make_biquad(options), Error);
  }
  CHECK_THROWS_WITH_AS(make_biquad(of("bessel-lowpass", 100, 1, 0, 25)),
                       "order 25; allowed: 1 to 24", Error);
  CHECK_THROWS_WITH_AS(make_biquad(of("linkwitz-riley-highpass", 100, 1, 0, 3)),
                       "order 3; allowed: even numbers from 2 to 24", Error);
  Signal in = noise(1, Shape{10});
  CHECK(refusal(make_biquad(of("lowpass", 24000)), in) ==
        "frequency_hz of 24000 Hz; allowed: 0.000001 to 23995.2 Hz");
  CHECK(refusal(make_biquad(of("lowpass", 240)), noise(1, Shape{9, 9}))
            .starts_with("biquad is for series"));
  in.format.rate_hz = 0;
  CHECK(refusal(make_biquad(of("lowpass", 240)), in) ==
        "biquad needs a signal with a rate; give the pipeline's rate");
}

TEST_CASE("biquad: states how long its response is") {
  const StagePtr stage = make_biquad(of("peaking", 100, 5, 12));
  Signal in = noise(1, Shape{30000}, SampleType::float64);
  for (double& x : in.values) x = 0;
  in.values[0] = 1;
  const Signal out = run(*stage, in, {512});
  const auto field = static_cast<std::size_t>(stage->timing().field.extent);
  REQUIRE(field < 30000);
  CHECK(largest({out.values.begin() + static_cast<std::ptrdiff_t>(field), out.values.end()}) <
        1e-5 * largest({out.values.begin() + 1, out.values.end()}));
  CHECK(largest({out.values.begin() + static_cast<std::ptrdiff_t>(field / 2), out.values.end()}) >
        1e-5 * largest({out.values.begin() + 1, out.values.end()}));
}

TEST_CASE("biquad: a response that hardly ends has an extent all the same") {
  const StagePtr stage = make_biquad(of("peaking", 1e-6, 1000, 100));
  Format format = noise(1, Shape{1}).format;
  format.rate_hz = 192000;
  format.max_slab = 1;
  stage->prepare(format, {});
  CHECK(stage->timing().field.extent > 1000000000);
}

TEST_CASE("biquad: any bandwidth is a filter up to the highest frequency") {
  for (const char* type : {"bandpass", "bandpass-skirt", "notch", "allpass", "peaking"}) {
    for (const double octaves : {0.001, 1.0, 20.0}) {
      CAPTURE(type);
      CAPTURE(octaves);
      BiquadOptions options = of(type, 0.4999 * 48000, octaves, 6);
      options.settings.kind = Width::bandwidth_oct;
      const StagePtr stage = make_biquad(options);
      for (const double y : run(*stage, noise(1, Shape{500}), {64}).values) {
        REQUIRE(std::isfinite(y));
      }
    }
  }
}

TEST_CASE("biquad: a change of settings makes no click and ends where a fresh stage is") {
  const auto sine = [](Index n) {
    return std::sin(2 * std::numbers::pi * 440 * static_cast<double>(n) / 48000);
  };
  const StagePtr stage = make_biquad(of("peaking", 500, 2, -12));
  const std::vector<Control> controls = stage->controls();
  REQUIRE(controls.size() == 3);
  CHECK(controls[0].path == "frequency_hz");
  CHECK(controls[1].path == "q");
  CHECK(controls[2].path == "gain_db");
  const auto y = answer(*stage, 400, sine, [&](Index slab) {
    if (slab == 100) controls[2].parameter->set(12);
    if (slab == 200) controls[0].parameter->set(4000);
    if (slab == 205) controls[0].parameter->set(450);  // while it moves
  });
  // No step larger than a sine of the largest gain has, and no bend beyond a tenth more.
  const double w = 2 * std::numbers::pi * 440 / 48000, most = std::pow(10.0, 12.0 / 20);
  for (std::size_t n = 2; n < y.size(); ++n) {
    CHECK(std::abs(y[n] - y[n - 1]) < most * w * 1.05);
    if (n > 6400) CHECK(std::abs(y[n] - 2 * y[n - 1] + y[n - 2]) < most * w * w * 1.5);
  }
  const auto fresh = answer(*make_biquad(of("peaking", 450, 2, 12)), 400, sine, [](Index) {});
  for (std::size_t n = y.size() - 640; n < y.size(); ++n)
    CHECK(y[n] == doctest::Approx(fresh[n]).epsilon(1e-9).scale(1));
}

TEST_CASE("biquad: stays bounded however wildly its settings are thrown about") {
  std::mt19937 random(8);
  std::uniform_real_distribution<double> uniform(-1, 1);
  const double sharp = 50;
  const StagePtr stage = make_biquad(of("bandpass", 1000, sharp));
  Parameter& hz = *stage->controls()[0].parameter;
  Parameter& q = *stage->controls()[1].parameter;
  const auto y = answer(
      *stage, 20000, [&](Index n) { return n < 600000 ? uniform(random) : 0.0; },
      [&](Index slab) {
        if (slab % 2 == 0) hz.set(20 * std::pow(1000.0, (uniform(random) + 1) / 2));
        if (slab % 5 == 0) q.set(sharp * std::pow(10.0, uniform(random)));
      });
  CHECK(largest(y) < 100);
  CHECK(largest({y.end() - 64000, y.end()}) < 1e-3);  // and decays while it is thrown about
}

TEST_CASE("biquad: live, NaN and infinity are muted and leave nothing behind") {
  const auto y = answer(
      *make_biquad(of("lowpass", 100)), 50, [](Index n) { return n == 700 ? NAN : 1.0; },
      [](Index) {});
  CHECK(std::isfinite(largest(y)));
  CHECK(y.back() == doctest::Approx(1).epsilon(0.05));
}
