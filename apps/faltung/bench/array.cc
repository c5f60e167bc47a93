// Faltung's own way through a case that lies in memory.
#include "apps/faltung/bench/array.h"

#include <algorithm>
#include <random>

namespace faltung {

std::string plan_text(const Candidate& chosen) {
  return chosen.detail.empty() ? chosen.solver : chosen.solver + " " + chosen.detail;
}

Array<float> noise_array(const Shape& extents, unsigned seed) {
  Array<float> values(extents);
  std::mt19937 random(seed);
  for (float& value : values) value = static_cast<float>(random()) / 2147483648.0F - 1.0F;
  return values;
}

Array<double> widened(const Array<float>& values) {
  Array<double> result(values.extents());
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

BenchRecord prepare_record(const std::string& suite, const std::string& name, double seconds,
                           double error) {
  return {suite, name, "prepare", "s", seconds, {}, kNotMeasured, error};
}

}  // namespace faltung
