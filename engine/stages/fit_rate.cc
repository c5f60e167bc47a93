// A response at the rate of the signal it meets.
#include "engine/stages/fit_rate.h"

#include <cstdio>

#include "engine/design/resample.h"

namespace faltung {

Kernel at_rate_of(const Format& signal, Kernel kernel) {
  const bool rates = kernel.rate_hz > 0 && signal.rate_hz > 0;
  if (!signal.is_series() || !rates || kernel.rate_hz == signal.rate_hz) return kernel;
  char text[80];
  std::snprintf(text, sizeof text, ": resampled from %g Hz to the signal's %g Hz", kernel.rate_hz,
                signal.rate_hz);
  Kernel result = resample(kernel, signal.rate_hz);
  result.remark = kernel.name + text;
  return result;
}

}  // namespace faltung
