// What flows between stages: channels, inner extents, rate, sample type, and how it is cut.
#include "engine/stream/format.h"

#include <cstdio>

namespace faltung {
namespace {

std::string counted(Index n, const char* one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

}  // namespace

std::string Format::text() const {
  std::string result = counted(channels, "channel");
  if (rate_hz > 0) {
    char hz[32];
    std::snprintf(hz, sizeof hz, "%.10g Hz", rate_hz);
    result += std::string(", ") + hz;
  }
  if (is_series()) {
    if (extent) result += ", " + counted(*extent, "frame");
  } else {
    result += ", " + (extent ? std::to_string(*extent) : std::string("?")) + "x" + inner.text();
  }
  return result + (type == SampleType::float32 ? ", float32" : ", float64");
}

Index slab_samples(const Format& format, Index extent) {
  Shape all{format.channels, extent};
  for (Index e : format.inner) all.push_back(e);
  return checked_product(all);
}

}  // namespace faltung
