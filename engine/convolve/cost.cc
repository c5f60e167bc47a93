// The costs of a machine as text, to be kept on disk.
#include "engine/convolve/cost.h"

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "engine/simd/targets.h"

namespace faltung {
namespace {

constexpr int kVersion = 10;  // of the text form and of what is measured

// Which processor the numbers belong to.
std::string machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string line;
  while (std::getline(cpuinfo, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2) + " " + simd_target();
  }
  return "unknown " + simd_target();
}

template <class Visit>
void for_each_rate(Costs::OfType& c, const std::string& prefix, Visit&& visit) {
  visit(prefix + "fma", c.fma);
  visit(prefix + "rows_small", c.rows_small);
  visit(prefix + "rows_middle", c.rows_middle);
  visit(prefix + "rows_large", c.rows_large);
  visit(prefix + "line_small", c.line_small);
  visit(prefix + "line", c.line);
  visit(prefix + "scattered", c.scattered);
  visit(prefix + "layer", c.layer);
  visit(prefix + "panels", c.panels);
  visit(prefix + "head", c.head);
  visit(prefix + "spectra_near", c.spectra_near);
  visit(prefix + "spectra", c.spectra);
  visit(prefix + "spectra_far", c.spectra_far);
  for (std::size_t i = 0; i < c.lines.size(); ++i) {
    visit(prefix + "lines" + std::to_string(i), c.lines[i]);
  }
  visit(prefix + "transform", c.transform);
  visit(prefix + "fftw", c.fftw);
  visit(prefix + "copy", c.copy);
  visit(prefix + "cached_copy", c.cached_copy);
  visit(prefix + "box_rows", c.box_rows);
  visit(prefix + "box_lines", c.box_lines);
}

}  // namespace

std::string costs_text(const Costs& costs) {
  Costs copy = costs;
  std::ostringstream out;
  out.precision(6);
  out << "faltung costs " << kVersion << "\nmachine " << machine() << "\n";
  const auto write = [&](const std::string& key, double value) { out << key << ' ' << value << '\n'; };
  for_each_rate(copy.float32, "float32.", write);
  for_each_rate(copy.float64, "float64.", write);
  return out.str();
}

bool parse_costs(const std::string& text, Costs* costs) {
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line) || line != "faltung costs " + std::to_string(kVersion)) return false;
  if (!std::getline(in, line) || line != "machine " + machine()) return false;
  std::map<std::string, double> values;
  std::string key;
  for (double value = 0; in >> key >> value;) values[key] = value;
  Costs result;
  bool complete = true;
  const auto read = [&](const std::string& name, double& value) {
    const auto found = values.find(name);
    complete = complete && found != values.end() && found->second > 0 &&
               std::isfinite(found->second);
    if (complete) value = found->second;
  };
  for_each_rate(result.float32, "float32.", read);
  for_each_rate(result.float64, "float64.", read);
  if (complete) *costs = result;
  return complete;
}

}  // namespace faltung
