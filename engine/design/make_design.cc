// From a design's name to its kernel, and what can be said about the table.
#include <algorithm>

#include "engine/design/design_arguments.h"
#include "engine/design/designs.h"
#include "engine/design/number_text.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

const Design& required_design(const std::string& name) {
  if (const Design* design = find_design(name)) return *design;
  const std::string better = suggestion(name, design_names());
  if (!better.empty()) {
    throw Error(Code::configuration,
                "unknown design '" + name + "'; did you mean '" + better + "'?");
  }
  std::string all;
  for (const std::string& one : design_names()) all += (all.empty() ? "" : ", ") + one;
  throw Error(Code::configuration, "unknown design '" + name + "'; there are " + all);
}

std::string axes(int count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

void check_rank(const Design& design, int rank) {
  if (rank >= design.min_rank && rank <= design.max_rank) return;
  const std::string allowed =
      design.min_rank == design.max_rank ? axes(design.min_rank)
      : rank < design.min_rank           ? "at least " + axes(design.min_rank)
                                         : "at most " + axes(design.max_rank);
  throw Error(Code::configuration,
              design.name + ": for signals of " + allowed + ", not of " + axes(rank));
}

std::string allowed_text(const ParameterSpec& spec) {
  if (!spec.words.empty()) return spec.words;
  return number_text(spec.min) + " to " + number_text(spec.max) +
         (spec.unit.empty() ? "" : " " + spec.unit);
}

std::string parameter_help(const ParameterSpec& spec) {
  std::string line = "      " + spec.name;
  line.resize(std::max<std::size_t>(line.size() + 1, 24), ' ');
  line += spec.summary;
  if (!spec.words.empty()) line += ": " + allowed_text(spec);
  if (spec.required) line += " (required)";
  if (!spec.default_value.empty()) {
    line += " (" + spec.default_value + (spec.unit.empty() ? "" : " " + spec.unit) + ")";
  }
  return line + "\n";
}

bool same_parameters(const Design& a, const Design& b) {
  return std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(),
                    b.parameters.end(), [](const ParameterSpec& x, const ParameterSpec& y) {
                      return x.name == y.name && x.summary == y.summary &&
                             x.default_value == y.default_value;
                    });
}

}  // namespace

std::vector<std::string> design_names() {
  std::vector<std::string> names;
  for (const Design& design : designs()) names.push_back(design.name);
  return names;
}

const Design* find_design(const std::string& name) {
  const auto& all = designs();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Design& design) { return design.name == name; });
  return found == all.end() ? nullptr : &*found;
}

void check_design(const std::string& name, const DesignParameters& parameters) {
  const Design& design = required_design(name);
  const DesignArguments arguments(design, parameters, 0, design.own_rank);
}

Kernel make_design(const std::string& name, const DesignParameters& parameters, double rate_hz,
                   int spatial_rank) {
  const Design& design = required_design(name);
  const int rank = spatial_rank == 0 ? design.own_rank : spatial_rank;
  check_rank(design, rank);
  Kernel kernel = design.make(DesignArguments(design, parameters, rate_hz, rank));
  kernel.name = name;
  return kernel;
}

std::string design_help() {
  std::string text = "Designs and their parameters:\n";
  const auto& all = designs();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string line = "  " + all[i].name;
    line.resize(std::max<std::size_t>(line.size() + 1, 14), ' ');
    text += line + all[i].summary + "\n";
    if (i + 1 < all.size() && same_parameters(all[i], all[i + 1])) continue;  // said once
    for (const ParameterSpec& spec : all[i].parameters) text += parameter_help(spec);
  }
  return text;
}

}  // namespace faltung
