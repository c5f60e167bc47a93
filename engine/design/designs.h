// The table of named designs: lowpass, gaussian, sobel-x, …
//
// Pipelines (`kernel: sobel-x`, `{gaussian: {sigma: 2}}`) and `faltung design` both come here.
// A parameter's value may be a number, numbers (one for each axis) or text that says either, so
// that YAML and the command line need no knowledge of what a design takes.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "engine/convolve/kernel.h"

namespace faltung {

using DesignValue = std::variant<double, std::string, std::vector<double>>;
using DesignParameters = std::map<std::string, DesignValue>;

// What one parameter may be.
struct ParameterSpec {
  enum class Kind { number, count, number_per_axis, count_per_axis, word };
  std::string name;
  Kind kind = Kind::number;
  std::string unit;           // "Hz", "dB", "samples"; empty: none
  std::string default_value;  // as text; empty: required, or as the summary says
  bool required = false;
  double min = 0;             // of numbers, inclusive
  double max = 0;
  std::string summary;
  std::string words;          // those allowed: "kaiser, hann, …"
};

class DesignArguments;  // design_arguments.h

struct Design {
  std::string name;
  std::string summary;
  int own_rank;  // where nothing else decides
  int min_rank;  // spatial axes of the signals it is for
  int max_rank;
  std::vector<ParameterSpec> parameters;
  Kernel (*make)(const DesignArguments& arguments);
};

const std::vector<Design>& designs();
std::vector<std::string> design_names();
const Design* find_design(const std::string& name);  // null: there is none

// All that can be said before the signal is known. Throws Error{configuration}: unknown design or
// parameter, a missing one, a value that is not what it should be or out of range.
void check_design(const std::string& name, const DesignParameters& parameters);

// `rate_hz` is the signal's, 0 where it has none; `spatial_rank` the number of its axes besides
// channels, 0 for the design's own. Throws as check_design does, and where rate or rank do not fit.
Kernel make_design(const std::string& name, const DesignParameters& parameters, double rate_hz,
                   int spatial_rank);

// Every design with its parameters, for --help.
std::string design_help();

}  // namespace faltung
