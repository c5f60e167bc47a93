// Colours for numbers: one scale for magnitudes, one for signed values.
#include "apps/faltung/plots/color_map.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace faltung {
namespace {

constexpr Color kViridis[] = {{68, 1, 84},    {72, 40, 120},  {62, 73, 137},
                              {49, 104, 142}, {38, 130, 142}, {31, 158, 137},
                              {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37}};
constexpr Color kSigned[] = {{5, 48, 97},     {33, 102, 172},  {103, 169, 207}, {209, 229, 240},
                             {252, 252, 252}, {254, 224, 182}, {241, 163, 64},  {179, 88, 6},
                             {127, 59, 8}};

Color between(std::span<const Color> colors, double share) noexcept {
  const double position =
      std::clamp(share, 0.0, 1.0) * static_cast<double>(colors.size() - 1);
  const auto first = std::min(static_cast<std::size_t>(position), colors.size() - 2);
  return mixed(colors[first], colors[first + 1], position - static_cast<double>(first));
}

}  // namespace

Color brightness_color(double share) noexcept { return between(kViridis, share); }

Color signed_color(double value) noexcept { return between(kSigned, (value + 1) / 2); }

}  // namespace faltung
