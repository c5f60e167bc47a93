// Named designs: what the table says, accepts and refuses.
#include "engine/design/designs.h"

#include <doctest/doctest.h>

#include <numeric>

namespace faltung {
namespace {

std::string refusal(const std::string& name, const DesignParameters& parameters,
                    double rate_hz = 48000, int rank = 0) {
  try {
    make_design(name, parameters, rate_hz, rank);
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "";
}

double sum(const Kernel& kernel) {
  return std::accumulate(kernel.values.begin(), kernel.values.end(), 0.0);
}

// Parameters that satisfy every design's needs.
DesignParameters enough_for(const Design& design) {
  static const DesignParameters kValues = {
      {"cutoff_hz", 4000.0}, {"low_hz", 300.0}, {"high_hz", 3400.0}, {"sigma", 1.5}, {"size", 5.0}};
  DesignParameters result;
  for (const ParameterSpec& spec : design.parameters) {
    if (spec.required) result[spec.name] = kValues.at(spec.name);
  }
  return result;
}

}  // namespace

TEST_CASE("designs: every row of the table makes a kernel of every rank it claims") {
  for (const Design& design : designs()) {
    for (int rank = design.min_rank; rank <= std::min(design.max_rank, 4); ++rank) {
      const Kernel kernel = make_design(design.name, enough_for(design), 48000, rank);
      CHECK(kernel.values.rank() == rank);
      CHECK(kernel.name == design.name);
    }
    CHECK(make_design(design.name, enough_for(design), 48000, 0).values.rank() == design.own_rank);
  }
}

TEST_CASE("designs: numbers and the texts that say them give the same kernel") {
  const Kernel number = make_design("gaussian", {{"sigma", 1.1}}, 0, 2);
  const Kernel text = make_design("gaussian", {{"sigma", "1.1"}}, 0, 2);
  const Kernel list = make_design("gaussian", {{"sigma", std::vector<double>{1.1, 1.1}}}, 0, 2);
  const Kernel words = make_design("gaussian", {{"sigma", " 1.1, 1.1"}}, 0, 2);
  CHECK(std::equal(number.values.begin(), number.values.end(), text.values.begin()));
  CHECK(std::equal(number.values.begin(), number.values.end(), list.values.begin()));
  CHECK(std::equal(number.values.begin(), number.values.end(), words.values.begin()));
}

TEST_CASE("designs: blurs and sharpeners keep a constant image, derivatives cancel it") {
  for (const char* name : {"gaussian", "box", "sharpen", "unsharp", "delta"}) {
    CHECK(sum(make_design(name, enough_for(*find_design(name)), 0, 2)) ==
          doctest::Approx(1).epsilon(1e-14));
  }
  for (const char* name : {"sobel-x", "sobel-y", "prewitt-x", "prewitt-y", "laplace"}) {
    CHECK(sum(make_design(name, {}, 0, 2)) == 0);
  }
}

TEST_CASE("designs: sharpen is five times the pixel minus its four neighbours") {
  const Kernel kernel = make_design("sharpen", {}, 0, 2);
  const double expected[] = {0, -1, 0, -1, 5, -1, 0, -1, 0};
  CHECK(std::equal(kernel.values.begin(), kernel.values.end(), expected));
}

TEST_CASE("designs: sobel-x is stored for convolution, which flips it") {
  const Kernel kernel = make_design("sobel-x", {}, 0, 2);
  const double expected[] = {1, 0, -1, 2, 0, -2, 1, 0, -1};
  CHECK(std::equal(kernel.values.begin(), kernel.values.end(), expected));
}

TEST_CASE("designs: a filter for a signal without a rate is refused") {
  CHECK(refusal("lowpass", {{"cutoff_hz", 4000.0}}, 0) ==
        "lowpass: its frequencies are in Hz, but the signal has no rate; give one (`rate:` in a "
        "pipeline, --rate on the command line)");
}

TEST_CASE("designs: a cutoff at or above half the rate is refused with both values") {
  const std::string text = refusal("lowpass", {{"cutoff_hz", 4000.0}, {"taps", 11.0}}, 8000);
  CHECK(text == "lowpass: cutoff_hz of 4000 Hz at a rate of 8000 Hz; it must lie above 0 and below "
                "half the rate, 4000 Hz");
  CHECK(refusal("lowpass", {{"cutoff_hz", 4000.0}}, 8000) == text);
  CHECK_FALSE(refusal("highpass", {{"cutoff_hz", 0.0}}).empty());
  CHECK_FALSE(refusal("bandpass", {{"low_hz", 3000.0}, {"high_hz", 300.0}}).empty());
}

TEST_CASE("designs: even taps are refused where half the rate must pass") {
  const DesignParameters even = {{"cutoff_hz", 4000.0}, {"taps", 64.0}};
  CHECK(refusal("highpass", even) ==
        "highpass: 64 taps; an even number has no gain at half the rate, which a highpass must "
        "pass: take 65");
  CHECK(refusal("lowpass", even).empty());
}

TEST_CASE("designs: windows that leave nothing of a short filter are refused") {
  const DesignParameters two = {{"cutoff_hz", 4000.0}, {"taps", 2.0}, {"window", "hann"}};
  CHECK(refusal("lowpass", two) ==
        "lowpass: 2 taps are too few for a hann window, which is 0 at both ends");
}

TEST_CASE("designs: errors say what was given and what is allowed") {
  CHECK(refusal("gausian", {}) == "unknown design 'gausian'; did you mean 'gaussian'?");
  CHECK(refusal("quux", {}).starts_with("unknown design 'quux'; there are lowpass, "));
  CHECK(refusal("gaussian", {}) ==
        "gaussian: needs sigma, its standard deviation, one number or one for each axis");
  CHECK(refusal("gaussian", {{"sgima", 1.0}}) ==
        "gaussian: unknown parameter 'sgima'; it takes sigma, truncate");
  CHECK(refusal("gaussian", {{"sigma", -1.0}}) ==
        "gaussian: sigma of -1; it is a number from 0 to 1000000 (samples)");
  CHECK(refusal("gaussian", {{"sigma", "wide"}}) ==
        "gaussian: sigma of 'wide'; it is a number from 0 to 1000000 (samples)");
  CHECK(refusal("gaussian", {{"sigma", "1,2,3"}}, 0, 2) ==
        "gaussian: sigma has 3 numbers; the kernel has 2 axes (one number: all axes)");
  CHECK(refusal("box", {{"size", 2.5}}) ==
        "box: size of 2.5; it is a whole number from 1 to 16777216 (samples)");
  CHECK(refusal("laplace", {{"size", 3.0}}) ==
        "laplace: unknown parameter 'size'; it takes no parameters");
  CHECK(refusal("lowpass", {{"cutoff_hz", 400.0}, {"window", "haan"}}) ==
        "lowpass: window of 'haan'; it is one of kaiser, hann, blackman, rectangular");
  CHECK(refusal("lowpass", {{"cutoff_hz", "400,500"}}) ==
        "lowpass: cutoff_hz is one number, but '400,500' was given");
  CHECK(refusal("lowpass", {{"cutoff_hz", "nan"}}) ==
        "lowpass: cutoff_hz of nan; it is a number from 0 to 1000000000 (Hz)");
}

TEST_CASE("designs: parameters that contradict each other are refused") {
  const DesignParameters both = {{"cutoff_hz", 400.0}, {"taps", 11.0}, {"transition_hz", 10.0}};
  CHECK(refusal("lowpass", both) ==
        "lowpass: taps and transition_hz both say how long it is: give only one");
  const DesignParameters hann = {{"cutoff_hz", 400.0}, {"window", "hann"},
                                 {"attenuation_db", 80.0}};
  CHECK(refusal("lowpass", hann).starts_with("lowpass: attenuation_db is for the kaiser window"));
}

TEST_CASE("designs: kernels too large to be meant are refused before they are allocated") {
  CHECK_FALSE(refusal("gaussian", {{"sigma", 1e6}}, 0, 2).empty());
  CHECK_FALSE(refusal("box", {{"size", 1e7}}, 0, 3).empty());
  CHECK_FALSE(refusal("lowpass", {{"cutoff_hz", 400.0}, {"transition_hz", 1e-6}}).empty());
}

TEST_CASE("designs: ranks that do not fit are refused by name") {
  CHECK(refusal("lowpass", {{"cutoff_hz", 400.0}}, 48000, 2) ==
        "lowpass: for signals of 1 axis, not of 2 axes");
  CHECK(refusal("sobel-y", {}, 0, 1) == "sobel-y: for signals of at least 2 axes, not of 1 axis");
}

TEST_CASE("designs: check_design refuses before a signal is known, and accepts what is right") {
  CHECK_THROWS_AS(check_design("lowpass", {}), Error);
  CHECK_THROWS_AS(check_design("nothing", {}), Error);
  CHECK_NOTHROW(check_design("lowpass", {{"cutoff_hz", 4000.0}}));
  CHECK_NOTHROW(check_design("gaussian", {{"sigma", "1,2,3"}}));  // its rank is not known yet
}

TEST_CASE("designs: the help names every design and parameter") {
  const std::string help = design_help();
  for (const Design& design : designs()) {
    CHECK(help.find("  " + design.name + " ") != std::string::npos);
    for (const auto& spec : design.parameters) CHECK(help.find(spec.name) != std::string::npos);
  }
}

}  // namespace faltung
