// Where an array lies in the world, as containers that say less than an affine can hold it.
#include "engine/io/place.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "engine/io/units.h"

namespace faltung {
namespace {

constexpr double kUpright = 1e-4;  // of a step: float32 headers say angles no better

int directed_axes(const Description& description) {
  return static_cast<int>(std::min<std::size_t>(description.space.size(), 3));
}

double length(const Affine& a, int col) { return step_lengths(a)[static_cast<std::size_t>(col)]; }

// The world's axis that an array's axis runs along most.
int nearest(const Affine& a, int col) {
  int row = 0;
  for (int i = 1; i < 3; ++i) {
    if (std::abs(entry(a, i, col)) > std::abs(entry(a, row, col))) row = i;
  }
  return row;
}

bool is_upright(const Affine& a, int col) {
  const double along = std::abs(entry(a, nearest(a, col), col));
  return std::abs(length(a, col) - along) <= kUpright * kUpright * length(a, col);
}

}  // namespace

Description without_directions(const Description& description) {
  Description result = description;
  if (!description.affine) return result;
  const Affine& ras = *description.affine;
  const bool left_and_back = entry(ras, 0, 0) < 0 && entry(ras, 1, 1) < 0;
  const Affine world = left_and_back ? other_handed(ras) : ras;
  result.affine.reset();
  for (int col = 0; col < directed_axes(description); ++col) {
    (result.space.end() - 1 - col)->origin = entry(world, col, 3);
  }
  return result;
}

bool is_turned(const Description& description) {
  if (!description.affine) return false;
  for (int col = 0; col < directed_axes(description); ++col) {
    const Affine& a = *description.affine;
    if (nearest(a, col) != col || entry(a, col, col) < 0 || !is_upright(a, col)) return true;
  }
  return false;
}

std::string directions_text(const Description& description) {
  if (!description.affine) return "";
  constexpr const char* kSides[] = {"LR", "PA", "IS"};  // backwards, forwards
  std::string text;
  bool upright = true;
  for (int col = 0; col < directed_axes(description); ++col) {
    const int row = nearest(*description.affine, col);
    text += kSides[row][entry(*description.affine, row, col) > 0 ? 1 : 0];
    upright &= is_upright(*description.affine, col);
  }
  return text + (upright ? "" : ", oblique");
}

std::string unitless_spacing_text(const Description& description) {
  std::string text;
  bool unitless = false, stated = false;
  for (const FileAxis& axis : without_directions(description).space) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.6g", axis.spacing);
    text += (text.empty() ? "" : " x ") + std::string(number.data());
    unitless |= metres_of(axis.unit) == 0;
    stated |= axis.spacing != 1 || axis.origin != 0;
  }
  return unitless && stated ? text : "";
}

void convert_space(Description& description, const std::string& unit) {
  const auto factor = [&](const FileAxis& axis) { return metres_of(axis.unit) / metres_of(unit); };
  const auto& space = description.space;
  const bool all =
      std::all_of(space.begin(), space.end(), [&](const FileAxis& a) { return factor(a) > 0; });
  if (!all || space.empty()) return;
  if (description.affine) {  // the world's unit is that of x
    for (double& number : *description.affine) number *= factor(space.back());
  }
  for (FileAxis& axis : description.space) {
    const double by = factor(axis);
    if (axis.unit == unit || by == 1) continue;
    axis.spacing *= by;
    axis.origin *= by;
    axis.unit = unit;
  }
}

}  // namespace faltung
