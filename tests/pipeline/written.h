// Pipelines written in a test: what becomes of them, or what they are refused with.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/pipeline/pipeline.h"
#include "tests/stages/slab_invariance.h"

namespace faltung::testing {

// A reader that knows two files, in folder `folder`.
inline KernelReader two_files(std::vector<std::string>* asked = nullptr) {
  return [asked](const std::string& path) {
    if (asked) asked->push_back(path);
    Kernel kernel;
    if (path.ends_with("pair.wav")) {  // two channels: [1, 2] and [3, 4]
      kernel.values = Array<double>(Shape{2, 2});
      for (Index i = 0; i < 4; ++i) kernel.values[i] = static_cast<double>(i + 1);
    } else if (path.ends_with("echo.wav")) {  // [1, 0, 0.5]
      kernel.values = Array<double>(Shape{3});
      kernel.values[0] = 1;
      kernel.values[2] = 0.5;
    } else {
      throw Error(Code::input, path + ": cannot be opened");
    }
    kernel.name = path;
    return kernel;
  };
}

inline Pipeline written(const std::string& text, const std::string& file = "p.yaml") {
  return parse_pipeline(text, file, two_files());
}

// The message with which a text is refused.
inline std::string refusal(const std::string& text, Code code = Code::configuration) {
  try {
    written(text);
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "accepted";
}

// One stage in braces, at line 2, column 5 of the file.
inline std::string stage(const std::string& text) { return "stages:\n  - " + text + "\n"; }

// The message with which a stage is refused once the signal is there.
inline std::string refusal_of(const std::string& text, const Signal& in) {
  const Pipeline pipeline = written(stage(text));
  Format format = in.format;
  format.max_slab = 16;
  try {
    pipeline.stage->prepare(format, {});
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

// What a stage makes of a signal, for every way of cutting it.
inline Signal made_of(const std::string& text, const Signal& in) {
  return check_slab_invariance([&] { return std::move(written(stage(text)).stage); }, in);
}

inline Signal signal(std::vector<double> values, const Shape& extents, Index channels = 1) {
  Signal result = noise(channels, extents, SampleType::float64);
  REQUIRE(values.size() == result.values.size());
  result.values = std::move(values);
  return result;
}

}  // namespace faltung::testing
