// How far apart a picture's pixels lie, as image files without axes state it.
#include "engine/io/resolution.h"

#include "engine/io/units.h"

namespace faltung {

std::shared_ptr<const Description> described_picture(const Format& format, double y_mm, double x_mm,
                                                     const std::string& container) {
  auto description = std::make_shared<Description>();
  description->space = {{"y", *format.extent, y_mm, 0, "mm", 0},
                        {"x", format.inner.back(), x_mm, 0, "mm", 0}};
  if (format.channels > 1) description->channels = {{"s", format.channels, 1, 0, "", 0}};
  description->container = container;
  return description;
}

std::pair<double, double> picture_spacing_mm(const Description& description) noexcept {
  if (description.space.size() < 2) return {0, 0};
  const FileAxis& x = description.space.back();
  const FileAxis& y = *(description.space.end() - 2);
  const double y_mm = 1e3 * metres_of(y.unit) * y.spacing,
               x_mm = 1e3 * metres_of(x.unit) * x.spacing;
  return x_mm > 0 && y_mm > 0 ? std::pair(y_mm, x_mm) : std::pair(0.0, 0.0);
}

}  // namespace faltung
